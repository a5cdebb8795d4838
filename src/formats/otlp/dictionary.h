// The tables that the profiles of a message share.
#ifndef DOLERITE_FORMATS_OTLP_DICTIONARY_H_
#define DOLERITE_FORMATS_OTLP_DICTIONARY_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/checksum.h"
#include "dolerite/profile.h"
#include "formats/otlp/message.h"
#include "formats/otlp/values.h"
#include "formats/otlp/wire.h"
#include "formats/wire/spans.h"
#include "model/attribute_index.h"
#include "model/row_set.h"
#include "model/symbol_columns.h"

namespace dolerite::otlp {

// Attributes that also fill a field of mappings or locations.
enum class Role : uint8_t {
  kNone,
  kHasFunctions,
  kHasFilenames,
  kHasLineNumbers,
  kHasInlineFrames,
  kFolded,
  kBuildId,  // the most wanted first; three more follow
};

// Decodes all tables at once. Entries that say the same have one row, however often a table has
// them; mappings and functions that say nothing have row 0. The indexes of a message thus differ
// from rows: each look-up below translates. Keeps its memory from message to message.
class Dictionary {
 public:
  // Messages to come lie in `bytes`, which has less than 4 GiB and must outlive this.
  void Clear(const ReadLimits& limits, std::string_view bytes);
  // Collects the entries of a message that holds tables; may be called several times.
  absl::Status Collect(Context& context, std::string_view bytes, const Path& path);
  // The entry that the present field of a message is, and those of the same table that follow.
  void Collect(Context& context, Message& m, Table table);
  absl::Status Decode(Context& context, const Path& path);

  const Symbols& symbols() const { return symbols_; }
  // Hands the tables over, and takes those of the profile, of no use until Clear.
  void MoveTo(Profile* profile);
  const Lists<LocationId>& stacks() const { return stacks_; }
  const Links& links() const { return links_; }
  // For values that refer to the string table.
  TextReferences texts() const {
    return {symbols_.strings, rows_[static_cast<size_t>(Table::kString)]};
  }
  // What a copy of all tables takes.
  size_t bytes() const;

  // The row of an index of the message; faults go to `m`, a Message or a PlainMessage. With null
  // entries, index 0 may be used even if the table is empty.
  template <class M>
  StringId String(M& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kString, index)};
  }
  template <class M>
  MappingId Mapping(M& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kMapping, index)};
  }
  template <class M>
  FunctionId Function(M& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kFunction, index)};
  }
  template <class M>
  LocationId Location(M& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kLocation, index)};
  }
  template <class M>
  LinkId Link(M& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kLink, index)};
  }
  template <class M>
  StackId Stack(M& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kStack, index)};
  }
  // Adds the attribute to the list, unless it is there already or null.
  template <class M>
  void Attribute(M& m, uint64_t index, std::vector<AttributeId>* attributes) const;

  // The rows of what need not outlive the call. AddSet sorts the attributes.
  StackId AddStack(const LocationId* begin, const LocationId* end);
  AttributeSetId AddSet(std::vector<AttributeId>* attributes);
  AttributeId AddAttribute(std::string_view key, const Value& value);
  StringId AddText(std::string_view text);

 private:
  static constexpr uint32_t kRefused = UINT32_MAX;  // the row of an entry that is not sound

  // Attributes::value for a value: a row of strings, or the number itself.
  uint64_t AddValue(const Value& value);
  AttributeId AddAttribute(StringId key, AttributeKind kind, uint64_t value, StringId unit);
  MappingId AddMapping(uint64_t start, uint64_t limit, uint64_t offset, StringId file,
                       StringId build_id, uint8_t flags, AttributeSetId attributes);
  FunctionId AddFunction(StringId name, StringId system_name, StringId file, int64_t start_line,
                         FunctionColumns* to);
  // With the lines pushed since the last location, which are taken back if the location is there.
  LocationId AddLocation(MappingId mapping, uint64_t address, bool folded,
                         AttributeSetId attributes, LocationColumns* to);
  // The stack of the items pushed since the last stack.
  StackId CloseStack();
  template <class DecodeEntry>
  absl::Status DecodeTable(Context& context, Table table, const Path& path,
                           const DecodeEntry& decode);
  absl::Status DecodeStrings(Context& context, const Path& path);
  absl::Status DecodeFunctions(Context& context, const Path& path);
  absl::Status DecodeLocations(Context& context, const Path& path);
  // Each takes the message of an entry and gives its row. Faults go to the message. M is a Message
  // or a PlainMessage; the careful reader alone reads units, which are few.
  uint32_t DecodeUnit(Message& m);
  uint32_t DecodeUnit(PlainMessage& m) { return m.Unknown(), 0; }
  template <class M>
  uint32_t DecodeAttribute(Context& context, const Path& path, M& m);
  template <class M>
  uint32_t DecodeMapping(M& m);
  template <class M>
  uint32_t DecodeFunction(M& m, FunctionColumns* to);
  template <class M>
  uint32_t DecodeLocation(Context& context, const Path& path, M& m, LocationColumns* to);
  template <class M>
  Line DecodeLine(Context& context, const Path& path, M& location);
  template <class M>
  uint32_t DecodeStack(M& m);
  template <class M>
  void TakeLocations(M& m);
  template <class M>
  uint32_t DecodeLink(M& m);
  StringId TakeRoles(uint8_t* flags);
  bool TakeFolded();
  absl::Status Reserve(Context& context);

  // Rows are known for the tables that were decoded before.
  template <class M>
  uint32_t Row(M& m, const char* name, Table table, uint64_t index) const {
    const std::vector<uint32_t>& rows = rows_[static_cast<size_t>(table)];
    if (index < rows.size() && rows.data()[index] != kRefused) return rows.data()[index];
    return NoRow(m, name, table, index);
  }
  uint32_t NoRow(Message& m, const char* name, Table table, uint64_t index) const;
  uint32_t NoRow(PlainMessage& m, const char*, Table, uint64_t) const { return m.Unknown(), 0; }
  size_t SizeOf(Table table) const { return entries_[static_cast<size_t>(table)].size(); }
  uint64_t HashOf(const void* data, size_t size) const { return SeededHash(data, size, seed_); }

  OtlpLayout layout_ = OtlpLayout::k1_11;
  std::array<Spans, kTables> entries_;
  std::array<size_t, kTables> caps_{};               // of entries; 0 for kNone
  std::array<std::vector<uint32_t>, kTables> rows_;  // by index; of attributes row + 1, 0: null
  Symbols symbols_;
  Lists<LocationId> stacks_;
  Links links_;
  std::vector<Role> roles_;                 // of attributes
  std::vector<AttributeSetId> set_of_one_;  // by attribute; row 0: not yet known
  uint64_t seed_ = SeedFor(this);
  size_t text_bytes_ = 0;
  RowSet texts_, mapping_rows_, function_rows_, location_rows_, stack_rows_;
  AttributeIndex attribute_index_{seed_};
  LinkIndex link_index_{seed_};
  std::vector<StringId> units_;  // up to 1.7: by row of the key
  std::vector<AttributeId> set_;
};

// Attributes of a set are few (limits.labels_per_sample), so a search through them is linear in
// that bound.
template <class M>
void Dictionary::Attribute(M& m, uint64_t index, std::vector<AttributeId>* attributes) const {
  const uint32_t row = Row(m, "attribute_indices", Table::kAttribute, index);
  if (row == 0) return;
  const AttributeId id{row - 1};
  if (std::find(attributes->begin(), attributes->end(), id) != attributes->end()) return;
  const size_t most = m.limits().labels_per_sample;
  if (attributes->size() >= most) {
    m.SetStatus(CheckLimit("otlp: labels_per_sample", attributes->size() + 1, most));
  } else {
    attributes->push_back(id);
  }
}

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_DICTIONARY_H_
