"""What a finished run prints: the equation, how well it fits, and where the report is."""

from __future__ import annotations

from typing import Any

from ..check_words import forecast_in_words
from ..metric_words import COUNT
from ..run.folder import RunFolder


def outcome(run: RunFolder, summary: dict[str, Any]) -> str:
    """Return the lines that end ``run``, ``demo``, ``resume`` and ``simulate``."""
    lines = ["", *equation_lines(summary)]
    if run.has("truth"):
        lines += ["", *truth_lines(run.load_truth(), summary)]
    lines += ["", *_metric_lines(summary["metrics"]), *_check_lines(summary)]
    return "\n".join([*lines, f"Report: {run.file('report')}"])


def equation_lines(summary: dict[str, Any]) -> list[str]:
    """Return the equation with its units and the meaning of u."""
    equation, units = summary["equation"], summary["units"]
    scale = f"{summary['density_scale']:.4g} {units['density']}"
    law = {name: rescaled(equation[name]) for name in ("D", "G")}
    return [
        f"∂u/∂t = ∇·(D(u) ∇u) + G(u) u      u = density / ({scale})",
        *_law_lines(law, units),
    ]


def truth_lines(truth: dict[str, Any], summary: dict[str, Any]) -> list[str]:
    """Return the true law of a phantom, in the same u as the equation where units agree."""
    units = {name: truth.get(f"{name}_unit", unit) for name, unit in summary["units"].items()}
    if units != summary["units"]:
        scale = f"{truth['density_scale']:.4g} {units['density']}"
        law, u = {name: rescaled(truth[name]) for name in ("D", "G")}, f"u = density / ({scale})"
    else:
        ratio = summary["density_scale"] / truth["density_scale"]
        law, u = {name: rescaled(truth[name], ratio) for name in ("D", "G")}, "the same u"
    return [f"The true law of this sample, with {u}:", *_law_lines(law, units)]


def rescaled(formula: str, ratio: float = 1.0) -> str:
    """Return a formula in u with u replaced by ``ratio`` times u, its numbers in four digits."""
    from ..equations.grammar import U, parse, to_text

    expression = parse(formula)
    if ratio != 1.0:
        expression = expression.subs(U, ratio * U).expand()
    return to_text(expression, digits=4)


def _law_lines(law: dict[str, Any], units: dict[str, str]) -> list[str]:
    rows = (("D", f"{units['length']}²/{units['time']}"), ("G", f"1/{units['time']}"))
    return [f"  {name}(u) = {law[name]}   [{unit}]" for name, unit in rows]


def _metric_lines(metrics: dict[str, Any]) -> list[str]:
    named = (
        ("count_error_percent", COUNT.name),
        ("forecast_count_error_percent", "Same for the frames that a forecast did not see"),
    )
    return [
        f"{text}: {metrics[name]:.2f} %" for name, text in named if metrics.get(name) is not None
    ]


def _check_lines(summary: dict[str, Any]) -> list[str]:
    """Return what the checks of the estimate found; summaries of old runs have none."""
    verdict, bootstrap = summary.get("verdict"), summary.get("bootstrap")
    found = [
        "" if summary["metrics"] is None else forecast_in_words(summary["metrics"]),
        *([] if verdict is None else [verdict["sentence"]]),
        *(summary.get("identifiability") or [])[:2],
        *([] if bootstrap is None else [bootstrap["sentence"]]),
    ]
    return [sentence for sentence in found if sentence]
