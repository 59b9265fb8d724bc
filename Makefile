# livedebug: `make help` lists the targets.
CC       ?= gcc
BUILD    ?= build
V        ?= 0
Q         = $(if $(filter 1,$(V)),,@)
PKGS      = libuv libserialport INIReader jansson
WARN      = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wswitch-enum -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Werror
OPT      ?= -O2 -g
CPPFLAGS += -I. -Idaemon -D_GNU_SOURCE -MMD -MP
CFLAGS   += -std=c11 $(OPT) $(WARN) $(SAN)
LDFLAGS  += $(SAN)
LDLIBS    = -luv -lserialport -linih -ljansson -lm -lpthread

LIB_SRC  := $(filter-out daemon/main.c,$(wildcard daemon/*.c daemon/*/*.c config/*.c))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
TEST_SRC := $(wildcard tests/core/test_*.c tests/config/test_*.c tests/io/test_*.c \
              tests/report/test_*.c tests/os/test_*.c tests/bench/test_*.c)
TEST_BIN := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)

all: $(BUILD)/livedebug

$(BUILD)/livedebug: $(BUILD)/obj/daemon/main.o $(BUILD)/liblivedebug.a
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/liblivedebug.a: $(LIB_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/obj/%.o: %.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(BUILD)/liblivedebug.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

include tests/bench/bench.mk

unit: $(TEST_BIN)
	$(Q)set -e; for t in $(TEST_BIN); do $$t; done

.SECONDARY:
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

.PHONY: all unit
