// Writes one chunk; chunk.h has the picture. Phases:
//
//   1. ChunkOrder puts samples into stored order and finds runs of equal keys;
//   2. values are gathered by sample type, in stored order; Go heap values become counts;
//   3. heads: what a merge over whole groups needs, keys, first values and residuals of runs;
//   4. bodies: what single profiles need besides, ordinals, middle values, labels;
//   5. links and timestamps, each a section of its own, and the filter of links.
#include <algorithm>
#include <bit>
#include <optional>

#include "base/bytes.h"
#include "block/chunk.h"
#include "block/chunk_extras.h"
#include "block/chunk_order.h"
#include "block/go_heap.h"

namespace dolerite {

namespace {

using Column64 = std::vector<uint64_t>;
using Column32 = std::vector<uint32_t>;

// Keeps values in two forms at once, whole and as differences: which one is smaller is known only
// when all values are there. A form's size is estimated by the sum of its widths: encoding each
// form would cost much more.
class ValueColumn {
 public:
  void Reserve(size_t values) { whole_.reserve(values), delta_.reserve(values); }

  // `from` is the value that a difference starts at.
  void Add(int64_t value, int64_t from) {
    const uint64_t whole = static_cast<uint64_t>(value);
    const uint64_t delta = ZigZag(static_cast<int64_t>(whole - static_cast<uint64_t>(from)));
    negative_ = negative_ || value < 0;
    plain_bits_ += std::bit_width(whole);
    zigzag_bits_ += std::bit_width(ZigZag(value));
    delta_bits_ += std::bit_width(delta);
    whole_.push_back(whole);
    delta_.push_back(delta);
  }
  // A column with a negative value has no plain form. Otherwise the smaller of whole values and
  // differences wins, whole values in case of a tie: they need no other run to be read.
  ValueMode mode() const {
    const ValueMode whole = negative_ ? ValueMode::kZigZag : ValueMode::kPlain;
    return delta_bits_ < (negative_ ? zigzag_bits_ : plain_bits_) ? ValueMode::kDelta : whole;
  }
  // The column in the form of mode(). Called once.
  const Column64& Values() {
    if (mode() == ValueMode::kDelta) return delta_;
    if (!negative_) return whole_;
    for (uint64_t& value : whole_) value = ZigZag(static_cast<int64_t>(value));
    return whole_;
  }

 private:
  bool negative_ = false;
  size_t plain_bits_ = 0, zigzag_bits_ = 0, delta_bits_ = 0;
  Column64 whole_, delta_;
};

// Writes heads and bodies of one chunk.
class ValueWriter {
 public:
  ValueWriter(const ChunkOrder& order, const ProfileTable& table, const ColumnOptions& options)
      : order_(order),
        before_(RunsBefore(table, order.chunk(), order.runs())),
        heads_(SectionKind::kHeads, options),
        bodies_(SectionKind::kBodies, options) {}

  // `values` by sample type, in stored order.
  // Returns whether the chunk has heads alone.
  bool WriteValues(const std::vector<std::vector<int64_t>>& values,
                   const std::optional<HeapCounts>& heap, bool drop_bodies);
  void WriteKeys();
  void WriteOrdinals();
  void WriteBodyLabels();

  SectionWriter& heads() { return heads_; }
  SectionWriter& bodies() { return bodies_; }

 private:
  void WriteColumn(uint32_t column, const std::vector<int64_t>& values, Column64* counts);
  ValueMode WriteFirsts(uint32_t column, const std::vector<int64_t>& values);
  void WriteResiduals(uint32_t column, const std::vector<int64_t>& values);
  ValueMode WriteMiddles(uint32_t column, const std::vector<int64_t>& values);
  bool SumsFit(const std::vector<std::vector<int64_t>>& columns) const;

  const ChunkOrder& order_;
  // By run, the run of equal key in the group before; UINT32_MAX if there is none.
  const std::vector<uint32_t> before_;
  SectionWriter heads_, bodies_;
};

bool IsZero(const std::vector<int64_t>& values) {
  return std::all_of(values.begin(), values.end(), [](int64_t value) { return value == 0; });
}

// The factor f for which every value is f times its source, if there is one. The source has a value
// other than 0. Sample types are often multiples of each other: samples and their nanoseconds.
std::optional<int64_t> FactorOf(const std::vector<int64_t>& values,
                                const std::vector<int64_t>& source) {
  size_t at = 0;
  while (source[at] == 0) ++at;
  if (source[at] == -1 && values[at] == INT64_MIN) return std::nullopt;
  const int64_t factor = values[at] / source[at];
  for (size_t i = 0; i < values.size(); ++i) {
    int64_t product = 0;
    if (__builtin_mul_overflow(source[i], factor, &product) || product != values[i]) {
      return std::nullopt;
    }
  }
  return factor;
}

// Whether the sum of every run stays within 64 bits, so that heads alone may answer.
// Sums of the original values, not of the counts that stand for Go heap values: queries ask for the
// former.
bool ValueWriter::SumsFit(const std::vector<std::vector<int64_t>>& columns) const {
  for (const std::vector<int64_t>& values : columns) {
    for (size_t run = 0; run < order_.run_count(); ++run) {
      int64_t sum = 0;
      for (size_t i = order_.run_begin(run); i < order_.run_begin(run + 1); ++i) {
        if (__builtin_add_overflow(sum, values[i], &sum)) return false;
      }
    }
  }
  return true;
}

// First values change little from group to group of a series: then differences are small.
ValueMode ValueWriter::WriteFirsts(uint32_t column, const std::vector<int64_t>& values) {
  ValueColumn firsts;
  firsts.Reserve(order_.run_count());
  for (size_t run = 0; run < order_.run_count(); ++run) {
    const bool none = before_[run] == UINT32_MAX;
    firsts.Add(values[order_.run_begin(run)], none ? 0 : values[order_.run_begin(before_[run])]);
  }
  const ValueMode mode = firsts.mode();
  heads_.Integers(column::kFirstValues, firsts.Values(), column);
  return mode;
}

// A run's sum less its length times its first value: 0 if all samples have the same value. A run of
// one sample has no residual.
void ValueWriter::WriteResiduals(uint32_t column, const std::vector<int64_t>& values) {
  Column64 residuals;
  for (size_t run = 0; run < order_.run_count(); ++run) {
    const uint32_t begin = order_.run_begin(run), end = order_.run_begin(run + 1);
    if (end - begin == 1) continue;
    uint64_t residual = 0;
    for (uint32_t i = begin; i < end; ++i)
      residual += uint64_t(values[i]) - uint64_t(values[begin]);
    residuals.push_back(ZigZag(static_cast<int64_t>(residual)));
  }
  heads_.Integers(column::kResiduals, residuals, column);
}

// The values between first and last: the last one follows from the residual.
ValueMode ValueWriter::WriteMiddles(uint32_t column, const std::vector<int64_t>& values) {
  ValueColumn middles;
  for (size_t run = 0; run < order_.run_count(); ++run) {
    for (uint32_t i = order_.run_begin(run) + 1; i + 1 < order_.run_begin(run + 1); ++i) {
      middles.Add(values[i], values[i - 1]);
    }
  }
  const ValueMode mode = middles.mode();
  bodies_.Integers(column::kBodyValues, middles.Values(), column);
  return mode;
}

// One stored column: heads, bodies, and its entry in the counts, which says how to read both.
void ValueWriter::WriteColumn(uint32_t column, const std::vector<int64_t>& values,
                              Column64* counts) {
  const ValueMode head_mode = WriteFirsts(column, values);
  WriteResiduals(column, values);
  const ValueMode body_mode = WriteMiddles(column, values);
  counts->insert(counts->end(),
                 {0, 0, static_cast<uint64_t>(head_mode), static_cast<uint64_t>(body_mode)});
}

// All value columns. A column that is a multiple of an earlier one is not stored: its entry names
// that column and the factor.
bool ValueWriter::WriteValues(const std::vector<std::vector<int64_t>>& values,
                              const std::optional<HeapCounts>& heap, bool drop_bodies) {
  const std::vector<std::vector<int64_t>>& stored = heap ? heap->columns : values;
  uint64_t flags = 0;
  if (order_.labels_in_key()) flags |= kLabelsInKey;
  if (heap) flags |= kGoHeap;
  if (SumsFit(values)) flags |= drop_bodies ? kExactSums | kBodiesDropped : kExactSums;
  Column64 counts = {flags, order_.run_count(), order_.size(), stored.size()};
  // A column of zeros is a multiple (by 0) of any other, but nothing else is a multiple of it.
  std::vector<char> zero(stored.size());
  std::transform(stored.begin(), stored.end(), zero.begin(), IsZero);
  for (uint32_t c = 0; c < stored.size(); ++c) {
    std::optional<int64_t> factor;
    uint32_t source = 0;
    for (; source < c; ++source) {
      if (zero[source]) continue;  // nothing is a multiple of it
      factor = FactorOf(stored[c], stored[source]);
      if (factor) break;
    }
    if (factor) {
      counts.insert(counts.end(), {source + 1, static_cast<uint64_t>(*factor), 0, 0});
    } else {
      WriteColumn(c, stored[c], &counts);
    }
  }
  heads_.Integers(column::kCounts, counts);
  if (heap) WriteHeapScales(*heap, order_, values, &heads_);
  return (flags & kBodiesDropped) != 0;
}

// Keys ascend in a group, so a stack is stored as the difference to the run before; so are labels,
// where the stack is the same. Where it is not, labels start over from 0.
void ValueWriter::WriteKeys() {
  const ChunkRuns& runs = order_.runs();
  Column32 stacks, labels, lengths;
  for (size_t g = 0; g + 1 < runs.group_begin.size(); ++g) {
    uint32_t stack = 0, label = 0;
    for (uint32_t run = runs.group_begin[g]; run < runs.group_begin[g + 1]; ++run) {
      const bool same_stack = run > runs.group_begin[g] && runs.stack[run] == stack;
      stacks.push_back(runs.stack[run] - stack);
      labels.push_back(runs.labels[run] - (same_stack ? label : 0));
      lengths.push_back(runs.full[run] ? 0 : runs.length[run]);
      stack = runs.stack[run], label = runs.labels[run];
    }
  }
  heads_.Integers(column::kRunStacks, stacks);
  if (order_.labels_in_key()) heads_.Integers(column::kRunLabels, labels);
  heads_.Integers(column::kRunLengths, lengths);
}

// Which profiles of the group a run has, as differences; a run that has all of them stores nothing.
void ValueWriter::WriteOrdinals() {
  Column32 ordinals;
  for (size_t run = 0; run < order_.run_count(); ++run) {
    if (order_.runs().full[run]) continue;
    uint32_t last = 0;
    for (uint32_t i = order_.run_begin(run); i < order_.run_begin(run + 1); ++i) {
      ordinals.push_back(order_.ordinal(i) - last);
      last = order_.ordinal(i);
    }
  }
  bodies_.Integers(column::kOrdinals, ordinals);
}

// Labels that are not part of the key: a flag for each sample, and the sets of those that have one.
void ValueWriter::WriteBodyLabels() {
  if (order_.labels_in_key()) return;
  Column32 labelled, labels;
  order_.ForEach([&](uint32_t, const SampleRows& rows, uint32_t row) {
    labelled.push_back(rows.labels[row] != 0);
    if (rows.labels[row] != 0) labels.push_back(rows.labels[row]);
  });
  bodies_.Integers(column::kLabelled, labelled);
  bodies_.Integers(column::kBodyLabels, labels);
}

}  // namespace

// Runs before anything else needs them: the table's groups learn their runs here, and the table is
// encoded after all chunks.
EncodedChunk EncodeChunk(uint32_t part, std::span<const SampleRows> rows, const Symbols& symbols,
                         const ChunkWriteOptions& options, ProfileTable* table) {
  // Phase 1: the order of samples, and the runs; the profile table notes how many each group has.
  const ChunkOrder order(*table, rows, part);
  const Chunk& chunk = order.chunk();
  for (uint32_t g = 0; g < chunk.groups; ++g) {
    table->groups[chunk.first_group + g].runs =
        order.runs().group_begin[g + 1] - order.runs().group_begin[g];
  }
  // Phase 2: values by sample type, in stored order.
  std::vector<std::vector<int64_t>> values(table->types[chunk.type].sample_types.size());
  for (size_t v = 0; v < values.size(); ++v) {
    values[v].reserve(order.size());
    order.ForEach([&](uint32_t, const SampleRows& from, uint32_t row) {
      values[v].push_back(from.values[row * values.size() + v]);
    });
  }
  std::optional<HeapCounts> heap;
  if (options.unscale_go_heap) heap = UnscaleGoHeap(order, *table, symbols, values);

  // Phases 3 and 4: heads and bodies.
  ValueWriter writer(order, *table, options.columns);
  EncodedChunk out;
  out.bodies_dropped = writer.WriteValues(values, heap, options.drop_bodies);
  writer.WriteKeys();
  if (out.bodies_dropped) {
    out.sections.push_back(std::move(writer.heads()).Finish(part));
    return out;
  }
  writer.WriteOrdinals();
  writer.WriteBodyLabels();
  // Phase 5. Sections that hold nothing are left out, but heads are always written.
  SectionWriter links(SectionKind::kLinks, options.columns);
  out.link_filter = WriteLinks(order, options.link_filter_bits, &links);
  SectionWriter timestamps(SectionKind::kTimestamps, options.columns);
  WriteTimestamps(order, *table, &timestamps);
  for (SectionWriter* section : {&writer.bodies(), &links, &timestamps, &writer.heads()}) {
    if (!section->empty() || section == &writer.heads()) {
      out.sections.push_back(std::move(*section).Finish(part));
    }
  }
  return out;
}

}  // namespace dolerite
