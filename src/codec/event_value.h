// Types of values in an event: how each is read, and its JSON Schema.
#pragma once
#include "codec/event_shape.h"

extern const ValueType type_version, type_kind, type_id, type_party_id, type_lot, type_new_lot,
    type_scoped, type_text, type_origin, type_mass, type_fraction, type_factor, type_day,
    type_month, type_year, type_offset, type_sha256, type_hash, type_flag, type_country,
    type_key_text, type_key_bytes, type_sigma, type_cause, type_mode, type_happened, type_own,
    type_return_kg, type_coverage, type_count, type_moment, type_speaker;
extern const ValueType type_kinds; // event_shape_identity.c
