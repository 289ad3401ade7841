# Two commands matter: `make run` and `make test`. Each is complete on a fresh machine.

PYTHON ?= python3
PORT   ?= 8501
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= auto
PYTEST  = $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
CATALOGUE := dashboard/locale/ne/LC_MESSAGES/sima.po
LANES  := test-unit test-database test-app test-browser
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test $(LANES) test-deep check bench docs messages lock clean

help:            ## say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/'

run: $(VENV)/installed  ## install, load boundaries and demo data, release, serve all three audiences on 127.0.0.1 (PORT=8501 and the next two)
	@$(BIN)/sima setup --demo
	@exec $(BIN)/sima run --port $(PORT)

test: $(VENV)/installed-dev  ## set up what the tests need, then run every check and every test but the deep ones
	@sh tests/system.sh
	@$(MAKE) --no-print-directory check
	@$(PYTEST) -m "not deep"

test-unit: $(VENV)/installed-dev  ## tests of the code alone: no store, no page, no browser (a minute)
	@$(PYTEST) -m "unit and not deep"

test-database: $(VENV)/installed-dev  ## tests of stores, on SQLite and PostGIS
	@$(PYTEST) -m "database and not deep"

test-app: $(VENV)/installed-dev  ## tests of pages and commands over the demonstration, without a browser
	@$(PYTEST) -m "app and not deep"

test-browser: $(VENV)/installed-dev  ## tests of running services in Chromium
	@$(PYTEST) -m "browser and not deep"

test-deep: $(VENV)/installed-dev  ## many examples of every property, enumerations, killed processes
	@SIMA_EXAMPLES=deep $(PYTEST) -m "deep or property"

check: $(VENV)/installed-dev  ## form, lint, types, import directions, files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/files.py

bench: $(VENV)/installed-dev  ## measure against the stock way, as ratios
	@$(BIN)/python -m tests.bench.__main__

docs: $(VENV)/installed-dev  ## write the generated pages anew
	$(BIN)/python -m data.documentation

messages: $(VENV)/installed-dev  ## bring the Nepali catalogue up to date; what has no Nepali yet stands there empty
	@mkdir -p build
	@$(BIN)/pybabel -q extract -F babel.cfg --omit-header --add-location=file -o build/sima.pot .
	@$(BIN)/pybabel -q update -i build/sima.pot -o $(CATALOGUE) -l ne --omit-header --no-wrap \
	  --no-fuzzy-matching --ignore-obsolete

lock:            ## pin every dependency anew, with hashes (needs uv)
	uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header \
	  --extra build pyproject.toml -o requirements.lock
	uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header \
	  --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:           ## remove the virtual environment and the stores of the demo
	rm -rf $(VENV) var

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Sima needs Python 3.11 or newer; say which with PYTHON=…" >&2; exit 2; }
	@echo "Making the virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Could not make it. On Debian: apt-get install python3-venv" >&2; exit 2; }

# --no-deps --no-build-isolation: what builds this package is pinned in the lock file too.
$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@test -e $(VENV)/installed-dev && test $(VENV)/installed-dev -nt requirements.lock || \
	  { echo "Installing (about a minute)"; $(BIN)/python -m pip install --require-hashes -r requirements.lock; }
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the tests need (about a minute)"
	@$(BIN)/python -m pip install --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@
