# The whole manual: `make` lists what one can do here.
# Environments are made once; a stamp file in each says that it matches its lock.

VENV   := .venv
BIN    := $(VENV)/bin
SEKMET := .venv-sekmet
HAPI   := .hapi
PYTHON  = $(shell scripts/find-python)

# pip asks no questions and does not advertise itself.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

# --no-emit-*: a lock names packages and hashes, never the place that they came from.
COMPILE = $(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run review test test-hapi bench check format lint types lock sbom clean packages sekmet hapi

help:  ## list what one can do here
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F'|' '{printf "make %-10s %s\n", $$1, $$2}'

run: $(VENV)/.ready-to-run  ## start the service with the stories, on http://127.0.0.1:8080
	$(BIN)/transplant-cds serve

review: $(VENV)/.ready-to-run  ## print what the clinician sees: make review STORY=<folder of fixtures/>
	@test -f "fixtures/$(STORY)/request.json" || \
		{ echo "Say which story: make review STORY=<one of these>"; ls -d fixtures/*/ | xargs -n 1 basename; exit 2; }
	@$(BIN)/transplant-cds review "fixtures/$(STORY)/request.json" --record "fixtures/$(STORY)/fhir" \
		--as-of "$(call told,as_of)" --payer-matching "$(call told,payer_matching)"

told = $(shell sed -n 's/^$(1): *//p' "fixtures/$(STORY)/story.yaml" 2>/dev/null)

test: $(VENV)/.ready-to-test sekmet packages  ## run every test; ARGS="-k coverage -x" goes to pytest
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

bench: $(VENV)/.ready-to-test  ## measure the service beside its floor; ARGS="records --rounds 3" goes on
	$(BIN)/python -m benchmarks $(ARGS)

test-hapi: $(VENV)/.ready-to-test hapi  ## run the integration tests on a real HAPI FHIR server (Java 17, Maven)
	FHIR_SERVER=hapi $(BIN)/python -m pytest tests/integration $(ARGS)

check: lint types test  ## format, lint, types and tests: before every commit

lint: $(VENV)/.ready-to-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.ready-to-test
	$(BIN)/mypy --strict

format: $(VENV)/.ready-to-test  ## format the code and mend what the linter can mend itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: export CUSTOM_COMPILE_COMMAND := make lock
lock: $(VENV)/.ready-to-test  ## choose the newest versions of everything, and pin them
	$(COMPILE) --output-file=requirements.lock pyproject.toml
	$(COMPILE) --extra=dev --constraint=requirements.lock \
		--output-file=requirements-dev.lock pyproject.toml
	$(COMPILE) --output-file=tests/integration/sekmet.lock tests/integration/sekmet.in

sbom: $(VENV)/.ready-to-test  ## write dist/sbom.cdx.json, what an installation is made of (CycloneDX)
	@mkdir -p dist
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --output-format JSON --output-file dist/sbom.cdx.json

clean:  ## remove the environments and whatever the tools left behind
	rm -rf $(VENV) $(SEKMET) $(HAPI) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

sekmet: $(SEKMET)/.ready
hapi: $(HAPI)/class-path
packages:
	@scripts/ensure-debian-packages

$(VENV)/bin/python:
	@test -n "$(PYTHON)"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-to-run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.ready-to-test: requirements-dev.lock $(VENV)/.ready-to-run
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.lock
	@touch $@

# A FHIR server to test against: it has its own ideas about versions, hence its own environment.
$(SEKMET)/.ready: tests/integration/sekmet.lock
	@test -n "$(PYTHON)"
	$(PYTHON) -m venv $(SEKMET)
	$(SEKMET)/bin/python -m pip install --quiet --requirement tests/integration/sekmet.lock
	@touch $@

# Some 300 MB from Maven's central repository, kept in a folder of their own.
$(HAPI)/class-path: tests/integration/hapi_server/pom.xml
	@command -v java >/dev/null && command -v mvn >/dev/null || \
		{ echo "HAPI FHIR needs Java 17 or newer (a JDK) and Maven." >&2; exit 1; }
	@echo "Getting HAPI FHIR with Maven ..."
	@mvn --batch-mode --quiet --file $< -Dmaven.repo.local=$(CURDIR)/$(HAPI)/repository \
		dependency:build-classpath -Dmdep.outputFile=$(CURDIR)/$@
