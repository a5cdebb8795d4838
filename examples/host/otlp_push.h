// OpenTelemetry's profiles, as HTTP and gRPC bring them.
#ifndef DOLERITE_EXAMPLES_HOST_OTLP_PUSH_H_
#define DOLERITE_EXAMPLES_HOST_OTLP_PUSH_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "router.h"
#include "tenant.h"

namespace dolerite::host {

// An ExportProfilesServiceRequest, in any form that ReadOtlp takes. `versions` are the values of
// the header OTLP-Profiles-Development-Version. Calls `done` once: what is valid is durable then.
// InvalidArgument if nothing is, or if the layout is not known.
void PushOtlp(std::string_view body, const std::vector<std::string_view>& versions,
              int64_t received_nanos, Tenant& tenant, const CallContext& call,
              std::function<void(PushResult)> done);

// ExportProfilesServiceResponse, which says what was refused.
std::string OtlpResponse(const PushResult& result, bool json);
// google.rpc.Status; for errors that pass it says when to try again.
std::string RpcStatus(const absl::Status& status, bool json);
// What a sender may try again.
bool IsTransient(const absl::Status& status);

// POST /v1development/profiles.
void AddOtlpRoutes(Router* router);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_OTLP_PUSH_H_
