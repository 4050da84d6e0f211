# Two commands matter: `make demo` and `make test`. Nothing but Python 3.11 and pip is needed.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: demo test lint drills words migration clean

demo: .venv/ready
	$(BIN)/timebank demo

test: .venv/ready-for-tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: .venv/ready-for-tests
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy timebank tests wsgi.py && $(BIN)/lint-imports

drills: .venv/ready-for-tests
	$(BIN)/python -m tests.drills.race --engine sqlite --bookings 200 --tries 16
	$(BIN)/python -m tests.drills.race --engine postgresql --bookings 200 --tries 16

.venv/ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/ready-for-tests: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test]"
	touch $@

clean:
	rm -rf .venv build *.egg-info var
