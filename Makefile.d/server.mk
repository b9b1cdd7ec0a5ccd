# The pages of web/dist and the API's description, embedded into src/server/static.c.
EMBEDDED := $(sort $(shell find web/dist -type f 2>/dev/null)) schema/openapi.json

$(B)/tools/embed: tools/embed.c
	@mkdir -p $(@D)
	$(CC) -std=c17 -O1 $(WARN) -D_GNU_SOURCE -o $@ $<

$(B)/generated/static_files.inc: $(B)/tools/embed $(EMBEDDED)
	@mkdir -p $(@D)
	$< $@ web/dist schema/openapi.json

$(B)/obj/server/static.o: $(B)/generated/static_files.inc
