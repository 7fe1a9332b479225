# Every target does its own set-up, in .venv, once.
#
#   make demo     a sample movie to its equation and its report, in demo-run/
#   make test     the tests
#   make app      napari with the plugin, on a sample movie
#
# The build of torch is yours to choose, once; the choice is kept until another one is made:
#
#   make demo TORCH_INDEX=ADDRESS   torch from this package index instead of pip's own one
#   make demo TORCH=torch==X.Y.Z    another version
#
# Without a choice pip decides: the CPU build on Windows, the one with Apple's GPU on macOS, and on
# Linux the CUDA build, which needs several GB. The addresses of all builds, the CPU build for
# Linux and the CUDA builds for Windows among them, are listed on pytorch.org ("Get started").

PY ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
LOG := $(VENV)/setup.log
READY := $(VENV)/.ready
CHOSEN := $(strip $(TORCH) $(TORCH_INDEX))

# The second Qt binding stands aside, so that nothing else finds it.
PYSIDE6 := $(VENV)/pyside6

.PHONY: help demo test app test-pyside6 pyside6 lint format docs screenshots \
  bench-gui bench-click bench-phantom bench-density bench-train bench-inference bench-verdicts \
  bench-recovery bench-lung clean FORCE
.DELETE_ON_ERROR:

help:
	@sed -n 's/^#\( \{0,1\}\)//p' Makefile | sed -n '1,14p'
	@echo
	@echo "Others: lint, format, clean"
	@echo "  docs, screenshots    the pages of settings and commands; the pictures of napari"
	@echo "  test-pyside6         the tests of the window on PySide6 instead of PyQt6"
	@echo "  bench-gui, bench-click, bench-phantom, bench-density, bench-train, bench-inference,"
	@echo "  bench-verdicts, bench-recovery, bench-lung"
	@echo "                       options in BENCH: make bench-train BENCH=\"--lung FOLDER\""

demo: $(READY)
	@$(BIN)/napari-binn demo --out demo-run --overwrite

test: $(READY)
	@sh .ci/test $(BIN)/python $(PYTEST)

app: $(READY)
	@$(BIN)/napari-binn open --sample growth

test-pyside6: pyside6
	@QT_API=pyside6 PYTEST_QT_API=pyside6 PYTHONPATH="$(CURDIR)/$(PYSIDE6)" \
	  sh .ci/test $(BIN)/python tests/gui -m gui $(PYTEST)

pyside6: $(PYSIDE6)/.ready

lint: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

format: $(READY)
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: $(READY)
	@$(BIN)/python docs/reference.py

screenshots: $(READY)
	@sh .ci/display $(BIN)/python docs/screenshots.py

bench-gui bench-click: bench-%: $(READY)
	@sh .ci/display $(BIN)/python benchmarks/bench_$*.py $(BENCH)

bench-phantom bench-density bench-train bench-inference bench-verdicts bench-recovery bench-lung: bench-%: $(READY)
	@$(BIN)/python benchmarks/bench_$*.py $(BENCH)

clean:
	rm -rf $(VENV) build dist demo-run .mypy_cache .ruff_cache .pytest_cache

# The environment: Python, then torch, then everything else.

quietly = >$(LOG) 2>&1 || { tail -n 15 $(LOG) >&2; echo "The set-up failed; all it said is in $(LOG)." >&2; exit 1; }
pip = $(BIN)/python -m pip install --disable-pip-version-check

$(VENV)/.python:
	@for python in $(PY) python3.13 python3.12 python3.11 python; do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "napari-binn needs Python 3.11 or newer with its venv module: install one, or name yours with 'make PY=/path/to/python'." >&2; \
	  exit 1; \
	fi; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || "$$found" -m venv --clear $(VENV) && \
	echo "  $$($(BIN)/python --version) in $(VENV)" && touch $@

# An explicit choice that differs from the one in place is a reason to install torch again.
ifneq ($(CHOSEN),)
ifneq ($(CHOSEN),$(shell cat $(VENV)/.torch 2>/dev/null))
$(VENV)/.torch: FORCE
endif
endif
$(VENV)/.torch: $(VENV)/.python
	@echo "  torch$(if $(CHOSEN), ($(CHOSEN)))"
	@if $(BIN)/python -m pip show --quiet torch >/dev/null 2>&1; then \
	  if [ -z "$(CHOSEN)" ]; then exit 0; fi; again="--force-reinstall --no-deps"; \
	fi; \
	$(pip) $$again $(if $(TORCH_INDEX),--index-url '$(TORCH_INDEX)') \
	  $(if $(TORCH),'$(TORCH)',$$(grep '^torch==' constraints.txt)) $(quietly)
	@echo "$(CHOSEN)" >$@

$(READY): pyproject.toml constraints.txt $(VENV)/.torch
	@echo "  packages"
	@grep -v '^torch==' constraints.txt >$(VENV)/constraints.txt
	@$(BIN)/python -c 'from importlib.metadata import version; print("torch==" + version("torch"))' >>$(VENV)/constraints.txt
	@$(pip) --constraint $(VENV)/constraints.txt --editable '.[dev]' $(quietly)
	@touch $@

$(PYSIDE6)/.ready: constraints.txt | $(READY)
	@echo "  PySide6"
	@rm -rf $(PYSIDE6)
	@$(pip) --no-deps --target $(PYSIDE6) $$(grep -E '^(PySide6_Essentials|shiboken6)==' constraints.txt) $(quietly)
	@touch $@
