# Everything a contributor runs. The first target creates .venv; the others reuse it until
# pyproject.toml or constraints.txt changes.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
STAMP := .venv/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo demo-support test test-slow test-clients test-adapters lint types layers wheel dist site pictures notebooks check bench bench-engine \
  bench-engines bench-training clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 18

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "dialogym needs Python 3.11 or newer, but '$(PYTHON)' answers: $$($(PYTHON) --version 2>&1 | tail -1)." \
	    "Name another: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[train,smollm2,encode,rl,server,study,postgres,dev,docs]'
	@touch $@

# The first free folder of runs/ with the target's name.
fresh = out=runs/$@; n=1; while [ -e "$$out" ]; do n=$$((n + 1)); out=runs/$@-$$n; done

demo: $(STAMP) ## the whole way through on persuasion: simulate, search, align, measure; into a fresh folder of runs/
	@$(fresh); \
	echo "dialogym run --engine processes --out $$out"; $(BIN)/dialogym run --engine processes --out "$$out"

demo-support: $(STAMP) ## the same on emotional support
	@$(fresh); \
	echo "dialogym run --env EmotionalSupport-v0 --engine processes --out $$out"; \
	$(BIN)/dialogym run --env EmotionalSupport-v0 --engine processes --out "$$out"

# One torch thread per worker: two workers with two threads each on two cores are slower than one.
test: $(STAMP) ## the tests, without the slow ones
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile -m "not slow"

test-slow: $(STAMP) ## the slow tests: the same laws at full size
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile -m slow --timeout 1800

test-clients: $(STAMP) ## other libraries' wrappers and trainers, each in an environment of its own (a few GB, minutes)
	$(BIN)/python tests/clients/run.py $(CLIENTS)

test-adapters: $(STAMP) ## of these, the libraries that dialogym plugs into, and planners of other people
	$(BIN)/python tests/clients/run.py verifiers inspect skyrl planners planners_reasoners

lint: $(STAMP) ## ruff
	$(BIN)/ruff check .

# Fresh links to the package's files under the name mypy must know them by; see [tool.mypy].
types: $(STAMP) ## mypy, strict, on the package
	@rm -rf build/typing && mkdir -p build/typing/dialogym
	@for item in *.py py.typed envs agents search alignment integrations study cli; do \
	  ln -s "../../../$$item" "build/typing/dialogym/$$item"; done
	$(BIN)/mypy | sed 's,^build/typing/dialogym/,,'

layers: $(STAMP) ## the rules on imports and sizes alone
	$(BIN)/pytest -q tests/test_layers.py

wheel: $(STAMP) ## dist/*.whl, from a clean build
	rm -rf build/lib build/bdist.* dist
	$(BIN)/python -m build --wheel

dist: $(STAMP) ## what is uploaded: dist/*.whl and *.tar.gz from a clean build, checked by twine
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[release]'
	rm -rf build/lib build/bdist.* dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*

site: $(STAMP) ## the documentation site, strictly, into build/site (open build/site/index.html)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

pictures: $(STAMP) ## docs/rewind-*.svg again, after a change of rules or words
	$(BIN)/python website/animation.py

notebooks: $(STAMP) ## the outputs of examples/notebooks again
	$(BIN)/python website/notebooks.py

check: lint types test wheel ## what a change must pass; .ci/run also installs the wheel

bench: $(STAMP) ## speed, as ratios measured in one run
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/search_cost.py

bench-engine: $(STAMP) ## a tree search by this engine, by a loop of generate calls and by continuous batching
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/batching.py

bench-engines: $(STAMP) ## what two Ray workers bring, and memory over ten thousand conversations (wants idle cores)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[ray]'
	$(BIN)/python benchmarks/engines.py
	$(BIN)/python benchmarks/engines.py --memory 10000

bench-training: $(STAMP) ## DPO on packs of a tree's pairs against TRL's padded batches
	$(BIN)/python benchmarks/training.py

clean: ## remove what was built; .venv and runs/ stay
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./.venv -prune -o -path ./runs -prune -o -name __pycache__ -type d -exec rm -rf {} +
