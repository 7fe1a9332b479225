"""What is installed, what works, and what to do about what does not."""

from __future__ import annotations

import importlib
import json as json_module
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..display import display
from ..errors import Stopped
from . import DONE, FAILED

Status = Literal["ok", "optional", "problem"]

_ENOUGH_GB = 2.0
_BINDINGS = ("PyQt6", "PySide6", "PyQt5")


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's table.

    Attributes
    ----------
    status
        "ok", "optional" (something else does its work) or "problem".
    advice
        One sentence on what to do, empty where there is nothing to do.
    needed
        Whether the way from a movie to an equation on the command line fails without it.
    """

    name: str
    status: Status
    found: str
    advice: str = ""
    needed: bool = False


def run_doctor(*, json: bool) -> int:
    """Print all findings; 0 if a movie can be taken to an equation on this machine, else 1."""
    findings = examine()
    if json:
        print(json_module.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        _print(findings)
    broken = any(finding.needed and finding.status == "problem" for finding in findings)
    return FAILED if broken else DONE


def examine() -> list[Finding]:
    """Return one finding for each thing that napari-binn builds on."""
    checks: tuple[Callable[[], Finding], ...] = (
        check_python,
        check_napari,
        check_qt,
        check_display,
        check_torch,
        check_operon,
        check_pysr,
        check_disk,
    )
    return [check() for check in checks]


def check_python() -> Finding:
    """Python and the platform."""
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("Python", "ok", found, needed=True)


def check_napari() -> Finding:
    """napari, by its metadata: importing it would start much of Qt."""
    found = _version("napari")
    if found is None:
        return Finding("napari", "problem", "not installed", "Run: pip install napari")
    return Finding("napari", "ok", found)


def check_qt() -> Finding:
    """The Qt binding, loaded in a process of its own and without an application."""
    installed = [name for name in _BINDINGS if _distribution(name) is not None]
    if not installed:
        return Finding(
            "Qt",
            "problem",
            "no binding installed",
            'The command line works without; for napari run: pip install "napari-binn[all]"',
        )
    code = "from qtpy import API_NAME, QtWidgets; print(API_NAME)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    versions = ", ".join(f"{name} {_distribution(name)}" for name in installed)
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines()
        reason = lines[-1].partition(": ")[2] if lines else "no reason given"
        return Finding(
            "Qt",
            "problem",
            f"{versions} does not load: {reason}",
            "The command line works without; for napari install the system libraries that Qt "
            "names here.",
        )
    used = result.stdout.strip()
    if used == "PySide6" and _breaks_slowly(_distribution("PySide6") or ""):
        return Finding(
            "Qt",
            "problem",
            versions,
            "This PySide6 crashes after a while on Python 3.11; run: "
            'pip install "PySide6_Essentials<6.12"',
        )
    return Finding("Qt", "ok", f"{versions} ({used} is used)" if len(installed) > 1 else versions)


def check_display() -> Finding:
    """Whether a window could be opened."""
    found = display()
    if found:
        return Finding("Display", "ok", found)
    return Finding(
        "Display",
        "optional",
        "none",
        "The command line needs none; for napari log in to a desktop or use a virtual display "
        "such as xvfb-run.",
    )


def check_torch() -> Finding:
    """torch and the devices that it can train on."""
    try:
        import torch
    except Exception as error:  # a broken installation raises OSError, ImportError, RuntimeError
        found = "not installed" if isinstance(error, ModuleNotFoundError) else f"broken: {error}"
        advice = "Install torch for your machine as pytorch.org says."
        return Finding("torch", "problem", found, advice, needed=True)
    devices = [f"cpu ({torch.get_num_threads()} threads)"]
    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        devices += [f"cuda ({torch.cuda.get_device_name(index)})" for index in range(count)]
    if torch.backends.mps.is_available():
        devices.append("mps (Apple GPU)")
    advice = ""
    if len(devices) == 1 and shutil.which("nvidia-smi"):
        advice = (
            "There is an NVIDIA GPU that this torch does not see: install a CUDA build of torch "
            "that fits its driver."
        )
    status: Status = "optional" if advice else "ok"
    found = f"{torch.__version__}: {', '.join(devices)}"
    return Finding("torch", status, found, advice, needed=True)


def check_operon() -> Finding:
    """Operon, the default search for formulas."""
    found = _version("pyoperon")
    fallback = "Formulas come from the library of mechanistic ones alone"
    if found is None:
        advice = f"{fallback}; where Operon has wheels, run: pip install pyoperon"
        return Finding("Operon", "optional", "not installed", advice)
    try:
        importlib.import_module("pyoperon")
    except Exception as error:  # a library that does not fit the machine fails in its own way
        advice = f"{fallback}; run: pip install --force-reinstall pyoperon"
        return Finding("Operon", "optional", f"{found} does not load: {error}", advice)
    return Finding("Operon", "ok", found)


def check_pysr() -> Finding:
    """PySR and its Julia, without importing PySR: that would begin to download Julia."""
    from ..equations.julia import SIZE_GB, pysr_state

    state = pysr_state()
    if state.version is None:
        advice = "Only needed for equations.engine=pysr; run: pip install pysr"
        return Finding("PySR", "optional", "not installed", advice)
    if state.ready:
        return Finding("PySR", "ok", f"{state.version} with Julia")
    found = (
        f"{state.version}; its Julia is not installed"
        if state.julia == "missing"
        else f"{state.version}; the state of its Julia is unknown: {state.problem}"
    )
    advice = (
        "Only needed for equations.engine=pysr; run: napari-binn doctor --set-up-julia "
        f"(a download of {SIZE_GB} GB)"
    )
    return Finding("PySR", "optional", found, advice)


def set_up_julia() -> int:
    """Download Julia for PySR, telling what happens; return the exit code."""
    from ..equations.julia import SIZE_GB, pysr_state, set_up

    if pysr_state().ready:
        print("Julia is ready for PySR.")
        return DONE
    print(
        f"Julia and PySR's Julia packages are downloaded: {SIZE_GB} GB, several minutes. "
        "Ctrl-C cancels; what is there by then is used the next time.",
        flush=True,
    )
    try:
        taken = set_up(lambda line: print(f"  {line}", flush=True))
    except KeyboardInterrupt:
        raise Stopped(
            "Cancelled; 'napari-binn doctor --set-up-julia' goes on from there."
        ) from None
    print(f"Julia is ready for PySR; it took {taken:.1f} GB of the disk.")
    return DONE


def check_disk(folder: Path | None = None) -> Finding:
    """Room for runs in ``folder`` (the current one if None)."""
    where = folder or Path.cwd()
    free = shutil.disk_usage(where).free / 1e9
    found = f"{free:.1f} GB free in {where}"
    if free < _ENOUGH_GB:
        advice = "Free some space or write your runs to another disk."
        return Finding("Disk", "problem", found, advice, needed=free < 0.1)
    return Finding("Disk", "ok", found)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _distribution(binding: str) -> str | None:
    """Return the version of a Qt binding; PySide6 may be installed without its add-ons."""
    return _version(binding) or (_version("PySide6_Essentials") if binding == "PySide6" else None)


def _breaks_slowly(pyside: str) -> bool:
    """PySide6 6.12 loses a reference to None with every void call under Python 3.11."""
    return pyside.startswith("6.12.") and sys.version_info < (3, 12)


def _print(findings: list[Finding]) -> None:
    console = Console()
    marks = {"ok": ("✓", "green"), "optional": ("○", "yellow"), "problem": ("✗", "red")}
    if not console.is_terminal:
        for finding in findings:
            advice = f"\t{finding.advice}" if finding.advice else ""
            print(f"{finding.status}\t{finding.name}\t{finding.found}{advice}")
        return
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        mark, colour = marks[finding.status]
        text = Text(finding.found)
        if finding.advice:
            text.append(f"\n{finding.advice}", style="dim")
        table.add_row(Text(mark, style=colour), Text(finding.name), text)
    console.print(table)
