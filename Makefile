# make report   set everything up, simulate the default scenario, write its report
# make test     set everything up, run the tests that take minutes
# make help     the rest

PYTHON ?= python3
SCENARIO ?= data/scenarios/bank_1999.yaml
# Of the quick tests: one more than two cores, as many wait for servers and kernels.
WORKERS ?= 3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup report test test-long lint format lock bench lab clean

help:
	@echo "make setup      a virtual environment in .venv, from requirements.lock"
	@echo "make report     simulate SCENARIO ($(SCENARIO)) and write its report to reports/"
	@echo "make test       the tests, without those that take long"
	@echo "make test-long  the others: validation against theory, browser, slow comparisons"
	@echo "make lint       ruff and mypy, strict"
	@echo "make bench      the benchmarks, each beside its peers in one run"
	@echo "make lab        JupyterLab on the notebooks"
	@echo "make lock       resolve requirements.lock anew"
	@echo "make clean      remove the virtual environment and what tools left behind"

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Pickup Lab needs Python 3.11 or newer; $(PYTHON) is older. Try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $(READY)

report: $(READY)
	$(BIN)/pickup report $(SCENARIO)

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

test-long: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "validation or slow or browser or crash"

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python benchmarks/engines.py
	$(BIN)/python benchmarks/scaling.py
	$(BIN)/python benchmarks/tables.py
	$(BIN)/python benchmarks/study.py
	$(BIN)/python benchmarks/export.py
	$(BIN)/python benchmarks/main_job.py
	$(BIN)/python benchmarks/history.py
	$(BIN)/python benchmarks/replay.py
	$(BIN)/python benchmarks/reports.py

lab: $(READY)
	$(BIN)/jupyter lab notebooks

lock: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --quiet --output-file requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
