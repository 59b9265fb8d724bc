# The bench: stand-ins for the target and for kd, and the pty shim.
KDPROTO_OBJ := $(BUILD)/obj/tests/bench/kdproto.o $(BUILD)/obj/tests/bench/kdpayload.o

$(BUILD)/tests/bench/test_kdproto: $(KDPROTO_OBJ)
