#include "examine/columns.h"

#include "examine/tables.h"
#include "quantity/component.h"
#include "quantity/factor.h"
#include <string.h>

typedef struct Known {
    const char *words; // separated by bars, without blanks, marks and units, lower case
    ColumnRole role;
    int number;
} Known;

static const Known known[] = {
    {"facility|plant|site|works|工厂|设施", ROLE_FACILITY, 0},
    // Of a company with one works there is no other name.
    {"company|enterprise|企业|企业名称|单位", ROLE_FACILITY, 1},
    {"month|period|reportingmonth|月份|月|报告期", ROLE_MONTH, 0},
    {"material|product|goods|commodity|物料|产品|产品名称|品名", ROLE_MATERIAL, 0},
    {"partner|counterparty|supplier|customer|往来单位|对方|对方单位", ROLE_PARTNER, 0},
    {"opening|openingstock|openinginventory|beginningstock|beginninginventory|期初|期初库存|"
     "期初结存|上月结存",
     ROLE_TERM, TERM_OPENING},
    {"received|receipts|incoming|inflow|intake|purchased|purchases|bought|购进|购入|收入|入库|收到|"
     "来料",
     ROLE_TERM, TERM_RECEIVED},
    {"extracted|mined|minedore|采出|开采|开采量", ROLE_TERM, TERM_EXTRACTED},
    {"made|produced|production|output|生产|生产量|产量|产出", ROLE_TERM, TERM_MADE},
    {"used|consumed|consumption|input|投入|投入量|消耗|消耗量|使用", ROLE_TERM, TERM_USED},
    {"shipped|sold|sales|dispatched|shipments|deliveries|outgoing|outflow|销售|销售量|发出|出库|"
     "发货|发货量",
     ROLE_TERM, TERM_SHIPPED},
    {"discarded|discards|residue|residues|waste|废弃|弃渣|废渣", ROLE_TERM, TERM_DISCARDED},
    {"lost|loss|losses|accidents|损失", ROLE_TERM, TERM_LOST},
    {"adjusted|adjustment|adjustments|inventorydifference|调整|盘盈盘亏", ROLE_TERM, TERM_ADJUSTED},
    {"closing|closingstock|closinginventory|endingstock|endinginventory|期末|期末库存|期末结存|"
     "本月结存",
     ROLE_TERM, TERM_CLOSING},
    {"moisture|water|水分|含水率", ROLE_MOISTURE, 0},
    {"treo|reocontent|grade|稀土总量|品位", ROLE_TREO, 0},
    {"component|element|元素|组分", ROLE_COMPONENT, 0},
    {"", ROLE_KG, 0}, // a column that is called by its unit alone
    {"mass|quantity|amount|质量|数量", ROLE_KG, 0},
    {"u|uncertainty|不确定度", ROLE_U, 0},
    {"s|shareduncertainty", ROLE_S, 0},
    {"direction|flow|进出口", ROLE_DIRECTION, 0},
    {"hscode|hs|customscode|code|商品编码|海关编码", ROLE_CODE, 0},
    {"country|countryoforigin|destination|国家|国别", ROLE_COUNTRY, 0},
    {"net|netmass|netweight|净重", ROLE_NET, 0},
    {"ledger|指标类别", ROLE_LEDGER, 0},
    {"holder|quotaholder|持有人", ROLE_HOLDER, 0},
    {"under|上级", ROLE_UNDER, 0},
    {"reo|指标", ROLE_REO, 0},
};

// Without blanks and marks, lower case; what is in brackets is the unit. Chinese letters stay as
// they are.
typedef struct Plain {
    char name[128], unit[32];
} Plain;

static Plain plain_of(Text heading) {
    Plain p = {"", ""};
    size_t n = 0, u = 0;
    bool inside = false;
    for (size_t i = 0; i < heading.length; i++) {
        char c = heading.at[i];
        // Full-width brackets, as Chinese tables have them.
        if (i + 2 < heading.length && !memcmp(heading.at + i, "（", 3)) {
            inside = true;
            i += 2;
            continue;
        }
        if (i + 2 < heading.length && !memcmp(heading.at + i, "）", 3)) {
            inside = false;
            i += 2;
            continue;
        }
        if (c == '(' || c == '[' || c == ',') inside = true;
        if (c == ')' || c == ']') inside = false;
        if (strchr(" _-.,()[]/:\"'", c)) continue;
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (inside && u + 1 < sizeof p.unit) p.unit[u++] = c;
        if (!inside && n + 1 < sizeof p.name) p.name[n++] = c;
    }
    p.name[n] = p.unit[u] = '\0';
    return p;
}

// Units at the end of a name: "received_kg", "Nd_pct", "产量吨".
static const struct {
    const char *word;
    double factor;
} units[] = {{"kg", 1.0},       {"公斤", 1.0}, {"千克", 1.0},  {"tonnes", 1000.0}, {"tons", 1000.0},
             {"吨", 1000.0},    {"t", 1000.0}, {"mt", 1000.0}, {"g", 0.001},       {"pct", 0.01},
             {"percent", 0.01}, {"%", 0.01},   {"wt%", 0.01},  {"ppm", 1e-6},      {"mgkg", 1e-6}};

static bool unit_of(const char *word, double *factor) {
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(word, units[i].word)) {
            *factor = units[i].factor;
            return true;
        }
    return false;
}

static bool is_word(const char *words, const char *name) {
    size_t length = strlen(name);
    for (const char *at = words;; at = strchr(at, '|') + 1) {
        const char *bar = strchr(at, '|');
        size_t one = bar ? (size_t)(bar - at) : strlen(at);
        if (one == length && !memcmp(at, name, length)) return true;
        if (!bar) return false;
    }
}

// "nd" the element, "nd2o3" its oxide.
static bool content_of(const char *name, int *component, double *factor) {
    for (int c = 0; c < COMPONENT_COUNT; c++) {
        char symbol[8];
        size_t n = 0;
        for (const char *s = component_symbol(c); *s && n + 1 < sizeof symbol; s++)
            symbol[n++] = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;
        symbol[n] = '\0';
        if (!strcmp(name, symbol)) {
            *component = c;
            *factor = 1.0;
            return true;
        }
        // An oxide begins with the symbol and goes on with digits and o.
        if (strncmp(name, symbol, n) || c >= RARE_EARTH_COUNT) continue;
        const char *rest = name + n;
        bool oxide = strchr(rest, 'o') != NULL;
        for (const char *r = rest; *r; r++)
            oxide = oxide && (*r == 'o' || (*r >= '0' && *r <= '9'));
        if (!oxide) continue;
        *component = c;
        *factor = (double)FACTOR_ONE / (double)factors_default.micro[c];
        return true;
    }
    return false;
}

// Takes the unit off a name's end: the longest that fits, for "pct" ends in "t".
static bool cut_unit(Plain *p, double *factor) {
    size_t length = strlen(p->name), cut = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t tail = strlen(units[i].word);
        if (tail <= cut || length < tail || strcmp(p->name + length - tail, units[i].word))
            continue;
        cut = tail;
        *factor = units[i].factor;
    }
    p->name[length - cut] = '\0';
    return cut > 0;
}

bool heading_unit(Text heading, double *factor) {
    Plain p = plain_of(heading);
    return p.unit[0] && unit_of(p.unit, factor);
}

bool heading_is_unit(Text heading) {
    Plain p = plain_of(heading);
    double factor;
    return p.name[0] ? unit_of(p.name, &factor) : p.unit[0] && unit_of(p.unit, &factor);
}

ColumnMeaning column_meaning(Text heading) {
    Plain p = plain_of(heading);
    ColumnMeaning m = {ROLE_NONE, 0, 1.0};
    double unit = 0.0;
    bool has_unit = p.unit[0] && unit_of(p.unit, &unit);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
            if (!is_word(known[k].words, p.name)) continue;
            if (known[k].role == ROLE_KG && !p.name[0] && !has_unit) continue;
            m = (ColumnMeaning){known[k].role, known[k].number, 1.0};
            bool part = m.role == ROLE_MOISTURE || m.role == ROLE_TREO;
            m.factor = has_unit ? unit : part ? 0.01 : 1.0;
            // "REO %" is a content, "REO t" an allotment.
            if (m.role == ROLE_REO && has_unit && unit < 0.02) m.role = ROLE_TREO;
            return m;
        }
        int component;
        double factor;
        if (content_of(p.name, &component, &factor))
            return (ColumnMeaning){ROLE_CONTENT, component, factor * (has_unit ? unit : 0.01)};
        if (pass) break;
        has_unit = cut_unit(&p, &unit);
        if (!has_unit) break;
    }
    return m;
}
