# Two commands matter: `make demo` serves the gallery, `make test` checks all of it.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 7860
# An index with CPU-only wheels of torch and torchvision takes a quarter of the disk.
TORCH_INDEX ?=
MINUTES ?= 15

VENV := .venv
BIN := $(VENV)/bin
# Two processes with one thread each; what shares a server runs in one of them (tests/conftest.py).
WORKERS := -n 2 --dist loadgroup
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test test-fast lint format results screenshots bench load soak browser

demo: $(VENV)/serving
	@GRADIO_SERVER_NAME=$(HOST) GRADIO_SERVER_PORT=$(PORT) $(BIN)/python app.py

test: $(VENV)/training browser lint
	@$(BIN)/python -m pytest $(WORKERS) --durations=25

# Without what is particular to demos whose files are as on the branch main.
test-fast: $(VENV)/training browser lint
	@$(BIN)/python -m pytest $(WORKERS) --durations=10 --changed

lint: $(VENV)/training
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

format: $(VENV)/training
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

# The README's table of results, from the cards.
results: $(VENV)/training
	@$(BIN)/python -m trainers.core.results

screenshots: $(VENV)/training browser
	@$(BIN)/python -m tests.browser.screenshots

# Speed and memory, written to assets/bench.json.
bench: $(VENV)/training browser
	@$(BIN)/python -m tests.bench

# A class of thirty at once, then two hundred: errors, swapped answers, fairness.
load: $(VENV)/training
	@$(BIN)/python -m tests.load crowd

# Memory over MINUTES of mixed use, written to runs/soak.json.
soak: $(VENV)/training
	@$(BIN)/python -m tests.load soak --minutes $(MINUTES)

# A browser for the tests: Debian's Chromium where none is there and apt may be used.
browser: $(VENV)/training
	@$(BIN)/python -m tests.browser.chromium

$(VENV)/serving: requirements.txt | $(BIN)/python
	@echo "Installing what serving needs (some minutes the first time) …"
	@if [ -n "$(TORCH_INDEX)" ]; then $(PIP) --index-url $(TORCH_INDEX) "torch>=2.14,<2.16"; fi
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/training: requirements-train.txt $(VENV)/serving
	@echo "Installing what training and tests need …"
	@if [ -n "$(TORCH_INDEX)" ]; then $(PIP) --index-url $(TORCH_INDEX) "torchvision>=0.29,<0.31"; fi
	@$(PIP) -r requirements-train.txt
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 10))" || \
	  { echo "Python 3.10 or newer is needed; this is $$($(PYTHON) --version 2>&1)."; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || \
	  { echo "Python's venv module is missing. Install it first: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
