#include "otlp_push.h"

#include <nlohmann/json.hpp>
#include <protozero/pbf_writer.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dolerite/otlp.h"
#include "pushed_profile.h"

namespace dolerite::host {
namespace {

constexpr char kVersionHeader[] = "OTLP-Profiles-Development-Version";
constexpr char kRetryInfo[] = "type.googleapis.com/google.rpc.RetryInfo";

// Senders that state a version write today's layout; others may be older.
absl::StatusOr<OtlpLayout> LayoutOf(const std::vector<std::string_view>& versions) {
  if (versions.empty()) return OtlpLayout::kAuto;
  if (versions.size() == 1 && versions[0] == "1") return OtlpLayout::k1_11;
  return absl::InvalidArgumentError(
      absl::StrCat(kVersionHeader, ": this host supports version 1, or no such header"));
}

// Beside those that the library takes: what Prometheus names a target by, and so do its followers.
std::vector<std::string> SeriesAttributes() {
  std::vector<std::string> names = DefaultSeriesAttributes();
  names.insert(names.end(), {"job", "instance"});
  return names;
}

// Series and types are named as if the profiles had come any other way.
absl::Status Name(int64_t received_nanos, SeriesProfile* profile) {
  const std::string type = TypeName(profile->profile);
  std::vector<std::pair<std::string_view, std::string_view>> labels;
  for (const auto& [name, value] : profile->series.pairs()) labels.emplace_back(name, value);
  if (!type.empty() && !profile->series.Get(kTypeLabel)) labels.emplace_back(kTypeLabel, type);
  absl::StatusOr<LabelSet> series = SeriesOf(labels);
  if (!series.ok()) return series.status();
  profile->series = *std::move(series);
  MendTime(received_nanos, &profile->profile);
  return absl::OkStatus();
}

}  // namespace

bool IsTransient(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsUnavailable(status) ||
         absl::IsDeadlineExceeded(status) || absl::IsAborted(status);
}

void PushOtlp(std::string_view body, const std::vector<std::string_view>& versions,
              int64_t received_nanos, Tenant& tenant, const CallContext& call,
              std::function<void(PushResult)> done) {
  const absl::StatusOr<OtlpLayout> layout = LayoutOf(versions);
  if (!layout.ok()) return done({layout.status()});
  OtlpReadReport report;
  auto profiles = ReadOtlp(
      body, {.layout = *layout, .series_attributes = SeriesAttributes(), .take_sound = true},
      &report);
  if (!profiles.ok()) return done({Refused(profiles.status())});
  PushResult refused{.refused = report.profiles_refused};
  if (!report.refusals.empty()) {
    const OtlpRefusal& first = report.refusals[0];
    refused.refusal = absl::StrCat(first.path, ": ", first.status.message());
  }
  std::vector<SeriesProfile> sound;
  for (SeriesProfile& profile : *profiles) {
    const absl::Status named = Name(received_nanos, &profile);
    if (named.ok()) {
      sound.push_back(std::move(profile));
    } else {
      ++refused.refused;
      if (refused.refusal.empty()) refused.refusal = std::string(named.message());
    }
  }
  if (sound.empty()) {
    if (!refused.refusal.empty()) refused.status = absl::InvalidArgumentError(refused.refusal);
    return done(std::move(refused));
  }
  tenant.Push(sound, call, [refused, done = std::move(done)](PushResult result) {
    result.refused += refused.refused;
    if (!refused.refusal.empty()) result.refusal = refused.refusal;
    done(std::move(result));
  });
}

// A refusal without a refused profile is a warning: the profiles are stored without some samples.
std::string OtlpResponse(const PushResult& result, bool json) {
  if (json) {
    nlohmann::json out = nlohmann::json::object();
    if (!result.refusal.empty()) {
      out["partialSuccess"] = {{"rejectedProfiles", std::to_string(result.refused)},
                               {"errorMessage", result.refusal}};
    }
    return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  std::string partial, out;
  if (result.refusal.empty()) return out;
  protozero::pbf_writer message(partial);
  message.add_int64(1, static_cast<int64_t>(result.refused));
  message.add_string(2, result.refusal);
  protozero::pbf_writer(out).add_message(1, partial);
  return out;
}

std::string RpcStatus(const absl::Status& status, bool json) {
  const int code = static_cast<int>(status.code());
  if (json) {
    nlohmann::json out = {{"code", code}, {"message", std::string(status.message())}};
    if (IsTransient(status)) out["details"] = {{{"@type", kRetryInfo}, {"retryDelay", "1s"}}};
    return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  std::string out;
  protozero::pbf_writer message(out);
  message.add_int32(1, code);
  message.add_string(2, status.message().data(), status.message().size());
  if (IsTransient(status)) {
    std::string duration, retry, any;
    protozero::pbf_writer(duration).add_int64(1, 1);
    protozero::pbf_writer(retry).add_message(1, duration);
    protozero::pbf_writer details(any);
    details.add_string(1, kRetryInfo);
    details.add_bytes(2, retry);
    message.add_message(3, any);
  }
  return out;
}

void AddOtlpRoutes(Router* router) {
  router->AddPush(
      "POST", "/v1development/profiles",
      [](const Request& request, Tenant& tenant, const CallContext& call, const Reply& reply) {
        const std::string type = request.MediaType();
        const bool json = type == "application/json";
        if (!json && type != "application/x-protobuf") {
          return reply({.status = 415,
                        .body = "Content-Type: expected application/x-protobuf or "
                                "application/json\n"});
        }
        std::vector<std::string_view> versions;
        for (const auto& [name, value] : request.headers) {
          if (absl::EqualsIgnoreCase(name, kVersionHeader)) versions.push_back(value);
        }
        PushOtlp(request.body, versions, request.received_nanos, tenant, call,
                 [reply, json, type](const PushResult& result) {
                   Response response{.status = HttpStatus(result.status), .content_type = type};
                   // What passes is tried again at these two codes.
                   if (response.status == 504 || response.status == 409) response.status = 503;
                   response.body = result.status.ok() ? OtlpResponse(result, json)
                                                      : RpcStatus(result.status, json);
                   reply(std::move(response));
                 });
      });
}

}  // namespace dolerite::host
