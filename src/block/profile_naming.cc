#include "block/profile_naming.h"

#include <optional>
#include <string_view>

namespace dolerite {

namespace {

// The name of a profile's type where no label gives one: heap and contention profiles by their
// values, others by what is sampled, else by the last sample type, which pprof takes as default.
std::string DeriveTypeName(const ProfileType& type) {
  const auto has = [&](std::string_view name) { return !type.Find(name).empty(); };
  if (has("inuse_space") || has("alloc_space")) return "heap";
  if (has("contentions")) return "contentions";
  if (!type.period_type.type.empty()) return type.period_type.type;
  return type.sample_types.empty() ? "" : type.sample_types.back().type;
}

ProfileType::Value ValueOf(const Profile& profile, const ValueType& type) {
  const StringTable& strings = profile.symbols.strings;
  return {std::string(strings[type.type]), std::string(strings[type.unit])};
}

}  // namespace

// The first label in the order of the options wins; empty values count as missing.
std::string NameOfType(const ProfileType& type, const LabelSet& series,
                       std::span<const std::string> type_labels) {
  for (const std::string& label : type_labels) {
    const std::optional<std::string_view> value = series.Get(label);
    if (value && !value->empty()) return std::string(*value);
  }
  return DeriveTypeName(type);
}

ProfileType TypeOf(const Profile& profile, const LabelSet& series,
                   std::span<const std::string> type_labels) {
  ProfileType type;
  for (const ValueType& t : profile.sample_types) {
    type.sample_types.push_back(ValueOf(profile, t));
  }
  type.default_sample_type = profile.symbols.strings[profile.default_sample_type];
  type.period_type = ValueOf(profile, profile.period_type);
  type.name = NameOfType(type, series, type_labels);
  return type;
}

ProfileHeader HeaderOf(const Profile& p, AttributeSetId attributes) {
  const StringTable& strings = p.symbols.strings;
  ProfileHeader header;
  header.period = p.period;
  header.drop_frames = strings[p.drop_frames];
  header.keep_frames = strings[p.keep_frames];
  header.doc_url = strings[p.doc_url];
  header.payload_format = strings[p.payload_format];
  header.attributes = attributes;
  header.dropped_attributes = p.dropped_attributes;
  for (StringId comment : p.comments) header.comments.emplace_back(strings[comment]);
  return header;
}

size_t MemoryOf(const ProfileHeader& header) {
  size_t bytes = sizeof(header) + header.comments.capacity() * sizeof(std::string);
  for (const std::string* text :
       {&header.drop_frames, &header.keep_frames, &header.doc_url, &header.payload_format}) {
    bytes += text->capacity();
  }
  for (const std::string& comment : header.comments) bytes += comment.capacity();
  return bytes;
}

}  // namespace dolerite
