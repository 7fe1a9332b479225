"""Write settings.md, commands.md and library.md beside this file from the code they describe."""

from __future__ import annotations

import inspect
import math
from pathlib import Path
from typing import Any

import typer
from pydantic.fields import FieldInfo

from napari_binn.cli.app import app
from napari_binn.equations.library import DIFFUSIVITIES, GROWTH_RATES, Constant, Form
from napari_binn.settings import Section, Settings

HERE = Path(__file__).parent

SETTINGS_HEAD = """# Settings

Each of these can stand in a TOML file (`--config settings.toml`) or on the command line
(`--set binn.members=9`). This page is made from the code by `make docs`.
"""
COMMANDS_HEAD = """# Commands

`napari-binn COMMAND --help` says the same. This page is made from the code by `make docs`.

Exit codes: 0 done, 2 bad input (one sentence on stderr), 130 stopped by the user (the run is kept).
"""

LIBRARY_HEAD = """# The library of mechanistic forms

Every search fits these to the curves, beside what symbolic regression finds; densities are in
u = density / density scale, so constants in u and their bounds are multiples of that scale. This
page is made from the code by `make docs`; how to add forms of your own is told in
[formulas.md](formulas.md).
"""
_UNITS = {
    "diffusivity": "length²/time",
    "rate": "1/time",
    "density": "u",
    "number": "a number",
}


def settings_page() -> str:
    """Return the table of all settings, section by section."""
    lines = [SETTINGS_HEAD]
    general = []
    for name, info in Settings.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            summary = inspect.getdoc(kind) or ""
            lines += [f"## {name}", "", summary, "", *_table(name, kind), ""]
        else:
            general.append(_row(name, info))
    return "\n".join([*lines, "## General", "", *_header(), *general, ""])


def _table(section: str, kind: type[Section]) -> list[str]:
    rows = [_row(f"{section}.{key}", info) for key, info in kind.model_fields.items()]
    return [*_header(), *rows]


def _header() -> list[str]:
    return ["| setting | default | what it does |", "| --- | --- | --- |"]


def _row(name: str, info: FieldInfo) -> str:
    default = "–" if info.default is None else f"`{_shown(info.default)}`"
    return f"| `{name}` | {default} | {_cell(info.description or info.title or '')} |"


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def commands_page() -> str:
    """Return every command with its arguments and options."""
    group: Any = typer.main.get_command(app)
    lines = [COMMANDS_HEAD]
    for name, command in group.commands.items():
        if command.hidden:
            continue
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        usage = " ".join(["napari-binn", name, *(p.metavar or p.name.upper() for p in arguments)])
        lines += [f"## {name}", "", f"`{usage}`", "", command.help, ""]
        rows = [f"| `{p.metavar}` | {_cell(p.help)} |" for p in arguments]
        rows += [_option(p) for p in command.params if p.param_type_name == "option"]
        lines += ["| | |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)


def _option(parameter: Any) -> str:
    names = ", ".join(reversed(parameter.opts))
    value = f" {parameter.metavar}" if parameter.metavar else ""
    return f"| `{names}{_cell(value)}` | {_cell(parameter.help)} |"


def library_page() -> str:
    """Return the mechanistic forms with their constants and references."""
    lines = [LIBRARY_HEAD]
    for title, known in (("D(u)", DIFFUSIVITIES), ("G(u)", GROWTH_RATES)):
        lines += [f"## {title}", "", "| form | formula | constants | from |", "| --- " * 4 + "|"]
        lines += [_form(form) for form in known]
        lines += [""]
    return "\n".join(lines)


def _form(form: Form) -> str:
    constants = "; ".join(
        f"`{constant.name}` {constant.meaning} [{_UNITS[constant.kind]}]{_bounds(constant)}"
        for constant in form.constants
    )
    return f"| {form.name} | `{_cell(form.text)}` | {constants} | {form.reference} |"


def _bounds(constant: Constant) -> str:
    low, high = constant.low, constant.high
    if math.isinf(high):
        return "" if math.isinf(low) else f", at least {low:g}"
    return f", {low:g} to {high:g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def pages() -> dict[Path, str]:
    """Return the text of each page under its path."""
    return {
        HERE / "settings.md": settings_page(),
        HERE / "commands.md": commands_page(),
        HERE / "library.md": library_page(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(HERE.parent))
