# Known answers: make vectors [VECTORS=DIR] runs every file below DIR that it has a reader for.
# Of codec it needs the JSON reader alone, which stands on base.
VECTORS ?= tests/data/vectors
VECTORS_OBJECTS := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/vectors/*.c))
$(VECTORS_OBJECTS): $(B)/obj/tests/vectors/%.o: tests/vectors/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/vectors: $(VECTORS_OBJECTS) $(call libs_of,codec log base)
	$(CC) $(CFLAGS) -o $@ $(VECTORS_OBJECTS) $(LDFLAGS) -Wl,--start-group $(call libs_of,codec log base) -Wl,--end-group $(LIBS)
vectors: $(B)/vectors
	@$(B)/vectors $(VECTORS)
