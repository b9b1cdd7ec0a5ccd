# Each verdict code by the least input that gives it, and the trade's stories with their expected answers.
#   make verdicts-check   checks both, and that docs/verdicts.md is as the files say
.PHONY: verdicts-check
verdicts-check: $(B)/test/model/model_book
	@python3 tests/verdicts/make.py --check
	@python3 tools/verdicts.py --check $<
	@python3 tools/verdicts.py --stale
	@python3 tools/requirements.py
	@if [ -f tests/scenarios/run.py ]; then python3 tests/scenarios/run.py $<; fi
