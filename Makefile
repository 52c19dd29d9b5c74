# Each target sets up what it needs. `make` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
FRONTEND := src/beffroi/portal/frontend
BUILT := src/beffroi/portal/static/built/.ready
INSTALLED := $(VENV)/.installed
FIND_SOURCES := find src solutions \( -name node_modules -o -path '*/static/built' \) -prune -o -type f -not -name '*.pyc' -print
SOURCES := $(shell $(FIND_SOURCES))
LISTED := build/sources
FROM_SOURCES := PYTHONPATH='$(CURDIR)/src'

.DEFAULT_GOAL := help
CHECKS := check-pyright check-mypy check-rooms check-printed check-style
.PHONY: help setup demo test test-installed check $(CHECKS) bench serve docs lock clean always

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) $(BUILT) $(INSTALLED) ## make the environment in .venv, build the pages' scripts, compile and install

$(READY): requirements/develop.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/develop.txt
	@touch $@

$(BUILT): $(READY) $(FRONTEND)/package-lock.json $(wildcard $(FRONTEND)/src/* $(FRONTEND)/*.mjs)
	$(FROM_SOURCES) $(BIN)/python -m beffroi.portal.frontend
	@touch $@

# A source that is gone has no time that could be newer: the list of the sources is then another one.
$(LISTED): $(BUILT) always
	@mkdir -p $(@D)
	@$(FIND_SOURCES) | LC_ALL=C sort > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(INSTALLED): $(READY) $(BUILT) $(SOURCES) $(LISTED) hatch_build.py pyproject.toml
	$(INSTALL)

$(BIN)/beffroi: | $(READY) $(BUILT)
	$(INSTALL)

define INSTALL
	@rm -rf build/wheel
	$(BIN)/python -m hatchling build --target wheel --directory build/wheel
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall build/wheel/*.whl
	@touch $(INSTALLED)
endef

demo: setup ## run two simulated cities and open the portal's address
	$(BIN)/beffroi demo

test: $(READY) $(BUILT) $(BIN)/beffroi ## run the tests on the sources
	$(FROM_SOURCES) $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --max-worker-restart 0

test-installed: setup ## run the tests of what is compiled on what is installed
	env -u PYTHONPATH $(BIN)/python -m pytest -o pythonpath= -n logical --maxprocesses 4 --dist loadfile --max-worker-restart 0 \
	  tests/test_compiled.py tests/store tests/web tests/broker tests/processes tests/node \
	  tests/market/test_journal_line.py

check: $(READY) $(BUILT) ## check style, types, rooms and printed pages
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target --keep-going $(CHECKS)

check-pyright:
	$(BIN)/pyright

check-mypy:
	$(BIN)/mypy

check-rooms:
	$(FROM_SOURCES) $(BIN)/lint-imports

check-printed:
	$(FROM_SOURCES) $(BIN)/python -m beffroi.printed --check

check-style:
	$(BIN)/ruff check
	$(BIN)/ruff format --check

bench: setup ## measure speed against a bare server in the same run
	$(BIN)/python -m bench

serve: setup ## run a node on http://127.0.0.1:1026
	$(BIN)/beffroi serve --data data

docs: $(READY) $(BUILT) ## print the pages in docs/ that are made from code
	$(FROM_SOURCES) $(BIN)/python -m beffroi.printed

lock: ## pin the newest dependencies with hashes (needs the tool uv)
	for f in run develop; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate requirements/$$f.in -o requirements/$$f.txt; done

clean: ## remove what was made
	rm -rf $(VENV) data build dist src/beffroi/portal/static/built $(FRONTEND)/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
