# Lists, filters, pages, totals and traces against a naive scan of the book (R9), on a simulated industry:
#     make reads [READS_COUNT=2000] [READS_SEED=1]      100,000 for the long form
READS_COUNT ?= 2000
READS_SEED  ?= 1
READS_OBJECTS := $(patsubst %,$(B)/obj/tests/reads/%.o,against_scan scan)
$(B)/test/reads/against_scan: $(READS_OBJECTS) $(call libs_of,$(needs_access))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $(READS_OBJECTS) $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_access)) -Wl,--end-group $(LIBS)
.PHONY: reads
reads: $(B)/test/reads/against_scan $(B)/ytterby
	@rm -rf $(B)/reads && mkdir -p $(B)/reads
	@$(B)/ytterby simulate --seed $(READS_SEED) --scale 0.1 --months 4 --out $(B)/reads
	@$< $(B)/reads $(READS_COUNT) $(READS_SEED)
