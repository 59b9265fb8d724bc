# livedebug: `make help` lists the targets.
#
# The public targets first let scripts/setup install what is missing (SETUP=no: do not), then call
# make again for the work itself, so that nothing that setup brings is needed to read this file.

ifeq ($(origin CC),default)
CC = gcc
endif
BUILD    ?= build
V        ?= 0
SETUP    ?= yes
JOBS     ?= $(shell nproc)
SECONDS  ?= 10
T        ?= 600
SEEDS    ?= 1000
FIRST    ?= 1
PREFIX   ?= /usr/local
PYTHON   ?= /usr/bin/python3
Q         = $(if $(filter 1,$(V)),,@)

WARN      = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wswitch-enum -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Werror
OPT      ?= -O2 -g
INCLUDES  = -I. -Idaemon -D_GNU_SOURCE
CPPFLAGS += $(INCLUDES) -MMD -MP
CFLAGS   += -std=c11 $(OPT) $(WARN) $(SAN)
LDFLAGS  += $(SAN)
LDLIBS    = -luv -lserialport -linih -ljansson -lm -lpthread
HEADERS   = uv.h libserialport.h ini.h jansson.h

# Each module is found by its place. *_win.c is for the Windows build only.
FOUND    := $(filter-out %_win.c,$(sort $(wildcard daemon/*.c daemon/*/*.c config/*.c)))
LIB_SRC  := $(filter-out daemon/main.c,$(FOUND))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/html_page.o
D3       ?= /usr/share/javascript/d3
TEST_SRC := $(sort $(wildcard tests/*/test_*.c tests/*/*/test_*.c))
TEST_BIN := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)
GOLD_SRC := $(sort $(wildcard tests/golden/golden_*.c))
GOLD_BIN := $(GOLD_SRC:tests/%.c=$(BUILD)/tests/%)
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_REPLAY := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/tests/fuzz/%)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/libfuzzer/%)
ALL_SRC  := $(sort $(shell find daemon config tests -name '*.c' ! -name '*_win.c' 2>/dev/null))
ALL_OBJ   = $(ALL_SRC:%.c=$(BUILD)/obj/%.o)
# The stand-ins: tests/bench/bench.mk adds its programs here.
BENCH_BIN =

SETUP_FOR = @$(if $(filter yes,$(SETUP)),scripts/setup,:)
AGAIN     = $(Q)+$(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
RUN_TESTS = $(Q)+BUILD=$(BUILD) $(PYTHON) scripts/run-tests --jobs $(JOBS)

all: $(BUILD)/livedebug ## build/livedebug, the program

# --- for users --------------------------------------------------------------------------------

demo: ## the main job from end to end against the stand-ins
	$(SETUP_FOR) test
	$(AGAIN) demo-now

man: $(BUILD)/livedebug ## build/man/livedebug.1 and livedebug.ini.5
	$(Q)scripts/manpage $(BUILD)/livedebug $(BUILD)/man

picture: ## the demo, then the picture of its report that README.md shows
	$(SETUP_FOR) test
	$(AGAIN) demo-now
	$(Q)scripts/picture $(BUILD)/demo/report.html daemon/report/picture.png

install: man ## program, man pages, completion, sample, README into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(addprefix $(DESTDIR)$(PREFIX)/share/,doc/livedebug man/man1 man/man5 \
		bash-completion/completions)
	install -m 644 $(BUILD)/man/livedebug.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 $(BUILD)/man/livedebug.ini.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -m 644 scripts/completion/livedebug.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/livedebug
	install -m 755 $(BUILD)/livedebug $(DESTDIR)$(PREFIX)/bin/
	install -m 644 README.md LICENSE debug.ini.sample $(DESTDIR)$(PREFIX)/share/doc/livedebug/

package: ## a .deb for Linux and a zip for Windows, into build/package
	$(SETUP_FOR) windows
	$(AGAIN) package-now

# --- for developers ---------------------------------------------------------------------------

quick: ## unit tests, golden files, fuzz corpora: 20 seconds
	$(SETUP_FOR) test
	$(AGAIN) quick-now

test: ## everything CI runs as a test
	$(SETUP_FOR) test
	$(AGAIN) test-now

test-windows: ## the scenes with livedebug.exe and the stand-in kd.exe, under Wine
	$(SETUP_FOR) windows
	$(AGAIN) test-windows-now

check: ## layers, map, docs, format, gcc and clang without a warning, clang-tidy, cppcheck
	$(SETUP_FOR) check
	$(AGAIN) -k --output-sync=target check-now

asan: ## the same tests with AddressSanitizer, LeakSanitizer and UBSan
	$(SETUP_FOR) test
	$(AGAIN) BUILD=$(BUILD)/asan SAN='-fsanitize=address,undefined -fno-omit-frame-pointer' \
		OPT='-O1 -g' test-now

coverage: ## branch and line coverage; fails below 90 % of core's branches
	$(SETUP_FOR) test
	$(AGAIN) BUILD=$(BUILD)/coverage SAN=--coverage OPT='-O0 -g' coverage-now

fuzz: ## each libFuzzer target for SECONDS=10
	$(SETUP_FOR) check
	$(AGAIN) fuzz-now FUZZ_LIMIT=-max_total_time=$(SECONDS)

bench: ## measure latencies and throughput
	$(SETUP_FOR) bench
	$(AGAIN) bench-now

bench-report: ## report on 1 GiB beside wc -l and Perl
	$(SETUP_FOR) bench
	$(AGAIN) bench-report-now

sim: ## SEEDS=1000 lives of a session from seed FIRST=1, against a model of all around it
	$(SETUP_FOR) build
	$(AGAIN) sim-now

long: ## each fuzzer for a million runs, the long tests, chaos, deaths
	$(SETUP_FOR) check
	$(AGAIN) fuzz-now FUZZ_LIMIT=-runs=1000000
	$(AGAIN) long-now
	$(AGAIN) chaos-now
	$(AGAIN) deaths-now

chaos: ## T=600 seconds of bench time with a fault each, drawn from SEED
	$(SETUP_FOR) test
	$(AGAIN) chaos-now

deaths: ## 200 sudden deaths of the daemon
	$(SETUP_FOR) test
	$(AGAIN) deaths-now

golden: $(GOLD_BIN) ## write the golden files anew; the diff is the review
	$(Q)set -e; for g in $(GOLD_BIN); do n=$${g##*/golden_}; $$g > tests/golden/$$n.txt; done

sample: $(BUILD)/livedebug ## write debug.ini.sample anew from the table of keys
	$(Q)$(BUILD)/livedebug check --sample > $(BUILD)/sample && mv $(BUILD)/sample debug.ini.sample

format: ## let clang-format rewrite the sources
	$(Q)clang-format -i $(C_FILES)

clean: ## remove build/
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1: \2/p' Makefile | \
		while IFS=: read -r t text; do printf '  make %-13s%s\n' "$$t" "$$text"; done
	@echo
	@echo '  variables: BUILD=build CC=gcc V=1 SETUP=no JOBS=n SEED=n STRICT=1 ONLY=text'

# --- rules ------------------------------------------------------------------------------------

$(BUILD)/livedebug: $(BUILD)/obj/daemon/main.o $(BUILD)/liblivedebug.a
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)

$(BUILD)/liblivedebug.a: $(LIB_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/html_page.c: scripts/embed-page $(wildcard daemon/report/html/*)
	$(Q)mkdir -p $(@D)
	$(Q)scripts/embed-page $(D3) >$@.new && mv $@.new $@
$(BUILD)/obj/html_page.o: $(BUILD)/html_page.c $(BUILD)/flags
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# A test may need objects of the bench too: bench.mk names them as further prerequisites.
$(TEST_BIN) $(GOLD_BIN): $(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/liblivedebug.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS) -lcmocka

$(FUZZ_REPLAY): $(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o \
		$(BUILD)/obj/tests/fuzz/replay.o $(BUILD)/liblivedebug.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)

$(FUZZ_BIN): $(BUILD)/libfuzzer/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/liblivedebug.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)

# Changes only when the compiler or its flags change: then everything is built anew. The first
# time it also looks whether the compiler and the libraries' headers are there.
FLAGS = $(CC) $(INCLUDES) $(CFLAGS) $(LDFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D); echo '$(FLAGS)' | cmp -s - $@ || { \
		command -v $(CC) >/dev/null || lack=$(CC); \
		[ -n "$$lack" ] || for h in $(HEADERS); do \
			echo "#include <$$h>" | $(CC) -E -x c - >/dev/null 2>&1 || lack="$$lack $$h"; \
		done; \
		[ -z "$$lack" ] || { echo "livedebug: missing:$$lack" >&2; \
			echo "livedebug: on Debian, scripts/setup build installs it" >&2; exit 1; }; \
		echo '$(FLAGS)' > $@; }

-include tests/bench/bench.mk
include tests/sim/sim.mk
include scripts/windows.mk

everything: $(BUILD)/livedebug $(TEST_BIN) $(GOLD_BIN) $(FUZZ_REPLAY) $(BENCH_BIN) $(SIM_BIN)
objects: $(ALL_OBJ)

package-now: $(BUILD)/livedebug windows-now
	$(Q)BUILD=$(BUILD) scripts/package $(BUILD)/package

demo-now: $(BUILD)/livedebug $(BENCH_BIN)
	$(Q)BUILD=$(BUILD) scripts/demo
quick-now: $(BUILD)/livedebug $(TEST_BIN) $(GOLD_BIN) $(FUZZ_REPLAY) $(BENCH_BIN)
	$(RUN_TESTS) unit golden replay
test-now: everything
	$(RUN_TESTS) unit golden replay py
test-windows-now: windows-ready $(BUILD)/bench/target
	$(RUN_TESTS) windows
long-now: everything
	$(RUN_TESTS) --long py
chaos-now: everything
	$(Q)BUILD=$(BUILD) CHAOS_SECONDS=$(T) $(PYTHON) -m pytest -q -s -k in_the_end tests/e2e/test_chaos.py
deaths-now: everything
	$(Q)BUILD=$(BUILD) KILLS=200 $(PYTHON) -m pytest -q -s tests/e2e/test_kill9.py
sim-now: $(SIM_BIN)
	$(Q)$(SIM_BIN) --seeds $(SEEDS) --first $(FIRST)
bench-now: everything
	$(RUN_TESTS) --bench py
bench-report-now: $(BUILD)/livedebug $(BENCH_BIN)
	$(Q)BUILD=$(BUILD) MEASURE=1 MEGABYTES=1024 $(PYTHON) -m pytest -q -s tests/bench/report
fuzz-now:
	$(AGAIN) BUILD=$(BUILD)/fuzz CC=clang OPT='-O1 -g' \
		SAN='-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all' fuzz-run
fuzz-run: $(FUZZ_BIN)
	$(Q)FUZZ_JOBS=$(JOBS) scripts/run-fuzz $(BUILD) $(FUZZ_LIMIT)
coverage-now: everything
	$(Q)find $(BUILD) -name '*.gcda' -delete
	$(RUN_TESTS) unit golden replay py
	$(Q)$(PYTHON) scripts/coverage $(BUILD)

# --- checks -----------------------------------------------------------------------------------

C_FILES   = $(shell find daemon config tests -name '*.[ch]' 2>/dev/null)
CHECKS    = check-layers check-map check-shared check-docs check-format check-scripts \
            check-gcc check-clang check-cppcheck
# The two about addresses misread calls through a cast function pointer; the compilers know better.
CPPCHECK_NOISE = --suppress=missingIncludeSystem --suppress=CastAddressToIntegerAtReturn \
            --suppress=AssignmentAddressToInteger

check-now: $(CHECKS)
	@echo 'check: all passed'

check-layers check-map check-shared check-docs:
	@echo $@; $(PYTHON) scripts/$@
check-format:
	@echo $@; clang-format --dry-run -Werror $(C_FILES)
check-scripts:
	@echo $@; for f in .ci/run $$(grep -lE '^#!/bin/(ba)?sh' -r scripts tests); do \
		bash -n $$f || exit 1; done
	@$(PYTHON) -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]' \
		$$(grep -lE '^#!/usr/bin/(env )?python3' -r scripts) $$(find tests -name '*.py')
check-gcc:
	@echo $@
	$(AGAIN) CC=gcc everything objects
check-clang:
	@echo $@ with clang-tidy
	$(AGAIN) BUILD=$(BUILD)/clang CC=clang OPT=-O0 objects tidy
check-cppcheck:
	@echo $@; mkdir -p $(BUILD)/cppcheck; cppcheck --quiet --std=c11 -j$(JOBS) \
		--cppcheck-build-dir=$(BUILD)/cppcheck --enable=warning,performance,portability \
		--inline-suppr --error-exitcode=1 $(CPPCHECK_NOISE) $(INCLUDES) $(ALL_SRC)

tidy: $(ALL_SRC:%.c=$(BUILD)/tidy/%.ok)
$(BUILD)/tidy/%.ok: %.c $(BUILD)/obj/%.o .clang-tidy tests/.clang-tidy
	$(Q)mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- $(INCLUDES) -std=c11 2>$@.err || { cat $@.err; exit 1; }
	$(Q)mv $@.err $@

FORCE:
.SECONDARY:
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

.PHONY: all demo picture install quick test test-windows test-windows-now check asan coverage fuzz bench bench-report sim long golden sample format clean help \
	everything objects tidy chaos deaths chaos-now deaths-now sim-now demo-now quick-now test-now long-now bench-now bench-report-now fuzz-now fuzz-run \
	coverage-now check-now $(CHECKS) FORCE
