# What a user types: make demo, make test. Each sets up what it needs first.
# uv is used where it is there; python3 (3.10 or newer) with venv is enough.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Compiled once, not by every process: tests start hundreds of them, and each worker of pytest
# rewrites what it imports where nobody keeps it.
export PYTHONDONTWRITEBYTECODE :=
# Where the demo and your own crawls put the archive.
ARCHIVE_DIR ?= output

.DEFAULT_GOAL := help
.PHONY: help setup demo test zones chaos chaos-cluster fuzz lint accuracy bench bench-scale datasets clean

help:            ## say what there is
	@grep -E '^[a-z-]+: .*##|^[a-z]+:  +##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

setup: $(VENV)/.user  ## make .venv with newsarchive in it

demo: $(VENV)/.user  ## crawl the bundled small Sina into ARCHIVE_DIR
	$(BIN)/scrapy demo -s ARCHIVE_DIR=$(ARCHIVE_DIR)

test: $(VENV)/.test $(VENV)/oracle $(VENV)/hexo $(VENV)/pywb  ## run the tests
	$(BIN)/python -m pytest -n auto --dist worksteal

zones: $(VENV)/.test $(VENV)/oracle $(VENV)/hexo $(VENV)/pywb  ## run the tests in China's zone, and in New York's
	TZ=Asia/Shanghai $(BIN)/python -m pytest -n auto --dist worksteal
	TZ=America/New_York $(BIN)/python -m pytest -n auto --dist worksteal

chaos: $(VENV)/.test  ## kill 200 runs, and let every call fail with every error
	NEWSARCHIVE_CHAOS=200 $(BIN)/python -m pytest -s tests/crash/test_chaos.py tests/faults

chaos-cluster: $(VENV)/.test  ## 50 crawls and 12 re-extractions by several workers, to which everything happens
	NEWSARCHIVE_CLUSTER_CHAOS=50 $(BIN)/python -m pytest -s tests/cluster

fuzz: $(VENV)/.test $(VENV)/.atheris  ## throw garbage at each parser for FUZZ_SECONDS (600)
	@for target in post front_matter listing flash page save body warc; do \
	  echo "$$target:"; $(BIN)/python -m tests.fuzz $$target || exit 1; done

lint: $(VENV)/.dev  ## ruff and mypy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

accuracy: $(VENV)/.accuracy  ## score the extraction beside other extractors
	$(BIN)/python benchmarks/accuracy.py

bench: $(VENV)/.bench  ## crawl and replay beside a bare spider; export and search
	$(BIN)/python benchmarks/bench.py
	$(BIN)/python benchmarks/shares.py
	$(BIN)/python benchmarks/export.py
	$(BIN)/python benchmarks/search.py

bench-scale: $(VENV)/.bench  ## crawl into an archive that knows a million articles
	$(BIN)/python benchmarks/scale.py

datasets: $(VENV)/.datasets  ## load an export with Hugging Face's library
	$(BIN)/python -m pytest -k hugging_face tests/archive/test_parquet.py

clean:           ## remove .venv and caches; the archive stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .fuzz

$(BIN)/python:
	@if command -v uv >/dev/null; then uv venv --quiet --seed --python $(PYTHON) $(VENV); \
	else $(PYTHON) -m venv $(VENV); fi

$(VENV)/.user $(VENV)/.test $(VENV)/.dev $(VENV)/.accuracy $(VENV)/.bench $(VENV)/.datasets: $(VENV)/.%: pyproject.toml | $(BIN)/python
	@if command -v uv >/dev/null; then uv pip install --quiet --python $(BIN)/python -e '.$(EXTRA)'; \
	else $(PIP_FIRST) $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.$(EXTRA)'; fi
	@touch $@

# The seeds' own tool chain, to compare bodies with. Without npm those tests are skipped.
$(VENV)/oracle: | $(BIN)/python
	@mkdir -p $@
	@if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --ignore-scripts --fetch-retries=1 \
	  --prefix $@ cheerio@1.0.0-rc.3 he@1 >/dev/null 2>&1 || echo "npm could not get cheerio"; fi

# Hexo itself, to build posts with. Without npm those tests are skipped.
$(VENV)/hexo: | $(BIN)/python
	@mkdir -p $@
	@if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --ignore-scripts --fetch-retries=1 \
	  --prefix $@ hexo@8 hexo-renderer-ejs@2 >/dev/null 2>&1 || echo "npm could not get hexo"; fi

# pywb, to show recorded pages with: in an environment of its own, for it pins what it needs. Where
# there is none for this Python, its tests are skipped.
$(VENV)/pywb: | $(BIN)/python
	@$(BIN)/python -m venv $@
	@$@/bin/python -m pip install --quiet --disable-pip-version-check 'pywb>=2.9,<3' 'setuptools<81' \
	  >/dev/null 2>&1 || echo "no pywb for this Python"

# The fuzzer that is guided by coverage, where there is a wheel of it; else mutations are blind.
$(VENV)/.atheris: | $(VENV)/.test
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: 'atheris>=3,<4' \
	  >/dev/null 2>&1 || echo "no atheris for this Python"
	@touch $@

$(VENV)/.user: EXTRA := [serve]
$(VENV)/.test: EXTRA := [test]
$(VENV)/.dev:  EXTRA := [dev]
$(VENV)/.accuracy: EXTRA := [accuracy]
$(VENV)/.bench: EXTRA := [bench]
$(VENV)/.datasets: EXTRA := [test,datasets]
# pip before 24 cannot read one of the requirements (an extra named twice).
$(VENV)/.accuracy: PIP_FIRST = $(BIN)/python -m pip install --quiet --upgrade 'pip>=24' &&
