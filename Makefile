PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run demo test torture check fix bench dist clean

# Start the app on http://127.0.0.1:8000. ARGS="--port 9000" goes to run.py.
run: $(VENV)/.ready
	$(BIN)/python run.py $(ARGS)

# Try it out: a throw-away account with a template, and workbooks to upload.
demo: $(VENV)/.ready
	$(BIN)/python run.py demo

# Run every test, three files at a time, as many wait; the longest first. ARGS="-k live" goes to pytest.
# Compiled files are kept, even where an image says otherwise: every process would compile all of the app and its tests.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

# What takes too long for every change: hostile and spoilt files, a disk that fills, 50 accounts, 10,000 sockets, 1,000 kills,
# 200 faults of machines over one PostgreSQL, 1,000 jobs at once, requests made up from the API's document. ARGS="--kills 50 --seed 7 --sockets 0".
torture: $(VENV)/.ready-dev
	$(BIN)/python -m tests.torture $(ARGS)

# How fast it is, beside its peers where they are installed. ARGS="queue live --rounds 5" picks.
bench: $(VENV)/.ready-bench
	$(BIN)/python -m bench $(ARGS)

# Formatting, lint, types, and packages with known holes, without changing a file.
check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python .ci/audit.py

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

$(VENV)/.ready-bench: $(VENV)/.ready-dev requirements-bench.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	touch $@

# A wheel, and one file that runs wherever there is Python: dist/xlsapp.pyz. Compiled files would not get into it.
dist: $(VENV)/.ready-dev
	rm -rf build dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	$(BIN)/shiv --quiet --compressed -c xlsapp -p "/usr/bin/env python3" -o dist/xlsapp.pyz dist/*.whl --no-compile -r requirements.txt
	rm -rf build *.egg-info

clean:
	rm -rf $(VENV)
