// The tables that the profiles of a message share.
#ifndef DOLERITE_FORMATS_OTLP_DICTIONARY_H_
#define DOLERITE_FORMATS_OTLP_DICTIONARY_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/checksum.h"
#include "dolerite/profile.h"
#include "formats/otlp/message.h"
#include "formats/otlp/values.h"
#include "formats/otlp/wire.h"
#include "model/attribute_index.h"
#include "model/row_set.h"

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
  void Clear(const ReadLimits& limits);
  // Collects the entries of a message that holds tables; may be called several times.
  // The bytes must outlive this.
  absl::Status Collect(Context& context, std::string_view bytes, const Path& path);
  // The entry that the present field of a message is.
  void Collect(Message& m, Table table) {
    FieldRuns& entries = entries_[static_cast<size_t>(table)];
    if (m.field().type == WireType::kBytes && entries.size() < caps_[static_cast<size_t>(table)]) {
      entries.Add(m.field());
    } else {
      CannotCollect(m, table);
    }
  }
  absl::Status Decode(Context& context, const Path& path);

  const Symbols& symbols() const { return symbols_; }
  // Hands the tables over. They are empty, or what the profile's were, until Clear.
  void MoveTo(Profile* profile);
  const Lists<LocationId>& stacks() const { return stacks_; }
  const Links& links() const { return links_; }
  // For values that refer to the string table.
  TextReferences texts() const {
    return {symbols_.strings, rows_[static_cast<size_t>(Table::kString)]};
  }
  // What a copy of all tables takes.
  size_t bytes() const;

  // The row of an index of the message; faults go to `m`. With null entries, index 0 may
  // be used even if the table is empty.
  StringId String(Message& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kString, index)};
  }
  MappingId Mapping(Message& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kMapping, index)};
  }
  FunctionId Function(Message& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kFunction, index)};
  }
  LocationId Location(Message& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kLocation, index)};
  }
  LinkId Link(Message& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kLink, index)};
  }
  StackId Stack(Message& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kStack, index)};
  }
  // Adds the attribute to the list, unless it is there already or null.
  void Attribute(Message& m, uint64_t index, std::vector<AttributeId>* attributes) const;

  // The rows of what need not outlive the call. AddSet sorts the attributes.
  StackId AddStack(const LocationId* begin, const LocationId* end);
  AttributeSetId AddSet(std::vector<AttributeId>* attributes);
  AttributeId AddAttribute(std::string_view key, const Value& value);

 private:
  static constexpr uint32_t kRefused = UINT32_MAX;  // the row of an entry that is not sound

  void CannotCollect(Message& m, Table table) const;
  StringId Intern(std::string_view text);
  // Attributes::value for a value: a row of strings, or the number itself.
  uint64_t AddValue(const Value& value);
  AttributeId AddAttribute(StringId key, AttributeKind kind, uint64_t value, StringId unit);
  MappingId AddMapping(uint64_t start, uint64_t limit, uint64_t offset, StringId file,
                       StringId build_id, uint8_t flags, AttributeSetId attributes);
  FunctionId AddFunction(StringId name, StringId system_name, StringId file, int64_t start_line);
  // With the lines pushed since the last location, which are taken back if the location is there.
  LocationId AddLocation(MappingId mapping, uint64_t address, bool folded,
                         AttributeSetId attributes);
  // The stack of the items pushed since the last stack.
  StackId CloseStack();
  template <class DecodeEntry>
  absl::Status DecodeTable(Context& context, Table table, const Path& path,
                           const DecodeEntry& decode);
  absl::Status DecodeStrings(Context& context, const Path& path);
  // Each takes the message of an entry and gives its row. Faults go to the message.
  uint32_t DecodeUnit(Message& m);
  uint32_t DecodeAttribute(Context& context, Message& m);
  uint32_t DecodeMapping(Message& m);
  uint32_t DecodeFunction(Message& m);
  uint32_t DecodeLocation(Context& context, Message& m);
  uint32_t DecodeStack(Message& m);
  uint32_t DecodeLink(Message& m);
  Line DecodeLine(Context& context, Message& location, int64_t row);
  StringId TakeRoles(uint8_t* flags);
  bool TakeFolded();
  uint32_t AddNull(Table table);
  absl::Status Reserve(Context& context);

  // Rows are known for the tables that were decoded before.
  uint32_t Row(Message& m, const char* name, Table table, uint64_t index) const {
    const std::vector<uint32_t>& rows = rows_[static_cast<size_t>(table)];
    if (index < rows.size() && rows[index] != kRefused) return rows[index];
    return NoRow(m, name, table, index);
  }
  uint32_t NoRow(Message& m, const char* name, Table table, uint64_t index) const;
  size_t SizeOf(Table table) const { return entries_[static_cast<size_t>(table)].size(); }
  uint64_t HashOf(const void* data, size_t size) const { return SeededHash(data, size, seed_); }

  OtlpLayout layout_ = OtlpLayout::k1_11;
  std::array<FieldRuns, kTables> entries_;
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

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_DICTIONARY_H_
