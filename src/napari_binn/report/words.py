"""What a run found, in sentences for someone who knows cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from napari_binn.density.model import Density
from napari_binn.equations.model import Equation, Equations
from napari_binn.equations.naming import LawUnits, name_law
from napari_binn.equations.ranking import in_words, unsupported_in_words, verdict
from napari_binn.inference.terms import Terms
from napari_binn.quantities import (
    diffusivity_unit,
    duration,
    length,
    length_name,
    number,
    plural,
    quantity,
    span,
    unit_word,
)

from .contents import Contents
from .law import Law, Reading, law_of, read_law
from .totals import totals_over_time

_SAME = 1.25  # diffusivities closer than this factor are called the same


def base_name(path: str) -> str:
    """Return the last part of a path, whichever system it came from."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def reading(contents: Contents) -> list[str]:
    """Return what the law says about the cells: division, crowding, spreading."""
    density, law = contents.density, law_of(contents)
    if density is None or law is None:
        return []
    found = read_law(law)
    scale = contents.density_scale
    sentences = [
        _division(found, law, density, scale),
        *_crowding(found, law, density, scale),
        _spreading(found, law, density, scale, contents.terms),
    ]
    return [sentence for sentence in sentences if sentence]


def support(contents: Contents) -> str:
    """Return between which densities the curves rest on data."""
    density, terms = contents.density, contents.terms
    if density is None or terms is None:
        return ""
    if not terms.supported.any():
        return "The data support the curves at no density: read them as a guess."
    u = terms.u[terms.supported]
    low, high = float(u.min()) * terms.density_scale, float(u.max()) * terms.density_scale
    sentence = (
        f"The data support the curves from {span(low, high, density.density_unit)}. Outside of "
        "that (hatched grey) they are an extrapolation: do not read anything into them there."
    )
    if not terms.supported[(terms.u >= u.min()) & (terms.u <= u.max())].all():
        sentence += " There are gaps inside that range, too."
    return sentence


def terms_caption(contents: Contents) -> str:
    """Return what the lines in the picture of D and G are, for those that are there."""
    lines = {
        "Solid: the estimate with its 90 % band.": contents.terms is not None,
        "Grey, dash-dotted: the mean of the networks and the band of single ones.": (
            contents.binn is not None
        ),
        "Blue dots: the band from simulated movies.": contents.bootstrap is not None,
        "Dashed: the formula.": contents.equations is not None,
        "Dotted: the true law.": contents.truth is not None,
        "Columns: how often each density was observed (the tallest may be cut off).": True,
        "Hatched: densities at which the data say nothing about the curve.": True,
    }
    return " ".join(sentence for sentence, there in lines.items() if there)


def measured(density: Density) -> list[tuple[str, str]]:
    """Return what was measured on what, as (name, value) rows."""
    hy, hx = density.spacing
    unit = density.length_unit
    frames, rows, columns = density.shape
    field = (
        f"{number(hx * columns)} × {number(hy * rows)} {length_name(unit)}, "
        f"{columns} × {rows} bins of {length(hx, unit)} × {length(hy, unit)}"
    )
    if density.mask is not None:
        share = 100 * float(density.mask.mean())
        field += f", {number(share)} % of them observed"
    totals, what = totals_over_time(density, density.values)
    return [
        ("Source", base_name(density.source) or "–"),
        ("Field", field),
        ("Frames", f"{plural(frames, 'frame')}, {_interval(density)}"),
        ("Time", f"{span(density.t[0], density.t[-1], unit_word(density.time_unit))}"),
        (what[0].upper() + what[1:], f"{number(totals[0], 4)} in the first frame, "
         f"{number(totals[-1], 4)} in the last"),
        ("Highest density", f"{quantity(density.scale, density.density_unit, 4)} in one bin"),
    ]  # fmt: skip


def _interval(density: Density) -> str:
    steps = np.diff(density.t)
    if not len(steps):
        return "one time only"
    if np.ptp(steps) <= 1e-3 * steps.mean():
        return f"one every {duration(float(steps.mean()), density.time_unit)}"
    low, high = float(steps.min()), float(steps.max())
    return (
        f"{duration(low, density.time_unit)} to {duration(high, density.time_unit)} "
        "from one to the next"
    )


def named(contents: Contents) -> list[str]:
    """Return what the law is called, with its constants and what follows from them, if it is."""
    density, found = contents.density, contents.equations
    if density is None or found is None:
        return []
    units = LawUnits(
        density.length_unit, density.time_unit, density.density_unit, found.density_scale
    )
    law = name_law(found.best, units, found.u_range[1])
    return [law.sentence] if law.name else []


def ranked(equations: Equations, own: Sequence[Equation]) -> list[str]:
    """Return what the movie says about the formulas, and about each of the user's own."""
    verdicts = []
    for equation in own:
        said = verdict(equation, equations.equations)
        if said:
            verdicts.append(f"D = {equation.D.text}, G = {equation.G.text}: {said}")
    found = (in_words(equations.equations), unsupported_in_words(equations.best))
    return [sentence for sentence in (*found, *verdicts) if sentence]


def _division(found: Reading, law: Law, density: Density, scale: float) -> str:
    rate = f"growth rate {quantity(found.growth_sparse, 'per ' + density.time_unit)}"
    where = (
        "Sparse cells"
        if found.sparse_at == 0
        else f"At {quantity(found.sparse_at * scale, density.density_unit)}, the lowest density "
        "that the data support, the cells"
    )
    if found.doubling_time is None:
        return f"{where} do not multiply by themselves ({rate})."
    sentence = f"{where} double every {duration(found.doubling_time, density.time_unit)} ({rate})."
    low = law.supported[0]
    if found.sparse_at == 0 and low > 0.02:
        there = float(law.G(np.array([low]))[0])
        if there > 0:
            sentence += (
                f" That is the formula's value at density zero; at "
                f"{quantity(low * scale, density.density_unit)}, where the data begin, the "
                f"doubling time is {duration(float(np.log(2)) / there, density.time_unit)}."
            )
    return sentence


def _crowding(found: Reading, law: Law, density: Density, scale: float) -> list[str]:
    sentences = []
    unit = density.density_unit
    if found.threshold is not None:
        sentences.append(
            f"Below {quantity(found.threshold * scale, unit)} the population shrinks, above it "
            "grows: it needs company (an Allee effect)."
        )
    if found.carrying is not None:
        stop = quantity(found.carrying * scale, unit)
        sentences.append(
            f"The population stops growing at {stop}, its carrying density, which lies within the "
            "data."
            if found.carrying <= law.supported[1]
            else "Over the densities that the data support, growth does not come to a stop; the "
            f"formula puts the stop at {stop}: an extrapolation."
        )
    elif found.growth_sparse > 0:
        sentences.append(
            "Over the densities observed, growth does not come to a stop: the movie says nothing "
            "about a carrying density."
        )
    return sentences


def _spreading(
    found: Reading, law: Law, density: Density, scale: float, terms: Terms | None
) -> str:
    unit = diffusivity_unit(density.length_unit, density.time_unit)
    low, high = law.supported
    at_low = quantity(low * scale, density.density_unit)
    at_high = quantity(high * scale, density.density_unit)
    slow, fast = found.D_low, found.D_high
    D = law.D(np.linspace(low, high, 101))
    if not (np.isfinite(D).all() and D.min() > 0):
        return ""
    ratio = fast / slow
    walk = (
        f"carries a cell about {length(float(np.sqrt(4 * slow)), density.length_unit, 2)} in one "
        f"{density.time_unit} (√4Dt)."
    )
    if D.max() < _SAME * D.min():
        return (
            f"Cells spread about equally fast at all densities: D = {quantity(slow, unit)}"
            f"{_band(terms, low)}. That {walk}"
        )
    if 1 / _SAME < ratio < _SAME:
        between = f"between {number(float(D.min()))} and {quantity(float(D.max()), unit)}"
        return (
            f"How fast cells spread depends on their density, but not in one direction: D lies "
            f"{between}. At low density ({at_low}) it {walk}"
        )
    change = (
        f"{number(ratio, 2)} times faster" if ratio > 1 else f"{number(1 / ratio, 2)} times slower"
    )
    return (
        f"Cells spread with D = {quantity(slow, unit)}{_band(terms, low)} at low density "
        f"({at_low}) and {quantity(fast, unit)}{_band(terms, high)} at high density ({at_high}): "
        f"{change} in the crowd. At low density that {walk}"
    )


def _band(terms: Terms | None, u: float) -> str:
    if terms is None:
        return ""
    k = int(np.argmin(np.abs(terms.u - u)))
    low, high = float(terms.D_low[k]), float(terms.D_high[k])
    if not np.isfinite([low, high]).all():
        return ""
    return f" (90 % band {number(low, 2)} to {number(high, 2)})"
