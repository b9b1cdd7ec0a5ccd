# The failing disk (tests/faults) and the stores' shared conformance suite, for the tests that use them.
FAULTS := $(B)/obj/tests/faults/vfs.o
CONFORMANCE := $(B)/obj/tests/unit/store/conformance.o
$(B)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
extra_objects_store  := $(FAULTS) $(CONFORMANCE)
extra_objects_keeper := $(FAULTS)
$(patsubst tests/unit/store/%.c,$(B)/test/store/%,$(wildcard tests/unit/store/test_*.c)): $(FAULTS) $(CONFORMANCE)
$(patsubst tests/unit/keeper/%.c,$(B)/test/keeper/%,$(wildcard tests/unit/keeper/test_*.c)): $(FAULTS)
