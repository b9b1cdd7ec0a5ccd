# Benchmarks print ratios first and are never tests. bench/book needs a simulated industry.
$(B)/bench/book: bench/book.c $(call libs_of,$(needs_codec))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_codec)) -Wl,--end-group

$(B)/bench/append: bench/append.c $(call libs_of,$(needs_store))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_store)) -Wl,--end-group $(LIBS)
