# Everything one does with Träffpunkt: `make` lists it. Python 3.11 or later, git and make are all that a machine needs;
# what else is needed is installed into .venv, once, and again when the lock files change.

BIN := .venv/bin
UV := $(BIN)/uv
PYTEST := $(BIN)/pytest --numprocesses=2
SERVICES := catalog registration notifications surveys
SERVICE ?=
MESSAGE ?=
ARGS ?=
# The first Python that all wheels exist for; else whatever python3 is.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$python && exit; done; echo python3)

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory

##@ To try it
.PHONY: help
help: ## List what can be made
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@printf '\nSettings: PORT=8080 DATA=/other/folder DEMO=0 for run, ARGS="-k seats" for test, SERVICE= and MESSAGE= for revision.\n'

.PHONY: run
run: .venv/.run ## Start everything at http://127.0.0.1:8000, with the demonstration; Ctrl-C stops it
	@$(BIN)/python -m deploy.local

##@ To work on it
.PHONY: test
test: .venv/.dev ## Run all tests, the journeys in a real browser and the faults among them
	@browser=$$($(BIN)/python -m deploy.local.browser) && export BROWSER=$$browser && \
		$(PYTEST) --dist=loadfile -m 'not browser and not fault' $(ARGS) && \
		$(PYTEST) --dist=loadfile -m browser $(ARGS) && \
		$(PYTEST) --dist=worksteal -m fault $(ARGS)

.PHONY: faults
faults: .venv/.dev ## Kill, freeze and wipe things under load, and count what is left
	@$(PYTEST) --dist=worksteal -m fault $(ARGS)

.PHONY: storm
storm: .venv/.dev ## Cause 200 random faults under load and count what is lost: SEED=2 for others, FAULTS=20 for fewer, KINDS=wiped,cut for some
	@SEED='$(SEED)' FAULTS='$(FAULTS)' KINDS='$(KINDS)' $(BIN)/python -m tests.faults.storm

.PHONY: check
check: .venv/.dev ## Check format, lint, types, the order of imports, and the packages for known vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -m deploy.audit

.PHONY: bench
bench: .venv/.dev ## Measure how far it is from the limit of this machine: about five minutes with nothing else on it
	@$(BIN)/python -m deploy.bench $(ARGS)

.PHONY: revision
revision: .venv/.dev ## Write a migration from the models: SERVICE=catalog MESSAGE="add rooms"
	@$(BIN)/python -m deploy.local.revision '$(SERVICE)' '$(MESSAGE)'

.PHONY: messages
messages: .venv/.dev ## Read the messages out of the source into the English catalogues
	@$(BIN)/python -m shared.i18n

.PHONY: lock
lock: $(UV) ## Write requirements/*.lock from pyproject.toml; ARGS=--upgrade for newer versions
	$(UV) pip compile --quiet $(COMPILE) $(ARGS) --group dev --output-file requirements/dev.lock
	@for group in run inbox $(SERVICES); do echo "requirements/$$group.lock"; \
		$(UV) pip compile --quiet $(COMPILE) --constraints requirements/dev.lock --group $$group --output-file requirements/$$group.lock || exit; done

COMPILE := --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.PHONY: clean
clean: ## Remove what was installed, measured and left over; the data in var/ stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +

# What is installed. The stamps are older than a lock file that has changed.
.venv/.run: requirements/run.lock | $(UV)
	@echo "Installing what it takes to run (once) …"
	@$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/run.lock
	@touch $@

.venv/.dev: requirements/dev.lock | $(UV)
	@echo "Installing what it takes to work on it (once) …"
	@$(UV) pip sync --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements/dev.lock
	@touch .venv/.run $@

$(UV):
	@command -v $(PYTHON) >/dev/null || { echo 'Python 3.11 or later is needed, and there is no $(PYTHON): install it (Debian: apt install python3 python3-venv)' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed, and $(PYTHON) is older: install it, or name it, as in make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo 'This Python cannot make virtual environments: install its venv module (Debian: apt install python3-venv)' >&2; exit 1; }
	@echo 'Making .venv (once) …'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check 'uv~=0.13'
