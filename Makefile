# Two commands matter: `make demo` and `make test`. Nothing but Python 3.11 and pip is needed.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: demo test nightly lint drills bench words migration clean

demo: .venv/ready
	$(BIN)/timebank demo

test: .venv/ready-for-tests
	$(BIN)/python -m pytest -n 3 --dist loadgroup

# What takes too long to run after every change: long random histories, every planted bug, the drills.
nightly: test drills
	for engine in sqlite postgresql; do \
	  $(BIN)/python -m tests.ledger.long_run --engine $$engine --steps 20000 || exit 1; \
	  $(BIN)/python -m tests.drills.bank_histories --engine $$engine --histories 60 || exit 1; \
	  $(BIN)/python -m tests.drills.cofund_histories --engine $$engine --histories 60 || exit 1; done
	FUZZ_EXAMPLES=60 $(BIN)/python -m pytest tests/api
	$(BIN)/python -m tests.planted.run

lint: .venv/ready-for-tests
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy timebank tests wsgi.py && $(BIN)/lint-imports

# Everything in full, one after the other, on both engines; the first that is not exact stops it.
BOTH := race counter vouchers claims over_match match_killed import_race close_race import_killed retry_storm bank sudden_end worker_dies backups full_disk clocks
ON_POSTGRESQL := database_crash point_in_time

drills: .venv/ready-for-tests
	set -e; for drill in $(BOTH); do for engine in sqlite postgresql; do \
	  $(BIN)/python -m tests.drills.$$drill --engine $$engine; done; done
	set -e; for drill in $(ON_POSTGRESQL); do $(BIN)/python -m tests.drills.$$drill; done

bench: .venv/ready-for-bench
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.records
	$(BIN)/python -m tests.benchmarks.cases_million
	$(BIN)/python -m tests.benchmarks.counter_search
	$(BIN)/python -m tests.benchmarks.counter_lunch
	$(BIN)/python -m tests.benchmarks.matching

.venv/ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/ready-for-tests: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test]"
	touch $@

.venv/ready-for-bench: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test,bench]"
	touch $@

clean:
	rm -rf .venv build *.egg-info var
