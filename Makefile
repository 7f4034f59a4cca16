# Two commands matter: `make demo` shows the main job live, `make test` passes the tests. Both set up all they need
# in .venv; they want nothing but make and Python 3.11 or newer.

PYTHON ?= python3
MOMENTS ?= 50
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo serve test security endurance interop check coverage bench format lock setup setup-dev clean

help: ## show these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: setup ## seed an embedded PostgreSQL by the regression_seeding scenario, live
	@$(BIN)/python examples/demo.py

serve: setup ## serve the shipped scenarios to an MCP client on standard input and output
	@exec $(BIN)/dm-mcp serve --workspace scenarios

test: setup-dev ## run the tests
	@$(BIN)/python -m pytest -n auto --ignore tests/endurance --ignore tests/security

security: setup-dev ## run hostile scripts, and look at what they reach
	@$(BIN)/python -m pytest tests/security

endurance: setup-dev ## kill servers at MOMENTS moments, and look at what is left
	@$(BIN)/python -m pytest tests/endurance --moments $(MOMENTS)

interop: setup-dev ## run clients of other makers, and the official conformance suite, against the server
	@scripts/setup-interop
	@$(BIN)/python -m pytest interop

check: setup-dev ## lint, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright

coverage: setup-dev ## run the tests and show the lines that none of them reaches
	@$(BIN)/python -m coverage run -m pytest -q
	@$(BIN)/python -m coverage report

bench: setup-dev ## measure speed beside the peers
	@scripts/setup-peers
	@for file in benchmarks/bench_*.py; do $(BIN)/python $$file || exit 1; done

format: setup-dev ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: setup-dev ## compile the lock files anew from pyproject.toml
	@scripts/lock

setup:
	@PYTHON="$(PYTHON)" scripts/setup requirements.lock

setup-dev:
	@PYTHON="$(PYTHON)" scripts/setup requirements-dev.lock

clean: ## remove what was installed and built; the workspace's state stays
	@rm -rf .venv interop/node_modules benchmarks/peers/.venv benchmarks/peers/node_modules dist .pytest_cache .ruff_cache .hypothesis .coverage
