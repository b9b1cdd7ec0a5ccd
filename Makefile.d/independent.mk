# A second implementation of docs/format.md, and a thousand damages that both must notice.
#   make independent     verify.py: the page's examples, whole and forged books and exports
#   make independent-go  Go's sumdb judges checkpoints, proofs and exports (R21)
#   make independent-ledger  ledger and hledger come to our sums (R21)
#   make damage          DAMAGES=1000 DAMAGE_SEED=1; what was not noticed is kept in B/damage
.PHONY: independent independent-go independent-ledger damage
DAMAGES     ?= 1000
DAMAGE_SEED ?= 1
independent: $(B)/ytterby
	@/usr/bin/python3 tests/independent/test_verify.py --program $<
independent-go: $(B)/ytterby
	@/usr/bin/python3 tests/independent/test_go.py --program $< --folder $(B)/go
independent-ledger: $(B)/ytterby
	@/usr/bin/python3 tests/independent/test_ledger.py --program $<
damage: $(B)/ytterby
	@/usr/bin/python3 tests/independent/damage.py $< --count $(DAMAGES) --seed $(DAMAGE_SEED) --keep $(B)/damage
