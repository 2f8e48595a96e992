# Everything a person types. `make run` and `make test` need python3 alone.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run setup test check bench loadtest soak format font lock
help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 12

# A machine without ensurepip still gets a venv, with pip lent by the system's.
.venv/made: pyproject.toml
	$(PYTHON) -m venv .venv || ($(PYTHON) -m venv --without-pip .venv && $(PYTHON) -m pip --python .venv install -q pip)
	touch $@

.venv/runtime: .venv/made requirements.lock
	$(BIN)/python -m pip install -q --require-hashes -r requirements.lock
	touch $@

.venv/development: .venv/runtime requirements-dev.lock
	$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.lock
	touch $@

run: .venv/runtime ## the living site on http://127.0.0.1:8000, from nothing, in one process
	PORT=$(PORT) $(BIN)/python manage.py serve

setup: .venv/development ## everything development needs

test: .venv/development ## the tests, on SQLite and, where it answers, on PostgreSQL with Redis
	$(BIN)/python -m tests.run

check: .venv/development ## format, lint, types, contracts, migrations, templates, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.deploy_check
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --check --target-version 5.2
	$(MAKE) test

bench: .venv/development ## every benchmark, printed
	$(BIN)/python -m benchmarks.run

USERS ?= 5000
MANROPE ?= $(wildcard .venv/lib/python3.*/site-packages/font_manrope/files/Manrope-VariableFont_wght.ttf)
loadtest: .venv/development ## 5,000 learners for five minutes, with a report and PASS or FAIL (USERS=500 for fewer)
	$(BIN)/python manage.py loadtest --users $(USERS)

MINUTES ?= 60
soak: .venv/development ## an hour with 1,000 sockets and a fault every five minutes (MINUTES=10 for less)
	$(BIN)/python -m tests.faults.soak --minutes $(MINUTES)

format: .venv/development ## put every file into shape
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format .
	git ls-files -co --exclude-standard 'templates/*.html' | xargs $(BIN)/djade --target-version 5.2 || true

GLYPHS := U+0020-007E,U+00A0-017F,U+02C6,U+02DA,U+02DC,U+03C0,U+2010-2026,U+2030-203A,U+2044,U+2070-209F,U+20AC,U+2122,U+2150-215E
font: ## renew the web font, cut down to the letters and signs of the site (needs fonttools and brotli)
	pyftsubset $(MANROPE) --unicodes="$(GLYPHS),U+2190-2193,U+2212,U+2215,U+221A,U+2248,U+2260,U+2264,U+2265" \
		--layout-features=kern,liga,tnum,ccmp,locl,mark,frac,sups --name-IDs='*' --flavor=woff2 \
		--output-file=viral_engine/static/site/fonts/manrope.woff2

lock: ## renew both lock files (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements-dev.lock
