# make run: build and start on SQLite; make run PORT=4421, make run ARGS='--database sqlite:///a.db'.
# make test: build and run everything.
# make bench: speed beside others, in under 15 minutes; bench-quick: in under 2, to see that it works.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ASAN := build/asan
FUZZ_SECONDS ?= 60
# Many tests wait for servers that are frozen on purpose: two at a time take half as long.
TEST_PROCESSES ?= 2
MUTANTS := build/mutation
SPECIFICATION := engine/verify.py,engine/chain.py,engine/_chain_py.py,engine/caveats.py
NATIVE := $(wildcard engine/*.pyx engine/*.pxd engine/*.h server/hot/*.pyx server/hot/*.pxd server/hot/*.h) setup.py pyproject.toml

DURATION ?= 60s
USERS ?= 60

.PHONY: run test lint faults asan fuzz coverage mutation clean
.PHONY: bench bench-quick bench-long bench-engine bench-locust bench-compare bench-reference

run: $(VENV)/.run
	$(BIN)/marzipan serve $(if $(PORT),--port $(PORT)) $(ARGS)

test: $(VENV)/.ready lint
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Some 20 minutes: every fault of docs/cluster.md, long, one after another and at random.
faults: $(VENV)/.ready
	$(BIN)/python -m pytest tests/faults -m 'long or not long' -s

# The engine's tests over extensions built with AddressSanitizer and UndefinedBehaviorSanitizer, in
# a tree of their own. Python's allocator gives way to malloc, which the sanitizer watches. Leaks are
# not looked for: CPython keeps objects for as long as the process lives, and would drown ours.
asan: $(VENV)/.ready
	rm -rf $(ASAN) && mkdir -p $(ASAN)
	MARZIPAN_SANITIZE=1 $(BIN)/python setup.py -q build \
	    --build-base=$(ASAN)/objects --build-lib=$(ASAN)
	cp -r tests docs pyproject.toml $(ASAN)
	cd $(ASAN) && LD_PRELOAD=$$($(CC) -print-file-name=libasan.so) PYTHONMALLOC=malloc \
	    ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
	    $(CURDIR)/$(BIN)/python -m pytest tests/engine $(ASAN_TESTS)

fuzz: $(VENV)/.ready
	tests/fuzz/run.sh $(BIN)/python $(FUZZ_SECONDS)

# The readable road is the specification: no branch of it may be left untested.
coverage: $(VENV)/.ready
	$(BIN)/python -m pytest tests/engine --cov --cov-report=
	$(BIN)/coverage report --show-missing --include=$(SPECIFICATION) --fail-under=100

# Some 40 minutes. Mutants that survive are listed; tests/mutation.toml says which tests are asked.
mutation: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet 'cosmic-ray>=8'
	rm -rf $(MUTANTS) && mkdir -p $(MUTANTS) && cp -r engine tests pyproject.toml $(MUTANTS)
	find $(MUTANTS) -name __pycache__ -exec rm -r {} +
	cd $(MUTANTS) && export PATH=$(CURDIR)/$(BIN):$$PATH PYTHONDONTWRITEBYTECODE=1 && \
	    cosmic-ray init tests/mutation.toml session.sqlite && \
	    cr-filter-operators session.sqlite tests/mutation.toml && \
	    cosmic-ray exec tests/mutation.toml session.sqlite && \
	    cr-report session.sqlite --show-diff --surviving-only

# A first look needs no tools of the tests.
$(VENV)/.run: EXTRAS := server
$(VENV)/.ready: EXTRAS := server,test
$(VENV)/.bench: EXTRAS := server,bench
$(VENV)/.run $(VENV)/.ready $(VENV)/.bench: $(NATIVE)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS)]'
	touch $(VENV)/.run $@

# ARGS='--only engine,rivals' takes a part of it.
bench: $(VENV)/.bench
	$(BIN)/python -m bench $(ARGS)

bench-quick: $(VENV)/.bench
	$(BIN)/python -m bench --quick $(ARGS)

# Up to 10 million keys and revocations, and locust for 10 minutes: about an hour.
bench-long: $(VENV)/.bench
	$(BIN)/python -m bench --long $(ARGS)

bench-engine: $(VENV)/.bench
	$(BIN)/python -m bench --only engine,rivals $(ARGS)

# WEB=1: locust's page, where a run is begun and watched.
bench-locust: $(VENV)/.bench
	$(BIN)/python -m bench.load.traffic $(DURATION) --users $(USERS) $(if $(WEB),--web)

# BASE=REV: how many times as long this tree takes as that revision, in one run of both.
bench-compare: $(VENV)/.bench
	$(BIN)/python -m bench.compare $(if $(BASE),$(BASE),HEAD) $(ARGS)

# What docs/bench shows, from the last full run; a longer one of locust takes its place in it.
bench-reference: $(VENV)/.bench
	$(BIN)/python -m bench.report.reference

clean:
	rm -rf $(VENV) build dist *.egg-info engine/*.so engine/*.c server/hot/*.so server/hot/*.c
