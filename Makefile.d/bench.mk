# Benchmarks print ratios first and are never tests. bench/book, append and sql_peer by hand: see their heads.
$(B)/bench/book: bench/book.c $(call libs_of,log $(needs_codec))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,log $(needs_codec)) -Wl,--end-group $(LIBS)

$(B)/bench/append: bench/append.c $(call libs_of,$(needs_store))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_store)) -Wl,--end-group $(LIBS)
SQL_PEER := $(wildcard bench/sql_*.c)
$(B)/bench/sql_peer: $(SQL_PEER) bench/sql_ledger.h bench/sql_queries.def $(call libs_of,log $(needs_codec))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $(SQL_PEER) $(LDFLAGS) -Wl,--start-group $(call libs_of,log $(needs_codec)) -Wl,--end-group $(LIBS)

$(B)/bench/reads: bench/reads.c $(call libs_of,$(needs_access))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_access)) -Wl,--end-group $(LIBS)

# From an entry to the finding, on the disk: make bench-findings [FINDINGS_SCALE=1]
$(B)/bench/findings: bench/findings.c $(call libs_of,$(needs_access))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_access)) -Wl,--end-group $(LIBS)
FINDINGS_SCALE ?= 1
.PHONY: bench-findings
bench-findings: $(B)/ytterby $(B)/bench/findings
	@set -e; d=$$(mktemp -d); trap 'rm -rf "$$d"' EXIT; \
	  $(B)/ytterby simulate --seed 7 --scale $(FINDINGS_SCALE) --months 12 --out $$d/year; \
	  $(B)/ytterby init --db $$d/b.ytb --genesis $$d/year/genesis.json >/dev/null; \
	  skip=$$(($$(wc -l <$$d/year/events.ndjson) - 300)); \
	  head -$$skip $$d/year/events.ndjson | $(B)/ytterby record --db $$d/b.ytb --quiet - >/dev/null; \
	  $(B)/bench/findings $$d/b.ytb $$d/year/events.ndjson $$skip 200

$(B)/bench/verify_peer: bench/verify_peer.c $(call libs_of,$(needs_log))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_log)) -Wl,--end-group $(LIBS)

# N1, N2 and N4, SciPy beside in the same run: make bench-reconcile [RECONCILE_STREAMS=1000000]
$(B)/bench/reconcile: bench/reconcile.c $(call libs_of,$(needs_reconcile))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_reconcile)) -Wl,--end-group $(LIBS)
RECONCILE_STREAMS ?= 1000000
.PHONY: bench-reconcile
bench-reconcile: $(B)/bench/reconcile
	@$< $(RECONCILE_STREAMS)
	@/usr/bin/python3 bench/peers/reconcile_peer.py $<

# N5, IPOPT beside in the same run where it is installed: make bench-bilinear
$(B)/bench/bilinear: bench/bilinear.c $(call libs_of,$(needs_reconcile))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_reconcile)) -Wl,--end-group $(LIBS)
$(B)/bench/bilinear_ipopt: bench/peers/bilinear_ipopt.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -O2 -o $@ $< -lipopt -lm
.PHONY: bench-bilinear
bench-bilinear: $(B)/bench/bilinear
	@$<
	@if [ -f /usr/include/coin/IpStdCInterface.h ]; then \
	  $(MAKE) --no-print-directory -s B=$(B) $(B)/bench/bilinear_ipopt && python3 bench/peers/bilinear.py $(B)/bench; \
	else echo "IPOPT is not installed (coinor-libipopt-dev): no peer"; fi

# How cost grows: exponents from 10^4 events on; `make bench` ends with it. make bench-growth [BENCH_MOST=1000000]
BENCH_MOST ?= 1000000
.PHONY: bench-growth
bench-growth: $(B)/ytterby $(B)/bench/book $(B)/bench/reads
	@python3 bench/growth.py $(B) $(BENCH_MOST)

# All of it in one run, ratios first: make bench [BENCH_SCALE=1] [BENCH_ROUNDS=3]
BENCH_SCALE  ?= 1
BENCH_ROUNDS ?= 3
bench: $(B)/ytterby $(B)/bench/book $(B)/bench/append $(B)/bench/sql_peer $(B)/bench/reads $(B)/bench/verify_peer
	@bench/run.sh $(B) $(BENCH_SCALE) $(BENCH_ROUNDS)
	@echo && python3 bench/growth.py $(B) $(BENCH_MOST) && echo
	@$(MAKE) --no-print-directory bench-reconcile B=$(B)
	@$(MAKE) --no-print-directory bench-bilinear B=$(B)

# A year of monthly returns as a workbook, openpyxl beside in the same run: make bench-xlsx
$(B)/bench/xlsx: bench/xlsx.c $(call libs_of,$(needs_codec))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) -Wl,--start-group $(call libs_of,$(needs_codec)) -Wl,--end-group $(LIBS)
.PHONY: bench-xlsx
bench-xlsx: $(B)/bench/xlsx
	@/usr/bin/python3 bench/peers/xlsx_peer.py $<
