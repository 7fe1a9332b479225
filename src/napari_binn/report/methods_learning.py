"""How the curves were learned and checked, for the methods paragraph."""

from __future__ import annotations

from napari_binn.binn.result import BinnResult
from napari_binn.density.model import Density
from napari_binn.inference.terms import Boundary, Noise, Terms
from napari_binn.quantities import number, plural
from napari_binn.settings import Settings

from .contents import Contents

MODEL = "∂u/∂t = ∇·(D(u)∇u) + G(u)u"
_NOISE = {
    "counts": "a variance of {level} times the mean count",
    "fraction": "a variance of {level} times that of pieces of ground as large as a cell, each "
    "covered or bare",
    "proportional": "a standard deviation of {level} times the density",
    "additive": "a standard deviation of {level} times the highest density",
}
_WEIGHTS = {
    "counts": ", the observations weighted by the inverse of their variance, which grows with the "
    "density as that of counts does",
    "fraction": ", the observations weighted by the inverse of their variance, which is largest "
    "where half of the ground is covered",
    "proportional": ", the observations weighted by the inverse of their variance, which grows "
    "with the square of the density",
    "additive": "",
    "auto": ", the observations weighted by the inverse of their variance, whose growth with the "
    "density was read from the movie",
}
_VERDICTS = {
    "consistent": "was found consistent with reaction–diffusion",
    "doubtful": "was found doubtful as reaction–diffusion",
    "contradicted": "was found not to be reaction–diffusion alone",
}


def training(contents: Contents, settings: Settings) -> str:
    """Say how the networks were trained, in the past tense; nothing if they were not."""
    binn, density = contents.binn, contents.density
    if binn is None or density is None:
        return ""
    opening = (
        f"The diffusivity D(u) and the growth rate G(u) of {MODEL} were learned by "
        "biologically-informed neural networks (Lagergren et al. 2020; Lavery et al. 2026): an "
        f"ensemble of {plural(binn.members, 'network')}"
    )
    how = _paper(binn, settings) if settings.binn.recipe == "paper" else None
    return f"{opening}, {how or _standard(binn, density, settings)}."


def _standard(binn: BinnResult, density: Density, settings: Settings) -> str:
    chosen = settings.binn
    kind = settings.inference.noise
    if kind == "auto" and density.counts_per_unit is not None:
        kind = "counts"
    elif kind == "auto" and density.patches_per_bin is not None:
        kind = "fraction"
    end = f"for {binn.steps:,} steps"
    if binn.steps < chosen.steps:
        end = (
            "until their curves, or their misfit of what they had left out, stood still "
            f"({binn.steps:,} steps of at most {chosen.steps:,})"
        )
    left_out = (
        f" with {number(100 * chosen.validation)} % of the data left out at random"
        if chosen.validation > 0
        else ""
    )
    return (
        f"trained {end}{left_out} by SOAP (Vyas et al. 2024) on the root-mean-square misfit to the "
        f"data plus {number(chosen.residual_weight)} times the mean squared residual of the "
        f"equation, whose derivatives were computed in closed form{_WEIGHTS[kind]}"
    )


def _paper(binn: BinnResult, settings: Settings) -> str:
    return (
        "trained exactly as by Lavery et al. (2026), by Adam on batches of 38 observations and 100 "
        "collocation points and on the sum of the mean squared misfit and the mean squared "
        "residual of the equation, with 20 % of the data left out at random, until the validation "
        f"loss had not improved by 5 % for {plural(settings.binn.patience, 'epoch')} "
        f"({binn.steps:,} steps)"
    )


def fit(contents: Contents) -> str:
    """Say how the curves were estimated by simulation, with their noise, border and bands."""
    terms = contents.terms
    if terms is None:
        return ""
    start = (
        f"The diffusivity D(u) and the growth rate G(u) of {MODEL} were"
        if contents.binn is None
        else "Starting from the networks' curves, D(u) and G(u) were then"
    )
    return (
        f"{start} estimated as smooth spline curves, together with the first frame, such that the "
        "simulated equation fits the movie; noise level and smoothness were set by the evidence. "
        f"{_noise(terms.noise)} {_boundary(terms.boundary)} {_bands(contents, terms)}"
    )


def _noise(noise: Noise) -> str:
    sentence = f"The estimated noise is {_NOISE[noise.kind].format(level=number(noise.level, 2))}"
    if noise.gain > 0:
        sentence += (
            f"; {number(100 * noise.gain, 2)} % of a frame's deviation from the law was taken as "
            "real and inherited by the next frame"
        )
    if noise.inflation > 1.005:
        sentence += (
            f"; {number(noise.inflation, 2)} observations were counted as one independent one"
        )
    return f"{sentence}."


def _boundary(boundary: Boundary) -> str:
    why = "" if boundary.log_odds_open is None else ", by the evidence of both"
    if boundary.kind == "closed":
        return f"No cells were assumed to cross the border of the region{why}."
    return (
        "Cells were assumed to cross the border of the region as the law says: it was solved "
        f"together with unobserved surroundings, {plural(boundary.margin, 'bin')} wide{why}."
    )


def _bands(contents: Contents, terms: Terms) -> str:
    bands = (
        "Pointwise 90 % bands follow from the curvature of the posterior, the first frame and the "
        "smoothness being integrated out"
    )
    if contents.bootstrap is not None:
        bands += f"; they were checked on {contents.bootstrap.replicates} simulated movies"
    if not terms.supported.any():
        bands += "; the data support the curves at no density"
    return f"{bands}."


def verdict(contents: Contents) -> str:
    """Say whether departures from reaction-diffusion were found."""
    diagnosis = contents.diagnosis
    if diagnosis is None:
        return ""
    return (
        "Drift, growth and spreading that change in time, spreading that depends on direction, and "
        "correlated residuals were tested for beside the estimated law, with Holm's correction: "
        f"the movie {_VERDICTS[diagnosis.level]}."
    )
