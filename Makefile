# Thin names over plain commands. `make setup` is done by every target that needs it.

PYTHON ?= python3
VENV ?= .venv
# PyTorch's own index of CPU builds, as an extra index for torch alone; empty takes what the default index has.
TORCH_INDEX ?=
# Processes that share the slow leg; a file of tests stays with one of them.
WORKERS ?= 2
BIN := $(VENV)/bin
READY := $(VENV)/.ready
APT := apt-get -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60

.PHONY: setup demo scan test test-all mail-server browser check format dictionary train evaluate clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) -c constraints.txt torch
	$(BIN)/pip install --quiet -c constraints.txt -e ".[dev]"
	touch $@

demo: $(READY)  ## fetch to digest on the example pages, served on loopback; no network needed
	$(BIN)/python tests/demo.py demo

scan: $(READY)  ## fetch to digest on the live feeds of feeds.yaml
	$(BIN)/monitor --home . scan

test: check  ## what a change must pass
	$(BIN)/python -m pytest

test-all: check  ## the same and the slow leg: a real month, kills, every hostile document
	$(BIN)/python -m pytest -m "" -n $(WORKERS) --dist loadfile

check: $(READY)  ## style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

mail-server:  ## Debian's Postfix, for the tests of delivery in the slow leg; needs root, and is not started
	$(APT) update || true
	DEBIAN_FRONTEND=noninteractive $(APT) install --yes --no-install-recommends postfix

browser:  ## Debian's Chromium, for the checks of the digest's page in the slow leg; needs root
	$(APT) update || true
	DEBIAN_FRONTEND=noninteractive $(APT) install --yes --no-install-recommends chromium

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dictionary: $(READY)  ## write what monitor/store/dictionary.yaml says of the views into docs/views.md
	$(BIN)/python -m monitor.store.dictionary docs/views.md

train: $(READY)  ## rebuild the shipped model from models/goals/labels.csv
	$(BIN)/monitor --home . train goals

evaluate: $(READY)  ## figures of the shipped model, with confidence intervals
	$(BIN)/monitor --home . evaluate goals

clean:
	rm -rf $(VENV) demo build dist
