"""A methods paragraph, written from what the run did, for the user's own paper."""

from __future__ import annotations

from napari_binn.density.model import Density
from napari_binn.equations.model import Equations
from napari_binn.quantities import (
    diffusivity_unit,
    duration,
    length,
    length_name,
    number,
    plural,
    quantity,
)
from napari_binn.settings import Settings

from . import methods_learning
from .contents import Contents
from .methods_prepare import corrections
from .typeset import formula_text

REFERENCES = (
    (
        "Lagergren JH, Nardini JT, Baker RE, Simpson MJ, Flores KB. Biologically-informed neural "
        "networks guide mechanistic modeling from sparse experimental data. PLoS Comput Biol "
        "16(12): e1008462 (2020).",
        "https://doi.org/10.1371/journal.pcbi.1008462",
    ),
    (
        "Lavery W, Cochrane J, Olesen C, Tadele DS, Nardini JT, Hamis S. Physics-Informed Neural "
        "Networks for Biological 2D+t Reaction–Diffusion Systems. arXiv:2604.18548 (2026).",
        "https://arxiv.org/abs/2604.18548",
    ),
    (
        "Vyas N, Morwani D, Zhao R, Shapira I, Brandfonbrener D, Janson L, Kakade S. SOAP: "
        "Improving and Stabilizing Shampoo using Adam. arXiv:2409.11321 (2024).",
        "https://arxiv.org/abs/2409.11321",
    ),
)
_METHODS = {
    "points": "by counting the given cell positions",
    "labels": "by counting the centroids of labelled cells",
    "nuclei": "by counting nuclei found in the frames",
    "confluence": "as the share of the ground that is covered, by local contrast (Jaccard et al. "
    "2014) and one threshold for all frames (Kittler and Illingworth 1986),",
    "intensity": "from calibrated intensity",
    "cellpose": "by counting cells segmented by Cellpose (Stringer et al. 2021)",
}
_ENGINES = {
    "operon": "symbolic regression (Operon) and a library of mechanistic forms",
    "pysr": "symbolic regression (PySR) and a library of mechanistic forms",
    "library": "a library of mechanistic forms",
}


def methods_paragraph(contents: Contents) -> str:
    """Return what was done, in the past tense, for the stages that are there."""
    density, settings = contents.density, contents.settings
    if density is None or settings is None:
        return ""
    version = contents.info.versions.get("napari-binn", "")
    sentences = [
        f"Cell density was analysed with napari-binn{' ' + version if version else ''}.",
        corrections(contents),
        _density(contents, density, settings),
        methods_learning.training(contents, settings),
        methods_learning.fit(contents),
        methods_learning.verdict(contents),
        "" if contents.equations is None else _formula(contents.equations, density, settings),
        _simulation(contents),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _density(contents: Contents, density: Density, settings: Settings) -> str:
    how = _METHODS.get(settings.density.method, "")
    frames, rows, columns = density.shape
    hy, hx = density.spacing
    unit = density.length_unit
    time = duration(float(density.t[-1] - density.t[0]), density.time_unit)
    return (
        f"Density was measured{' ' + how if how else ''} in {columns} × {rows} bins of "
        f"{length(hx, unit)} × {length(hy, unit)} over a field of {number(hx * columns)} × "
        f"{number(hy * rows)} {length_name(unit)} in {plural(frames, 'frame')} over {time}, and "
        f"expressed as u, its share of "
        f"{quantity(contents.density_scale, density.density_unit, 4)}."
    )


def _formula(equations: Equations, density: Density, settings: Settings) -> str:
    best = equations.best
    engine = _ENGINES[settings.equations.engine]
    return (
        f"Formulas were searched by {engine} and chosen by this rule: {_lower(equations.rule)} "
        f"The result is D = {formula_text(best.D.text)} "
        f"{diffusivity_unit(density.length_unit, density.time_unit)} and "
        f"G = {formula_text(best.G.text)} per {density.time_unit}."
    )


def _simulation(contents: Contents) -> str:
    simulation, settings = contents.simulation, contents.settings
    if simulation is None or settings is None:
        return ""
    sentence = (
        "The equation was solved forward by a conservative finite-volume scheme "
        f"{_border(contents)}, with {settings.simulation.refine} cells across each bin, from the "
        "first frame that fits the movie best"
    )
    error = simulation.metrics.get("count_error_percent")
    if error is not None and number(error) != "–":
        sentence += f"; its mean error in the total is {number(error)} %"
    forecast = simulation.metrics.get("forecast_count_error_percent")
    if forecast is not None and number(forecast) != "–":
        sentence += (
            f", and {number(forecast)} % for the frames that a fit to the earlier ones had not seen"
        )
    return sentence + "."


def _border(contents: Contents) -> str:
    terms = contents.terms
    if terms is None or terms.boundary.kind == "closed":
        return "without flux through the border"
    return "on the region and its surroundings"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
