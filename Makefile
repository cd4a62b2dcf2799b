# Everything that a person or CI does with a checkout. `make help` lists it.
# All that is kept between runs is under .cache/ and .venv/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
CACHE := $(CURDIR)/.cache
export PIP_CACHE_DIR := $(CACHE)/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The newest Python that the locks are tried with; the system's own `python3` will do if it is 3.11 or later.
PYTHON ?= $(firstword $(foreach v,python3 python3.13 python3.12 python3.11,\
	$(shell $(v) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(v))))

# uidmap: without root, Asterisk's root file system lives in a user namespace.
PACKAGES := mmdebstrap debian-archive-keyring util-linux espeak-ng ca-certificates
ifneq ($(shell id -u),0)
PACKAGES += uidmap
endif

PORT ?= 8080
SIP_PORT ?= 5060
DATA ?= $(CACHE)/demo
PYTEST_ARGS ?=
# A file's tests stay together: what they share (an Asterisk, a company) is made once a worker.
# One a core: with three on two cores the suite takes as long, and everything in it waits for its turn.
WORKERS ?= auto
SHARED := --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

##@ To use it

.PHONY: setup
setup: packages .venv/.installed frontend ## Set everything up; leaves .venv/bin/vaxelflode
	@$(BIN)/python -m vaxelflode.demo $(CACHE)

.PHONY: run
run: setup ## Set up and start the demo company on a real Asterisk; Ctrl-C ends all of it
	@exec $(BIN)/vaxelflode demo --data-dir $(DATA) --port $(PORT) --sip-port $(SIP_PORT)

.PHONY: test
test: setup postgresql chromium ## Set up and run the whole test suite against a real Asterisk
	$(BIN)/python -m pytest $(SHARED) $(PYTEST_ARGS)

##@ To change it

.PHONY: lint
lint: .venv/.installed ## All that is judged without running it
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/catalogue check

.PHONY: words
words: .venv/.installed ## Bring the catalogues of the pages' texts up to date; what is new stands there empty
	@$(BIN)/python scripts/catalogue update

.PHONY: coverage
coverage: setup postgresql chromium ## The whole test suite, and what of the code it runs; half as long again
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(SHARED) $(PYTEST_ARGS)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

.PHONY: format
format: .venv/.installed ## Put the code in the house's form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: test-postgresql
test-postgresql: setup postgresql chromium ## The whole test suite again, with PostgreSQL wherever it has a database
	VAXELFLODE_TEST_DATABASE=postgresql $(BIN)/python -m pytest $(SHARED) $(PYTEST_ARGS)

.PHONY: test-container
test-container: packages .venv/.installed ## The tests that place calls, against the container image built from docker/
	VAXELFLODE_PBX=container $(BIN)/python -m vaxelflode.demo $(CACHE)
	VAXELFLODE_PBX=container $(BIN)/python -m pytest $(SHARED) tests/real_asterisk $(PYTEST_ARGS)

.PHONY: icons
icons: .venv/.installed chromium ## Draw the icons of phones anew, of the one that the pages have
	@$(BIN)/python scripts/draw-icons

.PHONY: screenshots
screenshots: setup chromium ## Pictures of every page of the demo, under .cache/screenshots; the README's are copied from there
	$(BIN)/python -m pytest tests/browser/test_looks.py $(PYTEST_ARGS)
	@mkdir -p docs/images
	@cp .cache/screenshots/flows-flow-1440-light.png docs/images/graph.png
	@cp .cache/screenshots/flows-flow-schedule-kundtjanst-1440-light.png docs/images/hours.png
	@cp .cache/screenshots/flows-390-dark.png docs/images/phone.png

.PHONY: bench
bench: setup ## Speeds as ratios, printed and written to .cache/bench
	$(BIN)/python -m pytest tests/bench --override-ini python_files='bench_*.py' -s --timeout 3600 $(PYTEST_ARGS)

# Every tests/fuzz/fuzz_*.py is run: who adds one adds it to this target.
.PHONY: fuzz
fuzz: setup ## Bad input by the million, some minutes; FUZZ_SHARE=0.02 tries a part, FUZZ_SEED=… the same again
	$(BIN)/python -m pytest tests/fuzz --override-ini python_files='fuzz_*.py' -s --timeout 7200 $(PYTEST_ARGS)

.PHONY: crowd
crowd: setup ## Fifty editors for a minute, and 200 calls while 100 revisions go live; some minutes
	$(BIN)/python -m pytest tests/crowd --override-ini python_files='crowd_*.py' -s --timeout 1800 $(PYTEST_ARGS)

# One after the other: the table is one run's, and the faults that have to wait are tried side by side as it is.
.PHONY: faults
faults: setup postgresql ## Every fault fifty times, half an hour; FAULTS_SHARE=0.1 tries a part, FAULTS_SEED=… the same again
	FAULTS_SHARE=$${FAULTS_SHARE:-1} $(BIN)/python -m pytest tests/faults -s $(PYTEST_ARGS)

# The locks name versions and hashes, and no registry: whoever installs them uses the registry that they are set up for.
LOCK := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --annotation-style=line \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

.PHONY: lock
lock: .venv/.installed ## Lock the newest versions that pyproject.toml allows
	$(LOCK) --upgrade --output-file requirements.lock pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")' \
		> $(CACHE)/dev.in
	$(LOCK) --upgrade --no-annotate --constraint requirements.lock --output-file requirements-dev.lock $(CACHE)/dev.in
	grep -E '^(hatchling|editables)\b' $(CACHE)/dev.in > $(CACHE)/build.in
	$(LOCK) --upgrade --no-annotate --constraint requirements-dev.lock --output-file requirements-build.lock $(CACHE)/build.in

.PHONY: clean
clean: ## Remove the virtual environment and what tests and builds left; keep .cache
	rm -rf .venv .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build

##@ Steps of the above

.PHONY: packages
packages:
	@scripts/install-packages $(PACKAGES)

# For the tests alone: nobody who runs the demo waits for it.
.PHONY: postgresql
postgresql:
	@scripts/install-postgresql

# The browser of the tests.
.PHONY: chromium
chromium:
	@scripts/install-packages chromium

.PHONY: frontend
frontend:
	@scripts/build-frontend

.venv/.created:
	@[ -n "$(PYTHON)" ] || { echo "setup: no Python 3.11 or later found; set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || scripts/install-packages python3-venv
	@echo "setup: making .venv with $$($(PYTHON) --version)" >&2
	@$(PYTHON) -m venv .venv
	@touch $@

# --no-build-isolation: the tool that builds the package is locked like everything else.
.venv/.installed: .venv/.created requirements.lock requirements-dev.lock pyproject.toml
	@echo "setup: installing the locked Python packages" >&2
	@$(BIN)/pip install -qq --require-hashes -r requirements.lock -r requirements-dev.lock
	@$(BIN)/pip install -qq --no-deps --no-build-isolation --no-index -e .
	@touch $@

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
