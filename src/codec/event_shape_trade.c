// Members of the events of trade: sales.
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

static const Shape shapes[] = {
    KIND_SHAPE("sell", sell_members, check_sell, NULL),
};

const Shape *event_shape_trade(EventKind kind) {
    switch ((int)kind) {
    case EVENT_SELL:
        return &shapes[0];
    default:
        return NULL;
    }
}
