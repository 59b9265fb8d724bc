# The bench: stand-ins for the target and for kd, and the pty shim.
KDPROTO_OBJ := $(BUILD)/obj/tests/bench/kdproto.o $(BUILD)/obj/tests/bench/kdpayload.o \
               $(BUILD)/obj/tests/bench/symbols.o
TARGET_OBJ  := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/bench/target_*.c))
KD_OBJ      := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out %_win.c,$(wildcard tests/bench/kd_*.c)))
BENCH_BIN   += $(BUILD)/bench/target $(BUILD)/bench/kd $(BUILD)/bench/ptyshim.so $(BUILD)/bench/hostshim.so \
               $(BUILD)/bench/latency-kd $(BUILD)/bench/latency-bare

$(BUILD)/bench/target: $(TARGET_OBJ) $(KDPROTO_OBJ)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

$(BUILD)/bench/kd: $(KD_OBJ) $(KDPROTO_OBJ)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

$(BUILD)/bench/latency-%: $(BUILD)/obj/tests/bench/latency/%.o
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -luv

# Without sanitizers: it is preloaded into any program.
$(BUILD)/bench/%shim.so: tests/bench/%shim.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -I. -D_GNU_SOURCE $(filter-out $(SAN),$(CFLAGS)) -fPIC -shared -o $@ $< -ldl

$(BUILD)/tests/bench/test_kdproto: $(KDPROTO_OBJ)
$(BUILD)/tests/bench/test_ptyshim: | $(BUILD)/bench/ptyshim.so
$(BUILD)/tests/fuzz/fuzz_kdproto $(BUILD)/libfuzzer/fuzz_kdproto: $(KDPROTO_OBJ)

# What `report` is measured with.
BENCH_BIN += $(BUILD)/bench/report-log
$(BUILD)/bench/report-log: $(BUILD)/obj/tests/bench/report/log.o
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^
