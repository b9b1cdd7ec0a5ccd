// The tables that companies and customs file, as one picture of a year: who had, got, made, used
// and sent how much of what, month by month, and what was in it. Reads a folder of CSV files and
// workbooks in many shapes; what a cell should be and is not is named and left out, and the rest
// goes on. Figures are doubles in kg from here on: they are compared, not booked.
#pragma once
#include "base/arena.h"
#include "base/calendar.h"
#include "base/status.h"
#include "base/text.h"
#include "quantity/component.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXAMINE_ROWS_MAX = 2000000, EXAMINE_FAULTS_MAX = 1000, EXAMINE_MONTHS_MAX = 36 };

typedef enum ReturnTerm {
    TERM_OPENING,
    TERM_RECEIVED,
    TERM_EXTRACTED,
    TERM_MADE,
    TERM_USED,
    TERM_SHIPPED,
    TERM_DISCARDED,
    TERM_LOST,
    TERM_ADJUSTED,
    TERM_CLOSING,
    RETURN_TERMS
} ReturnTerm;
const char *return_term_name(ReturnTerm term);
// +1 for what adds to the stock of a material, -1 for what takes from it; opening +1, closing -1.
int return_term_sign(ReturnTerm term);

// A cell, or a row, that is not what it should be.
typedef struct CellFault {
    Text file;         // of a workbook with its sheet: `year.xlsx, sheet "2026"`
    unsigned long row; // from 1, the header of a CSV file being row 1; 0: the whole file
    Text column;       // empty: the whole row
    Text cell;         // "B12" in a sheet; empty in a CSV file, or for the whole row
    Text says;         // what is wrong, and what would be right
} CellFault;

// Elements, and behind them REO as one, where tables tell no more than that.
enum { EXAMINE_TREO = COMPONENT_COUNT, EXAMINE_COMPONENTS };
const char *examine_symbol(int component); // "Nd", "TREO"

typedef struct ReturnRow { // one material at one facility in one month
    uint32_t facility, material;
    Month month;
    double kg[RETURN_TERMS]; // net
    // Bits of ReturnTerm: figures that could not be read; those for which the table has no column.
    uint16_t faulty, untold;
    bool has_content, has_treo; // elements; REO, stated or by the elements
    bool has_closing;
    bool partly;     // its table has figures under a heading that is not known: it need not close
    bool left_out;   // which of its figures is wrong cannot be told: no balance with them
    double step;     // kg: the last digit of the coarsest column that tells something
    double rounding; // kg: the standard error of used and made by such digits
    double moisture, treo;              // parts of net and of dry mass
    double content[EXAMINE_COMPONENTS]; // kg of the element, or of REO, for each kg of net mass
    Text file;
    unsigned long row;
} ReturnRow;

typedef struct PartnerRow { // part of it that came from, or went to, one partner
    uint32_t facility, material;
    Month month;
    Text partner;
    uint32_t partner_facility; // UINT32_MAX: nobody who files
    double received, shipped;
    double step; // kg: the last digit of the coarsest column that tells something
    bool faulty; // what it says could not be read
} PartnerRow;

typedef struct HoldupRow { // what stood in a circuit at the month's end
    uint32_t facility;
    Month month;
    int component;
    double kg, u, s;
    bool faulty;
} HoldupRow;

typedef struct CustomsRow {
    Month month;
    bool import, mirror; // mirror: as the other country's customs saw it
    Text code, material, country;
    double kg;
    bool faulty;
} CustomsRow;

typedef struct QuotaRow {
    Text ledger, holder, under;
    double reo;
    bool faulty;
} QuotaRow;

typedef struct Returns {
    size_t files, facilities, materials, rows, partners, holdups, customs_rows, quota_rows,
        fault_count;
    Text *facility, *material;
    Text *company;  // of each facility; empty: not said
    ReturnRow *row; // by facility, material, month
    PartnerRow *partner;
    HoldupRow *holdup; // by facility, component, month: all its circuits together
    CustomsRow *customs;
    QuotaRow *quota;
    CellFault *fault;
    Month first, last;
} Returns;

// All *.csv and *.xlsx of the folder, and of `FOLDER/returns` if there is none in it; `columns.txt`
// beside them (lines of `their heading = our name`) tells headings that are not known. Fails when
// nothing can be read at all.
MUST_CHECK bool returns_read(const char *folder, Arena *arena, Returns *returns, Status *status);
