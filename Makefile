# The commands of the house. `make demo` and `make test` need Python 3.11+ and nothing else.
PYTHON ?= python3
BIN := .venv/bin
SETUP := .venv/.ready
COMPILED := .venv/.compiled
TYPES := .venv/.typed .venv/.typed_web
FLOORS := api dispatch optimizer db tests
MADE := -name node_modules -o -name dist -o -name generated -o -name __pycache__
SOURCES := $(shell find $(FLOORS) \( $(MADE) \) -prune -o \( -type d -o -name '*.py' -o -name '*.ts' -o -name '*.tsx' \) -print)
WEB := api/web
FACES := $(WEB)/dist/.ready
NODE := PATH="$(CURDIR)/.venv/bin:$$PATH"
PEERS := .cache/versus/venv
# uv installs in ten seconds what takes pip a hundred; pip installs uv
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps
UNLOCKED := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: setup demo test faults check style types format peers bench bench-full lock
.DEFAULT_GOAL := demo

# Compiling and building the phone app need one core each.
setup:
	@$(MAKE) --no-print-directory -j2 $(COMPILED) $(FACES)

$(SETUP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "line3 needs Python 3.11 or newer (set PYTHON=python3.12, for example)."; exit 1; }
	@echo "Preparing .venv (about a minute the first time) ..."
	@$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock >.venv/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.lock
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(COMPILED): $(SETUP)
	@echo "Compiling the inner loops of insertion and search (one to two minutes, once) ..."
	@$(BIN)/python -m optimizer.compiling
	@touch $@

$(WEB)/node_modules/.ready: $(SETUP) $(WEB)/package-lock.json
	@echo "Fetching what phone app and board are built with ..."
	@cd $(WEB) && $(NODE) npm ci --no-audit --no-fund --silent
	@touch $@

# Client types and the closure gate's tables come from the API itself.
$(FACES): $(WEB)/node_modules/.ready $(shell find $(WEB) \( $(MADE) \) -prune -o -type f -print) dispatch/rules/closures.py dispatch/rules/visits.py
	@echo "Building the phone app, board, desk and the subscriber's page ..."
	@$(BIN)/python -m api.generating $(WEB)/generated
	@cd $(WEB) && for app in technician board desk subscriber; do APP=$$app $(NODE) npm run --silent build -- --logLevel warn || exit 1; done
	@touch $@

demo: setup
	@$(BIN)/line3 demo

test: setup
	@$(BIN)/pytest -n 2 --dist worksteal

# Thousands of schedules of phones, network, server and office; goes on where it was stopped.
faults: setup
	@$(BIN)/python -m tests.faults.run $(FAULTS)

# Seconds, so that it is asked after each step; `make types` has pyright look at all of it once more, which takes a minute.
check: setup
	@$(MAKE) --no-print-directory -j2 style .venv/.typed_web

style:
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/pyrefly check --summary=none

# Nothing where nothing changed.
types: setup $(TYPES)

.venv/.typed_web: $(SETUP) $(FACES) $(SOURCES)
	@$(BIN)/python -m api.generating $(WEB)/generated
	@cd $(WEB) && $(NODE) npm run --silent types
	@touch $@

# Array code is slow to check: two threads, and room for what their node throws away at once.
.venv/.typed: $(SETUP) $(SOURCES)
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 NODE_OPTIONS=--max-semi-space-size=256 $(BIN)/pyright --threads 2
	@touch $@

format: setup
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# Other optimizers, to be measured against: nothing but the comparison needs them.
peers: $(PEERS)/.ready

$(PEERS)/.ready: tests/benchmarks/versus/requirements.lock
	@echo "Preparing the peers in $(PEERS) (a minute the first time) ..."
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

bench: setup
	@$(BIN)/python -m tests.benchmarks.run
	@$(MAKE) --no-print-directory peers
	@$(PEERS)/bin/python -m tests.benchmarks.versus --short

bench-full: setup peers
	@$(BIN)/python -m tests.benchmarks.operations $(BENCH)
	@$(PEERS)/bin/python -m tests.benchmarks.versus --resume .cache/versus/full $(VERSUS)

lock:
	@$(BIN)/uv pip compile $(UNLOCKED) --group dev pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile $(UNLOCKED) -c requirements.lock tests/benchmarks/versus/requirements.in -o tests/benchmarks/versus/requirements.lock
