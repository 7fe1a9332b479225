"""Formulas that a user typed, as candidates: letters and numbers are constants to be fitted.

What is written in an exponent as a whole number (the square of u²), and a plain 1 (as in 1 - u),
belong to the form; a formula that is nothing but a whole number is a constant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .candidates import Candidate
from .grammar import FUNCTIONS, complexity, constant_symbol, parse
from .screening import CurveTarget, Screened, screen

Array = NDArray[np.float64]
#: Constants that can be fitted in one formula, at most.
MOST_CONSTANTS = 6
#: Starting values that are tried for letters, and how far they reach around 1, as powers of ten.
TRIES, DECADES = 40, 1.5
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|\*\*|[^\s\w]"
)
_POWER = ("**", "^")


@dataclass(frozen=True)
class Typed:
    """A typed formula.

    Attributes
    ----------
    candidate
        The formula, its constants free; letters start at 1.
    letters
        The letters that stand for constants, and which constant each is.
    """

    candidate: Candidate
    letters: dict[str, int]

    def fitted(self, target: CurveTarget, seed: int = 0) -> Screened | None:
        """Fit the constants to a curve; None if no starting values lead anywhere.

        Letters have no starting values: several are tried, drawn with ``seed``.
        """
        places = list(self.letters.values())
        tries = [self.candidate.start]
        random = np.random.default_rng(seed)
        for _ in range(TRIES if places else 0):
            start = np.array(self.candidate.start)
            size = 10 ** random.uniform(-DECADES, DECADES, len(places))
            start[places] = size * random.choice([1.0, 1.0, -1.0], len(places))
            if random.random() < 0.5:  # of the size of the curve rather than of u
                start[places[0]] *= float(np.abs(target.curve).mean())
            tries.append(tuple(start))
        found = [screen(replace(self.candidate, start=start), target) for start in tries]
        some = [one for one in found if one is not None]
        return min(some, key=lambda one: one.misfit, default=None)


def read_typed(text: str, as_typed: bool = False) -> Typed:
    """Return a typed formula as a candidate.

    Parameters
    ----------
    text
        In the grammar of :mod:`napari_binn.equations.grammar`; names of constants that are not
        known numbers are allowed too, such as r*(1 - u/K).
    as_typed
        Whether numbers stay as they are, so that only letters are fitted.

    Raises
    ------
    UserError
        If it is no formula or has too many constants.
    """
    tokens = list(_TOKEN.finditer(text))
    words = ["", *(token.group() for token in tokens), ""]
    letters: dict[str, int] = {}
    start: list[float] = []
    parts, end = [], 0
    for place, token in enumerate(tokens, 1):
        word, after = token.group(), words[place + 1]
        exponent, alone = words[place - 1] in _POWER, len(tokens) == 1
        if token["name"] and word != "u" and word not in FUNCTIONS and after != "(":
            if word not in letters:
                letters[word] = len(start)
                start.append(1.0)
            index = letters[word]
        elif token["number"] and not as_typed and _is_constant(word, exponent, alone):
            index = len(start)
            start.append(float(word))
        else:
            continue
        parts += [text[end : token.start()], f"p{index}"]
        end = token.end()
    parse(text, letters)  # its messages quote what was typed
    if len(start) > MOST_CONSTANTS:
        raise UserError(
            f"The formula {text!r} has {len(start)} constants: no more than {MOST_CONSTANTS} can "
            "be fitted."
        )
    template = "".join([*parts, text[end:]])
    symbols = tuple(constant_symbol(f"p{k}") for k in range(len(start)))
    form = parse(template, [symbol.name for symbol in symbols])
    size = complexity(form)
    made = Candidate(form, symbols, tuple(start), "", "user", size, _plain(template))
    return Typed(made, letters)


def _is_constant(word: str, exponent: bool, alone: bool) -> bool:
    """Whether a number is a constant rather than part of the form."""
    if not word.isdigit():
        return True
    return not exponent and (word != "1" or alone)


def _plain(template: str) -> str:
    """Write a formula in the characters that it is kept in."""
    for typed, kept in {"×": "*", "·": "*", "÷": "/", "−": "-"}.items():
        template = template.replace(typed, kept)
    return template
