// Profiles as JSON, one object a line: the profile first, then its samples, so that a reader needs
// no more memory than for one sample.
#include "dolerite/answer_json.h"
#include "profile_view.h"

namespace dolerite::cli {
namespace {

Json ValueTypeJson(const ProfileType::Value& value) {
  return {{"type", value.type}, {"unit", value.unit}};
}

Json MappingsJson(const Profile& profile) {
  const Mappings& mappings = profile.symbols.mappings;
  const StringTable& strings = profile.symbols.strings;
  Json out = Json::array();
  // Row 0 is no mapping.
  for (size_t i = 1; i < mappings.size(); ++i) {
    Json mapping = {{"start", FormatAddress(mappings.start[i])},
                    {"limit", FormatAddress(mappings.limit[i])},
                    {"offset", FormatAddress(mappings.offset[i])},
                    {"file", std::string(strings[mappings.file[i]])},
                    {"build_id", std::string(strings[mappings.build_id[i]])}};
    if (mappings.attributes[i].value != 0) {
      mapping["attributes"] = LabelsJson(profile, mappings.attributes[i]);
    }
    out.push_back(std::move(mapping));
  }
  return out;
}

// What is seldom there.
void AddHeader(const Profile& profile, Json* out) {
  const StringTable& strings = profile.symbols.strings;
  const auto add = [&](const char* name, StringId text) {
    if (!strings[text].empty()) (*out)[name] = std::string(strings[text]);
  };
  for (StringId comment : profile.comments) {
    (*out)["comments"].push_back(std::string(strings[comment]));
  }
  add("doc_url", profile.doc_url);
  add("drop_frames", profile.drop_frames);
  add("keep_frames", profile.keep_frames);
  add("payload_format", profile.payload_format);
  // A payload is any bytes of any size; only its length is said.
  if (!profile.payload.empty()) (*out)["payload_bytes"] = profile.payload.size();
  if (!profile.unknown_fields.empty()) (*out)["unknown_bytes"] = profile.unknown_fields.size();
}

}  // namespace

// The same fields as in `ls --json`, which needs no samples.
Json SummaryJson(const ProfileSummary& summary) {
  Json labels = Json::object(), types = Json::array();
  for (const auto& [name, value] : summary.series->pairs()) labels[name] = value;
  for (const ProfileType::Value& value : summary.type->sample_types) {
    types.push_back(ValueTypeJson(value));
  }
  return {{"index", summary.index},
          {"id", Hex(summary.id)},
          {"type", summary.type->name},
          {"time", FormatTime(summary.time_nanos)},
          {"time_nanos", summary.time_nanos},
          {"duration_nanos", summary.duration_nanos},
          {"samples", summary.samples},
          {"labels", labels},
          {"sample_types", types},
          {"totals", summary.totals}};
}

void AddDetails(const Profile& profile, Json* json) {
  const ProfileCounts counts = CountsOf(profile);
  (*json)["links"] = counts.links;
  (*json)["timestamps"] = counts.timestamps;
  (*json)["attributes"] = LabelsJson(profile, profile.attributes);
  if (profile.dropped_attributes > 0) (*json)["dropped_attributes"] = profile.dropped_attributes;
}

// Written line by line: a whole profile as JSON may be many times its size.
absl::Status PrintJson(const ProfileSummary& summary, const Profile& profile,
                       const ByteSink& sink) {
  Json header = SummaryJson(summary);
  header["default_sample_type"] = summary.type->default_sample_type;
  header["period"] = profile.period;
  header["period_type"] = ValueTypeJson(summary.type->period_type);
  AddDetails(profile, &header);
  AddHeader(profile, &header);
  header["mappings"] = MappingsJson(profile);
  if (absl::Status status = sink(JsonLine(header)); !status.ok()) return status;
  return VisitSampleLines(profile, sink);
}

}  // namespace dolerite::cli
