PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.bench-installed
JAVA_SPARK := .venv-spark
JAVA_SPARK_STAMP := $(JAVA_SPARK)/.installed

# Commands start in two thirds of the time when Python may keep what it compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo serve wheel docs pictures programs test test-lake test-spark test-java-spark kill-test race memory fuzz bench bench-full bench-scale lint format clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Milepost needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 install")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[run,scale,spark,web]' --group dev
	@touch $(STAMP)

$(BENCH_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group bench
	@touch $(BENCH_STAMP)

# Spark itself, in the version of the client; its files would overwrite those of the client in the same environment.
$(JAVA_SPARK_STAMP): $(STAMP)
	$(PYTHON) -m venv $(JAVA_SPARK)
	$(JAVA_SPARK)/bin/python -m pip install --quiet --no-deps --constraint constraints.txt pyspark py4j
	@touch $(JAVA_SPARK_STAMP)

demo: install
	$(BIN)/milepost demo

# Serves the store of the demonstration, which `make demo` makes.
serve: install
	test -f milepost-demo/milepost.db || $(BIN)/milepost demo --quiet
	$(BIN)/milepost serve --db milepost-demo/milepost.db --data milepost-demo/web

# Builds dist/milepost-VERSION-py3-none-any.whl.
wheel: install
	$(BIN)/python -m hatchling build -t wheel

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Writes the tables of settings in the pages of the documentation anew.
docs: install
	PYTHONPATH=tests $(BIN)/python -m unit.settings.pages docs/*.md

# Takes the pictures of the pages in docs/web.md anew.
pictures: programs
	PYTHONPATH=tests $(BIN)/python -m browser.pictures docs/pictures

# Brings the browser and GnuPG, which tests drive, where that can be done.
programs: install
	@$(BIN)/python tests/programs.py

test: lint programs
	$(BIN)/python -m pytest --numprocesses auto

# Runs every test that is run on all stores on lake stores too; `make test` does that with a part of them.
test-lake: install
	MILEPOST_LAKE=1 $(BIN)/python -m pytest --numprocesses auto -k lake

# Runs every test that is run on all stores with a Sail server on this machine, or with the server sc://… that
# MILEPOST_SPARK names; `make test` does that with a part of them.
test-spark: install
	MILEPOST_SPARK=$${MILEPOST_SPARK:-sail} $(BIN)/python -m pytest --numprocesses auto -k sail

# Runs a few of these tests on a real Spark, which takes 500 MB on the disk and a Java.
test-java-spark: $(JAVA_SPARK_STAMP)
	@command -v java > /dev/null || { echo "Spark needs a Java. Install one: apt-get install openjdk-17-jre-headless"; exit 1; }
	MILEPOST_SPARK=java MILEPOST_SPARK_HOME=$$(echo $(CURDIR)/$(JAVA_SPARK)/lib/python3*/site-packages/pyspark) \
		$(BIN)/python -m pytest tests/functional/test_spark.py tests/spec/test_hints.py -k "sail or test_spark"

# Kills imports, undos, prunes, whole configurations and schedules at hundreds of random moments, on each database, and
# ends connections; `make test` does a twentieth of that.
kill-test: install
	MILEPOST_KILLS=300 $(BIN)/python -m pytest --numprocesses auto \
		tests/functional/test_kill.py tests/functional/test_kill_postgresql.py tests/functional/test_kill_lake.py tests/functional/test_worker_kill.py \
		tests/functional/test_night_kill.py tests/functional/test_export_kill.py tests/functional/test_failed_nights.py \
		tests/functional/test_schedule_kill.py tests/functional/test_nightly.py

# Lets a hundred pairs and trios of imports overlap on each database, and kills nothing.
race: install
	MILEPOST_RACES=100 $(BIN)/python -m pytest tests/functional/test_concurrency.py --numprocesses auto

# Holds imports of 173,912 and of 1,739,120 rows to 400 MB, whatever the rows are like; takes half an hour.
memory: install
	MILEPOST_MEMORY_ROWS="173912 1739120" $(BIN)/python -m pytest tests/functional/test_memory.py

# Holds imports against a naive importer on a hundred times as many generated cases, other ones each time, on each store,
# reads 20,000 damaged files, and sends thousands of requests to the HTTP API.
fuzz: install
	MILEPOST_EXAMPLES=110 $(BIN)/python -m pytest tests/generative tests/spec/test_merge.py --numprocesses auto
	MILEPOST_EXAMPLES=20 $(BIN)/python -m pytest tests/functional/test_mutants.py tests/web/test_openapi.py --numprocesses auto

# Measures imports of up to a million rows beside the least that the databases can do; writes docs/benchmarks.md.
bench: $(BENCH_STAMP)
	$(BIN)/python -m benchmarks --short --page docs/benchmarks.md

# The same with up to ten million rows: an hour, and 20 GB for stores and files in the temporary folder.
bench-full: $(BENCH_STAMP)
	$(BIN)/python -m benchmarks --page docs/benchmarks.md \
		--history-rows 1000000 --store-rows 10000000 --sizes 10000 100000 1000000 10000000

# Measures an import of a million rows into SQLite and into a lake store, by the local engine and by Sail; prints a table.
bench-scale: install
	$(BIN)/python -m benchmarks.scale --rows 1000000

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
