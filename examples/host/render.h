// Pyroscope's older way to ask, which scripts use.
#ifndef DOLERITE_EXAMPLES_HOST_RENDER_H_
#define DOLERITE_EXAMPLES_HOST_RENDER_H_

#include "router.h"

namespace dolerite::host {

// GET /pyroscope/render?query=TYPE{..}&from=&until=&maxNodes=&format=json|dot&groupBy=&aggregation=
// and
// /pyroscope/render-diff?leftQuery=..&leftFrom=&leftUntil=&rightQuery=..&rightFrom=&rightUntil=.
// The last hour without times.
void AddRenderRoutes(Router* router);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_RENDER_H_
