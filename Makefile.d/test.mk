# Tests, demo, coverage, format: what the two commands of README.md do.
#   make test                      installs, builds, runs every suite      tests/run.py unit cli    some of them
#   make demo                      DEMO_ONCE=1 stops instead of serving
#   make coverage                  lines reached by the unit tests, a folder a line
.PHONY: install-test unit-build fuzz-build include-check verdicts coverage
install-build:
	@tools/install.sh build && mkdir -p build && touch build/installed
install-test:
	@tools/install.sh build test web && mkdir -p build && touch build/installed

test: install-test
	@/usr/bin/python3 tests/run.py
demo: install-build
	@tools/demo.sh

unit-build: $(UNIT_TESTS)
fuzz-build: $(patsubst %,$(B)/fuzz/%,$(patsubst fuzz/fuzz_%.c,%,$(wildcard fuzz/fuzz_*.c)))
include-check:
	@/usr/bin/python3 tools/include_check.py
# docs/verdicts.md is made of the codes and of tests/verdicts.
verdicts: $(B)/test/model/model_book
	@/usr/bin/python3 tools/verdicts.py --write --program $<
validate: $(B)/ytterby
	@$< validate tests/data/balance_cases
# docs/validation.md: every case, where its figures are from, and ours.
.PHONY: validation
validation: $(B)/ytterby
	@{ sed '/^| case /,$$d' docs/validation.md; $< validate --table tests/data/balance_cases; } >$(B)/validation.md
	@mv $(B)/validation.md docs/validation.md

# The core without a compiler's help, for long: Debian's valgrind.
VALGRIND_TESTS := $(foreach f,base quantity numeric log codec book,$(patsubst tests/unit/%.c,$(B)/test/%,$(wildcard tests/unit/$(f)/test_*.c)))
.PHONY: valgrind
valgrind: $(VALGRIND_TESTS)
	@set -e; for t in $(VALGRIND_TESTS); do echo "== $$t"; valgrind -q --error-exitcode=9 --leak-check=full $$t >$(B)/valgrind.log 2>&1 || { cat $(B)/valgrind.log; exit 1; }; done
asan tsan:
	@$(MAKE) --no-print-directory FLAVOUR=$@ unit
coverage:
	@$(MAKE) --no-print-directory FLAVOUR=coverage unit >/dev/null
	@gcovr --root . --object-directory build/coverage --filter src/ --exclude-unreachable-branches --print-summary \
	  --html-details build/coverage/index.html
format:
	@tools/install.sh format
	@clang-format-14 -i $$(find src tests fuzz bench tools -name '*.[ch]')
