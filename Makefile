# Everything a newcomer needs: `make run` and `make test`.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
MEMBERS := shared shared/connectors shared/integrations shared/simulators $(sort $(wildcard services/*)) deploy
STAMP  := $(VENV)/.installed
# Two per core of the smallest machine: many tests wait for a broker, a timer or a process.
WORKERS ?= 4
CASES  ?= 1000000

.PHONY: install run test soak drill bench lint lock oracle docs clean
install: $(STAMP)

$(STAMP): requirements.lock $(addsuffix /pyproject.toml,$(MEMBERS))
	test -x $(BIN)/python || $(shell command -v $(PYTHON) || echo python3) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(addprefix --editable ./,$(MEMBERS))
	touch $@

run: install
	$(BIN)/desk up --demo

# Several workers first, then whole desks under load or faults, which need the machine to themselves. Both parts run, whatever
# the first one finds; the names of what failed in either come last.
test: install
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not alone"; first=$$?; \
	$(BIN)/python -m pytest -m alone; second=$$?; \
	test "$$first $$second" = "0 0" || { cat .pytest_cache/v/cache/lastfailed; exit 1; }

# The long searches: many seeds, a thousand kills, the whole log of a real desk. Hours.
soak: install
	DESKSTREAM_KILLS=1000 DESKSTREAM_SCHEDULES=20000 DESKSTREAM_CALLBACKS=10000 DESKSTREAM_HISTORY_TICKETS=0 \
	DESKSTREAM_AWAY=60 DESKSTREAM_TERMS=40 DESKSTREAM_IMPORT_PARTS=10 \
	$(BIN)/python -m pytest tests/chaos tests/schedules tests/scenarios tests/history
	cd services/billing && ../../$(BIN)/python -W error -m tests.rating_oracle.oracle_run --cases $(CASES)

drill: install
	$(BIN)/python -m tests.drill --write

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/python -m tests.bench

oracle: install
	cd services/sla && ../../$(BIN)/python -W error -m tests.oracle.oracle_run --cases $(CASES)
	cd services/billing && ../../$(BIN)/python -W error -m tests.rating_oracle.oracle_run --cases $(CASES)

lock:
	uv export --quiet --all-groups --all-packages --no-emit-workspace --no-hashes --no-annotate --no-header -o .requirements.in
	uv pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.11 .requirements.in -o requirements.lock
	rm -f .requirements.in

clean:
	rm -rf $(VENV) .desk
