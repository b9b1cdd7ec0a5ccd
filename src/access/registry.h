// The registry and all else that has an id, for `show KIND ID` and `list KIND`. An answer is
// {"as_of","trial","KIND":{..}}, a list {"as_of","trial","items":[..],"next"}; rows of one kind
// have the same members in both. Kinds, and who sees what:
//     party        all but the names of others only to who sees all
//     facility lot event   as facilities.h, lots.h, records.h show them (an event by PARTY:ID or
//     number) licence pool consignment instrument return   those of the asker's own scope material
//     deposit source   the catalogue: everybody with a party cause        holds: those that stand
//     on lots or pools that the asker sees
#pragma once
#include "access/access.h"

// `kind`: "lot" "facility" "party" "licence" "material" "deposit" "source" "instrument" "pool"
// "cause" "consignment" "event" "user"
// "delegation" "device" "key" "document" "part". STATUS_INVALID for another.
MUST_CHECK bool access_show(Access *access, const View *view, Text kind, Text id, Buffer *out,
                            Status *status);
// `kind`: "parties" "facilities" "licences" "materials" "deposits" "sources" "pools" "lots"
// "causes" (or "holds") "consignments" "instruments" "records" "returns" "users"
// "delegations" "devices" "keys" "documents" "parts".
MUST_CHECK bool access_list(Access *access, const View *view, Text kind, const Page *page,
                            Buffer *out, Status *status);
// The words above, zero-ended list, for help and completion.
extern const char *const access_show_kinds[], *const access_list_kinds[];
