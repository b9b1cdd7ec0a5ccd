# `examine` knows the published compositions of ores: chosen columns of data/reference become a C table.
$(B)/generated/examine_reference.h: $(B)/tools/csv_table Makefile.d/examine.mk data/reference/deposit_compositions.csv
	@mkdir -p $(@D)
	$< reference_ores data/reference/deposit_compositions.csv row_id deposit composition_status \
	    La2O3_pct CeO2_pct Pr6O11_pct Nd2O3_pct Sm2O3_pct Eu2O3_pct Gd2O3_pct Tb4O7_pct Dy2O3_pct \
	    Ho2O3_pct Er2O3_pct Tm2O3_pct Yb2O3_pct Lu2O3_pct Y2O3_pct Sc2O3_pct > $@.new
	mv $@.new $@
$(B)/obj/examine/ores.o: $(B)/generated/examine_reference.h
