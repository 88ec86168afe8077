# The commands of the house. `make demo` and `make test` need Python 3.11+ and nothing else.
PYTHON ?= python3
BIN := .venv/bin
SETUP := .venv/.ready

.PHONY: setup demo test check format bench bench-full lock
.DEFAULT_GOAL := demo

setup: $(SETUP)

$(SETUP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "line3 needs Python 3.11 or newer (set PYTHON=python3.12, for example)."; exit 1; }
	@echo "Preparing .venv (about a minute the first time) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo "Compiling the inner loops of insertion and search (about a minute the first time) ..."
	@$(BIN)/python -c 'import optimizer.search.moves; from optimizer.standing import warm; warm()'
	@touch $@

demo: setup
	@$(BIN)/line3 demo

test: setup
	@$(BIN)/pytest -n 2

check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright

format: setup
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup
	@$(BIN)/python -m tests.benchmarks.run

bench-full: setup
	@$(BIN)/python -m tests.benchmarks.operations $(BENCH)

lock:
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --group dev pyproject.toml -o requirements.lock
