# How fast the decoders are on one core, and the schemas of events, which are made of the decoder's tables.
#   make schema          writes schema/events/ anew
#   make schema-check    they are as the tables say, and agree with docs/events.md and the decoder
.PHONY: bench-json bench-event schema schema-check
codec_bench := json event_decode
codec_tools := event_schema event_check
$(patsubst %,$(B)/bench/%,$(codec_bench)): $(B)/bench/%: bench/%.c $(call libs_of,$(needs_codec))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_codec)) -Wl,--end-group
$(patsubst %,$(B)/tools/%,$(codec_tools)): $(B)/tools/%: tools/%.c $(call libs_of,$(needs_codec))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_codec)) -Wl,--end-group
bench-json: $(B)/bench/json
	@$<
bench-event: $(B)/bench/event_decode
	@$<
schema: $(B)/tools/event_schema
	@mkdir -p schema/events && $< schema/events
schema-check: $(B)/tools/event_schema $(B)/tools/event_check
	@rm -rf $(B)/schema && mkdir -p $(B)/schema && $(B)/tools/event_schema $(B)/schema
	@diff -r $(B)/schema schema/events || { echo 'schema/events is not as the decoder says: make schema'; exit 1; }
	@python3 tests/schema/check_events.py $(B)/tools/event_check
