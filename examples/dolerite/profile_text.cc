// Profiles as text for people. Every name goes through Plain: it is what somebody else's program
// wrote.
#include "profile_view.h"

namespace dolerite::cli {
namespace {

std::string Text(const Profile& profile, StringId id) { return Plain(profile.symbols.strings[id]); }

// `cpu 30.0ms`.
std::string ValueText(const ProfileType::Value& type, int64_t value) {
  return Plain(type.type) + " " + FormatValue(value, type.unit);
}

// Names and values, the values in one column.
struct TextFields {
  Table table{{false, false}, {}};

  // Lines without a value are left out.
  void Add(const std::string& name, const std::string& value) {
    if (!value.empty()) table.rows.push_back({name, value});
  }
};

std::string SampleTypes(const ProfileType& type) {
  std::string out;
  // Find("") is the type shown when none is named.
  const std::vector<size_t> shown_as_default = type.Find("");
  for (size_t i = 0; i < type.sample_types.size(); ++i) {
    const ProfileType::Value& value = type.sample_types[i];
    out += (i == 0 ? "" : ", ") + Plain(value.type) + "/" + Plain(value.unit);
    if (i == shown_as_default[0]) out += " (default)";
  }
  return out;
}

std::string Totals(const ProfileSummary& summary) {
  std::string out;
  for (size_t i = 0; i < summary.totals.size(); ++i) {
    out += (i == 0 ? "" : ", ") + ValueText(summary.type->sample_types[i], summary.totals[i]);
  }
  return out;
}

std::string SampleCounts(const ProfileSummary& summary, const Profile& profile) {
  const ProfileCounts counts = CountsOf(profile);
  return std::to_string(summary.samples) + ", with " + Count(counts.links, "link") + " and " +
         Count(counts.timestamps, "timestamp");
}

std::string HeaderText(const ProfileSummary& summary, const Profile& profile) {
  TextFields fields;
  const ProfileType::Value& period = summary.type->period_type;
  fields.Add("profile", std::to_string(summary.index));
  fields.Add("id", Hex(summary.id));
  fields.Add("type", Plain(summary.type->name));
  fields.Add("series", Plain(summary.series->ToString()));
  fields.Add("time", FormatTime(summary.time_nanos));
  fields.Add("duration", FormatValue(summary.duration_nanos, "nanoseconds"));
  if (profile.period != 0) fields.Add("period", ValueText(period, profile.period));
  fields.Add("sample types", SampleTypes(*summary.type));
  fields.Add("samples", SampleCounts(summary, profile));
  fields.Add("totals", Totals(summary));
  for (StringId comment : profile.comments) fields.Add("comment", Text(profile, comment));
  fields.Add("doc url", Text(profile, profile.doc_url));
  fields.Add("drop frames", Text(profile, profile.drop_frames));
  fields.Add("keep frames", Text(profile, profile.keep_frames));
  if (!profile.payload.empty()) {
    fields.Add("payload",
               Text(profile, profile.payload_format) + " " + FormatBytes(profile.payload.size()));
  }
  return fields.table.ToString();
}

std::string AttributesText(const Profile& profile) {
  const Lists<AttributeId>& sets = profile.symbols.attribute_sets;
  if (profile.attributes.value == 0 && profile.dropped_attributes == 0) return "";
  std::string out = "\nattributes\n";
  for (size_t i = 0; i < sets.length(profile.attributes.value); ++i) {
    out += "  " + LabelText(profile, sets.begin(profile.attributes.value)[i]) + "\n";
  }
  if (profile.dropped_attributes > 0) {
    out += "  (" + std::to_string(profile.dropped_attributes) + " dropped by the sender)\n";
  }
  return out;
}

std::string MappingsText(const Profile& profile) {
  // Row 0 is no mapping; a table of it alone would be empty.
  const Mappings& mappings = profile.symbols.mappings;
  if (mappings.size() <= 1) return "";
  Table table{{false, false, false, false}, {}};
  table.rows.push_back({"mappings", "offset", "build id", "file"});
  for (size_t i = 1; i < mappings.size(); ++i) {
    table.rows.push_back(
        {"  " + FormatAddress(mappings.start[i]) + "-" + FormatAddress(mappings.limit[i]),
         FormatAddress(mappings.offset[i]), Text(profile, mappings.build_id[i]),
         Text(profile, mappings.file[i])});
  }
  return "\n" + table.ToString();
}

// An address replaces a missing name; the mapping then says where it is.
std::string FrameText(const Profile& profile, const Frame& frame) {
  std::string out =
      "  " + (frame.function.empty() ? FormatAddress(frame.address) : Plain(frame.function));
  if (!frame.file.empty()) out += "  " + Plain(frame.file);
  if (frame.line != 0) out += ":" + std::to_string(frame.line);
  if (frame.column != 0) out += ":" + std::to_string(frame.column);
  if (frame.function.empty() && !frame.mapping.empty()) out += "  [" + Plain(frame.mapping) + "]";
  if (frame.inlined) out += "  (inlined)";
  if (frame.attributes.value != 0) out += "  {" + LabelsText(profile, frame.attributes) + "}";
  return out + "\n";
}

std::string TimesText(const SampleView& sample) {
  std::string out;
  for (size_t i = 0; i < sample.times.size(); ++i) {
    out += "  at " + FormatNanos(sample.times[i]);
    if (!sample.time_values.empty()) out += ", " + std::to_string(sample.time_values[i]);
    out += "\n";
  }
  return out;
}

std::string SampleText(const ProfileType& type, const Profile& profile, const SampleView& sample) {
  std::string out = "\nsample " + std::to_string(sample.row) + ": ";
  for (size_t i = 0; i < sample.values.size(); ++i) {
    out += (i == 0 ? "" : ", ") + ValueText(type.sample_types[i], sample.values[i]);
  }
  out += "\n";
  if (sample.labels.value != 0) out += "  {" + LabelsText(profile, sample.labels) + "}\n";
  if (sample.link.value != 0) {
    out += "  trace " + Hex(profile.links.trace_id[sample.link.value]) + " span " +
           Hex(profile.links.span_id[sample.link.value]) + "\n";
  }
  out += TimesText(sample);
  ForEachFrame(profile, sample.stack,
               [&](const Frame& frame) { out += "  " + FrameText(profile, frame); });
  return out;
}

}  // namespace

absl::Status PrintText(const ProfileSummary& summary, const Profile& profile,
                       const ByteSink& sink) {
  const std::string header =
      HeaderText(summary, profile) + AttributesText(profile) + MappingsText(profile);
  if (absl::Status status = sink(header); !status.ok()) return status;
  return ForEachSample(profile, [&](const SampleView& sample) {
    return sink(SampleText(*summary.type, profile, sample));
  });
}

}  // namespace dolerite::cli
