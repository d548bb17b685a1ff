# make run: build and start on SQLite.   make test: build and run everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NATIVE := $(wildcard engine/*.pyx engine/*.pxd engine/*.h) setup.py pyproject.toml

.PHONY: run test lint bench-engine clean

run: $(VENV)/.ready
	$(BIN)/marzipan serve

test: $(VENV)/.ready lint
	$(BIN)/python -m pytest

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/.ready: $(NATIVE)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[server,test]'
	touch $@

bench-engine: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --editable '.[server,test,bench]'
	$(BIN)/python -m bench.engine

clean:
	rm -rf $(VENV) build dist *.egg-info engine/*.so engine/*.c
