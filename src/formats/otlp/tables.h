// The dictionary of a message in the making.
#ifndef DOLERITE_FORMATS_OTLP_TABLES_H_
#define DOLERITE_FORMATS_OTLP_TABLES_H_

#include <cstdint>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "dolerite/otlp.h"
#include "formats/otlp/message.h"

namespace dolerite::otlp {

using protozero::pbf_writer;

// Encoded entries, each once; the empty one, which says nothing, is entry 0.
class Entries {
 public:
  Entries() { Of(""); }
  uint32_t Of(std::string_view entry) {
    const auto [at, is_new] =
        index_.try_emplace(std::string(entry), static_cast<uint32_t>(order_.size()));
    if (is_new) order_.push_back(at->first);
    return at->second;
  }
  void Write(uint32_t number, pbf_writer* out) const {
    for (const std::string& entry : order_) out->add_bytes(number, entry);
  }

 private:
  absl::flat_hash_map<std::string, uint32_t> index_;
  std::vector<std::string> order_;
};

// Zero is what a field that is not there means.
inline void Put(pbf_writer* w, uint32_t number, uint64_t value) {
  if (value != 0) w->add_uint64(number, value);
}
inline void PutText(pbf_writer* w, uint32_t number, std::string_view text) {
  if (!text.empty()) w->add_bytes(number, text.data(), text.size());
}
inline void PutAll(pbf_writer* w, uint32_t number, const std::vector<uint32_t>& values) {
  w->add_packed_uint32(number, values.begin(), values.end());
}

// Encoded values.
std::string TextValue(std::string_view text);
std::string ArrayValue(const std::vector<std::string>& values);

// Adds profile by profile; equal entries of any of them are one.
class TableEncoder {
 public:
  TableEncoder() : context_{options_, report_} {}

  // Takes all rows of a profile's tables. What is asked later is asked of this profile, which
  // must live so long.
  void Start(const Profile& profile);

  uint32_t String(StringId id) { return strings_.Of(p_->symbols.strings[id]); }
  uint32_t Stack(StackId id) const { return stack_of_[id.value]; }
  uint32_t Link(LinkId id) const { return link_of_[id.value]; }
  uint32_t Attribute(std::string_view key, const std::string& value);
  std::vector<uint32_t> AttributesOf(AttributeSetId set) const;
  std::string EncodeValue(size_t label);
  std::string EncodeType(const ValueType& type);

  void Write(std::string* out) const;
  // Structured values that are none.
  uint64_t dropped() const { return dropped_; }

 private:
  void FillLabels();
  void FillMapping(size_t row);
  void AddBuildId(size_t row, std::vector<uint32_t>* attributes);
  void FillFunction(size_t row);
  void FillLocation(size_t row);
  void FillStack(size_t row);
  void FillLink(size_t row);

  const OtlpReadOptions options_;
  OtlpReadReport report_;
  Context context_;  // to check structured values with
  Entries strings_, attributes_, mappings_, functions_, locations_, stacks_, links_;
  const Profile* p_ = nullptr;
  // Of the profile's rows.
  std::vector<uint32_t> labels_, mapping_of_, function_of_, location_of_, stack_of_, link_of_;
  uint64_t dropped_ = 0;
};

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_TABLES_H_
