// The dictionary of a message in the making.
#ifndef DOLERITE_FORMATS_OTLP_DICTIONARY_WRITER_H_
#define DOLERITE_FORMATS_OTLP_DICTIONARY_WRITER_H_

#include <cstdint>
#include <functional>
#include <protozero/pbf_writer.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/checksum.h"
#include "dolerite/otlp.h"
#include "model/row_set.h"

namespace dolerite::otlp {

using protozero::pbf_writer;

// Encoded entries, each once; the empty one, which says nothing, is entry 0.
class Entries {
 public:
  uint32_t Of(std::string_view entry) {
    if (entry.empty()) return 0;
    const auto is = [&](uint32_t row) { return entries_[StringId{row}] == entry; };
    return rows_.FindOrAdd(SeededHash(entry.data(), entry.size(), seed_), is,
                           [&] { return entries_.Add(entry).value; });
  }
  void Write(uint32_t number, pbf_writer* out) const {
    for (uint32_t row = 0; row < entries_.size(); ++row) {
      const std::string_view entry = entries_[StringId{row}];
      out->add_bytes(number, entry.data(), entry.size());
    }
  }

 private:
  StringTable entries_;
  RowSet rows_;
  const uint64_t seed_ = SeedFor(this);
};

// Texts as OTLP may have them: UTF-8.
class CleanTexts {
 public:
  // The text itself if it is UTF-8, else a copy with replacements, valid until the next call.
  std::string_view Of(std::string_view text);
  // The number of different texts that were replaced.
  uint64_t replaced() const { return replaced_.size(); }

 private:
  std::set<std::string, std::less<>> replaced_;
  std::string clean_;
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

// Encoded values. Texts must be clean.
std::string TextValue(std::string_view text);
std::string ArrayValue(const std::vector<std::string>& values);

// Adds profile by profile; equal entries of any of them are one.
class DictionaryWriter {
 public:
  // Takes all rows of a profile's tables. What is asked later is asked of this profile, which
  // must live so long.
  void Start(const Profile& profile);

  uint32_t String(StringId id);
  uint32_t Stack(StackId id) const { return stack_of_[id.value]; }
  uint32_t Link(LinkId id) const { return link_of_[id.value]; }
  uint32_t Attribute(std::string_view key, const std::string& value);
  std::vector<uint32_t> AttributesOf(AttributeSetId set) const;
  std::string EncodeValue(size_t label);
  std::string EncodeType(const ValueType& type);

  void Write(std::string* out) const;
  // For texts that do not go through the dictionary.
  CleanTexts& texts() { return texts_; }
  // Structured values that are not valid, and texts that are not UTF-8.
  uint64_t dropped() const { return dropped_ + texts_.replaced(); }

 private:
  bool CleanStructured(std::string_view bytes, std::string* value);
  void FillLabels();
  void FillMapping(size_t row);
  void AddBuildId(size_t row, std::vector<uint32_t>* attributes);
  void FillFunction(size_t row);
  void FillLocation(size_t row);
  void FillStack(size_t row);
  void FillLink(size_t row);

  CleanTexts texts_;
  Entries strings_, attributes_, mappings_, functions_, locations_, stacks_, links_;
  const Profile* p_ = nullptr;
  // Of the profile's rows.
  std::vector<uint32_t> string_of_;  // UINT32_MAX: not written yet
  std::vector<uint32_t> labels_, mapping_of_, function_of_, location_of_, stack_of_, link_of_;
  uint64_t dropped_ = 0;
};

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_DICTIONARY_WRITER_H_
