# `make run` and `make test` need nothing but Python 3.11 or newer; `make help` lists the rest.
VENV := .venv
BIN := $(VENV)/bin
RASA := .venv-rasa
PYTHON310 ?= $(shell sh scripts/find_python310.sh)
PYTHON ?= $(shell sh scripts/find_python.sh)

.PHONY: help run test check bench simulation rasa rasa-run lock clean
.DEFAULT_GOAL := help

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

run: $(VENV)/.installed  ## Install what is missing, then start everything in one process
	@$(BIN)/shouwen run

test: $(VENV)/.installed-dev tests/peers/node_modules/.package-lock.json  ## Run all tests, on SQLite and, where installed, PostgreSQL and Redis
	@$(BIN)/python scripts/with_services.py $(BIN)/pytest -n 3 --dist loadgroup $(ARGS)

check: $(VENV)/.installed-dev  ## Style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.installed-dev  ## Measure what bench/README.md reports
	@$(BIN)/python scripts/with_services.py --durable $(BIN)/python -m bench.all $(ARGS)

simulation: $(VENV)/.installed-dev  ## Play days of a service department: 10,000 tickets through the real code, checked after every act
	@$(BIN)/python -m bench.service_day $(ARGS)

rasa: $(RASA)/.installed  ## Install Rasa, the second engine, in a Python 3.10 environment of its own (1.8 GB)

rasa-run: $(VENV)/.installed $(RASA)/.installed  ## Run the Rasa server on 127.0.0.1:5005 (then: RASA_URL=http://127.0.0.1:5005 make run)
	@$(BIN)/python -m nlu.rasa.server

lock:  ## Renew the lock files from pyproject.toml (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --all-extras pyproject.toml --no-annotate --no-header -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --extra telegram --extra postgres --extra redis --extra endpoint --extra alerts --extra oidc --extra slack pyproject.toml -c requirements-dev.lock --no-annotate --no-header -o requirements.lock
	uv pip compile -q --python-version 3.10 --python-platform x86_64-manylinux_2_28 --generate-hashes --no-annotate --no-header --no-emit-package tensorflow --no-emit-package jax --no-emit-package jaxlib --no-emit-package ml-dtypes --no-emit-package libclang requirements-rasa.in -o requirements-rasa.lock

clean:  ## Remove the environment and caches; data/ stays
	rm -rf $(VENV) $(RASA) tests/peers/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: https://www.python.org/downloads/ (or set PYTHON=/path/to/python3)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Could not make a virtual environment; on Debian run: apt install python3-venv"; exit 1; }

$(VENV)/.installed: $(BIN)/python requirements.lock pyproject.toml
	@echo "Installing (once, about a minute) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python requirements-dev.lock pyproject.toml
	@echo "Installing what tests and checks need (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@ $(VENV)/.installed

$(RASA)/.installed: requirements-rasa.lock
	@test "$$(uname -sm)" = "Linux x86_64" || { echo "Rasa is installed here on Linux on x86-64 only; elsewhere use its container: docker compose --profile rasa up --detach"; exit 1; }
	@test -n "$(PYTHON310)" || exit 1
	@echo "Installing Rasa (once, about two minutes) ..."
	@"$(PYTHON310)" -m venv --clear $(RASA)
	@# What builds four packages that come as source only: from the same lock, first.
	@sed -n '/^\(setuptools\|wheel\)==/,/[^\\]$$/p' requirements-rasa.lock > $(RASA)/build.lock
	@$(RASA)/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $(RASA)/build.lock
	@$(RASA)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --require-hashes -r requirements-rasa.lock
	@touch $@

# The third-party emulators of vendors; without npm their tests are skipped.
tests/peers/node_modules/.package-lock.json: tests/peers/package-lock.json
	@if command -v npm >/dev/null; then cd tests/peers && npm ci --silent --no-audit --no-fund; else echo "npm is not installed: tests against vendors' emulators are skipped"; fi
