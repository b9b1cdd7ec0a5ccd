// What a heading of a table means: roles by name, in English and Chinese, with units in the
// heading.
#pragma once
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum ColumnRole {
    ROLE_NONE,
    ROLE_FACILITY,
    ROLE_MONTH,
    ROLE_MATERIAL,
    ROLE_PARTNER,
    ROLE_TERM, // `number`: a ReturnTerm
    ROLE_MOISTURE,
    ROLE_TREO,
    ROLE_CONTENT, // `number`: a component
    ROLE_COMPONENT,
    ROLE_KG,
    ROLE_U,
    ROLE_S,
    ROLE_DIRECTION,
    ROLE_CODE,
    ROLE_COUNTRY,
    ROLE_NET,
    ROLE_LEDGER,
    ROLE_HOLDER,
    ROLE_UNDER,
    ROLE_REO
} ColumnRole;

typedef struct ColumnMeaning {
    ColumnRole role;
    int number;
    double factor; // to kg, or to parts of one; oxide to element with it
} ColumnMeaning;

ColumnMeaning column_meaning(Text heading);
// The unit that a heading has in brackets or behind a comma, as a factor to kg or parts; false:
// none.
bool heading_unit(Text heading, double *factor);
// Whether it is a unit and nothing else: "t", "(kg)", "%".
bool heading_is_unit(Text heading);
// The roles by the names that columns.txt uses: "facility", "received_kg", "Nd_pct" ... are
// headings themselves.
