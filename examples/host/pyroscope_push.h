// Pyroscope's ways in: PusherService/Push over Connect, and /ingest.
#ifndef DOLERITE_EXAMPLES_HOST_PYROSCOPE_PUSH_H_
#define DOLERITE_EXAMPLES_HOST_PYROSCOPE_PUSH_H_

#include "router.h"

namespace dolerite::host {

// POST /push.v1.PusherService/Push.
void AddPushRoutes(Router* router);
// POST /ingest.
void AddIngestRoutes(Router* router);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_PYROSCOPE_PUSH_H_
