"""What a finished run prints: the equation, how well it fits, and where the report is."""

from __future__ import annotations

from typing import Any

from ..check_words import forecast_in_words
from ..equations.ranking import percent
from ..metric_words import COUNT
from ..own_formulas import Tested
from ..run.folder import RunFolder


def outcome(run: RunFolder, summary: dict[str, Any]) -> str:
    """Return the lines that end ``run``, ``demo``, ``resume`` and ``simulate``."""
    lines = ["", *equation_lines(summary), *_law_in_words(summary)]
    if run.has("truth"):
        lines += ["", *truth_lines(run.load_truth(), summary)]
    lines += ["", *formula_lines(summary)]
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


def _law_in_words(summary: dict[str, Any]) -> list[str]:
    """Return the name of the law and what is wrong with it; summaries of old runs have none."""
    law = summary.get("law")
    return [] if law is None else [line for line in (law["text"], *law["flaws"]) if line]


def formula_lines(summary: dict[str, Any]) -> list[str]:
    """Return the ranking of the formulas; summaries of old runs have none."""
    formulas = summary.get("formulas")
    if formulas is None:
        return []
    rows = [("", "D(u)", "G(u)", "ΔBIC", "weight", "misfit", "forecast", "size"), *(
        _formula_row(one) for one in shown(formulas["equations"])
    )]  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = [
        "  ".join(
            cell.ljust(width) if column < 3 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    hidden = len(formulas["equations"]) - len(rows) + 1
    more = [f"… and {hidden} more, which the data speak against."] if hidden else []
    said = [formulas["text"], formulas["unsupported"]]
    said += [one["verdict"] for one in formulas["equations"] if one.get("verdict")]
    return [*table, *more, *(sentence for sentence in said if sentence)]


def shown(equations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the equations that a short list holds: those that are possible, and the user's."""
    return [one for one in equations if one["possible"] or one["own"] or one["chosen"]]


def _formula_row(one: dict[str, Any]) -> tuple[str, ...]:
    mark = "✓" if one["chosen"] else "yours" if one["own"] else "≈" if one["possible"] else ""
    weight = "–" if one["weight"] is None else percent(one["weight"])
    numbers = (
        (one["delta_bic"], 1), (one["deviance_per_bin"], 3),
        (one["forecast_deviance_per_bin"], 3), (one["complexity"], 0),
    )  # fmt: skip
    delta, misfit, forecast, size = (
        "–" if value is None else f"{value:.{digits}f}" for value, digits in numbers
    )
    law = tuple(rescaled(one[name]) for name in ("D", "G"))
    return (mark, *law, delta, weight, misfit, forecast, size)


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


def tried_lines(tried: Tested) -> list[str]:
    """Return the constants of a formula of the user's, and whether the data exclude it."""
    equation = tried.equation
    law = [
        f"  {name}(u) = {rescaled(f.text)}" for name, f in (("D", equation.D), ("G", equation.G))
    ]
    return [*law, tried.sentence]


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
