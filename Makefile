PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check fix bench demo clean

# Start the app on http://127.0.0.1:8000. ARGS="--port 9000" goes to run.py.
run: $(VENV)/.ready
	$(BIN)/python run.py $(ARGS)

# Run every test. ARGS="-k live" goes to pytest.
test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest $(ARGS)

# Formatting, lint and types, without changing a file.
check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Put the formatting right, and what lint can mend by itself.
fix: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/.ready: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV)
