# Everything that people and CI run. `make help` lists it. A fresh machine needs Python 3.11 or newer with venv, and nothing else.

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STAMP_TEST := $(VENV)/.installed-test
# NOTE: exported, so that installing does not build the web app as well: the target `web` does, and says how far it is.
export TRACKYARD_WEB := skip
# One process more than two cores: the tests that wait for servers come first, and others run meanwhile (tests/conftest.py).
JOBS ?= 3
STACK ?= embedded
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -q

.DEFAULT_GOAL := help
.PHONY: help run web test check generate format lint types bench fuzz soak clean

help: ## List what there is.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not. Install it, or name one: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "This Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(STAMP): setup.py | $(BIN)/python
	@echo "Installing Trackyard into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(STAMP_TEST): setup.py | $(BIN)/python
	@echo "Installing Trackyard and what its tests need into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@ $(STAMP)

# What runs on either stack: the rest does not depend on it, or tests all engines by itself.
BOTH := tests/services tests/contract/test_cases.py tests/contract/test_bad_input.py tests/contract/conversations tests/e2e

run: $(STAMP) ## Install what is needed, then serve on 8008, 8080 and 8081. ARGS="--host 0.0.0.0" for options.
	@$(BIN)/python webapp/build.py --optional
	@exec $(BIN)/trackyard serve $(ARGS)

web: $(STAMP) ## Build the web app into apiserver/_web/. Uses Node.js of the system, or gets one from PyPI into .venv.
	@$(BIN)/python webapp/build.py

test: $(STAMP_TEST) ## Install what is needed, then run everything that has to hold (STACK=both: on database servers, too).
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy --strict -p apiserver -p fileserver -p migrations
	@$(BIN)/trackyard generate --check
	@$(BIN)/python webapp/build.py --check
	@$(BIN)/python webapp/build.py
	@case "$(STACK)" in embedded|both) $(PYTEST);; scaleout) ;; \
		*) echo "STACK has to be embedded, scaleout or both" >&2; exit 1;; esac
	@case "$(STACK)" in scaleout|both) TRACKYARD_TEST_STACK=scaleout $(PYTEST) $(BOTH);; esac

check: test ## The same under the name that other projects use.

generate: $(STAMP) ## Print apiserver/generated/ from schema/, and config/defaults.json from config/.
	@$(BIN)/trackyard generate

format: $(STAMP_TEST) ## Put the code into its form (the web app's: npm run format in webapp/).
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lint: $(STAMP_TEST) ## Check form and style.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(STAMP_TEST) ## Check types.
	@$(BIN)/mypy --strict -p apiserver -p fileserver -p migrations

bench: $(STAMP_TEST) ## Measure every promise on both stacks and print a table of ratios. ARGS="--stack embedded --tasks 10000" for less.
	@$(BIN)/python benchmarks/bench.py $(ARGS)

fuzz: $(STAMP_TEST) ## Throw random input at the server for longer than the tests do.
	@TRACKYARD_FUZZ=long $(BIN)/python -m pytest -q -k "fuzz or random or bad_input"

soak: $(STAMP_TEST) ## Run the tests that start servers and processes ten times over.
	@for run in 1 2 3 4 5 6 7 8 9 10; do $(BIN)/python -m pytest -q tests/e2e tests/unit/test_serve.py tests/stores || exit 1; done

clean: ## Remove what was installed and built. Data stays.
	rm -rf $(VENV) build dist apiserver/_web webapp/node_modules webapp/src/api/schema.d.ts *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
