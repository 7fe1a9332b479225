"""report.html: one file that tells what a run found, to be read in any browser and mailed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from napari_binn.check_words import forecast_in_words
from napari_binn.quantities import duration, number
from napari_binn.run.folder import RunFolder
from napari_binn.run.latex import equation_latex, equation_text
from napari_binn.run.layout import FILES

from . import tables, words
from .animation import animation
from .contents import Contents, read_contents
from .frames import frames_plot
from .methods import REFERENCES, methods_paragraph
from .plots import losses_plot, terms_plot, totals_plot
from .quality import quality_part
from .quality_plots import courses_plot, shots_plot
from .trust import trust
from .trust_plot import trust_caption, trust_plot
from .typeset import mathtext_svg

_STATES = {
    "new": "This run has not begun: nothing was computed yet.",
    "running": "This run is not finished: the report shows what it had when it was written.",
    "stopped": "This run was stopped before it was finished: the report shows what it had by then.",
    "failed": "This run failed: the report shows what it had by then.",
    "done": "",
}


def write_report(run: RunFolder) -> Path:
    """Write report.html of ``run`` from the parts that are there, and return its path.

    The file is self-contained: styles and pictures are inside, nothing is loaded from elsewhere.
    What is missing or damaged is said to be so.

    Raises
    ------
    UserError
        run.json cannot be read, or the disk refuses.
    """
    return run.save_report(render(read_contents(run)))


def render(contents: Contents) -> str:
    """Return the report as HTML."""
    return _template().render(
        {
            "title": words.base_name(contents.info.input) or contents.name,
            "created": contents.info.created[:16].replace("T", " "),
            "contents": contents,
            "state": _state(contents),
            **_law(contents),
            **_pictures(contents),
            **_tables(contents),
            "quality": quality_part(contents),
            "measured": [] if contents.density is None else words.measured(contents.density),
            "reading": [*words.named(contents), *words.reading(contents)],
            "support": words.support(contents),
            "terms_caption": words.terms_caption(contents),
            "trust": trust(contents),
            "forecast_words": _forecast_words(contents),
            "methods": methods_paragraph(contents),
            "references": REFERENCES,
            "command": tables.reproduce(contents),
            "seconds": _seconds(contents),
            "settings_toml": FILES["settings"],
            "number": number,
        }
    )


def _state(contents: Contents) -> str:
    # The report is the last thing that a run does before it calls itself done.
    complete = contents.info.state == "running" and contents.simulation is not None
    return "" if complete else _STATES[contents.info.state]


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("napari_binn", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["markup"] = Markup
    return environment.get_template("report.html")


def _law(contents: Contents) -> dict[str, Any]:
    equations = contents.equations
    if equations is None:
        return {"equation": None, "equation_text": "", "units": ""}
    D, G = equations.best.D.text, equations.best.G.text
    text = equation_text(D, G)
    # A formula on a line of its own has room for a fraction of full height.
    latex = equation_latex(D, G).replace(r"\frac{\partial", r"\dfrac{\partial", 1)
    return {
        "equation": mathtext_svg(latex, text),
        "equation_text": text,
        "units": tables.units_line(contents),
    }


def _pictures(contents: Contents) -> dict[str, str | None]:
    density, terms, simulation = contents.density, contents.terms, contents.simulation
    losses = contents.losses
    pictures: dict[str, str | None] = dict.fromkeys(
        ("losses", "terms", "trust_picture", "frames", "movie", "totals", "shots", "courses")
    )
    pictures["trust_caption"] = ""
    if losses and all(len(column) for column in losses.values()):
        pictures["losses"] = losses_plot(losses)
    if density is None:
        return pictures
    if contents.quality is not None:
        pictures["shots"] = shots_plot(contents.quality, density)
        pictures["courses"] = courses_plot(contents.quality, density)
    if terms is not None:
        pictures["terms"] = terms_plot(contents, density, terms)
        if contents.diagnosis is not None:
            pictures["trust_picture"] = trust_plot(contents.diagnosis, density)
            pictures["trust_caption"] = trust_caption(contents.diagnosis)
    simulated = None if simulation is None else simulation.values
    pictures["frames"] = frames_plot(density, simulated)
    pictures["totals"] = totals_plot(density, None if terms is None else terms.noise, simulation)
    if simulated is not None:
        pictures["movie"] = animation(density, simulated)
    return pictures


def _tables(contents: Contents) -> dict[str, Any]:
    equations, simulation = contents.equations, contents.simulation
    found: dict[str, Any] = {"fronts": [], "equations": [], "rule": "", "ranking": []}
    if equations is not None:
        best = equations.best
        found = {
            "fronts": [
                (
                    "D",
                    "How fast cells spread, D(u)",
                    tables.front_rows(equations.front_D, best.D.text),
                ),
                (
                    "G",
                    "How fast they multiply, G(u)",
                    tables.front_rows(equations.front_G, best.G.text),
                ),
            ],
            "equations": tables.equation_rows(equations, contents.own),
            "rule": equations.rule,
            "ranking": words.ranked(equations, contents.own),
        }
    return {
        **found,
        "forecast": None if simulation is None else tables.forecast_table(simulation),
        "metrics": [] if simulation is None else tables.metric_rows(simulation),
        "constants": tables.constant_rows(contents),
        "settings": tables.settings_rows(contents.settings),
    }


def _forecast_words(contents: Contents) -> str:
    simulation = contents.simulation
    return "" if simulation is None else forecast_in_words(simulation.metrics)


def _seconds(contents: Contents) -> list[tuple[str, str]]:
    summary = contents.summary or {}
    seconds = summary.get("seconds")
    if not isinstance(seconds, dict):
        return []
    known = [(name, value) for name, value in seconds.items() if isinstance(value, int | float)]
    return [(name, duration(float(value), "s")) for name, value in known]
