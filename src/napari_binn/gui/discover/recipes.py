"""How thorough the learning is, in one word instead of three settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...settings import BinnSettings


@dataclass(frozen=True)
class Recipe:
    """Settings of the network under one name; what is not named keeps its default."""

    key: str
    title: str
    description: str
    binn: Mapping[str, Any]


RECIPES = (
    Recipe("balanced", "Balanced (default)", "The defaults: right for most movies.", {}),
    Recipe(
        "quick",
        "Quick look",
        "Few networks that stop early, to see whether a movie is worth more.",
        {"members": 3, "steps": 600},
    ),
    Recipe(
        "thorough",
        "Thorough",
        "Larger networks, more of them, and more time for each: for fields of many bins. Takes "
        "several times as long.",
        {"members": 8, "steps": 4000, "width": 64},
    ),
    Recipe(
        "paper",
        "As in the paper",
        "The networks are trained as Lavery et al. (2026) did, for comparison with their curves. "
        "Slower and less accurate. The estimate and its bands are made as always.",
        {"recipe": "paper", "members": 5},
    ),
)
#: The settings that a recipe decides.
DECIDED = ("recipe", "members", "steps", "width")


def recipe_values(recipe: Recipe) -> dict[str, Any]:
    """Return all that a recipe decides, its defaults included."""
    defaults = BinnSettings().model_dump(include=set(DECIDED))
    return {name: recipe.binn.get(name, defaults[name]) for name in DECIDED}


def recipe_of(binn: Mapping[str, Any]) -> Recipe | None:
    """Return the recipe that decides as ``binn`` does, or None if it is the user's own.

    What the paper did is the paper's recipe, however many networks do it.
    """
    if binn.get("recipe") == "paper":
        return next(recipe for recipe in RECIPES if recipe.key == "paper")
    defaults = BinnSettings().model_dump(include=set(DECIDED))
    chosen = {name: binn.get(name, defaults[name]) for name in DECIDED}
    return next((recipe for recipe in RECIPES if recipe_values(recipe) == chosen), None)
