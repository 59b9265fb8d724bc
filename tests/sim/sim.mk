# The simulator: one program of all its sources, with the core.
SIM_BIN = $(BUILD)/tests/sim/sim
SIM_OBJ = $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard tests/sim/*.c)))

$(SIM_BIN): $(SIM_OBJ) $(BUILD)/liblivedebug.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)
