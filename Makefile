# Two commands matter: `make run` opens the workbench, `make test` checks everything.
# Every recipe is a command a person could type.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK ?= requirements.lock

.PHONY: run test install install-dev prepare lint types frontend unit kernels plain bounds compiled browser rest searches notebooks bench lock clean

run: install  ## set up, prepare embedded New York, open the workbench, print its address
	$(BIN)/workbench serve

test: install-dev prepare lint kernels compiled notebooks  ## everything CI checks
	@sh .ci/prepare --report

install: $(VENV)/.runtime

install-dev: $(VENV)/.dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.runtime: $(BIN)/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	$(BIN)/python -m compileall -q workbench
	@touch $@

$(VENV)/.dev: $(BIN)/python requirements-dev.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	$(BIN)/python -m compileall -q workbench
	@touch $@ $(VENV)/.runtime

prepare:  ## Debian packages the tests need, where we may install them
	@sh .ci/prepare

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install-dev
	$(BIN)/mypy

frontend:  ## the committed bundle is what the source builds
	@sh .ci/frontend

unit: install-dev  ## quick, while working: without the real city and the browser
	$(BIN)/pytest -q -m "not city and not browser and not shared"

kernels: install-dev  ## two at once, each keeps one core busy; then what takes seconds
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target bounds plain types frontend

plain: install-dev  ## the kernels as plain Python, uncompiled
	NUMBA_DISABLE_JIT=1 $(BIN)/pytest -q tests/network -m "not city and not shared"

bounds: install-dev  ## kernels compiled with bounds checks, in a cache of their own
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$(VENV)/numba-bounds $(BIN)/pytest -q tests/network -m "not city and not shared"

compiled: install-dev  ## compiled: the real city and the real browser, side by side; the searches last, when both cores are free
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target browser rest searches

browser: install-dev  ## the workbench in Chromium: waits more than it computes
	$(BIN)/pytest -q --durations=15 tests/app

rest: install-dev
	$(BIN)/pytest -q --durations=15 --ignore=tests/app --ignore=tests/network --ignore=tests/end_to_end --ignore=tests/bench

searches: install-dev  ## the real city and random networks; what else is in tests/network ran compiled in `bounds`
	$(BIN)/pytest -q --durations=15 tests/network/test_odd_cities.py tests/end_to_end tests/bench
	$(BIN)/pytest -q --durations=15 tests/network -m "city or shared"

notebooks: install-dev  ## run every notebook
	$(BIN)/python .ci/run_notebooks.py

bench: install
	$(BIN)/workbench bench

lock:  ## pin versions anew (needs uv)
	uv pip compile -q pyproject.toml --extra app --extra publish --python-version 3.11 --universal --generate-hashes --no-header --no-annotate -o requirements.lock
	uv pip compile -q pyproject.toml --all-extras --python-version 3.11 --universal --generate-hashes --no-header --no-annotate -o requirements-dev.lock -c requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info
