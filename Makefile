# Each target makes what it needs first. TEST=path runs a file or a folder of tests_sql/ or runner/tests/.

.DEFAULT_GOAL := help
.PHONY: help demo demo-stop test test-matrix lint bench bench-check docs pictures clean venv

help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: venv ## Deploy, load and look around on an embedded PostgreSQL
	@.venv/bin/comply-db demo

demo-stop: venv ## Stop the demo's server; its data stays
	@.venv/bin/comply-db demo --stop

test: venv ## Run every test on PostgreSQL 15 and 18; TEST=path for some
	@.venv/bin/python runner/tests/suite.py --pg 15 --pg 18 $(TEST)

test-matrix: venv ## Run every test on PostgreSQL 15, 16, 17 and 18
	@.venv/bin/python runner/tests/suite.py --pg 15 --pg 16 --pg 17 --pg 18 $(TEST)

lint: venv ## Check Python with ruff, and the schema files with squawk
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/squawk --no-error-on-unmatched-pattern 'schema/[0-9]*.sql'

bench: venv ## Run the benchmarks of bench/, one folder a question; COMPLY_BENCH_QUICK=1 for a look
	@for question in bench/*/run.py; do echo "== $$question" && .venv/bin/python "$$question" || exit 1; done
	@.venv/bin/python bench/overview.py

bench-check: venv ## Compare the benchmarks' ratios with bench/baseline.json, in a small form; 15 minutes
	@.venv/bin/python bench/check.py

docs: venv ## Write the reference from the catalog
	@.venv/bin/python runner/tests/suite.py --pg 15 docs/reference.md

pictures: venv ## Take the pictures of a report that the README shows
	@.venv/bin/python docs/images/make.py

clean: ## Remove what the other targets made, the demo's server and data included
	@test ! -x .venv/bin/comply-db || .venv/bin/comply-db demo --remove
	@rm -rf .venv .cache .pytest_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -prune -exec rm -rf {} +

venv:
	@.ci/venv
