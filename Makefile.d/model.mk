# A second, naive book (tests/model, plain Python) fed the same random events as the real one:
#     make model [MODEL_COUNT=2000] [MODEL_SEED=1]
MODEL_COUNT ?= 2000
MODEL_SEED  ?= 1
$(B)/test/model/model_book: tests/model/model_book.c $(call libs_of,codec log book rules quantity base)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,codec log book rules quantity base) -Wl,--end-group $(LIBS)
.PHONY: model
model: $(B)/test/model/model_book
	python3 tests/model/run.py --program $< --seed $(MODEL_SEED) --count $(MODEL_COUNT) --jobs $(shell nproc)
