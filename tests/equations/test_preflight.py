"""Mistakes about the search are told at the start, not after the network has learned."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_binn.cli.execute import check_before
from napari_binn.equations import preflight
from napari_binn.equations.julia import PysrState
from napari_binn.errors import UserError
from napari_binn.settings import Settings


def test_a_mistake_in_the_own_forms_is_told_first(tmp_path: Path) -> None:
    path = tmp_path / "forms.toml"
    path.write_text("[[D]]\nname = 'x'\nformula = 'open(u)'\n", encoding="utf-8")
    settings = Settings.build({"equations": {"library": str(path)}, "device": "cpu"})
    with pytest.raises(UserError, match=r"forms\.toml, D\[1\]\.formula is wrong"):
        check_before(tmp_path / "run", settings, overwrite=False)


@pytest.mark.parametrize("julia", ["missing", "ready"])
def test_a_missing_julia_is_told_first(monkeypatch: pytest.MonkeyPatch, julia: str) -> None:
    monkeypatch.setattr(preflight, "pysr_state", lambda: PysrState("2.7", julia))  # type: ignore[arg-type]
    settings = Settings.build({"equations": {"engine": "pysr"}}).equations
    if julia == "ready":
        preflight.check_search(settings)
    else:
        with pytest.raises(UserError, match="set-up-julia"):
            preflight.check_search(settings)
