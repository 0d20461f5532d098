# Needs Python >= 3.11, git and make. Everything else is fetched, in the versions the lock file names.
#
#   make run          development mode on http://localhost:3001, from nothing
#   make test         everything, on SQLite and on a real PostgreSQL, with a browser and with published clients
#                     (some of it: make test ARGS="tests/oidc -x")
#   make check        formatting, lint, types, import rules, templates, and the tests that need nothing but themselves
#   make fuzz         the Management API is sent odd things for a while
#   make bench        the loads of benchmarks/, one figure per line
#   make screenshots  pictures of every page, in screenshots/
#   make format       put the files in order
#   make hooks        check before every commit

PYTHON ?= python3
ARGS ?=
UV_VERSION := 0.13.9

TOOLS := .tools
BIN := .venv/bin
UV := $(TOOLS)/bin/uv
READY := .venv/.ready
FLAGS := --no-progress --quiet

export UV
# The interpreter is the machine's own; none is downloaded.
export UV_PYTHON := $(PYTHON)
export UV_PYTHON_DOWNLOADS := never
# Compiled modules are kept, whatever the machine says: hundreds of processes load them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check fuzz bench screenshots format hooks ready
.PHONY: check-format check-lint check-house check-types check-imports check-templates check-fast
.DEFAULT_GOAL := run

run: $(READY)
	$(BIN)/sekisho dev

test: $(READY)
	tools/prepare_machine.sh
	$(BIN)/pytest --numprocesses auto --dist worksteal $(ARGS)

check: $(READY)
	$(MAKE) --jobs 2 --output-sync --no-print-directory \
	  check-fast check-types check-format check-lint check-house check-imports check-templates

check-format:
	$(BIN)/ruff format --check --quiet

check-lint:
	$(BIN)/ruff check --quiet

check-house:
	$(BIN)/python tools/house_lint.py

check-types:
	$(BIN)/mypy --no-error-summary

check-imports:
	$(BIN)/lint-imports --config .importlinter --no-cache > .venv/lint-imports.txt || (cat .venv/lint-imports.txt && false)

check-templates:
	$(BIN)/djlint src --lint --profile=jinja --quiet

check-fast:
	$(BIN)/pytest --quiet -m pure

fuzz: $(READY)
	FUZZ_EXAMPLES=100 $(BIN)/pytest tests/contract/test_fuzz.py

bench: $(READY)
	$(BIN)/python -m benchmarks

screenshots: $(READY)
	$(BIN)/python -m tests.e2e.screenshots

format: $(READY)
	$(BIN)/ruff format --quiet
	$(BIN)/ruff check --fix --quiet

hooks: $(READY)
	$(BIN)/pre-commit install

ready: $(READY)

# `uv sync` again only when what it reads has changed.
$(READY): $(UV) pyproject.toml sdk/pyproject.toml uv.lock
	$(UV) sync --frozen --all-packages $(FLAGS)
	@touch $@

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Sekisho needs Python 3.11 or newer; name it with: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(TOOLS) || \
	  { rm -rf $(TOOLS); echo "Python cannot make virtual environments here; on Debian: apt-get install python3-venv"; exit 1; }
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
