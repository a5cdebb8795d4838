// push.v1.PusherService over Connect: each sample of a series is a pprof of its own.
#include "pyroscope_push.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "connect.h"
#include "hex.h"
#include "pushed_profile.h"
#include "pyroscope_messages.h"

namespace dolerite::host {
namespace {

absl::Status AddSeries(const RawProfileSeries& raw, int64_t received_nanos,
                       std::vector<SeriesProfile>* out) {
  std::vector<std::pair<std::string_view, std::string_view>> given;
  for (const LabelPair& label : raw.labels) given.emplace_back(label.name, label.value);
  const bool named =
      std::any_of(given.begin(), given.end(), [](const auto& l) { return l.first == kTypeLabel; });
  for (const RawSample& sample : raw.samples) {
    absl::StatusOr<Profile> profile = ReadPushedPprof(sample.raw_profile.data);
    if (!profile.ok()) return profile.status();
    auto labels = given;
    const std::string type = TypeName(*profile);
    if (!named && !type.empty()) labels.emplace_back(kTypeLabel, type);
    absl::StatusOr<LabelSet> series = SeriesOf(labels);
    if (!series.ok()) return series.status();
    MendTime(received_nanos, &*profile);
    if (const auto id = ProfileIdOf(sample.id)) profile->id = id;
    out->push_back({*std::move(series), *std::move(profile)});
  }
  return absl::OkStatus();
}

// The profiles of a request: all or an error, which names the series. `received_nanos` is the time
// of profiles that have none.
absl::StatusOr<std::vector<SeriesProfile>> ProfilesOf(const PushRequest& request,
                                                      int64_t received_nanos) {
  std::vector<SeriesProfile> out;
  for (size_t i = 0; i < request.series.size(); ++i) {
    const absl::Status added = AddSeries(request.series[i], received_nanos, &out);
    if (!added.ok()) {
      return absl::Status(added.code(), absl::StrCat("series[", i, "]: ", added.message()));
    }
  }
  return out;
}

void Push(const Request& request, Tenant& tenant, const CallContext& call, const Reply& reply) {
  const std::optional<Form> form = FormOf(request);
  if (!form) return reply(UnknownForm());
  const auto message = ReadMessage<PushRequest>(*form, request.body);
  if (!message.ok()) return reply(ConnectError(message.status()));
  auto profiles = ProfilesOf(*message, request.received_nanos);
  if (!profiles.ok()) return reply(ConnectError(profiles.status()));
  const Response done = ConnectAnswer(*form, PushResponse());
  if (profiles->empty()) return reply(done);
  tenant.Push(*profiles, call, [reply, done](const PushResult& result) {
    if (!result.status.ok()) return reply(ConnectError(result.status));
    if (result.refused > 0) return reply(ConnectError(absl::InvalidArgumentError(result.refusal)));
    reply(done);
  });
}

}  // namespace

void AddPushRoutes(Router* router) { router->AddPush("POST", "/push.v1.PusherService/Push", Push); }

}  // namespace dolerite::host
