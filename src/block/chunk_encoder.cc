// Writes one chunk; chunk.h has the picture. Phases:
//
//   1. ChunkOrder puts samples into stored order and finds runs of equal keys;
//   2. values are gathered by sample type, in stored order; Go heap values become counts; links and
//      timestamps are gathered;
//   3. heads: what a merge over whole groups needs, keys, first values and residuals of runs;
//   4. bodies: what single profiles need besides, ordinals, middle values, labels;
//   5. links and timestamps, each a section of its own, and the filter of links.
#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "block/chunk.h"
#include "block/chunk_extras.h"
#include "block/chunk_order.h"
#include "block/chunk_pool.h"
#include "block/go_heap.h"
#include "block/run_sums.h"

namespace dolerite {

namespace {

using Column64 = std::vector<uint64_t>;
using Column32 = std::vector<uint32_t>;

// A column of values, each of which may be stored as the difference from another one. Which form is
// smaller is known only when all widths are. They are an estimate: encoding each form would cost
// much more.
//
// A column with a negative value has no plain form. Otherwise the smaller of whole values and
// differences wins, whole values in case of a tie: they need no other run to be read.
//
// `walk` calls visit(value, from) for each value, in order, as often as it is called itself.
template <class Walk>
ValueMode SmallestMode(const Walk& walk) {
  size_t plain_bits = 0, delta_bits = 0;
  uint64_t any = 0;
  walk([&](uint64_t value, uint64_t from) {
    any |= value;
    plain_bits += std::bit_width(value);
    delta_bits += std::bit_width(ZigZag(static_cast<int64_t>(value - from)));
  });
  if (static_cast<int64_t>(any) >= 0) {
    return delta_bits < plain_bits ? ValueMode::kDelta : ValueMode::kPlain;
  }
  size_t zigzag_bits = 0;
  walk([&](uint64_t value, uint64_t) {
    zigzag_bits += std::bit_width(ZigZag(static_cast<int64_t>(value)));
  });
  return delta_bits < zigzag_bits ? ValueMode::kDelta : ValueMode::kZigZag;
}

template <class Walk>
Column64 InMode(ValueMode mode, size_t size, const Walk& walk) {
  Column64 column(size);
  uint64_t* out = column.data();
  switch (mode) {
    case ValueMode::kPlain:
      walk([&](uint64_t value, uint64_t) { *out++ = value; });
      break;
    case ValueMode::kZigZag:
      walk([&](uint64_t value, uint64_t) { *out++ = ZigZag(static_cast<int64_t>(value)); });
      break;
    case ValueMode::kDelta:
      walk([&](uint64_t value, uint64_t from) {
        *out++ = ZigZag(static_cast<int64_t>(value - from));
      });
      break;
  }
  return column;
}

// The values of a chunk's samples, in stored order.
struct ChunkValues {
  std::vector<std::vector<int64_t>> columns;  // by sample type; empty if there are counts
  std::optional<HeapCounts> heap;
  RunSums sums;  // of values, also if there are counts: queries ask for values
};

// Writes heads and bodies of one chunk.
class ValueWriter {
 public:
  ValueWriter(const ChunkOrder& order, const ProfileTable& table, const ColumnOptions& options)
      : order_(order),
        before_(RunsBefore(table, order.chunk(), order.runs())),
        heads_(SectionKind::kHeads, options),
        bodies_(SectionKind::kBodies, options) {}

  // Returns whether the chunk has heads alone.
  bool WriteValues(const ChunkValues& values, bool drop_bodies);
  void WriteKeys();
  void WriteOrdinals();
  void WriteBodyLabels();

  SectionWriter& heads() { return heads_; }
  SectionWriter& bodies() { return bodies_; }

 private:
  void WriteColumn(uint32_t column, const std::vector<int64_t>& values,
                   const std::vector<uint64_t>& sums, Column64* counts);
  ValueMode WriteFirsts(uint32_t column, const std::vector<int64_t>& values);
  void WriteResiduals(uint32_t column, const std::vector<int64_t>& values,
                      const std::vector<uint64_t>& sums);
  ValueMode WriteMiddles(uint32_t column, const std::vector<int64_t>& values);

  const ChunkOrder& order_;
  // By run, the run of equal key in the group before; UINT32_MAX if that group has no such run.
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
  const int64_t* from = source.data();
  for (const int64_t value : values) {
    int64_t product = 0;
    if (__builtin_mul_overflow(*from++, factor, &product) || product != value) return std::nullopt;
  }
  return factor;
}

// First values change little from group to group of a series: then differences are small.
ValueMode ValueWriter::WriteFirsts(uint32_t column, const std::vector<int64_t>& values) {
  const size_t runs = order_.run_count();
  const uint32_t* const before = before_.data();
  Column64 firsts(runs);
  for (size_t run = 0; run < runs; ++run) {
    firsts[run] = static_cast<uint64_t>(values[order_.run_begin(run)]);
  }
  const auto walk = [&](const auto& visit) {
    const uint64_t* const first = firsts.data();
    for (size_t run = 0; run < runs; ++run) {
      visit(first[run], before[run] == UINT32_MAX ? 0 : first[before[run]]);
    }
  };
  const ValueMode mode = SmallestMode(walk);
  heads_.Integers(column::kFirstValues, InMode(mode, runs, walk), column);
  return mode;
}

// A run's sum less its length times its first value: 0 if all samples have the same value. A run of
// one sample has no residual.
void ValueWriter::WriteResiduals(uint32_t column, const std::vector<int64_t>& values,
                                 const std::vector<uint64_t>& sums) {
  Column64 residuals(order_.run_count());
  uint64_t* out = residuals.data();
  const uint64_t* sum = sums.data();
  const int64_t* value = values.data();
  for (const uint32_t length : order_.runs().length) {
    const uint64_t first = static_cast<uint64_t>(*value);
    if (length > 1) *out++ = ZigZag(static_cast<int64_t>(*sum - length * first));
    value += length, ++sum;
  }
  residuals.resize(static_cast<size_t>(out - residuals.data()));
  heads_.Integers(column::kResiduals, residuals, column);
}

// The values between first and last: the last one follows from the residual.
ValueMode ValueWriter::WriteMiddles(uint32_t column, const std::vector<int64_t>& values) {
  size_t middles = 0;
  for (const uint32_t length : order_.runs().length) middles += length > 2 ? length - 2 : 0;
  const auto walk = [&](const auto& visit) {
    const int64_t* value = values.data();
    for (const uint32_t length : order_.runs().length) {
      for (uint32_t i = 1; i + 1 < length; ++i) {
        visit(static_cast<uint64_t>(value[i]), static_cast<uint64_t>(value[i - 1]));
      }
      value += length;
    }
  };
  const ValueMode mode = SmallestMode(walk);
  bodies_.Integers(column::kBodyValues, InMode(mode, middles, walk), column);
  return mode;
}

// One stored column: heads, bodies, and its entry in the counts, which says how to read both.
void ValueWriter::WriteColumn(uint32_t column, const std::vector<int64_t>& values,
                              const std::vector<uint64_t>& sums, Column64* counts) {
  const ValueMode head_mode = WriteFirsts(column, values);
  WriteResiduals(column, values, sums);
  const ValueMode body_mode = WriteMiddles(column, values);
  counts->insert(counts->end(),
                 {0, 0, static_cast<uint64_t>(head_mode), static_cast<uint64_t>(body_mode)});
}

// All value columns. A column that is a multiple of an earlier one is not stored: its entry names
// that column and the factor.
bool ValueWriter::WriteValues(const ChunkValues& values, bool drop_bodies) {
  const std::optional<HeapCounts>& heap = values.heap;
  const std::vector<std::vector<int64_t>>& stored = heap ? heap->columns : values.columns;
  const RunSums count_sums = heap ? SumRuns(heap->columns, order_.runs().length) : RunSums();
  uint64_t flags = 0;
  if (order_.labels_in_key()) flags |= kLabelsInKey;
  if (heap) flags |= kGoHeap;
  if (values.sums.fit) flags |= drop_bodies ? kExactSums | kBodiesDropped : kExactSums;
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
      WriteColumn(c, stored[c], (heap ? count_sums : values.sums).columns[c], &counts);
    }
  }
  heads_.Integers(column::kCounts, counts);
  if (heap) WriteHeapScales(*heap, order_, values.sums, count_sums, &heads_);
  return (flags & kBodiesDropped) != 0;
}

// Keys ascend in a group, so a stack is stored as the difference to the run before; so are labels,
// where the stack is the same. Where it is not, labels start over from 0.
void ValueWriter::WriteKeys() {
  const ChunkRuns& runs = order_.runs();
  const size_t count = order_.run_count();
  Column32 stacks(count), labels(count), lengths(count);
  const uint32_t *const stack_of = runs.stack.data(), *const label_of = runs.labels.data();
  for (size_t g = 0; g + 1 < runs.group_begin.size(); ++g) {
    uint32_t stack = 0, label = 0;
    for (uint32_t run = runs.group_begin[g]; run < runs.group_begin[g + 1]; ++run) {
      const bool same_stack = run > runs.group_begin[g] && stack_of[run] == stack;
      stacks.data()[run] = stack_of[run] - stack;
      labels.data()[run] = label_of[run] - (same_stack ? label : 0);
      lengths.data()[run] = runs.full.data()[run] ? 0 : runs.length.data()[run];
      stack = stack_of[run], label = label_of[run];
    }
  }
  heads_.Integers(column::kRunStacks, stacks);
  if (order_.labels_in_key()) heads_.Integers(column::kRunLabels, labels);
  heads_.Integers(column::kRunLengths, lengths);
}

// Which profiles of the group a run has, as differences; a run that has all of them stores nothing.
void ValueWriter::WriteOrdinals() {
  Column32 ordinals(order_.size());
  uint32_t* out = ordinals.data();
  const StoredSample* const samples = order_.samples().data();
  for (size_t run = 0; run < order_.run_count(); ++run) {
    if (order_.runs().full[run]) continue;
    uint32_t last = 0;
    for (uint32_t i = order_.run_begin(run); i < order_.run_begin(run + 1); ++i) {
      *out++ = samples[i].ordinal - last;
      last = samples[i].ordinal;
    }
  }
  ordinals.resize(static_cast<size_t>(out - ordinals.data()));
  bodies_.Integers(column::kOrdinals, ordinals);
}

// Labels that are not part of the key: a flag for each sample, and the sets of those that have one.
void ValueWriter::WriteBodyLabels() {
  if (order_.labels_in_key()) return;
  Column32 labelled(order_.size()), labels(order_.size());
  uint32_t *flag = labelled.data(), *out = labels.data();
  for (const StoredSample& sample : order_.samples()) {
    *flag++ = sample.labels != 0;
    if (sample.labels != 0) *out++ = sample.labels;
  }
  labels.resize(static_cast<size_t>(out - labels.data()));
  bodies_.Integers(column::kLabelled, labelled);
  bodies_.Integers(column::kBodyLabels, labels);
}

// What a chunk is made of beside its order.
struct ChunkContent {
  ChunkValues values;
  LinkColumns links;
  SectionWriter timestamps;
};

// Phases 3 to 5. The table's groups learn their runs here: it is encoded after all chunks.
EncodedChunk Encode(uint32_t part, const ChunkOrder& order, ChunkContent content,
                    const ChunkWriteOptions& options, ProfileTable* table) {
  const Chunk& chunk = order.chunk();
  for (uint32_t g = 0; g < chunk.groups; ++g) {
    table->groups[chunk.first_group + g].runs =
        order.runs().group_begin[g + 1] - order.runs().group_begin[g];
  }
  ValueWriter writer(order, *table, options.columns);
  EncodedChunk out;
  out.bodies_dropped = writer.WriteValues(content.values, options.drop_bodies);
  writer.WriteKeys();
  if (out.bodies_dropped) {
    out.sections.push_back(std::move(writer.heads()).Finish(part));
    return out;
  }
  writer.WriteOrdinals();
  writer.WriteBodyLabels();
  // Sections that hold nothing are left out, but heads are always written.
  SectionWriter links(SectionKind::kLinks, options.columns);
  out.link_filter = WriteLinks(order, std::move(content.links), options.link_filter_bits, &links);
  for (SectionWriter* section : {&writer.bodies(), &links, &content.timestamps, &writer.heads()}) {
    if (!section->empty() || section == &writer.heads()) {
      out.sections.push_back(std::move(*section).Finish(part));
    }
  }
  return out;
}

// The values of a chunk's samples, by sample type, in stored order. All values of a sample are
// taken at once: they lie together, its neighbours' elsewhere.
std::vector<std::vector<int64_t>> ValuesOf(const ChunkOrder& order, size_t types) {
  std::vector<std::vector<int64_t>> values(types);
  std::vector<int64_t*> out;
  for (std::vector<int64_t>& column : values) {
    column.resize(order.size());
    out.push_back(column.data());
  }
  size_t sample = 0;
  order.ForEach(
      [&](uint32_t, const SampleRows& from, uint32_t row) {
        const int64_t* value = from.values.data() + row * types;
        for (int64_t* column : out) column[sample] = *value++;
        ++sample;
      },
      [&](const SampleRows& from, uint32_t row) {
        __builtin_prefetch(from.values.data() + row * types);
      });
  return values;
}

// The same for samples of a pool.
std::vector<std::vector<int64_t>> ValuesOf(const ChunkOrder& order, ChunkPool* pool) {
  std::vector<std::vector<int64_t>> values;
  for (std::vector<int64_t>& column : pool->values) {
    int64_t* out = values.emplace_back(order.size()).data();
    for (const StoredSample& sample : order.samples()) *out++ = column.data()[sample.row];
    column = {};
  }
  return values;
}

}  // namespace

EncodedChunk EncodeChunk(uint32_t part, std::span<const SampleRows> rows, const Symbols& symbols,
                         const ChunkWriteOptions& options, ProfileTable* table) {
  const ChunkOrder order(*table, rows, part);
  ChunkContent content{{}, LinksOf(order), {SectionKind::kTimestamps, options.columns}};
  ChunkValues& values = content.values;
  values.columns = ValuesOf(order, table->types[order.chunk().type].sample_types.size());
  values.sums = SumRuns(values.columns, order.runs().length);
  if (options.unscale_go_heap) values.heap = UnscaleGoHeap(order, *table, symbols, values.columns);
  WriteTimestamps(order, *table, &content.timestamps);
  return Encode(part, order, std::move(content), options, table);
}

// Go heap values come as counts, and stay so if a builder would find them.
EncodedChunk EncodeChunk(uint32_t part, ChunkPool pool, const Symbols& symbols,
                         const ChunkWriteOptions& options, ProfileTable* table) {
  const ChunkOrder order(*table, &pool, part);
  ChunkContent content{{}, LinksOf(order, pool), {SectionKind::kTimestamps, options.columns}};
  ChunkValues& values = content.values;
  values.columns = ValuesOf(order, &pool);
  if (pool.heap == true) {
    HeapCounts counts{std::exchange(values.columns, {}), std::move(pool.scales)};
    if (options.unscale_go_heap && AreHeapCounts(order, *table, symbols, counts)) {
      values.sums = SumScaled(order, counts);
      values.heap = std::move(counts);
    } else {
      values.columns = ScaledValues(order, counts);
    }
  }
  if (!values.heap) {
    values.sums = SumRuns(values.columns, order.runs().length);
    if (options.unscale_go_heap) {
      values.heap = UnscaleGoHeap(order, *table, symbols, values.columns);
    }
  }
  pool = ChunkPool(0);
  return Encode(part, order, std::move(content), options, table);
}

}  // namespace dolerite
