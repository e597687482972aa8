# Pendopo. `make run` opens the demo nation; `make check` while working; `make test` before it counts.
# Needs only make, python3-venv and git; everything else comes into .venv, pinned by uv.lock.

# Debian's own Python where it is there and can: one built from source without its optimisations is a third slower.
DEBIAN := /usr/bin/python3
PYTHON := $(shell $(DEBIAN) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(DEBIAN) || echo python3)
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
# uv works on our .venv and no other; it never fetches a Python of its own.
UV := UV_PROJECT_ENVIRONMENT=$(CURDIR)/$(VENV) UV_PYTHON=$(CURDIR)/$(BIN)/python UV_PYTHON_DOWNLOADS=never $(BIN)/uv
SYNC := $(UV) sync --frozen --inexact --quiet --all-extras --no-default-groups --group build

# Every process of a node is a Python of its own: kept from writing bytecode, each compiles all it imports again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run assets check lint test test-kernel accept bench release-dump fresh clean

run: assets
	scripts/run-packages
	exec $(BIN)/pendopo up --demo $(ARGS)

$(VENV)/.uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	touch $@

$(VENV)/.run: $(VENV)/.uv pyproject.toml uv.lock
	$(SYNC)
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(SYNC) --group dev
	touch $@

assets: $(VENV)/.run
	$(BIN)/python -m pendopo.portal.assets.build

lint: $(VENV)/.dev
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports --no-logo

check: $(VENV)/.dev assets
	$(BIN)/python scripts/test.py check

test: $(VENV)/.dev assets
	scripts/test-packages
	$(BIN)/python scripts/test.py all

accept: $(VENV)/.dev assets
	$(BIN)/pytest tests/accept

test-kernel: $(VENV)/.dev
	scripts/test-kernel $(BIN)/python

bench: $(VENV)/.dev assets
	$(BIN)/python -m bench.$(WHAT)

release-dump: $(VENV)/.dev assets
	$(BIN)/python -m tests.upgrade.make_release $(RELEASE)

fresh:
	scripts/fresh

clean:
	rm -rf $(VENV) node_modules build dist artifacts .cache pendopo/portal/static/build
