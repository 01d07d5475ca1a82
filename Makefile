# Everything a contributor does. `make help` lists the targets.
# All of it happens in .venv, which is made, and made anew when pyproject.toml changes, by whoever needs it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
PROJECTS := $(sort $(wildcard fixtures/projects/*))

.DEFAULT_GOAL := help
.PHONY: help demo test check docs generate benchmark corpus findings fuzz matrix clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(VENV)/plugin.stamp  ## run flake8 with the plugin over the example projects and show what it finds
	@for project in $(PROJECTS); do \
	  printf '\n%s: %d Python files\n' $$project $$(find $$project -name '*.py' | wc -l); \
	  echo "$$ flake8 --select=CEL $$project"; \
	  found=$$($(BIN)/flake8 --isolated --select=CEL --celery-no-cache --exit-zero $$project) || exit; \
	  printf '%s\n' "$$found"; \
	  printf '%d findings\n' $$(printf '%s' "$$found" | grep -c '^'); \
	done

test: $(VENV)/dev.stamp  ## run all tests
	@$(BIN)/python -m pytest -n 2

check: $(VENV)/dev.stamp  ## types, style, generated files, docs and the package: all but the tests
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check || { echo 'run ruff format; it would change:'; $(BIN)/ruff format --check; exit 1; }
	@$(BIN)/python docs/celery_names.py --check
	@$(BIN)/python docs/celery_settings.py --check
	@$(BIN)/python docs/generate.py --check
	@$(BIN)/sphinx-build -q -W --keep-going docs docs/_build
	@$(BIN)/python -m build --outdir build . >build.log 2>&1 || { cat build.log; exit 1; }
	@rm build.log
	@echo 'check: all is well'

docs: $(VENV)/dev.stamp  ## build the documentation into docs/_build
	@$(BIN)/sphinx-build -q -W --keep-going docs docs/_build
	@echo 'open docs/_build/index.html'

generate: $(VENV)/dev.stamp  ## write Celery's option names, the rule pages, and the tables and sample in README.md
	@$(BIN)/python docs/celery_names.py
	@$(BIN)/python docs/celery_settings.py
	@$(BIN)/python docs/generate.py

corpus: $(VENV)/plugin.stamp  ## fetch the applications of benchmarks/corpus.txt
	@$(BIN)/python benchmarks/corpus.py

findings: $(VENV)/plugin.stamp  ## lint the corpus, show how the counts of findings changed, and pin them (CHECK=1: only show)
	@$(BIN)/python benchmarks/findings.py $(if $(CHECK),--check)

benchmark: $(VENV)/dev.stamp  ## measure speed beside other linters and write docs/speed.md (25 minutes; ARGS=--quick to try)
	@$(BIN)/python benchmarks/speed.py $(ARGS)

fuzz: $(VENV)/dev.stamp  ## look for crashes in generated programs for longer than the tests do
	@$(BIN)/python -m pytest -q tests/trust --hypothesis-profile=long

matrix: $(VENV)/dev.stamp  ## run the tests on every Python at hand, and each supported flake8, libcst and Celery
	@$(BIN)/nox

clean:  ## remove all that is made, the corpus apart
	@rm -rf $(VENV) .nox build build.log dist docs/_build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +
	@find . -name .celery_patterns_cache -prune -exec rm -rf {} +

$(VENV)/plugin.stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo 'Python 3.10 or newer is needed: make PYTHON=/path/to/python3.12 ...'; exit 1; }
	@echo 'making $(VENV)'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) --upgrade 'pip>=25.1'  # 25.1: the first that knows --group
	@$(PIP) --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/plugin.stamp
	@echo 'installing what the tests and checks need'
	@$(PIP) --editable '.[cli,watch]' --group dev
	@touch $@
