// The tables that the profiles of a message share.
#ifndef DOLERITE_FORMATS_OTLP_DICTIONARY_H_
#define DOLERITE_FORMATS_OTLP_DICTIONARY_H_

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "dolerite/profile.h"
#include "formats/otlp_message.h"
#include "formats/otlp_values.h"
#include "formats/otlp_wire.h"

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

// Decodes all tables at once. Rows of functions, mappings and links are indexes, or one more
// in layouts that have no null entries. Equal strings, attributes, links and stacks have one row.
class Dictionary {
 public:
  // Collects the entries of a message that holds tables; may be called several times.
  // The bytes must outlive this.
  absl::Status Collect(Context& context, std::string_view bytes, const Path& path);
  absl::Status Collect(Context& context, const WireField& field, const Path& path);
  absl::Status Decode(Context& context, const Path& path);

  const Symbols& symbols() const { return symbols_; }
  const Lists<LocationId>& stacks() const { return stacks_; }
  const Links& links() const { return links_; }

  // The row that an index of a field stands for; faults go to `m`. With null entries, index 0 may
  // be used even if the table is empty.
  StringId String(Message& m, const char* name, uint64_t index) const;
  MappingId Mapping(Message& m, const char* name, uint64_t index) const;
  FunctionId Function(Message& m, const char* name, uint64_t index) const;
  LocationId Location(Message& m, const char* name, uint64_t index) const;
  LinkId Link(Message& m, const char* name, uint64_t index) const;
  StackId Stack(Message& m, const char* name, uint64_t index) const;
  // Adds the label to the list, unless there already or null.
  void Attribute(Message& m, uint64_t index, std::vector<LabelId>* labels) const;

  // The row of a text that lives as long as the message, or is in the table.
  StringId Intern(std::string_view text);
  StackId AddStack(const LocationId* begin, const LocationId* end);
  // The row of a set. Sorts the labels.
  LabelSetId AddSet(std::vector<LabelId>* labels);
  // A label whose key and value need not outlive the call.
  LabelId AddOwnLabel(std::string key, const Value& value);

 private:
  // The number that stands for a value. A text that is a view of the table must be looked up before
  // anything is added to it, since that moves the table.
  uint64_t AddValue(const Value& value);
  LabelId AddLabel(StringId key, LabelKind kind, uint64_t value, StringId unit);
  template <class DecodeEntry>
  absl::Status DecodeTable(Context& context, Table table, const Path& path,
                           const DecodeEntry& decode);
  absl::Status DecodeStrings(Context& context, const Path& path);
  absl::Status DecodeUnit(Message& m);
  absl::Status DecodeAttribute(Context& context, Message& m);
  absl::Status DecodeMapping(Message& m);
  absl::Status DecodeFunction(Message& m);
  absl::Status DecodeLocation(Context& context, Message& m);
  absl::Status DecodeLine(Context& context, std::string_view bytes, const Path& path, Line* line);
  absl::Status DecodeStack(Context& context, Message& m);
  absl::Status DecodeLink(Message& m);
  void AddNull(Table table);
  uint32_t Row(Message& m, const char* name, Table table, uint64_t index) const;
  size_t SizeOf(Table table) const { return entries_[static_cast<size_t>(table)].size(); }

  OtlpLayout layout_ = OtlpLayout::k1_11;
  std::array<std::vector<std::string_view>, kTables> entries_;
  Symbols symbols_;
  Lists<LocationId> stacks_;
  Links links_;
  std::vector<uint32_t> string_row_, link_row_, stack_row_;  // by index
  std::vector<uint32_t> attribute_row_;                      // label + 1; 0: null
  std::vector<Role> roles_;                                  // of labels
  absl::flat_hash_map<std::string_view, uint32_t> texts_;
  absl::flat_hash_map<std::string, uint32_t> structured_;
  absl::flat_hash_map<std::array<uint64_t, 4>, uint32_t> labels_;
  absl::flat_hash_map<std::string, uint32_t> stack_rows_, link_rows_, set_rows_;
  std::deque<std::string> made_;                   // what texts_ points into beside the message
  absl::flat_hash_map<uint32_t, StringId> units_;  // by key
  absl::flat_hash_set<uint64_t> broken_;           // with take_sound: table and index
  std::vector<LabelId> set_;
};

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_DICTIONARY_H_
