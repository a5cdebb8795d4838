// Pyroscope's ways in: PusherService/Push over Connect, and /ingest.
#ifndef DOLERITE_EXAMPLES_HOST_PYROSCOPE_PUSH_H_
#define DOLERITE_EXAMPLES_HOST_PYROSCOPE_PUSH_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "router.h"

namespace dolerite::host {

// The profiles of a push.v1.PushRequest, as protobuf or JSON. All or an error, which names the
// series. `received_nanos` is the time of profiles that have none.
absl::StatusOr<std::vector<SeriesProfile>> ReadPushRequest(std::string_view body, bool json,
                                                           int64_t received_nanos);

// POST /push.v1.PusherService/Push.
void AddPushRoutes(Router* router);
// POST /ingest.
void AddIngestRoutes(Router* router);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_PYROSCOPE_PUSH_H_
