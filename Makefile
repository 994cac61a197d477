# Each target does its own set-up: an environment in .venv, made once and again when pyproject.toml changes.
# Needs Python 3.11 or later, make, and PyPI (or the index that PIP_INDEX_URL names).

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check --quiet --no-input

MADE     := $(VENV)/.made
RUNTIME  := $(VENV)/.installed
DEV      := $(VENV)/.installed-dev

# Those that run; the other files there are parts of them.
BENCHES := $(shell grep -l '^if __name__ == "__main__":' benchmarks/*.py)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-long lint bench wheel clean

help:  ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUNTIME)  ## a local org, a sample firm, a night's outreach, and where to look
	@$(PY) -m sf_lifecycle demo $(ARGS)

test: lint  ## every check, and every test but the slow ones
	@$(PY) -m pytest -n 2 --dist worksteal -m "not slow" $(ARGS)

test-long: lint  ## the same, with the slow tests
	@$(PY) -m pytest -n 2 --dist worksteal $(ARGS)

lint: $(DEV)  ## ruff, mypy and the import contracts
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

bench: $(DEV)  ## the measured claims, each printing its figures
	@for script in $(BENCHES); do echo "== $$script" && $(PY) "$$script" $(ARGS) || exit; done

wheel: $(DEV)  ## dist/*.whl, which holds all that `demo` and `init` need
	@rm -rf dist
	@$(PY) -m build --wheel --outdir dist .

clean:  ## remove what was built; .venv and var/ (a record, not a cache) stay
	@rm -rf dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find sf_lifecycle tests benchmarks tools -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE): tools/make_venv.py
	@$(PYTHON) tools/make_venv.py $(VENV)
	@touch $@

$(RUNTIME): $(MADE) pyproject.toml
	@echo "Installing sf-lifecycle into $(VENV) (once) ..."
	@$(PIP) install --editable .
	@touch $@

$(DEV): $(MADE) pyproject.toml
	@echo "Installing sf-lifecycle and its checks into $(VENV) (once) ..."
	@$(PIP) install --editable ".[dev]"
	@touch $@ $(RUNTIME)
