// Pages for people, and the profile that `go tool pprof http://HOST/pprof?..` fetches.
#ifndef DOLERITE_EXAMPLES_HOST_PAGES_H_
#define DOLERITE_EXAMPLES_HOST_PAGES_H_

#include "router.h"

namespace dolerite::host {

// Parameters: `type` as of ProfileTypeId, `match` a selector, `from` and `until` as of ReadTime, by
// default the times of the oldest and the newest such profile.
//
//   GET /       services and types, with links to the pages below
//   GET /flame  a flame graph
//   GET /diff   the same beside `base_match`, `base_from`, `base_until`, each by default that of
//               the other side; without these three the time's second half beside its first half
//   GET /pprof  a gzip'd pprof
void AddPages(Router* router);

// Pyroscope's older way to ask, which scripts use: GET /pyroscope/render with the parameters
// query=TYPE{..}, from, until, maxNodes, format=json|dot, groupBy, aggregation; and
// GET /pyroscope/render-diff with leftQuery, leftFrom, leftUntil, rightQuery, rightFrom,
// rightUntil. Without times they are about the last hour.
void AddRenderRoutes(Router* router);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_PAGES_H_
