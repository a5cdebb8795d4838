// push.v1: PushRequest { repeated Series series = 1 }, Series { repeated LabelPair labels = 1,
// repeated RawSample samples = 2 }, LabelPair { name = 1, value = 2 }, RawSample { bytes
// raw_profile = 1, string ID = 2 }. Both forms become the same list first.
#include "pyroscope_push.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <protozero/pbf_reader.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pushed_profile.h"

namespace dolerite::host {
namespace {

struct RawSample {
  std::string profile, id;
};
struct RawSeries {
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<RawSample> samples;
};

bool IsBytes(protozero::pbf_reader& in) {
  return in.wire_type() == protozero::pbf_wire_type::length_delimited;
}

// Calls `take` with each field of bytes; skips others, as protobuf asks.
template <class Take>
void EachField(protozero::data_view bytes, const Take& take) {
  protozero::pbf_reader in(bytes);
  while (in.next()) {
    if (!IsBytes(in)) {
      in.skip();
      continue;
    }
    const uint32_t tag = in.tag();
    take(tag, in.get_view());
  }
}

std::string Text(protozero::data_view bytes) { return {bytes.data(), bytes.size()}; }

RawSeries SeriesFromProto(protozero::data_view bytes) {
  RawSeries series;
  EachField(bytes, [&](uint32_t tag, protozero::data_view field) {
    std::string first, second;
    EachField(field, [&](uint32_t inner, protozero::data_view value) {
      if (inner == 1) first = Text(value);
      if (inner == 2) second = Text(value);
    });
    if (tag == 1) series.labels.emplace_back(std::move(first), std::move(second));
    if (tag == 2) series.samples.push_back({std::move(first), std::move(second)});
  });
  return series;
}

absl::StatusOr<std::vector<RawSeries>> FromProto(std::string_view body) {
  std::vector<RawSeries> out;
  try {
    EachField({body.data(), body.size()}, [&](uint32_t tag, protozero::data_view field) {
      if (tag == 1) out.push_back(SeriesFromProto(field));
    });
  } catch (const protozero::exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("not a valid PushRequest: ", e.what()));
  }
  return out;
}

// A member that is missing, or null, is empty; one of another kind throws.
std::string Member(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) throw std::invalid_argument("expected an object");
  const auto at = object.find(name);
  return at == object.end() || at->is_null() ? "" : at->get<std::string>();
}

std::vector<nlohmann::json> List(nlohmann::json& object, const char* name) {
  if (!object.is_object()) throw std::invalid_argument("expected an object");
  const auto at = object.find(name);
  if (at == object.end() || at->is_null()) return {};
  return std::move(at->get_ref<nlohmann::json::array_t&>());
}

std::string Base64(const std::string& text) {
  std::string out;
  // protobuf's JSON takes both alphabets, with or without padding.
  if (!absl::Base64Unescape(text, &out) && !absl::WebSafeBase64Unescape(text, &out)) {
    throw std::invalid_argument("rawProfile is not base64");
  }
  return out;
}

absl::StatusOr<std::vector<RawSeries>> FromJson(std::string_view body) {
  std::vector<RawSeries> out;
  try {
    // Deeper than any such message: what nests deeper would cost a stack to free.
    const nlohmann::json::parser_callback_t shallow = [](int depth, nlohmann::json::parse_event_t,
                                                         nlohmann::json&) {
      if (depth > 16) throw std::invalid_argument("nested deeper than 16");
      return true;
    };
    nlohmann::json root = nlohmann::json::parse(body, shallow);
    for (nlohmann::json& one : List(root, "series")) {
      RawSeries& series = out.emplace_back();
      for (const nlohmann::json& label : List(one, "labels")) {
        series.labels.emplace_back(Member(label, "name"), Member(label, "value"));
      }
      for (const nlohmann::json& sample : List(one, "samples")) {
        const std::string raw = Member(sample, "rawProfile");
        series.samples.push_back(
            {Base64(raw.empty() ? Member(sample, "raw_profile") : raw), Member(sample, "ID")});
      }
    }
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("not a valid PushRequest: ", e.what()));
  }
  return out;
}

// A UUID names the profile; another text does not.
std::optional<ProfileId> IdOf(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '-'), text.end());
  ProfileId id;
  const auto is_hex = [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); };
  if (text.size() != 2 * id.size() || !std::all_of(text.begin(), text.end(), is_hex)) {
    return std::nullopt;
  }
  const std::string bytes = absl::HexStringToBytes(text);
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

absl::Status AddSeries(const RawSeries& raw, int64_t received_nanos,
                       std::vector<SeriesProfile>* out) {
  for (const RawSample& sample : raw.samples) {
    absl::StatusOr<Profile> profile = ReadPushedPprof(sample.profile);
    if (!profile.ok()) return profile.status();
    std::vector<std::pair<std::string_view, std::string_view>> labels(raw.labels.begin(),
                                                                      raw.labels.end());
    const std::string type = TypeName(*profile);
    const bool named = std::any_of(labels.begin(), labels.end(),
                                   [](const auto& l) { return l.first == kTypeLabel; });
    if (!named && !type.empty()) labels.emplace_back(kTypeLabel, type);
    absl::StatusOr<LabelSet> series = SeriesOf(labels);
    if (!series.ok()) return series.status();
    MendTime(received_nanos, &*profile);
    if (const auto id = IdOf(sample.id)) profile->id = id;
    out->push_back({*std::move(series), *std::move(profile)});
  }
  return absl::OkStatus();
}

// Connect's names of the codes.
std::string CodeName(absl::StatusCode code) {
  std::string name = absl::StatusCodeToString(code);
  absl::AsciiStrToLower(&name);
  return code == absl::StatusCode::kCancelled ? "canceled" : name;
}

Response ConnectError(const absl::Status& status) {
  const nlohmann::json body = {{"code", CodeName(status.code())},
                               {"message", std::string(status.message())}};
  Response response{.status = HttpStatus(status),
                    .content_type = "application/json",
                    .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
  if (response.status == 429 || response.status == 503) {
    response.headers.emplace_back("Retry-After", "1");
  }
  return response;
}

void Push(const Request& request, Tenant& tenant, const CallContext& call, const Reply& reply) {
  const std::string type = request.MediaType();
  const bool json = type == "application/json";
  if (!json && type != "application/proto") return reply({.status = 415, .body = ""});
  auto profiles = ReadPushRequest(request.body, json, request.received_nanos);
  if (!profiles.ok()) return reply(ConnectError(profiles.status()));
  const Response done{.content_type = type, .body = json ? "{}" : ""};
  if (profiles->empty()) return reply(done);
  tenant.Push(*std::move(profiles), call, [reply, done](const PushResult& result) {
    if (!result.status.ok()) return reply(ConnectError(result.status));
    if (result.refused > 0) return reply(ConnectError(absl::InvalidArgumentError(result.refusal)));
    reply(done);
  });
}

}  // namespace

absl::StatusOr<std::vector<SeriesProfile>> ReadPushRequest(std::string_view body, bool json,
                                                           int64_t received_nanos) {
  absl::StatusOr<std::vector<RawSeries>> series = json ? FromJson(body) : FromProto(body);
  if (!series.ok()) return series.status();
  std::vector<SeriesProfile> out;
  for (size_t i = 0; i < series->size(); ++i) {
    const absl::Status added = AddSeries((*series)[i], received_nanos, &out);
    if (!added.ok()) {
      return absl::Status(added.code(), absl::StrCat("series[", i, "]: ", added.message()));
    }
  }
  return out;
}

void AddPushRoutes(Router* router) { router->AddPush("POST", "/push.v1.PusherService/Push", Push); }

}  // namespace dolerite::host
