# make docs | serve | test | ... (`make` lists them). Everything lives in .venv, .cache and site.

PYTHON ?= python3
BIN := .venv/bin
LOCK := .ci/requirements.lock
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help docs slides serve try test links nightly mutants bench bench-site bench-page lock clean

help:
	@echo "make docs    build the site into site/ (makes .venv first)"
	@echo "make slides  build the site and show its slides at http://127.0.0.1:8001/slides/"
	@echo "make serve   show the site at http://127.0.0.1:8000 and rebuild it on every change"
	@echo "             (with ONLY=step4, docs and serve run only the scripts that have this in their names)"
	@echo "make try     the exercises: where you stand, and on with the first that is open; STEP=14 chooses one,"
	@echo "             HINT=1 gives a hint, SHOW=1 shows the checks, WATCH=1 checks at each save, RESET=1 begins anew,"
	@echo "             FROM=mine begins with your own program of the step before"
	@echo "make test    run the tests"
	@echo "make links   ask the addresses outside the site whether they are still there"
	@echo "make nightly run each random test with 10,000 graphs, beside PyTorch too (installs it first)"
	@echo "make mutants break each rule of differentiation and see that a test fails"
	@echo "make bench   measure the engine beside its peers (installs PyTorch and others first)"
	@echo "make bench-site  measure the build of the site beside Sphinx + sphinx-gallery"
	@echo "make bench-page  measure how long Python in the page takes, in two browsers"
	@echo "make lock    choose the newest versions that pyproject.toml allows, and pin them"
	@echo "make clean   remove .venv, .cache and site"

# The environment: made once, and again when the lock or pyproject.toml changes.
.venv/ready: $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": try make PYTHON=python3.11")'
	@echo "Making the environment .venv (this needs the network, once) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Built beside the old site and put in its place when all is well; two at once have a place each. (Not --quiet:
# that hides warnings even from --strict.) Nothing is built where the sources, what the environment asks for, and the
# files of the site are those of the last time.
SOURCES = find $(wildcard .venv/ready) Makefile mkdocs.yml CHANGELOG.md LICENSE docs gallery dezero_lite tests/benchmarks \
	\( -name __pycache__ -o -name '.*' \) -prune -o -type f -exec cksum {} + | LC_ALL=C sort
ASKED = env | grep -E '^(SITE_URL|EDIT_URI|REPOSITORY_URL|REVISION|ONLY)=' | LC_ALL=C sort
THERE = find site -type f | LC_ALL=C sort

docs: .venv/ready
	@mkdir -p .cache && new=$$(mktemp -d .cache/site.XXXXXX) && chmod 755 $$new && trap 'rm -rf $$new $$new.from' EXIT && \
	trap 'exit 1' HUP INT TERM && { $(ASKED); $(SOURCES); } > $$new.from && \
	if [ -d site/python ] && { cat $$new.from; $(THERE); } | cmp -s - .cache/from; then \
		echo "Nothing has changed since the last build: site/ is as it was."; \
	else \
		echo "Building the site ..." && rm -f .cache/from && $(BIN)/mkdocs build --strict --site-dir $$new && \
		rm -rf site && mv $$new site && { cat $$new.from; $(THERE); } > .cache/from; fi
	@echo "Open it with: $(PYTHON) -m http.server --directory site 8000, then http://127.0.0.1:8000"
	@test -d site/python || echo "Its pages have no Run: Python for them could not be fetched. With the network, make docs again."

slides: docs
	@echo "Slides: http://127.0.0.1:8001/slides/ (Ctrl-C ends)"
	@$(BIN)/python -m http.server --directory site --bind 127.0.0.1 8001 2>/dev/null

serve: .venv/ready
	@$(BIN)/mkdocs serve --no-strict --dirty

# An exercise that is not solved yet is no failure of make.
try: .venv/ready
	@PYTHONPATH=docs $(BIN)/python -m _site.exercises.practice $(STEP) $(if $(HINT),--hint '$(HINT)') $(if $(WATCH),--watch) $(if $(RESET),--reset) $(if $(SHOW),--show) $(if $(filter mine,$(FROM)),--mine) \
		|| [ $$? -eq 1 ]

test: .venv/ready
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

links: docs
	@$(BIN)/python tests/links.py

nightly: .cache/bench/ready
	@HYPOTHESIS_PROFILE=nightly .cache/bench/bin/python -m pytest -o faulthandler_timeout=0 tests/test_random_graphs.py tests/beside_pytorch.py

mutants: .venv/ready
	@$(BIN)/python tests/mutants.py

# The peers have an environment of their own: they are large. PyTorch is an oracle, too.
.cache/bench/ready: pyproject.toml
	@echo "Making the environment .cache/bench with PyTorch and the other peers ..."
	@$(PYTHON) -m venv --clear .cache/bench
	@.cache/bench/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]' pytest hypothesis
	@touch $@

bench: .cache/bench/ready
	@.cache/bench/bin/python tests/benchmarks/run.py

bench-site: .venv/ready
	@$(BIN)/python tests/benchmarks/site.py

bench-page: docs
	@$(BIN)/python tests/benchmarks/page.py

lock:
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --extra docs --extra test \
		--output-file $(LOCK) pyproject.toml

clean:
	rm -rf .venv .cache site build *.egg-info
