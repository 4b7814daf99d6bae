# make audit            build the bundled example repository and audit its tree and its history
# make audit REPO=path  audit a repository of yours
# make test             run the tests
# make check            run all that CI runs: lint, format, types, import layers, tests, self
# make self             audit this project's own tree and history
# Needs Python 3.11 or later with venv, git and make; no root.

SUITABLE := 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c $(SUITABLE) >/dev/null 2>&1 && echo "$$python" && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
SOURCES := occ_audit tests $(wildcard bench)
TEST_OPTIONS ?= -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term

.PHONY: audit test lint types layers self check clean

audit: export REPO := $(REPO)
audit: $(VENV)/installed
ifdef REPO
	@$(BIN)/occ-audit scan "$$REPO"; tree=$$?; \
	$(BIN)/occ-audit scan --history "$$REPO"; history=$$?; \
	if [ $$tree -eq 1 ] || [ $$history -eq 0 ]; then exit $$tree; else exit $$history; fi
else
	@# Findings (exit code 1) are what the example is for; anything else is a failure.
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	$(BIN)/occ-audit example "$$folder/example" && \
	for choice in '' --history; do \
		echo; echo "\$$ occ-audit scan $$choice $$folder/example"; \
		$(BIN)/occ-audit scan $$choice "$$folder/example"; \
		status=$$?; [ $$status -eq 1 ] || { echo "expected findings, got exit code $$status"; exit 3; }; \
	done
endif

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(TEST_OPTIONS)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

types: $(VENV)/installed-dev
	$(BIN)/mypy

layers: $(VENV)/installed-dev
	$(BIN)/lint-imports

# Anything that .occ-audit.toml does not account for fails, in a shallow clone too.
self: $(VENV)/installed-dev
	$(BIN)/occ-audit scan --fail-on low --quiet
	$(BIN)/occ-audit scan --history --fail-on low --allow-incomplete --quiet

check: lint types layers self test

clean:
	rm -rf $(VENV)

# The install is editable, so only a changed pyproject.toml asks for a new one.
$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	@echo "Installing occ-audit into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the tests need into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/installed

$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] || { \
		echo "No Python 3.11 or later with venv was found." >&2; \
		echo "Install it (Debian: apt install python3 python3-venv), or name one: make PYTHON=..." >&2; \
		exit 1; }
	@"$(PYTHON)" -m venv $(VENV)
