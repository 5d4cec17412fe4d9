# Short names for the commands of this project; each recipe also works by hand.
# The first one makes .venv from requirements.lock, once.

PYTHON ?= python3
MARKET ?= local
WORKERS ?= 2

BIN := .venv/bin
READY := .venv/.ready
CLI := $(BIN)/freqai-regimes

# Options are passed on only when they are given: make backtest TIMERANGE=20250501-20250801
DATA_OPTION = $(if $(DATADIR),--datadir "$(DATADIR)")
RUN_OPTIONS = --market $(MARKET) $(DATA_OPTION) \
	$(if $(PAIRS),--pairs $(PAIRS)) \
	$(if $(PRESET),--preset $(PRESET))

.DEFAULT_GOAL := help
.PHONY: help benchmark backtest dry-run exchange market test format-check lint types unit coverage format lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  Variables: MARKET=$(MARKET) DATADIR= PAIRS= PRESET= TIMERANGE= ARGS= (any other option)"
	@echo "             PYTHON=$(PYTHON) WORKERS=$(WORKERS) (test processes)"

backtest: $(READY) ## walk-forward backtest and its report (also TIMERANGE=)
	@$(CLI) backtest $(RUN_OPTIONS) $(if $(TIMERANGE),--timerange $(TIMERANGE)) $(ARGS)

dry-run: $(READY) ## the bot with play money
	@$(CLI) dry-run $(RUN_OPTIONS) $(ARGS)

exchange: $(READY) ## the local exchange alone, on loopback (DATADIR=)
	@$(CLI) exchange $(DATA_OPTION) $(ARGS)

market: $(READY) ## seeded candles with known regimes, written to DATADIR=
	@$(CLI) market $(DATA_OPTION) $(if $(PAIRS),--pairs $(PAIRS)) $(ARGS)

test: format-check lint types unit ## everything that must be green

format-check: $(READY) ## is the code formatted?
	@$(BIN)/ruff format --check --quiet .

lint: $(READY) ## ruff's rules
	@$(BIN)/ruff check --quiet .

types: $(READY) ## mypy, strict
	@$(BIN)/mypy --no-error-summary

unit: $(READY) ## tests and doctests, the slowest tests
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadfile --durations=15 $(ARGS)

coverage: $(READY) ## the same, counting the lines that run (60 % more work)
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadfile --cov --cov-report=term $(ARGS)

benchmark: $(READY) ## the tables of speed, beside stock FreqAI (ARGS="--list", ARGS="windows live")
	@$(BIN)/python benchmarks/all.py $(ARGS)

format: $(READY) ## rewrite the code in the common format
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

lock: $(READY) ## pin everything again within pyproject.toml (UPGRADE=1: newest versions)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
		--extra pictures --extra postgres --extra hyperopt --extra dask --extra dev --generate-hashes --no-annotate --no-emit-index-url \
		--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) \
		--output-file requirements.lock pyproject.toml

clean: ## remove .venv, caches and build results
	@rm -rf .venv .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache dist
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else \
		"Python %d.%d found; Python 3.11 or newer is needed: make PYTHON=python3.12 ..." % v[:2])'
	@echo "Setting up .venv from requirements.lock: once, some minutes."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
