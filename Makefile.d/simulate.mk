# The simulator carries the reference data that it is made from: chosen columns of data/reference
# become C tables.
SIMULATE_DATA := data/reference
$(B)/tools/csv_table: tools/csv_table.c
	@mkdir -p $(@D)
	$(CC) -std=c17 -O1 $(WARN) -o $@ $<

$(B)/generated/simulate_reference.h: $(B)/tools/csv_table Makefile.d/simulate.mk \
    $(addprefix $(SIMULATE_DATA)/,deposit_compositions.csv process_yields.csv materials.csv measurement_uncertainty.csv quotas_cn.csv)
	@mkdir -p $(@D)
	{ $< reference_deposits $(SIMULATE_DATA)/deposit_compositions.csv row_id deposit country composition_status \
	    La2O3_pct CeO2_pct Pr6O11_pct Nd2O3_pct Sm2O3_pct Eu2O3_pct Gd2O3_pct Tb4O7_pct Dy2O3_pct \
	    Ho2O3_pct Er2O3_pct Tm2O3_pct Yb2O3_pct Lu2O3_pct Y2O3_pct Sc2O3_pct && \
	  $< reference_yields $(SIMULATE_DATA)/process_yields.csv step feed product metric low typical high && \
	  $< reference_materials $(SIMULATE_DATA)/materials.csv material component low typical high && \
	  $< reference_uncertainties $(SIMULATE_DATA)/measurement_uncertainty.csv quantity method material \
	    u_rel_random_pct u_rel_systematic_pct && \
	  $< reference_quotas $(SIMULATE_DATA)/quotas_cn.csv year batch activity ore_type holder tonnes_reo; } > $@.new
	mv $@.new $@
$(B)/obj/simulate/reference.o: $(B)/generated/simulate_reference.h
# Honest industries, whole years: nothing held or refused, flags under one in a hundred and each explained
# by the events themselves; a table of what explained how many. Minutes.
#     make honest [HONEST_SEEDS=20] [HONEST_SCALE=1]
HONEST_SEEDS ?= 20
HONEST_SCALE ?= 1
.PHONY: honest
honest: $(B)/ytterby
	@/usr/bin/python3 tests/simulate/honest.py --program $< --seeds $(HONEST_SEEDS) --scale $(HONEST_SCALE)
