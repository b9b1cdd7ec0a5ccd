# The keeper in a simulated world (RELIABILITY R8): clients, clock, disk, crashes and retries by a seed,
# held against the naive book of tests/model.
#     make simulation [SIMULATION_SEED=1] [SIMULATION_COUNT=500]
SIMULATION_SEED  ?= 1
SIMULATION_COUNT ?= 500
SIMULATION := $(patsubst tests/reliability/%.c,$(B)/obj/tests/reliability/%.o,\
    $(addprefix tests/reliability/,simulation.c world.c clients.c examine.c invariants.c))
$(B)/test/reliability/simulation: $(SIMULATION) $(B)/obj/tests/faults/vfs.o $(call libs_of,$(needs_keeper))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $(SIMULATION) $(B)/obj/tests/faults/vfs.o $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_keeper)) -Wl,--end-group $(LIBS)
.PHONY: simulation
simulation: $(B)/test/reliability/simulation $(B)/test/model/model_book
	@/usr/bin/python3 tests/reliability/simulate.py --build $(B) --seed $(SIMULATION_SEED) --count $(SIMULATION_COUNT) --jobs 2
