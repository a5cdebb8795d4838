// The tables that samples refer to: strings, mappings, functions, locations,
// labels. Plain columns; an id is a row. A profile has them, a block has them
// (merged and in canonical order), and so has every answer in the making. Const use is thread-safe.
#ifndef DOLERITE_SYMBOLS_H_
#define DOLERITE_SYMBOLS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dolerite/export.h"

namespace dolerite {

// A row of one kind of table. Ids of different tables do not mix.
template <class Tag>
struct Id {
  uint32_t value = 0;

  friend auto operator<=>(Id, Id) = default;
};

using StringId = Id<struct StringTag>;
using MappingId = Id<struct MappingTag>;
using FunctionId = Id<struct FunctionTag>;
using LocationId = Id<struct LocationTag>;
using StackId = Id<struct StackTag>;
using AttributeId = Id<struct AttributeTag>;
using AttributeSetId = Id<struct AttributeSetTag>;
using LinkId = Id<struct LinkTag>;

// Byte strings, which need not be text. Row 0 is "". Equal strings may occur
// twice. Views live until the next change of the table.
class DOLERITE_EXPORT StringTable {
 public:
  StringTable() : ends_{0} {}

  StringId Add(std::string_view bytes);
  // Adds rows of another table, in this order.
  void AddRows(const StringTable& from, std::span<const uint32_t> rows);
  // Becomes "" and the strings that `bytes` are cut into: each ends at one of `ends`, which do not
  // descend, and the last of them at the end of `bytes`.
  void Assign(std::string bytes, std::vector<size_t> ends);
  void Reserve(size_t strings, size_t bytes);
  // Back to the empty table; keeps its memory.
  void Clear();
  // Forgets all but the first `strings`, of which there must be so many and at least one.
  void CutTo(size_t strings);

  std::string_view operator[](StringId id) const {
    const size_t begin = id.value == 0 ? 0 : ends_[id.value - 1];
    return std::string_view(bytes_.data() + begin, ends_[id.value] - begin);
  }
  size_t size() const { return ends_.size(); }
  // Of all strings together.
  size_t text_bytes() const { return bytes_.size(); }
  size_t memory_bytes() const { return bytes_.capacity() + ends_.capacity() * sizeof(size_t); }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};

// Lists of ids, concatenated. List i is items [ends[i-1], ends[i]). A plain value: const use is
// safe from many threads at once.
template <class T>
struct Lists {
  std::vector<uint32_t> ends;
  std::vector<T> items;

  size_t size() const { return ends.size(); }
  uint32_t begin_of(size_t row) const { return row == 0 ? 0 : ends[row - 1]; }
  const T* begin(size_t row) const { return items.data() + begin_of(row); }
  const T* end(size_t row) const { return items.data() + ends[row]; }
  size_t length(size_t row) const { return ends[row] - begin_of(row); }
  // Ends a list: its items are those pushed since the last call.
  void Close() { ends.push_back(static_cast<uint32_t>(items.size())); }
  void Clear() { ends.clear(), items.clear(); }

  friend bool operator==(const Lists&, const Lists&) = default;
};

// One mapped file of a process. Row 0 is "no mapping".
struct Mappings {
  enum Flags : uint8_t {  // frozen: stored
    kHasFunctions = 1,
    kHasFilenames = 2,
    kHasLineNumbers = 4,
    kHasInlineFrames = 8,
  };
  std::vector<uint64_t> start;   // bytes; 0 in merged tables
  std::vector<uint64_t> limit;   // exclusive; in merged tables the size
  std::vector<uint64_t> offset;  // in the file, bytes
  std::vector<StringId> file;
  std::vector<StringId> build_id;
  std::vector<uint8_t> flags;
  std::vector<AttributeSetId> attributes;
  // Merged tables only: numbers mappings of one process that differ only in their start address.
  std::vector<uint32_t> instance;

  size_t size() const { return start.size(); }
};

// Row 0 is "no function".
struct Functions {
  std::vector<StringId> name;
  std::vector<StringId> system_name;
  std::vector<StringId> file;
  std::vector<int64_t> start_line;

  size_t size() const { return name.size(); }
};

// One call of an inlined chain.
struct Line {
  FunctionId function;
  int64_t line = 0;
  int64_t column = 0;

  friend auto operator<=>(const Line&, const Line&) = default;
};

struct Locations {
  std::vector<MappingId> mapping;
  // As the process saw it; in merged tables relative to the mapping's start.
  std::vector<uint64_t> address;
  std::vector<uint8_t> folded;  // 0 or 1: several symbols share this address
  std::vector<AttributeSetId> attributes;
  Lists<Line> lines;  // innermost first, as in pprof and OTLP; may be empty

  size_t size() const { return mapping.size(); }
};

// The kind of an attribute's value. Frozen: stored.
enum class AttributeKind : uint8_t {
  kString = 0,      // value is a StringId
  kInteger = 1,     // value is an int64, two's complement
  kBoolean = 2,     // 0 or 1
  kDouble = 3,      // IEEE 754 bits
  kBytes = 4,       // value is a StringId
  kStructured = 5,  // value is a StringId: an OTLP AnyValue (array or map), encoded
  kEmpty = 6,       // a key without a value
};

// Labels of samples (pprof) and attributes of samples, profiles and symbols (OTLP): distinct
// rows, which sets refer to.
struct Attributes {
  std::vector<StringId> key;
  std::vector<AttributeKind> kind;
  std::vector<uint64_t> value;
  std::vector<StringId> unit;

  size_t size() const { return key.size(); }
  bool value_is_string(size_t row) const {
    return kind[row] == AttributeKind::kString || kind[row] == AttributeKind::kBytes ||
           kind[row] == AttributeKind::kStructured;
  }
};

// Row 0 of mappings, functions and attribute_sets is the null or empty one.
struct DOLERITE_EXPORT Symbols {
  StringTable strings;
  Mappings mappings;
  Functions functions;
  Locations locations;
  Attributes attributes;
  Lists<AttributeId> attribute_sets;  // the order within a set has no meaning

  // Tables that hold the null rows and nothing else.
  Symbols() { Clear(); }
  void Clear();

  MappingId AddMapping(uint64_t start, uint64_t limit, uint64_t offset, StringId file,
                       StringId build_id, uint8_t flags = 0, AttributeSetId attributes = {});
  FunctionId AddFunction(StringId name, StringId system_name, StringId file, int64_t start_line);
  // Takes the lines pushed to locations.lines.items since the last location.
  LocationId AddLocation(MappingId mapping, uint64_t address, bool folded = false,
                         AttributeSetId attributes = {});
  AttributeId AddAttribute(StringId key, AttributeKind kind, uint64_t value, StringId unit = {});

  size_t memory_bytes() const;
};

// A tree of stacks as columns. Node 0 is the root, the empty stack; for all
// others parent[i] < i, so one backward loop sums totals. A node is the stack
// from the root to it.
struct StackTree {
  std::vector<uint32_t> parent;
  std::vector<LocationId> location;

  size_t size() const { return parent.size(); }
};

}  // namespace dolerite

#endif  // DOLERITE_SYMBOLS_H_
