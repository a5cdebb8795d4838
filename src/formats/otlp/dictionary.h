// The tables that the profiles of a message share.
#ifndef DOLERITE_FORMATS_OTLP_DICTIONARY_H_
#define DOLERITE_FORMATS_OTLP_DICTIONARY_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/checksum.h"
#include "dolerite/profile.h"
#include "formats/otlp/message.h"
#include "formats/otlp/values.h"
#include "formats/otlp/wire.h"
#include "model/row_set.h"

namespace dolerite::otlp {

// What an attribute is to us beside an attribute.
enum class Role : uint8_t {
  kNone,
  kHasFunctions,
  kHasFilenames,
  kHasLineNumbers,
  kHasInlineFrames,
  kFolded,
  kBuildId,  // the most wanted first; three more follow
};

// Decodes all tables at once. Equal attributes and links have one row; mappings and functions that
// say nothing have row 0. Keeps its memory from message to message.
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
  // What a copy of all tables takes.
  size_t bytes() const;

  // The row that an index of a field stands for; faults go to `m`. With null entries, index 0 may
  // be used even if the table is empty.
  StringId String(Message& m, const char* name, uint64_t index) const {
    return {Row(m, name, Table::kString, index)};
  }
  // The same row for equal strings.
  StringId UniqueString(Message& m, const char* name, uint64_t index) {
    return Unique(String(m, name, index));
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
  // Adds the label to the list, unless there already or null.
  void Attribute(Message& m, uint64_t index, std::vector<AttributeId>* labels) const;

  // The rows of what need not outlive the call, equal ones of what this added. AddSet sorts the
  // labels.
  StackId AddStack(const LocationId* begin, const LocationId* end);
  AttributeSetId AddSet(std::vector<AttributeId>* labels);
  AttributeId AddAttribute(std::string_view key, const Value& value);

 private:
  static constexpr uint32_t kRefused = UINT32_MAX;  // the row of an entry that is not sound

  void CannotCollect(Message& m, Table table) const;
  StringId AddText(std::string_view text);
  StringId Intern(std::string_view text);
  StringId Unique(StringId id);
  // The unique row of a text; make() gives it if there is none yet.
  template <class Make>
  StringId FindText(std::string_view text, const Make& make);
  // The number that stands for a value. A text that is a view of the table must be looked up before
  // anything is added to it, since that moves the table.
  uint64_t AddValue(const Value& value);
  AttributeId AddAttribute(StringId key, AttributeKind kind, uint64_t value, StringId unit);
  AttributeSetId AddSortedSet(std::vector<AttributeId>* labels);
  template <class T>
  static uint32_t AddList(const T* begin, const T* end, uint64_t hash, RowSet* rows,
                          Lists<T>* lists);
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
  uint32_t AddLink(const std::array<uint8_t, 24>& ids);
  StringId TakeRoles(uint8_t* flags);
  bool TakeFolded();
  uint32_t AddNull(Table table);
  void Reserve();

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
  std::array<size_t, kTables> caps_{};               // of entries; none of kNone
  std::array<std::vector<uint32_t>, kTables> rows_;  // by index; of attributes label + 1, 0: null
  Symbols symbols_;
  Lists<LocationId> stacks_;
  Links links_;
  std::vector<Role> roles_;                 // of labels
  std::vector<AttributeSetId> set_of_one_;  // by label; row 0: not yet known
  uint64_t seed_ = SeedFor(this);
  size_t text_bytes_ = 0;
  RowSet texts_, label_rows_, set_rows_, stack_rows_, link_rows_;
  absl::flat_hash_map<uint32_t, StringId> units_;  // by key
  std::vector<AttributeId> set_;
};

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_DICTIONARY_H_
