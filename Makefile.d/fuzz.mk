# Every fuzz/fuzz_NAME.c becomes $(B)/fuzz/NAME: with FLAVOUR=fuzz a libFuzzer program, else one that
# replays files. Its corpus is fuzz/corpus/NAME. What it links beyond codec: fuzz_needs_NAME.
#   make fuzz-replay                       every corpus once
#   make fuzz FUZZ_SECONDS=60              every target for a while (clang)
FUZZ_SECONDS ?= 30
FUZZ_NAMES   := $(patsubst fuzz/fuzz_%.c,%,$(wildcard fuzz/fuzz_*.c))
fuzz_needs_request := server base
fuzz_needs_note := log base
fuzz_needs_checkpoint := log base
fuzz_needs_proof := log base
fuzz_needs_opening := $(needs_keeper)
fuzz_needs_decision := $(needs_keeper)
fuzz_needs_snapshot := $(needs_keeper)
fuzz_needs_filter := $(needs_access)
fuzz_needs_returns := $(needs_examine)
fuzz_objects_request = $(LLHTTP)
fuzz_main    := $(if $(filter fuzz,$(FLAVOUR)),-fsanitize=fuzzer,fuzz/replay.c)

define fuzz_rules
$(B)/fuzz/$(1): fuzz/fuzz_$(1).c fuzz/replay.c $$(call libs_of,$(if $(fuzz_needs_$(1)),$(fuzz_needs_$(1)),$(needs_codec))) $$(fuzz_objects_$(1))
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) -o $$@ $$< $$(fuzz_main) $$(LDFLAGS) -Wl,--start-group $$(call libs_of,$(if $(fuzz_needs_$(1)),$(fuzz_needs_$(1)),$(needs_codec))) -Wl,--end-group $$(fuzz_objects_$(1)) $$(LIBS)
endef
$(foreach n,$(FUZZ_NAMES),$(eval $(call fuzz_rules,$(n))))

.PHONY: fuzz-replay fuzz-run
fuzz-replay: $(patsubst %,$(B)/fuzz/%,$(FUZZ_NAMES))
	@set -e; for n in $(FUZZ_NAMES); do $(B)/fuzz/$$n fuzz/corpus/$$n; done
fuzz:
	@$(MAKE) --no-print-directory FLAVOUR=fuzz fuzz-run
# New inputs go to a folder of the build; a crash is written there, to become a named file in the tree.
fuzz-run: $(patsubst %,$(B)/fuzz/%,$(FUZZ_NAMES))
	@set -e; for n in $(FUZZ_NAMES); do mkdir -p $(B)/fuzz/found-$$n; \
	  $(B)/fuzz/$$n -max_total_time=$(FUZZ_SECONDS) -max_len=20000 -timeout=10 -verbosity=0 -print_final_stats=1 \
	  -artifact_prefix=$(B)/fuzz/crash-$$n- $(B)/fuzz/found-$$n fuzz/corpus/$$n; done
