# The failing disk (tests/faults), the stores' shared conformance suite and the keeper's test places, for the
# tests that use them.
FAULTS := $(B)/obj/tests/faults/vfs.o
CONFORMANCE := $(B)/obj/tests/unit/store/conformance.o
$(B)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
extra_objects_store  := $(FAULTS) $(CONFORMANCE)
PLACE := $(B)/obj/tests/unit/keeper/place.o
extra_objects_keeper := $(FAULTS) $(PLACE)
$(patsubst tests/unit/store/%.c,$(B)/test/store/%,$(wildcard tests/unit/store/test_*.c)): $(FAULTS) $(CONFORMANCE)
$(patsubst tests/unit/keeper/%.c,$(B)/test/keeper/%,$(wildcard tests/unit/keeper/test_*.c)): $(FAULTS) $(PLACE)
