// Members of the events of trade: sales, packages, blends, articles.
#include "codec/event_member.h"

static const Member sold_members[] = {
    REQ(Line, "lot", type_lot, lot),
    FLAGGED(Line, "net", type_mass, net, has_net),
    OPT(Line, "part", type_new_lot, part),
};
static bool check_sold(Decoder *d, uint32_t token, void *target) {
    const Line *line = target;
    return line->has_net == (line->part.length > 0) ||
           fail_value(d, token, "\"net\" and \"part\": the new lot's id, or neither",
                      line->has_net ? "a part is sold without an id of its own"
                                    : "\"part\" without \"net\"");
}
static const Shape sold_line =
    SHAPE("a sold lot", sold_members, Line, check_sold,
          "\"dependentRequired\":{\"net\":[\"part\"],\"part\":[\"net\"]}");

static const Member sell_members[] = {
    E_REQ("to", type_party_id, buyer),      REQ_WITH(Event, "lots", type_lines, sold_line, inputs),
    E_OPT("contract", type_text, contract), E_OPT("invoice", type_text, invoice),
    E_OPT("price", type_key_text, price),
};
static bool check_sell(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    return !text_equal(event->buyer, event->party) ||
           fail_value(d, json_member(&d->json, token, TEXT("to")), "the buyer",
                      "nobody sells to himself");
}

static const Member package_members[] = {
    REQ(Package, "package", type_scoped, id), REQ(Package, "net", type_mass, net),
    REQ(Package, "gross", type_mass, gross),  REQ(Package, "tare", type_mass, tare),
    OPT(Package, "seal", type_text, seal),    OPT(Package, "form", type_text, form),
};
static const Shape package = SHAPE("a package", package_members, Package, NULL, NULL);

static const Member pack_members[] = {
    FACILITY,
    REQ_WITH(Event, "lot", type_one_lot, type_lot, inputs),
    REQ_WITH(Event, "packages", type_list, package, packages),
    OPT_WITH(Event, "origins", type_names, type_id, sources),
};

static const Member blended_members[] = {
    REQ(Line, "lot", type_new_lot, lot),
    REQ(Line, "material", type_id, material),
    OPT_WITH(Line, "custody", type_word, event_custody_words, custody),
};
static const Shape blended = SHAPE("a blend", blended_members, Line, NULL, NULL);

static const Member assembled_members[] = {
    REQ(Line, "lot", type_new_lot, lot),
    REQ(Line, "material", type_id, material),
    REQ_FLAGGED(Line, "net", type_mass, net, has_net),
    REQ(Line, "count", type_count, count),
    OPT_WITH(Line, "custody", type_word, event_custody_words, custody),
};
static const Shape assembled = SHAPE("articles", assembled_members, Line, NULL, NULL);

#define OUT_OF_INPUTS(shape)                                                                       \
    FACILITY, REQ_WITH(Event, "inputs", type_lines, event_input_shape, inputs),                    \
        REQ_WITH(Event, "output", type_one_line, shape, outputs)
static const Member blend_members[] = {OUT_OF_INPUTS(blended)};
static const Member assemble_members[] = {OUT_OF_INPUTS(assembled)};

static const Member returned_members[] = {REQ(Line, "lot", type_lot, lot)};
static const Shape returned = SHAPE("a lot that goes back", returned_members, Line, NULL, NULL);
static const Member return_goods_members[] = {
    FACILITY,
    E_REQ("consignment", type_scoped, consignment),
    E_OPT("back", type_scoped, back),
    REQ_WITH(Event, "lots", type_lines, returned, inputs),
    E_OPT("carrier", type_text, carrier),
    E_OPT("seal", type_text, seal),
    E_OPT("expected", type_day, expected),
    REASON,
};
static bool check_return_goods(Decoder *d, uint32_t token, void *target) {
    const Event *event = target;
    bool papers = event->carrier.length || event->seal.length || event->expected != DAY_LAST;
    return event->back.length || !papers ||
           fail_value(d, token, "\"back\": the consignment in which the goods travel back",
                      "papers of a journey without \"back\"");
}
#define PAPERS_GO_WITH_BACK                                                                        \
    "\"dependentRequired\":{\"carrier\":[\"back\"],\"seal\":[\"back\"],\"expected\":[\"back\"]}"

static const Words permit_kinds = {permit_kind_words, 1, PERMIT_KINDS};
static const Words permit_types = {permit_type_words, 0, 3};
static const Words permit_measures = {permit_measure_words, 0, 2};
static const Member permit_members[] = {
    REQ_WITH(Permit, "kind", type_word, permit_kinds, kind),
    REQ_WITH(Permit, "type", type_word, permit_types, type),
    OPT(Permit, "user", type_text, user),
    OPT_WITH(Permit, "countries", type_names, type_country, countries),
    FLAGGED(Permit, "quantity", type_mass, quantity, has_quantity),
    OPT_WITH(Permit, "measure", type_word, permit_measures, measure),
};
const Shape event_permit_shape = SHAPE("a permit", permit_members, Permit, NULL, NULL);

static const Member permit_line_members[] = {
    REQ(PermitLine, "permit", type_id, permit),
    FLAGGED(PermitLine, "mass", type_mass, mass, has_mass),
};
static const Shape permit_line =
    SHAPE("a permit of a declaration", permit_line_members, PermitLine, NULL, NULL);
static const Member exported_members[] = {REQ(Line, "lot", type_lot, lot)};
static const Shape exported = SHAPE("an exported lot", exported_members, Line, NULL, NULL);

static const Member export_members[] = {
    FACILITY,
    E_REQ("declaration", type_scoped, consignment),
    E_REQ("office", type_id, office),
    E_REQ("country", type_country, country),
    E_REQ("user", type_text, end_user),
    E_OPT("use", type_text, end_use),
    E_REQ("customs_code", type_text, customs_code),
    REQ_WITH(Event, "lots", type_lines, exported, inputs),
    OPT_WITH(Event, "permits", type_list, permit_line, permit_lines),
    E_OPT("value", type_key_text, price),
    E_OPT("invoice", type_text, invoice),
    E_OPT("contract", type_text, contract),
    E_OPT("carrier", type_text, carrier),
    E_OPT("seal", type_text, seal),
};

static const Member import_members[] = {
    FACILITY,
    E_REQ("declaration", type_scoped, consignment),
    E_REQ("office", type_id, office),
    E_REQ("country", type_country, country),
    E_REQ("customs_code", type_text, customs_code),
    REQ_WITH(Event, "lines", type_lines, event_imported_shape, outputs),
    E_OPT("book", type_origin, other_book),
    E_OPT("passport", type_text, passport),
    E_OPT("checkpoint", type_text, checkpoint),
    E_OPT("returns", type_scoped, returns),
    E_OPT("value", type_key_text, price),
    E_OPT("invoice", type_text, invoice),
    E_OPT("contract", type_text, contract),
};

static const Shape shapes[] = {
    KIND_SHAPE("sell", sell_members, check_sell, NULL),
    KIND_SHAPE("pack", pack_members, NULL, NULL),
    KIND_SHAPE("blend", blend_members, NULL, NULL),
    KIND_SHAPE("assemble", assemble_members, NULL, NULL),
    KIND_SHAPE("return.goods", return_goods_members, check_return_goods, PAPERS_GO_WITH_BACK),
    KIND_SHAPE("export.goods", export_members, NULL, NULL),
    KIND_SHAPE("import.goods", import_members, NULL, NULL),
};

const Shape *event_shape_trade(EventKind kind) {
    switch ((int)kind) {
    case EVENT_SELL:
        return &shapes[0];
    case EVENT_PACK:
        return &shapes[1];
    case EVENT_BLEND:
        return &shapes[2];
    case EVENT_ASSEMBLE:
        return &shapes[3];
    case EVENT_RETURN_GOODS:
        return &shapes[4];
    case EVENT_EXPORT_GOODS:
        return &shapes[5];
    case EVENT_IMPORT_GOODS:
        return &shapes[6];
    default:
        return NULL;
    }
}
