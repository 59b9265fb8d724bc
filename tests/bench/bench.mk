# The bench: stand-ins for the target and for kd, and the pty shim.
KDPROTO_OBJ := $(BUILD)/obj/tests/bench/kdproto.o $(BUILD)/obj/tests/bench/kdpayload.o

$(BUILD)/tests/bench/test_kdproto: $(KDPROTO_OBJ)

KD_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/bench/kd_*.c)) \
          $(BUILD)/obj/tests/bench/symbols.o $(KDPROTO_OBJ)

$(BUILD)/bench/kd: $(KD_OBJ)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

bench: $(BUILD)/bench/kd
.PHONY: bench
