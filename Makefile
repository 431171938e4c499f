# RoleCraft: everything starts here. `make up` runs it, `make test` proves it.

PYTHON ?= python3
PORT ?= 8080
STAGE ?= dev
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
MODULES := layers/javascript/modules
LAYERS := $(notdir $(patsubst %/requirements.in,%,$(wildcard layers/*/requirements.in)))
UV_COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-header
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 18,20
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The output of what runs side by side comes in one piece each, where make can (4.0).
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# A test run is some hundred processes: each would compile the project anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help venv up down test test-code test-system check format lock bench bundle bundle-check synth deploy destroy clean

help: ## Show the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

venv: $(READY) ## The virtual environment, from the locks

$(READY): requirements-dev.lock requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "RoleCraft needs Python 3.11 or later; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Set PYTHON=… / 需要 Python 3.11 以上"; exit 1; }
	@echo "Python packages …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --require-hashes -r requirements-uv.lock
	@$(BIN)/python -m uv pip sync --quiet --require-hashes --python $(BIN)/python requirements-dev.lock
	@ln -sf ../../bin/rolecraft $(BIN)/rolecraft
	@touch $@

up: $(READY) ## Run everything on this machine (PORT=8080)
	@PORT=$(PORT) $(BIN)/python -m infra.cli up

down: $(READY) ## Stop what `make up` started
	@PORT=$(PORT) $(BIN)/python -m infra.cli down

test: check bundle-check ## All tests: the two below, side by side; both report
	@echo "Two halves side by side: each prints what it has to say once it is done …"
	@$(MAKE) --no-print-directory --keep-going --jobs=2 $(TOGETHER) test-system test-code

test-code: $(READY) ## Unit, integration and infrastructure tests, with coverage
	$(BIN)/pytest tests/unit tests/integration tests/infra -q -n 2 --dist loadfile \
	  --cov --cov-report=term:skip-covered --cov-fail-under=90

test-system: $(READY) ## Tests of the emulator, the local run and the whole system, end to end
	$(BIN)/pytest tests/emulator tests/local tests/e2e -q -n 2 --dist loadfile \
	  --no-loadscope-reorder

check: $(READY) ## ruff, mypy strict, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/pytest tests/architecture -q -n 2

format: $(READY) ## Format and fix what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY) ## Recompile every lock (hashes, no index address)
	@$(UV_COMPILE) requirements-dev.in -o requirements-dev.lock
	@$(UV_COMPILE) requirements-emulator.in -o requirements-emulator.lock
	@for layer in $(LAYERS); do \
	  $(UV_COMPILE) -c requirements-dev.lock layers/$$layer/requirements.in -o layers/$$layer/requirements.lock; done

bench: $(READY) ## Measure; every figure beside its peer in the same run
	$(BIN)/python -m tests.benchmarks

bundle: $(MODULES)/node_modules/.package-lock.json ## Bundle what code blocks can require, from its npm lock
	node $(MODULES)/build.mjs

bundle-check: ## Is the committed bundle what its npm lock makes? (part of `make test`)
	@sh $(MODULES)/check.sh

$(MODULES)/node_modules/.package-lock.json: $(MODULES)/package-lock.json
	cd $(MODULES) && npm ci --silent --no-fund --no-audit
	@touch $@

synth: $(READY) ## Templates of a stage into cdk.out (STAGE=dev|prod|local), offline
	STAGE=$(STAGE) $(BIN)/python -m infra.app

deploy: $(READY) node_modules/.bin/cdk ## Deploy to AWS (STAGE=dev|prod)
	$(BIN)/python -m infra.layers --stage aws
	STAGE=$(STAGE) node_modules/.bin/cdk deploy --all --require-approval broadening

destroy: $(READY) node_modules/.bin/cdk ## Remove a dev deployment
	STAGE=$(STAGE) node_modules/.bin/cdk destroy --all

node_modules/.bin/cdk: package-lock.json
	npm ci --silent --no-fund --no-audit
	@touch $@

clean: ## Remove what was built (not the local data)
	rm -rf build cdk.out .mypy_cache .ruff_cache .pytest_cache htmlcov .coverage*
