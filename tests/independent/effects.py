"""The bodies of effects, as the section "Effects" of docs/format.md gives them: kind: (name, its fields)."""
EFFECTS = {
    1: ("operation", "u8 u32 u32 u32"), 2: ("measurement", "1-5 group i64 deviations"),
    3: ("lot_new", "id u32 u32 u32 i64 0-4 0-4 0-15 content facets terms causes"),
    4: ("take", "lot i64 content"), 5: ("lot_end", "lot"),
    6: ("lot_set", "lot i64 0-4 0-15 1-3 content facets terms"), 7: ("lot_place", "lot u32 consignment 1-3"),
    8: ("lot_causes", "lot causes"), 9: ("posting", "u32 lot u32 u32 reason 0-1 i64 values terms"),
    10: ("account", "u32 u32 0-4 values"), 11: ("draw", "lot 1-3 u8 u16 i64 holders"),
    12: ("draw_change", "draw i64 holders"), 13: ("allot", "u32 u32 1-3 u8 0-1 u16 i64"),
    14: ("cause", "cause u16 1-4"), 15: ("cause_status", "cause 1-4"),
    16: ("pool_in", "u32 sign content causes"), 17: ("pool_out", "u32 sign values values sets"),
    18: ("pool_shift", "u32 causes values"), 19: ("pool_facet", "u32 1-2 u32 values"),
    20: ("pool_terms", "u32 values values sums terms"), 21: ("reserve", "u32 i64"),
    22: ("consignment", "id u32 u32 u32 0-1"), 23: ("consigned", "consignment lot"),
    24: ("unmatched", "consignment id lot u32 u32 cause 0-1 0-1 i64"), 25: ("paired", "u32"),
    26: ("difference", "u32 u32 lot lot u32 i64 values terms"), 27: ("corrected", "earlier"),
    28: ("advance", "u32 cause"), 29: ("month_closed", "u32 u32"), 30: ("replacement", ""),
    31: ("year_ended", "u16"), 32: ("return", "u32 u32 u16 0-1"), 33: ("allot_replaced", "u32"),
    50: ("lot_owner", "lot u32 0-1"), 51: ("pool_owner", "u32 u32 values"),
    52: ("consignment_terms", "consignment 0-1 u32 words words"), 53: ("packing", "lot packages"),
    54: ("packed", "lot packing"), 55: ("unpacked", "lot"), 56: ("pieces", "lot i64"),
    57: ("turned_back", "lot 0-1"), 58: ("returns", "consignment consignment"),
    110: ("yield", "u32 u8 words i64 i64"), 111: ("yield_back", "u32")}
BIRTHS = {2: "measurement", 3: "lot", 11: "draw", 22: "consignment", 53: "packing"}
