# Ytterby's build, in one sitting.
#
#   make              the program, build/release/ytterby
#   make demo         install, build, simulate, record, serve        make test    install, build, run every test
#   make bench        paired timings against peers                   make vectors VECTORS=DIR    known answers
#   make validate     the balance cases                              make fuzz    fuzz every door for a while
#   make asan tsan    the unit tests under sanitizers                make format  lay the source out
#   make install      program, manual, completion: Makefile.d/install.mk
#
# Each flavour builds below build/FLAVOUR: one archive a folder of src/, so that what a test links
# shows which layers it needs. B=DIR puts everything elsewhere.

FLAVOUR  ?= release
B        ?= build/$(FLAVOUR)
ifeq ($(origin CC),default)
CC       := gcc
endif

FOLDERS  := base quantity numeric reconcile detect rules book log store codec keeper balance origin process finding \
            access passport simulate plot examine trial server cli

WARN     := -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wvla -Wstrict-prototypes -Werror
# llhttp must be strict: its header says 0, and then a bare CR hides a header (CVE-2023-30589).
DEFINES  := -D_GNU_SOURCE -DLLHTTP_STRICT_MODE=1 -DMATHLIB_STANDALONE
INCLUDES := -Isrc -I$(B)/generated -isystem /usr/share/include/llhttp -isystem /usr/include/suitesparse
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
LINKHARD := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed

flags_release  := -O2 -g -D_FORTIFY_SOURCE=3 $(HARDEN)
link_release   := $(LINKHARD)
flags_asan     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
link_asan      := -fsanitize=address,undefined
flags_tsan     := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
link_tsan      := -fsanitize=thread
flags_coverage := -O0 -g --coverage
link_coverage  := --coverage
flags_clang    := -O1 -g
link_clang     :=
flags_fuzz     := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
link_fuzz      := -fsanitize=address,undefined
ifeq ($(FLAVOUR),clang)
CC := clang
endif
ifeq ($(FLAVOUR),fuzz)
CC := clang
endif

CFLAGS   := -std=c17 $(flags_$(FLAVOUR)) $(WARN) $(DEFINES) $(INCLUDES) $(EXTRA_CFLAGS)
LDFLAGS  := $(link_$(FLAVOUR))

# What each folder stands on, itself included, most dependent first: the link order of its tests.
# The table of direct includes is tools/include_check.py; this one is its closure.
core      := quantity base
needs_base      := base
needs_quantity  := quantity base
needs_numeric   := numeric base
needs_reconcile := reconcile numeric base
needs_detect    := detect numeric base
needs_rules     := rules $(core)
needs_book      := book rules $(core)
needs_log       := log base
needs_store     := store base
needs_codec     := codec book rules $(core)
needs_keeper    := keeper codec store log book rules $(core)
needs_balance   := balance keeper codec store log book rules reconcile numeric $(core)
needs_origin    := origin keeper codec store log book rules numeric $(core)
needs_process   := process keeper codec store log book rules numeric $(core)
needs_finding   := finding detect balance origin process keeper codec store log book rules numeric $(core)
needs_access    := access finding detect balance origin process keeper codec store log book rules reconcile numeric $(core)
needs_passport  := passport $(needs_access)
needs_simulate  := simulate codec book rules numeric $(core)
needs_plot      := plot base
needs_examine   := examine plot detect codec book rules numeric $(core)
needs_trial     := trial examine plot finding detect balance origin process simulate keeper codec store log book rules reconcile numeric $(core)
needs_server    := server passport $(needs_access)
needs_cli       := cli server passport access trial simulate examine plot finding detect balance origin process keeper codec store log book rules reconcile numeric $(core)

# What a folder's tests need beyond what the folder stands on: events to try the book with.
test_also_book := simulate codec numeric log

LIBS := -lsodium -lcrypto -lssl -lsqlite3 -luv -lRmath -lzip -lexpat -lm -lpthread -ldl

.DEFAULT_GOAL := all
.PHONY: all test bench demo vectors validate fuzz asan tsan format clean install-build
all: $(B)/ytterby

objects_of = $(patsubst src/%.c,$(B)/obj/%.o,$(wildcard src/$(1)/*.c))
libs_of    = $(foreach f,$(1),$(if $(wildcard src/$(f)/*.c),$(B)/lib/$(f).a))

define folder_rules
$(B)/lib/$(1).a: $(filter-out $(B)/obj/cli/main.o,$(call objects_of,$(1)))
	@mkdir -p $$(@D) && rm -f $$@ && ar rcs $$@ $$^
$(B)/test/$(1)/%: tests/unit/$(1)/%.c $(call libs_of,$(needs_$(1)) $(test_also_$(1)))
	@mkdir -p $$(@D)
	$(CC) $(CFLAGS) -MMD -MP -MF $$@.d -o $$@ $$< $$(extra_objects_$(1)) $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_$(1)) $(test_also_$(1))) -Wl,--end-group -lcmocka $(LIBS)
endef
$(foreach f,$(FOLDERS),$(eval $(call folder_rules,$(f))))

$(B)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# llhttp comes as C source in Debian's node-llhttp; only its own warnings are off.
LLHTTP := $(patsubst %,$(B)/obj/llhttp/%.o,api http llhttp)
$(B)/obj/llhttp/%.o: /usr/share/llhttp/%.c
	@mkdir -p $(@D)
	$(CC) -std=c17 $(flags_$(FLAVOUR)) -w $(DEFINES) $(INCLUDES) -c -o $@ $<
extra_objects_server := $(LLHTTP)
$(patsubst tests/unit/server/%.c,$(B)/test/server/%,$(wildcard tests/unit/server/*.c)): $(LLHTTP)

$(B)/ytterby: $(B)/obj/cli/main.o $(call libs_of,$(needs_cli)) $(LLHTTP)
	$(CC) $(CFLAGS) -o $@ $(B)/obj/cli/main.o $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_cli)) -Wl,--end-group $(LLHTTP) $(LIBS)

UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/test/%,$(wildcard tests/unit/*/test_*.c))
# One folder's tests alone: make unit-log
unit-%:
	@$(MAKE) --no-print-directory run-unit TESTS="$(patsubst tests/unit/%.c,$(B)/test/%,$(wildcard tests/unit/$*/test_*.c))"
.PHONY: unit run-unit
unit:
	@$(MAKE) --no-print-directory run-unit TESTS="$(UNIT_TESTS)"
run-unit: $(TESTS)
	@set -e; for t in $(TESTS); do echo "== $$t"; $$t; done
lib-%: $(B)/lib/%.a
	@true

-include $(wildcard Makefile.d/*.mk)

clean:
	rm -rf build
-include $(shell find $(B) -name '*.d' 2>/dev/null)
