"""Is the density right, and is it there in time? The tables of docs/density.md.

    python benchmarks/bench_density.py                          everything; about half an hour
    python benchmarks/bench_density.py --parts counts law --seeds 2
    python benchmarks/bench_density.py --scratch FOLDER         the scratch movie lies elsewhere
    python benchmarks/bench_density.py --json FILE              the numbers, too

Parts:

* counts: frames of phantoms from 2 % to 100 % of confluence, under several microscopes. Every
  density is measured twice: in a movie that grows through all of them, and alone; the larger error
  counts. ``field`` is the distance of the measured field from the expected one, divided by the
  counting noise (Poisson), the largest of all densities; beside it, that of the true positions.
* law: D and G from the pixels of the sample movies, beside those from the true positions.
* scratch: the area of the wound in the real scratch movie, beside the contours drawn into it.
* large: 200 frames of 2,048 x 2,048 pixels of 16 bits: time, memory, preview.
* huge: a region of an OME-Zarr of 100 GB.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import density_cases as cases
from napari_binn import pipeline
from napari_binn.density.grid import Grid
from napari_binn.density.measure import measure_density
from napari_binn.density.method import Looked
from napari_binn.density.model import Density
from napari_binn.density.nuclei_method import Nuclei
from napari_binn.density.preview import Previewer
from napari_binn.density.sight import Sight
from napari_binn.inference.estimate import estimate
from napari_binn.phantom import get, make_movie, names
from napari_binn.settings import DensitySettings, InferenceSettings, Settings

Array = NDArray[np.float64]
Found = dict[str, Any]
#: What is aimed at: error of counts up to half of confluence and at confluence [%], of fields in
#: units of the counting noise, of D in units of its error from positions, of the wound [%], time
#: [s], memory [MB], of a preview [s], of opening [s].
SPARSE, FULL, FIELD, LAW, WOUND = 3.0, 8.0, 1.3, 1.25, 5.0
SECONDS, MEGABYTES, PREVIEW, OPENED = 240.0, 1500.0, 0.3, 3.0
#: Sites along a side of a bin: 25 cells at confluence.
SITES = 5
LAW_BINS = (20, 15)
SCRATCH = Path(__file__).parents[2] / "shared" / "data" / "scratch_assay"
LAST_TICK = 24


def main() -> None:
    """Run what was asked for and print the tables."""
    options = _options()
    if options.child:
        print(json.dumps(CHILDREN[options.child](options.folder)))
        return
    found = {}
    for part in options.parts:
        found[part] = PARTS[part](options)
        if options.json:
            options.json.write_text(json.dumps(found, indent=1))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--scenes", nargs="+", choices=list(cases.SCENES), default=None)
    parser.add_argument("--seeds", type=int, default=4, help="seeds of the phantoms (default 4)")
    parser.add_argument("--scratch", type=Path, default=SCRATCH, help="folder of that movie")
    parser.add_argument("--folder", type=Path, help="where large files are written for a while")
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    parser.add_argument("--child", choices=list(CHILDREN), help=argparse.SUPPRESS)
    return parser.parse_args()


def counts(options: argparse.Namespace) -> list[Found]:
    """Compare counts and fields with the known positions."""
    shares = [f"{100 * share:g} %" for share in cases.SHARES]
    print("\n### Counts: error [%] at so much of confluence\n")
    _row("microscope", *shares, "field", "of positions", "met")
    _row(*["---"] * (len(shares) + 4))
    rows = []
    for key in options.scenes or cases.SCENES:
        scene = cases.SCENES[key]
        positions, frames = cases.still(scene, cases.SHARES, seed=0)
        look = _looker(scene, frames)
        alone = [_looker(scene, frames[[k] * 3]).measure(0) for k in range(len(frames))]
        both = [(look.measure(k), alone[k]) for k in range(len(frames))]
        errors = [
            max((100 * (len(xy) / len(true) - 1) for xy in found), key=abs)
            for found, true in zip(both, positions, strict=True)
        ]
        field = _field_error(scene, [found[0] for found in both])
        own = _field_error(scene, positions)
        sparse = [e for e, share in zip(errors, cases.SHARES, strict=True) if share <= 0.5]
        met = max(map(abs, sparse)) <= SPARSE and max(map(abs, errors)) <= FULL and field <= FIELD
        warned = " (warned)" if look.warnings else ""
        _row(scene.title + warned, *(f"{e:+.1f}" for e in errors), f"{field:.2f}", f"{own:.2f}",
             _yes(met))  # fmt: skip
        rows.append({"scene": key, "errors": errors, "field": field, "positions": own, "met": met})
    return rows


def _looker(scene: cases.Scene, frames: NDArray[np.uint16]) -> Looked:
    movie = cases.movie_of(scene, frames)
    return Nuclei().look(Sight(movie), np.arange(len(frames)), DensitySettings())


def _field_error(scene: cases.Scene, positions: Sequence[Array]) -> float:
    """Return the largest distance from the expected field, in units of the counting noise."""
    width, height = scene.phantom.extent
    rows, columns = (sites // SITES for sites in scene.phantom.sites)
    grid = Grid((0.0, 0.0, width, height), columns, rows)
    errors = []
    for share, found in zip(cases.SHARES, positions, strict=True):
        expected = share * np.prod(scene.phantom.sites) / (rows * columns)
        errors.append(np.sqrt(np.mean((grid.count(found) - expected) ** 2) / expected))
    return float(max(errors))


def law(options: argparse.Namespace) -> list[Found]:
    """Compare the laws that are learned from pixels and from positions."""
    print(f"\n### The law, from pixels and from the true positions ({options.seeds} seeds)\n")
    _row("sample", "D %, pixels", "D %, positions", "G %, pixels", "G %, positions", "ratio of D",
         "met")  # fmt: skip
    _row(*["---"] * 7)
    rows = []
    for name in (name for name in names() if get(name).look == "fluorescence"):
        off = np.array(
            [
                [_law_errors(name, seed, kind) for kind in ("image", "points")]
                for seed in range(options.seeds)
            ]
        )
        # Of the pixels and of the positions, of D and of G.
        (D, true_D), (G, true_G) = np.sqrt(np.mean(off**2, axis=0)).T
        met = LAW * true_D >= D
        numbers = (f"{value:.1f}" for value in (D, true_D, G, true_G))
        _row(name, *numbers, f"{D / true_D:.2f}", _yes(met))
        rows.append({"name": name, "errors": off.tolist(), "ratio": D / true_D, "met": bool(met)})
    return rows


def _law_errors(name: str, seed: int, kind: Any) -> tuple[float, float]:
    """Return the relative L2 errors of D and G over the supported densities [%]."""
    phantom = get(name)
    density = measure_density(make_movie(name, seed, kind), DensitySettings(bins=LAW_BINS))
    terms = estimate(density, InferenceSettings())
    known = terms.supported
    u = terms.u[known] * terms.density_scale / phantom.capacity
    D = phantom.diffusivity + phantom.diffusivity_slope * u
    G = phantom.division_rate * (1 - u)
    return _off(terms.D[known], D), _off(terms.G[known], G)


def _off(found: Array, truth: Array) -> float:
    return float(100 * np.sqrt(np.sum((found - truth) ** 2) / np.sum(truth**2)))


def scratch(options: argparse.Namespace) -> list[Found]:
    """Compare the area of the wound with the contours drawn into the frames."""
    print("\n### Scratch movie: area of the wound [pixel²], nothing set but the units\n")
    if not options.scratch.is_dir():
        print(f"Left out: there is no folder {options.scratch} (--scratch names another one).")
        return []
    settings = Settings.build(
        {
            "movie": {"time_unit": "frame", "length_unit": "pixel"},
            "density": {"method": "confluence"},
        }
    )
    density = pipeline.measure(pipeline.prepare(options.scratch, settings), settings)
    _row("tick", "contour", "found", "off", "met")
    _row(*["---"] * 5)
    rows = []
    for k, contour in enumerate(cases.wound_areas(options.scratch)):
        found = _bare(density, k)
        off = 100 * (found / contour - 1)
        met = abs(off) <= WOUND if 3 * k <= LAST_TICK else None
        _row(str(3 * k), f"{contour:.0f}", f"{found:.0f}", f"{off:+.1f} %",
             "not aimed at" if met is None else _yes(met))  # fmt: skip
        rows.append({"tick": 3 * k, "contour": contour, "found": found, "met": met})
    return rows


def _bare(density: Density, frame: int) -> float:
    """Return the area that no cell covers in a frame [pixel²]."""
    hy, hx = density.spacing
    values = density.values[frame]
    bare = (1 - values) if density.mask is None else np.where(density.mask, 1 - values, 0.0)
    return float(bare.sum() * hy * hx)


def large(options: argparse.Namespace) -> list[Found]:
    """Measure a movie of 1.7 GB."""
    print(f"\n### {cases.LARGE_FRAMES} frames of {cases.LARGE} x {cases.LARGE}, 16 bit, nuclei\n")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        cases.write_large(Path(folder) / "movie.tif")
        found = _child("large", folder)
    _row("what", "found", "aim", "met")
    _row(*["---"] * 4)
    return [
        _aim("all frames", found["seconds"], SECONDS, "s"),
        _aim("of it processor time", found["processor"], None, "s"),
        _aim("most memory", found["megabytes"], MEGABYTES, "MB"),
        _aim("first preview", found["first"], None, "s"),
        _aim("preview of another frame", found["next"], PREVIEW, "s"),
        _aim("of it processor time", found["next processor"], None, "s"),
        _aim("preview with another threshold", found["again"], PREVIEW, "s"),
    ]


def huge(options: argparse.Namespace) -> list[Found]:
    """Open 100 GB and measure a region."""
    print(f"\n### OME-Zarr of {cases.HUGE_FRAMES} x {cases.HUGE} x {cases.HUGE}, 16 bit\n")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        size = cases.write_huge(Path(folder) / "movie.ome.zarr")
        found = _child("huge", folder)
    _row("what", "found", "aim", "met")
    _row(*["---"] * 4)
    return [
        _aim("size", size / 1e9, None, "GB"),
        _aim("opened", found["opened"], OPENED, "s"),
        _aim("a region of 2,000 x 2,000 pixels, all frames", found["seconds"], None, "s"),
        _aim("most memory", found["megabytes"], MEGABYTES, "MB"),
    ]


def _child(part: str, folder: str) -> Found:
    """Run a part in a process of its own, so that its memory is that of nothing else."""
    command = [sys.executable, __file__, "--child", part, "--folder", folder]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def _large_child(folder: Path) -> Found:
    settings = Settings.build(
        {"movie": {"pixel_size": (1, 1), "length_unit": "um", "time_unit": "frame"}}
    )
    movie = pipeline.prepare(folder / "movie.tif", settings)
    assert not isinstance(movie, Density)
    began, busy = time.perf_counter(), time.process_time()
    pipeline.measure(movie, settings)
    found = {
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - busy,
        "megabytes": _megabytes(),
    }
    previewer = Previewer(movie)
    found["first"] = _timed(partial(previewer.preview, settings.density, 0))
    others = [
        _timed(partial(previewer.preview, settings.density, frame)) for frame in range(5, 55, 10)
    ]
    busy = time.process_time()
    previewer.preview(settings.density, 55)
    found["next processor"] = time.process_time() - busy
    found["next"] = float(np.median(others))
    strict = DensitySettings(threshold=30.0)
    found["again"] = _timed(partial(previewer.preview, strict, 45))
    return found


def _huge_child(folder: Path) -> Found:
    side = float(cases.PART * cases.CHUNK) - 24
    settings = Settings.build({"density": {"method": "nuclei", "region": (24, 24, side, side)}})
    began = time.perf_counter()
    movie = pipeline.prepare(folder / "movie.ome.zarr", settings)
    opened = time.perf_counter() - began
    density = pipeline.measure(movie, settings)
    assert density.totals().min() > 0
    return {
        "opened": opened,
        "seconds": time.perf_counter() - began - opened,
        "megabytes": _megabytes(),
    }


def _megabytes() -> float:
    """Return the most memory that this process had so far."""
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024.0**2 if sys.platform == "darwin" else 1024.0)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _aim(what: str, value: float, aim: float | None, unit: str) -> Found:
    met = None if aim is None else value <= aim
    shown = "" if aim is None else f"{aim:g} {unit}"
    _row(what, f"{value:.3g} {unit}", shown, "" if met is None else _yes(met))
    return {"what": what, "value": value, "aim": aim, "unit": unit, "met": met}


def _yes(met: bool) -> str:
    return "yes" if met else "no"


def _row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


PARTS: dict[str, Callable[[argparse.Namespace], list[Found]]] = {
    "counts": counts,
    "law": law,
    "scratch": scratch,
    "large": large,
    "huge": huge,
}
CHILDREN: dict[str, Callable[[Path], Found]] = {"large": _large_child, "huge": _huge_child}


if __name__ == "__main__":
    main()
