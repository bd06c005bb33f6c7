# One hall, every channel. `make run` and `make test` need Python >= 3.11 and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

.PHONY: run test check fix bench campaign conformance schema lock clean help

help:  ## Say what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: $(VENV)/.run  ## Set up and run everything on this machine
	@$(BIN)/onehall run

test: $(VENV)/.test check  ## Set up, check and test
	@$(BIN)/pytest -n $(WORKERS) --no-loadscope-reorder

check: $(VENV)/.test  ## Lint, format, types (strict), import arrows
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(VENV)/.test  ## Mend what the linter and the formatter can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.test  ## Measure, in one run, ours against the obvious other way
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

campaign: $(VENV)/.test  ## Guess a million times, forge 100,000 callbacks, move points a million times, kill a process at every boundary, look at every state of a page
	@$(BIN)/python benchmarks/guessing.py
	@$(BIN)/python benchmarks/forged_notices.py
	@$(BIN)/python benchmarks/points_campaign.py --deeds 1000000 --kills 100
	@$(BIN)/pytest tests/crash tests/contract tests/browser tests/loyalty --whole -n $(WORKERS) --no-loadscope-reorder

conformance: $(VENV)/.test  ## Judge a BSS by the official TMF specifications: make conformance BSS_URL=https://…
	@$(BIN)/pytest tests/conformance $(if $(BSS_URL),--bss-url=$(BSS_URL))

schema: $(VENV)/.test  ## Write graphql_schema/schema.graphql anew
	@$(BIN)/python -m graphql_schema.print_schema > graphql_schema/schema.graphql

lock: $(VENV)/.test  ## Choose versions anew and lock them with their hashes
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade \
		pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade \
		--extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock

clean:  ## Remove the environment; data in var/ stays
	@rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "OneHall needs Python 3.11 or newer: make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what OneHall needs (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-dev.lock $(VENV)/.run
	@echo "Installing what the tests need (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
