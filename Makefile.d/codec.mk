# How fast the decoders are on one core.
.PHONY: bench-json
$(B)/bench/json: bench/json.c $(call libs_of,codec $(core))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,codec $(core)) -Wl,--end-group
bench-json: $(B)/bench/json
	@$<
