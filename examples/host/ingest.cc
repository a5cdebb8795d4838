// POST /ingest?name=app{k=v}&from=&until=&format=..: the body's form depends on `format` and on the
// content type, as Pyroscope's SDKs send it. A body is unwrapped, read, named, and pushed.
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "dolerite/decompress.h"
#include "folded.h"
#include "parameters.h"
#include "pushed_profile.h"
#include "pyroscope_push.h"

namespace dolerite::host {
namespace {

constexpr int64_t kNanosASecond = 1'000'000'000;

// `app{k=v,k2=v2}`: no quotes; the app is the service unless a label says it.
std::vector<std::pair<std::string_view, std::string_view>> LabelsOf(std::string_view name) {
  std::vector<std::pair<std::string_view, std::string_view>> labels;
  const size_t brace = std::min(name.find('{'), name.size());
  std::string_view rest = name.substr(std::min(brace + 1, name.size()));
  rest = rest.substr(0, rest.rfind('}'));
  bool has_service = false;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    labels.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    has_service = has_service || labels.back().first == kServiceLabel;
  }
  if (!has_service) labels.emplace_back(kServiceLabel, name.substr(0, brace));
  return labels;
}

// Of what is no time, `now` among it, the time of the request.
int64_t TimeOf(const Request& request, std::string_view parameter) {
  const int64_t now = request.received_nanos;
  const int64_t time = ReadTime(request.Parameter(parameter).value_or(""), now).value_or(0);
  return time > 0 ? time : now;
}

// {"delay": {"display-name": "mutex_duration", ..}, ..}
absl::StatusOr<DisplayNames> ReadConfig(std::string_view text) {
  DisplayNames names;
  if (text.empty()) return names;
  const nlohmann::json config = nlohmann::json::parse(text, nullptr, false);
  if (!config.is_object()) {
    return absl::InvalidArgumentError("sample_type_config is not a JSON object");
  }
  for (const auto& [type, settings] : config.items()) {
    if (!settings.is_object()) continue;
    const auto shown = settings.find("display-name");
    if (shown != settings.end() && shown->is_string()) names[type] = *shown;
  }
  return names;
}

struct Body {
  std::string_view bytes;
  std::string format;  // pprof, folded, lines
  DisplayNames names;
};

absl::Status Unsupported(std::string_view what) {
  return absl::UnimplementedError(absl::StrCat(
      std::string(what), ": this host takes pprof (raw or multipart) and folded text"));
}

constexpr size_t kMostParts = 16;

// The value behind `name=`, with or without quotes; "" if it is not there.
std::string_view Value(std::string_view text, std::string_view name) {
  size_t at = text.find(name);
  // `filename=` is not `name=`.
  while (at != std::string_view::npos && at > 0 && text[at - 1] != ' ' && text[at - 1] != ';') {
    at = text.find(name, at + 1);
  }
  if (at == std::string_view::npos) return "";
  text.remove_prefix(at + name.size());
  if (!text.starts_with('"')) return text.substr(0, text.find_first_of("; \r\n"));
  const size_t end = text.find('"', 1);
  return end == std::string_view::npos ? "" : text.substr(1, end - 1);
}

absl::Status Broken(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("multipart body: ", std::string(what)));
}

// RFC 7578: `--BOUNDARY CRLF headers CRLF CRLF content CRLF --BOUNDARY .. --BOUNDARY--`. By name
// the content of each part, as views into `body`.
absl::StatusOr<std::map<std::string, std::string_view>> ReadMultipart(std::string_view content_type,
                                                                      std::string_view body) {
  const std::string_view boundary = Value(content_type, "boundary=");
  if (boundary.empty() || boundary.size() > 70) return Broken("no boundary of 1 to 70 bytes");
  const std::string mark = absl::StrCat("--", std::string(boundary));
  const std::string end_mark = "\r\n" + mark;
  std::map<std::string, std::string_view> parts;
  if (!body.starts_with(mark)) return Broken("it does not begin with its boundary");
  body.remove_prefix(mark.size());
  while (!body.starts_with("--")) {
    if (!body.starts_with("\r\n")) return Broken("no end of line after a boundary");
    const size_t head_end = body.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return Broken("a part without an end of its headers");
    const std::string_view head = body.substr(0, head_end);
    const size_t end = body.find(end_mark, head_end + 2);
    if (end == std::string_view::npos) return Broken("a part without an end");
    const std::string name(Value(head, "name="));
    const size_t begin = head_end + 4;
    const std::string_view content = end < begin ? "" : body.substr(begin, end - begin);
    if (!parts.emplace(name, content).second) return Broken("two parts of one name");
    if (parts.size() > kMostParts) return Broken("more than 16 parts");
    body.remove_prefix(end + end_mark.size());
  }
  return parts;
}

// Takes a multipart body apart.
absl::Status Unwrap(const Request& request, Body* body) {
  auto parts = ReadMultipart(request.Header("Content-Type").value_or(""), request.body);
  if (!parts.ok()) return parts.status();
  if (parts->contains("jfr")) return Unsupported("JFR");
  if (parts->contains("prev_profile")) {
    return absl::InvalidArgumentError(
        "prev_profile: such clients send sums since their start; use one that sends deltas");
  }
  const auto profile = parts->find("profile");
  if (profile == parts->end()) {
    return absl::InvalidArgumentError("the multipart body has no part `profile`");
  }
  body->bytes = profile->second;
  body->format = "pprof";
  absl::StatusOr<DisplayNames> names = ReadConfig((*parts)["sample_type_config"]);
  if (!names.ok()) return names.status();
  body->names = *std::move(names);
  return absl::OkStatus();
}

absl::StatusOr<Body> BodyOf(const Request& request) {
  const std::string format(request.Parameter("format").value_or(""));
  for (const char* dead : {"jfr", "trie", "tree", "speedscope"}) {
    if (format == dead) return Unsupported(absl::StrCat("format=", format));
  }
  Body body{.bytes = request.body};
  if (request.MediaType() == "multipart/form-data") {
    if (absl::Status status = Unwrap(request, &body); !status.ok()) return status;
  } else if (format == "pprof") {
    body.format = "pprof";
  } else {
    body.format = format == "lines" ? "lines" : "folded";
  }
  return body;
}

// What counted samples mean: time on the CPU by the sample rate, or a number of `units`.
FoldedOptions FoldedOptionsOf(const Request& request, bool lines) {
  FoldedOptions options{.lines = lines};
  const std::string units(request.Parameter("units").value_or(""));
  if (!units.empty() && units != "samples") {
    options = {lines, units == "bytes" ? "space" : units, units == "bytes" ? "bytes" : "count", 1};
    return options;
  }
  const std::string_view text = request.Parameter("sampleRate").value_or("");
  int64_t rate = 0;
  std::from_chars(text.data(), text.data() + text.size(), rate);
  options.factor = kNanosASecond / (rate > 0 && rate <= kNanosASecond ? rate : 100);
  return options;
}

absl::StatusOr<Profile> ReadBody(const Request& request, const Body& body) {
  if (body.format == "pprof") return ReadPushedPprof(body.bytes);
  absl::StatusOr<std::string> text = Decompress(body.bytes);
  if (!text.ok()) return Refused(text.status());
  return ReadFolded(*text, FoldedOptionsOf(request, body.format == "lines"));
}

absl::StatusOr<SeriesProfile> ReadIngest(const Request& request) {
  const std::string_view name = request.Parameter("name").value_or("");
  if (name.empty()) return absl::InvalidArgumentError("expected ?name=SERVICE{LABEL=VALUE,..}");
  absl::StatusOr<Body> body = BodyOf(request);
  if (!body.ok()) return body.status();
  absl::StatusOr<Profile> profile = ReadBody(request, *body);
  if (!profile.ok()) return profile.status();
  auto labels = LabelsOf(name);
  const std::string type = TypeName(*profile, body->names);
  if (!type.empty()) labels.emplace_back(kTypeLabel, type);
  if (const auto spy = request.Parameter("spyName")) labels.emplace_back("pyroscope_spy", *spy);
  absl::StatusOr<LabelSet> series = SeriesOf(labels);
  if (!series.ok()) return series.status();
  const int64_t from = TimeOf(request, "from"), until = TimeOf(request, "until");
  MendTime(from, &*profile);
  // A pprof says it itself, or its sender does not know.
  if (body->format != "pprof" && until > from) profile->duration_nanos = until - from;
  return SeriesProfile{*std::move(series), *std::move(profile)};
}

// 415 for a form that is not taken, 422 for a profile that is not valid.
Response IngestError(const absl::Status& status) {
  Response response = PlainError(status);
  if (absl::IsInvalidArgument(status)) response.status = 422;
  if (absl::IsUnimplemented(status)) response.status = 415;
  return response;
}

void Ingest(const Request& request, Tenant& tenant, const CallContext& call, const Reply& reply) {
  absl::StatusOr<SeriesProfile> profile = ReadIngest(request);
  if (!profile.ok()) return reply(IngestError(profile.status()));
  std::vector<SeriesProfile> profiles;
  profiles.push_back(*std::move(profile));
  tenant.Push(profiles, call, [reply](const PushResult& result) {
    if (!result.status.ok()) return reply(IngestError(result.status));
    if (result.refused > 0) return reply(IngestError(absl::InvalidArgumentError(result.refusal)));
    reply({});
  });
}

}  // namespace

void AddIngestRoutes(Router* router) { router->AddPush("POST", "/ingest", Ingest); }

}  // namespace dolerite::host
