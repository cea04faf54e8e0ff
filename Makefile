# Everything a person types here: `make` lists it.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.SUFFIXES:

BIN := .venv/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# A .venv whose Python is gone, or that was moved here from elsewhere, is of no use: it is made anew.
$(shell [ ! -e .venv ] || [ -x $(BIN)/python -a ! -e $(BIN)/itoguchi ] || \
	{ [ -x $(BIN)/python ] && grep -qF "$$(pwd -P)/.venv/" $(BIN)/itoguchi; } || rm -rf .venv)
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check
LOCK := uv pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate --no-header \
	--universal --python-version 3.11 --extra build

.PHONY: help
help: ## この一覧 / this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

.PHONY: demo stop reset
demo: env ## 見本を起動 / start the demo (PORT=8000, WORLD=sample|real, ITOGUCHI_HOME=var)
	@$(BIN)/itoguchi start

stop: ## 止める / stop site, worker and embedded database
	@if [ -x $(BIN)/itoguchi ]; then $(BIN)/itoguchi stop; fi

reset: env ## 止めて記録を消す / stop and delete all records (YES=1: do not ask)
	@$(BIN)/itoguchi reset $(if $(YES),--yes)

.PHONY: env env-dev
env: .venv/.env .venv/.texts ## 実行環境 / environment from requirements.txt
env-dev: .venv/.env-dev .venv/.texts ## 開発環境 / the same with tools for tests and checks

# Stamps are copies of what was installed: a lock with a new date but the same content installs nothing.
.venv/.env: requirements.txt pyproject.toml | .venv/bin/python
	@if ! cat $^ | cmp -s - $@; then \
		echo "… 部品を入れています（初回は数分） / installing packages (the first time takes minutes)"; \
		$(INSTALL) --require-hashes -r requirements.txt; \
		$(INSTALL) --no-deps --no-build-isolation -e .; \
	fi; cat $^ > $@

.venv/.env-dev: requirements-dev.txt .venv/.env
	@if ! cmp -s $< $@; then \
		echo "… 開発の部品を入れています / installing tools for development"; \
		$(INSTALL) --require-hashes -r $<; \
	fi; cp $< $@

.venv/.env-bench: requirements-bench.txt .venv/.env-dev
	@if ! cmp -s $< $@; then \
		echo "… 比べる相手を入れています / installing what speeds are compared with"; \
		$(INSTALL) --require-hashes -r $<; \
	fi; cp $< $@

.venv/.texts: $(shell find src -name '*.po' 2>/dev/null) .venv/.env
	@$(BIN)/python tools/texts.py compile
	@touch $@

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 以上がありません。 / No Python >= 3.11 found. Debian: apt-get install python3 python3-venv"; exit 1; fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$(PYTHON) に venv がありません。 / $(PYTHON) lacks venv. Debian: apt-get install python3-venv"; exit 1; fi
	@$(PYTHON) -m venv .venv

.PHONY: check test coverage mutants bench texts lock
check: env-dev ## 決まりの確認 / ruff, mypy, djlint, layers, migrations, texts, known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet src
	$(BIN)/lint-imports
	$(BIN)/itoguchi makemigrations --check --dry-run
	$(BIN)/python tools/texts.py check
	@mkdir -p var && rm -f var/audit.json
	@if $(BIN)/pip-audit --disable-pip --progress-spinner off -r requirements.txt -f json -o var/audit.json 2>var/audit.log; \
	then echo "pip-audit: 既知の弱点なし / no known weakness"; \
	elif [ -s var/audit.json ]; then cat var/audit.log var/audit.json; exit 1; \
	else echo "pip-audit: 省略（弱点の一覧に届きません） / skipped, the list of weaknesses is out of reach"; fi

test: env-dev ## 試験すべて / the whole suite (browser tests where Chromium is)
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

coverage: env-dev ## 規則の行が試験されているか / lines of engines, actions, queries and access that tests run (≥ 95 %)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist loadfile -m "not browser"
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

mutants: env-dev ## 試験が見のがす変更 / changes that no test notices, in two modules (an hour)
	$(BIN)/python tools/mutants.py itoguchi.core.calendar tests/core/test_calendar.py
	$(BIN)/python tools/mutants.py itoguchi.reports.actions tests/reports/test_publishing.py

bench: env-dev .venv/.env-bench ## 速さの表 / table of speeds
	$(BIN)/python bench/diffusion.py
	$(BIN)/python bench/matching.py
	$(BIN)/python bench/counts.py
	$(BIN)/python bench/pages.py
	$(BIN)/python bench/imports.py
	$(BIN)/python bench/load.py
	$(BIN)/python bench/stacking.py

texts: env-dev ## 画面の文を集める / collect interface texts for translation
	$(BIN)/python tools/texts.py add
	$(BIN)/python tools/texts.py compile

lock: ## 部品の版を決め直す / renew the locks (needs uv)
	@command -v uv >/dev/null || { echo "uv がありません。 / uv is missing: pip install uv"; exit 1; }
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --extra dev pyproject.toml -o requirements-dev.txt
	$(LOCK) --extra dev --extra bench pyproject.toml -o requirements-bench.txt
