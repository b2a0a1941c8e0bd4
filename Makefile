# Credence: `make chat` is all it takes. Needs make and Python 3.11 or newer, nothing else.

# PYTHON=… selects one; otherwise the first of these that is new enough.
PYTHONS := $(or $(PYTHON),python3.11 python3.12 python3.13 python3)
VENV := .venv
BIN := $(VENV)/bin

# The stamps are named by a checksum, so the same requirements are never installed twice.
RUNTIME := $(VENV)/installed-$(shell cat requirements.txt requirements-mcp.txt | cksum | tr ' ' -)
DEVELOP := $(VENV)/installed-dev-$(shell cat requirements.txt requirements-mcp.txt requirements-dev.txt | cksum | tr ' ' -)

OURS := $(wildcard app.py benchmarks chains cli conversations credence_chat.py database estimators evaluation files hatch_build.py plugin prompts service study training ui)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install native chat study calibrate evaluate score report compare test test-slow coverage check audit space-check wheels-check bench clean

help:
	@echo "make chat       open the chat in your browser    make chat MODEL=… PORT=7860"
	@echo "make study      serve a study with people        make study CONFIG=study.yaml"
	@echo "make calibrate  fit a calibration for a model    make calibrate MODEL=… QUESTIONS=… NAME=…"
	@echo "make evaluate   run a model over questions       make evaluate MODEL=… QUESTIONS=… OUT=run.jsonl"
	@echo "make score      every metric of a run or a CSV   make score FILE=run.jsonl"
	@echo "make report     runs as one page                 make report FILES=run.jsonl OUT=report.html"
	@echo "make compare    two runs on the same questions   make compare FILES='a.jsonl b.jsonl'"
	@echo "make native     build llama.cpp for this processor, or with a GPU: CMAKE_FLAGS=-DGGML_CUDA=ON"
	@echo "make test       run the tests"
	@echo "make test-slow  run the tests that take minutes"
	@echo "make coverage   run the tests and list the lines they miss"
	@echo "make check      lint, format, types, import rules"
	@echo "make space-check  start a Hugging Face Space here, and ask it a question"
	@echo "make wheels-check  ask whether every pin has a wheel for macOS, Windows and Linux"
	@echo "make audit      ask whether a pinned package has known vulnerabilities"
	@echo "make bench      measure what answers and their confidence cost, and write docs/performance.md"
	@echo "                (PEERS=1 make bench: also UQLM and lm-polygraph, which it installs)"
	@echo "make clean      remove .venv and all build products"
	@echo
	@echo "MODEL is builtin (the default), tiny, scripted, a .gguf file, a hub id, a folder,"
	@echo "an http(s)://…/v1 address, or provider:model."

install: $(RUNTIME)

# CMAKE_FLAGS holds more flags for CMake (docs/engines.md).
native: $(RUNTIME)
	@$(BIN)/python -m chains.build_native --cmake-flags="$(CMAKE_FLAGS)"

chat: $(RUNTIME)
	@$(BIN)/python app.py

# CONFIG is a design file (docs/study.md).
study: $(RUNTIME)
	@$(BIN)/python app.py --study $(or $(CONFIG),study.yaml)

calibrate: $(RUNTIME)
	@$(BIN)/python -m evaluation calibrate $(QUESTIONS) --model $(or $(MODEL),builtin) $(if $(NAME),--name "$(NAME)") $(MORE)

# MODEL, QUESTIONS and OUT; MORE holds more options.
evaluate: $(RUNTIME)
	@$(BIN)/python -m evaluation run $(QUESTIONS) --model $(or $(MODEL),builtin) --out $(or $(OUT),run.jsonl) $(MORE)

score: $(RUNTIME)
	@$(BIN)/python -m evaluation score $(or $(FILE),run.jsonl) $(MORE)

report: $(RUNTIME)
	@$(BIN)/python -m evaluation report $(or $(FILES),run.jsonl) --out $(or $(OUT),report.html) $(MORE)

compare: $(RUNTIME)
	@$(BIN)/python -m evaluation compare $(FILES) $(MORE)

# One worker per processor, four at most; a file's tests stay together, and those in a browser come last.
PARALLEL := -n logical --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

test: $(DEVELOP)
	$(BIN)/python -m pytest $(PARALLEL)

test-slow: $(DEVELOP)
	$(BIN)/python -m pytest $(PARALLEL) -m slow

coverage: $(DEVELOP)
	$(BIN)/python -m pytest $(PARALLEL) $(addprefix --cov=,$(basename $(OURS))) --cov-report=term-missing:skip-covered

check: $(DEVELOP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(OURS) tests
	$(BIN)/bandit -q -ll -c pyproject.toml -r $(OURS)
	$(BIN)/python -m pytest -q tests/packaging/test_arrows.py

# Whether every pin can be installed on macOS (arm64), Windows and Linux without a compiler; downloads some of them.
# For Linux, pip wants every tag that a wheel may have.
PLATFORMS := macosx_14_0_arm64 win_amd64 manylinux_2_28_x86_64,manylinux_2_27_x86_64,manylinux_2_17_x86_64,manylinux2014_x86_64
wheels-check: $(DEVELOP)
	@for platform in $(PLATFORMS); do echo "# $$platform"; \
	  $(BIN)/python -m pip install --quiet --dry-run --no-deps --only-binary=:all: \
	    $$(echo ",$$platform" | sed 's/,/ --platform /g') --python-version 3.12 --target build/none -r requirements-mcp.txt || exit 1; done
	@echo "Every pin has a wheel on each of these platforms."

# With what a Space installs and tracked files only, in Chromium.
space-check: $(DEVELOP)
	CREDENCE_REQUIRE_BROWSER=1 $(BIN)/python -m pytest -m "slow or not slow" tests/packaging/test_space.py

# Needs the network: it asks the advisory database of PyPI about every pin.
audit: $(DEVELOP)
	@$(BIN)/python -m pip_audit --progress-spinner off --strict --disable-pip --no-deps -r requirements-mcp.txt || \
	  { echo "pip-audit found something, or could not ask its service about every package: see above." >&2; exit 1; }

# Measures speed; the other benchmarks are run by name, as in: .venv/bin/python -m benchmarks.guarantee_power
bench: $(DEVELOP)
	@$(BIN)/python -m benchmarks.speed $(if $(PEERS),--peers) $(MORE)

clean:
	rm -rf $(VENV) build dist .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): | $(BIN)/python
	@echo "Installing what Credence needs into $(VENV), once; this takes some minutes."
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements-mcp.txt
	@rm -f $(VENV)/installed-[0-9]* && touch $@

$(DEVELOP): | $(BIN)/python
	@echo "Installing what Credence and its tests need into $(VENV), once; this takes some minutes."
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@rm -f $(VENV)/installed-* && touch $(RUNTIME) $@

$(BIN)/python:
	@for python in $(PYTHONS); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  bare=$$python; \
	  "$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
	  exec "$$python" -m venv $(VENV); \
	done; \
	if [ -n "$$bare" ]; then \
	  echo "$$bare cannot make a virtual environment: install its venv module (on Debian or Ubuntu: apt install python3-venv) and try again."; \
	else \
	  echo "Credence needs Python 3.11 or newer and found none: install it, or name it, as in: make chat PYTHON=/path/to/python3"; \
	fi >&2; exit 1
