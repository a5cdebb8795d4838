// Pages for people, and the profile that `go tool pprof http://HOST/pprof?..` fetches.
#ifndef DOLERITE_EXAMPLES_HOST_PAGES_H_
#define DOLERITE_EXAMPLES_HOST_PAGES_H_

#include "router.h"

namespace dolerite::host {

// Parameters: `type` as of ProfileTypeId, `match` a selector, `from` and `until` as of ReadTime.
//
//   GET /       services and types, with links to the pages below
//   GET /flame  a flame graph
//   GET /diff   the same beside `base_match`, `base_from`, `base_until`: by default the same match
//               in the time before
//   GET /pprof  a gzip'd pprof
void AddPages(Router* router);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_PAGES_H_
