// A reader of blocks written from FORMAT.md alone, to prove that it can be. It trusts its
// input, reads everything, and throws std::runtime_error where a block surprises it.
#ifndef DOLERITE_TESTS_BLOCK_FORMAT_READER_H_
#define DOLERITE_TESTS_BLOCK_FORMAT_READER_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dolerite::testing {

using Column = std::vector<uint64_t>;

class FormatSection {
 public:
  FormatSection() = default;
  explicit FormatSection(std::string plain);

  bool Has(int id) const { return Find(id, 0) != nullptr; }
  // A column that is left out is so many zeros.
  Column Integers(int id, size_t rows, uint64_t index = 0) const;
  // As many rows as the directory says.
  Column Counts(int id = 0) const;
  std::vector<std::string> Strings(int id, size_t rows) const;
  std::string Bytes(int id) const;

 private:
  struct Entry {
    uint64_t rows;
    size_t begin, size;
  };
  const Entry* Find(int id, uint64_t index) const;

  std::string plain_;
  std::map<std::pair<int, uint64_t>, Entry> entries_;
};

struct FormatDataset {
  std::string name, label_summary;
  int64_t min_time = 0, max_time = 0;
  uint64_t profiles = 0, samples = 0, series = 0;
  std::map<std::pair<int, uint32_t>, FormatSection> sections;  // by kind and part
};

std::vector<FormatDataset> ReadFormat(std::string_view block);

// Which chunks may hold a trace (16 bytes) or a span (8).
class FormatLinkFilter {
 public:
  explicit FormatLinkFilter(const FormatDataset& dataset);

  size_t chunks() const { return filters_.size(); }  // none without the section
  bool MayHold(uint32_t chunk, std::string_view id) const;

 private:
  uint64_t bits_of_id_ = 0;
  std::vector<std::string> filters_;
};

// Tables of a dataset, row 0 included where there is one.
struct FormatFunction {
  uint64_t name, system_name, file;
  int64_t start_line;
};
struct FormatLine {
  uint64_t function;
  int64_t line, column;
};
struct FormatLocation {
  uint64_t mapping, address, folded, attributes;
  std::vector<FormatLine> lines;
};
struct FormatMapping {
  uint64_t file, build_id, offset, size, flags, attributes, instance;
};
struct FormatLabel {
  uint64_t key, kind, value, unit;
};
struct FormatNode {
  uint64_t parent, location;
};
// The stacks of one profile type.
struct FormatStacks {
  std::vector<FormatNode> nodes;
  Column sampled;  // by the id that samples have: the node
};
struct FormatTables {
  std::vector<std::string> strings;
  std::vector<FormatFunction> functions;
  std::vector<FormatLocation> locations;
  std::vector<FormatMapping> mappings;
  std::vector<FormatLabel> labels;
  std::vector<Column> attribute_sets;
  std::vector<FormatStacks> stacks;                                 // by profile type
  std::vector<std::vector<std::pair<uint64_t, uint64_t>>> layouts;  // mapping, start
};

FormatTables ReadTables(const FormatDataset& dataset);

struct FormatSample {
  uint64_t stack, labels;
  std::vector<int64_t> values;
  std::string link;  // 24 bytes
  uint64_t shape = 0;
  Column times;
  std::vector<int64_t> timed;
};
struct FormatProfile {
  size_t type_row = 0;
  bool dropped = false;           // there are no samples, only sums of its group
  std::vector<std::string> type;  // as stored: name, default, period, its unit, sample types
  std::vector<std::pair<std::string, std::string>> series;
  std::vector<std::string> header_texts;  // and comments
  int64_t period = 0, time = 0, duration = 0;
  uint64_t attributes = 0, dropped_attributes = 0, layout = 0, check = 0, sample_count = 0;
  std::string id;  // "" if it came without one
  std::vector<int64_t> totals, carries;
  std::string payload, unknown_fields;
  std::vector<FormatSample> samples;  // in canonical order
};

std::vector<FormatProfile> ReadProfiles(const FormatDataset& dataset);

// What a derived id and a content check must be.
std::string DerivedId(const FormatProfile& profile);
uint64_t CheckOf(const FormatProfile& profile, const FormatTables& tables);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_BLOCK_FORMAT_READER_H_
