// One collected profile, as plain columns.
#ifndef DOLERITE_PROFILE_H_
#define DOLERITE_PROFILE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "dolerite/export.h"
#include "dolerite/labels.h"
#include "dolerite/symbols.h"

namespace dolerite {

using ProfileId = std::array<uint8_t, 16>;

struct ValueType {
  StringId type;
  StringId unit;

  friend bool operator==(const ValueType&, const ValueType&) = default;
};

// The spans that samples were taken in. Row 0 is "no link".
struct Links {
  std::vector<std::array<uint8_t, 16>> trace_id;
  std::vector<std::array<uint8_t, 8>> span_id;

  size_t size() const { return trace_id.size(); }
};

// What the values of a sample with timestamps mean. Validate does not compare values with
// timestamps: all is stored as it came. Queries that ask for timestamps (HeatmapQuestion,
// kTimestamps; time ranges of samples) take timestamp_values for a kTimed sample of one sample type
// as they are, whatever `values` says; any other sample with timestamps, a kAggregate one too, has
// each value divided evenly among them. All other queries take `values`. Frozen: stored.
enum class SampleShape : uint8_t {
  kAggregate = 0,  // values, no timestamps
  kEvents = 1,     // timestamps only: each counts 1
  kTimed = 2,      // one value a timestamp; `values` holds their sum
  kTotal = 3,      // one value for all timestamps
};

struct Samples {
  std::vector<StackId> stack;
  std::vector<AttributeSetId> attributes;
  std::vector<LinkId> link;     // empty where no sample has one
  std::vector<int64_t> values;  // sample by sample, one for each sample type
  // The next three are empty where no sample has a timestamp.
  std::vector<SampleShape> shape;
  Lists<uint64_t> timestamps;             // nanoseconds since the epoch
  std::vector<int64_t> timestamp_values;  // for kTimed samples, in their order

  size_t size() const { return stack.size(); }
};

// Marks profiles that share their tables, symbols and stacks: with one mark, rows that two of them
// have are equal. Only profiles that are viewed (ViewOtlp) have a mark, and they are const; a copy
// has none, as it may be changed.
class TablesMark {
 public:
  TablesMark() = default;
  TablesMark(const TablesMark&) noexcept {}
  TablesMark(TablesMark&&) noexcept = default;
  TablesMark& operator=(const TablesMark& other) noexcept {
    if (this != &other) identity_ = nullptr;
    return *this;
  }
  TablesMark& operator=(TablesMark&&) noexcept = default;

  // Equal for equal marks as long as it is kept; null without a mark.
  const std::shared_ptr<const void>& identity() const { return identity_; }

 private:
  friend struct TablesMarker;
  explicit TablesMark(std::shared_ptr<const void> identity) : identity_(std::move(identity)) {}

  std::shared_ptr<const void> identity_;
};

// Everything that pprof and OTLP can say about one profile. A plain value: build it by hand
// or let ReadPprof or ReadOtlp do so. Copyable; const use is safe from many threads at once.
struct DOLERITE_EXPORT Profile {
  Symbols symbols;
  Lists<LocationId> stacks;  // leaf first; row 0 is the empty stack
  TablesMark tables_mark;    // of symbols and stacks that other profiles share
  Links links;
  Samples samples;

  std::vector<ValueType> sample_types;
  StringId default_sample_type;  // "" if not given: then it is the last one
  ValueType period_type;
  int64_t period = 0;
  int64_t time_nanos = 0;  // since the epoch
  int64_t duration_nanos = 0;
  StringId drop_frames, keep_frames, doc_url;
  std::vector<StringId> comments;

  std::optional<ProfileId> id;
  AttributeSetId attributes;
  uint64_t dropped_attributes = 0;
  StringId payload_format;
  std::string payload;         // the original, opaque
  std::string unknown_fields;  // top-level pprof fields not known here, as they came

  Profile() { Clear(); }
  // Back to the empty profile; keeps its memory.
  void Clear();

  // InvalidArgument, naming column and row, unless all columns of a table are of
  // one length, all ids lie in their tables, null rows are there, lists ascend,
  // and values.size() == samples.size() * sample_types.size(). Marked tables are
  // valid, so only the rest is looked at.
  absl::Status Validate() const;

  // Row of the sample type to use when the caller names none:
  // default_sample_type, else the last. There must be one.
  size_t default_type_index() const;
};

// A profile and the labels of the series that it belongs to.
struct SeriesProfile {
  LabelSet series;
  Profile profile;
};

}  // namespace dolerite

#endif  // DOLERITE_PROFILE_H_
