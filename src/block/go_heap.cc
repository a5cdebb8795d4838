// Go's runtime scales what it sampled; unscaling finds the counts again. A chunk is stored so only
// if every value of every sample comes back exactly, so the guess about the producer cannot lose
// anything.
#include "block/go_heap.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

#include "base/bytes.h"
#include "block/chunk.h"

namespace dolerite {

namespace {

using Columns = std::vector<std::vector<int64_t>>;

// What Go's heap profiles look like: allocated and in-use objects and bytes, sampled by space.
bool IsGoHeap(const ProfileType& type) {
  return type.sample_types.size() == 4 && type.period_type.type == "space" &&
         type.sample_types[0].unit == "count" && type.sample_types[1].unit == "bytes";
}

// The scale of a label set: 1 / (1 - exp(-size / rate)), as the runtime computes it. A set without
// a size belongs to a bucket without objects. The scale is stored, so that readers need no exp,
// which differs between platforms.
HeapScale ScaleOf(const Symbols& symbols, uint32_t set, int64_t rate) {
  HeapScale scale{0, 1};
  const Lists<AttributeId>& sets = symbols.attribute_sets;
  for (const AttributeId* l = sets.begin(set); l != sets.end(set); ++l) {
    const bool bytes = symbols.strings[symbols.attributes.key[l->value]] == "bytes" &&
                       symbols.attributes.kind[l->value] == AttributeKind::kInteger;
    if (bytes) scale.size = symbols.attributes.value[l->value];
  }
  if (scale.size > 0 && rate > 1) {
    const double size = static_cast<double>(scale.size);
    scale.scale = 1 / (1 - std::exp(-size / static_cast<double>(rate)));
  }
  return scale;
}

// Beyond these a double does not hold every integer.
constexpr uint64_t kMostBytes = uint64_t{1} << 53;
constexpr uint64_t kMostObjects = uint64_t{1} << 40;

// The n that scales to exactly these two values: the nearest guess or one beside it, since both
// were rounded down. Both values must agree, or a sample would come back changed.
std::optional<uint64_t> CountOf(int64_t objects, int64_t bytes, const HeapScale& s) {
  if (objects < 0 || static_cast<uint64_t>(objects) > kMostObjects) return std::nullopt;
  const uint64_t guess = static_cast<uint64_t>(std::round(static_cast<double>(objects) / s.scale));
  // The two values were rounded down, so a guess may be one too large or too small. guess - 1 wraps
  // to a huge number if the guess is 0; the bound refuses it.
  for (uint64_t n : {guess, guess + 1, guess - 1}) {
    if (n > kMostObjects || (s.size > 0 && n > kMostBytes / s.size)) continue;
    // The larger of the two products must fit 63 bits.
    if (static_cast<double>(n * std::max<uint64_t>(s.size, 1)) * s.scale >= kScaledLimit) continue;
    if (ScaleHeap(n, s.scale) == objects && ScaleHeap(n * s.size, s.scale) == bytes) return n;
  }
  return std::nullopt;
}

// The counts of a run. Most profiles have the values of the one before.
bool CountsOf(std::span<const int64_t> objects, std::span<const int64_t> bytes, const HeapScale& s,
              int64_t* out) {
  const int64_t* byte = bytes.data();
  int64_t last_objects = 0, last_bytes = 0, last = 0;  // no objects: the count is 0
  for (const int64_t object : objects) {
    if (object != last_objects || *byte != last_bytes) {
      const auto n = CountOf(object, *byte, s);
      if (!n) return false;
      last_objects = object, last_bytes = *byte, last = static_cast<int64_t>(*n);
    }
    *out++ = last;
    ++byte;
  }
  return true;
}

// The sampling rate is the period of the first profile. If another profile of the chunk has
// another rate, the counts do not give its values back, and the chunk is stored plain.
int64_t RateOf(const Chunk& chunk, const ProfileTable& table) {
  const ProfileRow& first = table.profiles[table.groups[chunk.first_group].first_profile];
  return table.headers[first.header].period;
}

// Whether CountOf takes all counts up to this one for what they are. Below 2^52 two counts never
// scale to the same number of objects, so it finds no other.
bool MayBeCount(uint64_t n, const HeapScale& s) {
  return n <= kMostObjects && (s.size == 0 || n <= kMostBytes / s.size) &&
         static_cast<double>(n * std::max<uint64_t>(s.size, 1)) * s.scale < kScaledLimit &&
         static_cast<uint64_t>(ScaleHeap(n, s.scale)) <= kMostObjects;
}

bool IsSound(const HeapScale& s) { return s.scale >= 1 && s.scale <= kMaxHeapScale; }

}  // namespace

// Two columns of counts instead of four of values, and a scale for each label set.
std::optional<HeapCounts> UnscaleGoHeap(const ChunkOrder& order, const ProfileTable& table,
                                        const Symbols& symbols, const Columns& values) {
  const Chunk& chunk = order.chunk();
  if (!order.labels_in_key() || !IsGoHeap(table.types[chunk.type])) return std::nullopt;
  const int64_t rate = RateOf(chunk, table);
  HeapCounts out;
  out.columns.resize(2);
  for (std::vector<int64_t>& column : out.columns) column.resize(order.size());
  for (size_t run = 0; run < order.run_count(); ++run) {
    const uint32_t labels = order.runs().labels[run];
    const auto [at, is_new] = out.scales.try_emplace(labels);
    if (is_new) at->second = ScaleOf(symbols, labels, rate);
    const HeapScale& s = at->second;
    if (!IsSound(s)) return std::nullopt;
    const size_t begin = order.run_begin(run), length = order.runs().length[run];
    for (size_t pair = 0; pair < 2; ++pair) {
      const std::span objects(values[2 * pair].data() + begin, length);
      const std::span bytes(values[2 * pair + 1].data() + begin, length);
      if (!CountsOf(objects, bytes, s, out.columns[pair].data() + begin)) return std::nullopt;
    }
  }
  return out;
}

bool AreHeapCounts(const ChunkOrder& order, const ProfileTable& table, const Symbols& symbols,
                   const HeapCounts& counts) {
  const Chunk& chunk = order.chunk();
  if (!order.labels_in_key() || !IsGoHeap(table.types[chunk.type])) return false;
  const int64_t rate = RateOf(chunk, table);
  for (const auto& [set, scale] : counts.scales) {
    if (!IsSound(scale) || scale != ScaleOf(symbols, set, rate)) return false;
  }
  for (const std::vector<int64_t>& column : counts.columns) {
    const int64_t* count = column.data();
    for (size_t run = 0; run < order.run_count(); ++run) {
      uint64_t most = 0;
      for (const int64_t* const end = count + order.runs().length[run]; count != end; ++count) {
        most = std::max(most, static_cast<uint64_t>(*count));
      }
      if (!MayBeCount(most, counts.scales.at(order.runs().labels[run]))) return false;
    }
  }
  return true;
}

Columns ScaledValues(const ChunkOrder& order, const HeapCounts& counts) {
  Columns values(4);
  for (size_t v = 0; v < 4; ++v) {
    const int64_t* count = counts.columns[v / 2].data();
    for (const StoredSample& sample : order.samples()) {
      const HeapScale& s = counts.scales.at(sample.labels);
      const uint64_t n = static_cast<uint64_t>(*count++);
      values[v].push_back(ScaleHeap(v % 2 == 0 ? n : n * s.size, s.scale));
    }
  }
  return values;
}

// Most samples of a run have the count of the one before.
RunSums SumScaled(const ChunkOrder& order, const HeapCounts& counts) {
  RunSums sums;
  sums.columns.resize(4);
  for (size_t pair = 0; pair < 2; ++pair) {
    const int64_t* count = counts.columns[pair].data();
    for (size_t run = 0; run < order.run_count(); ++run) {
      const HeapScale& s = counts.scales.at(order.runs().labels[run]);
      uint64_t last = 0;
      int64_t objects = 0, bytes = 0, all_objects = 0, all_bytes = 0;
      for (const int64_t* const end = count + order.runs().length[run]; count != end; ++count) {
        const uint64_t n = static_cast<uint64_t>(*count);
        if (n != last) {
          last = n;
          objects = ScaleHeap(n, s.scale), bytes = ScaleHeap(n * s.size, s.scale);
        }
        sums.fit &= !__builtin_add_overflow(all_objects, objects, &all_objects);
        sums.fit &= !__builtin_add_overflow(all_bytes, bytes, &all_bytes);
      }
      sums.columns[2 * pair].push_back(static_cast<uint64_t>(all_objects));
      sums.columns[2 * pair + 1].push_back(static_cast<uint64_t>(all_bytes));
    }
  }
  return sums;
}

// Sets ascend, as the map does. Sums wrap around as the reader's do: its result is exact wherever
// the sum of the run fits 64 bits, whatever the steps before it are.
void WriteHeapScales(const HeapCounts& counts, const ChunkOrder& order, const RunSums& value_sums,
                     const RunSums& count_sums, SectionWriter* heads) {
  std::vector<uint32_t> sets;
  std::vector<uint64_t> sizes, scales;
  for (const auto& [set, scale] : counts.scales) {
    sets.push_back(set);
    sizes.push_back(scale.size);
    scales.push_back(std::bit_cast<uint64_t>(scale.scale));
  }
  heads->Integers(column::kScaledLabels, sets);
  heads->Integers(column::kScaledSizes, sizes);
  heads->Integers(column::kScales, scales);
  std::vector<const HeapScale*> scale_of;  // by run
  for (const uint32_t labels : order.runs().labels) scale_of.push_back(&counts.scales.at(labels));
  for (uint32_t v = 0; v < 4; ++v) {
    std::vector<uint64_t> excess(order.run_count());
    uint64_t* out = excess.data();
    // The head of a run predicts its sum: k times its first count, scaled, and its residual,
    // scaled. The excess is what rounding each sample adds to that.
    for (size_t run = 0; run < order.run_count(); ++run) {
      const uint64_t k = order.runs().length[run];
      if (k == 1) continue;
      const HeapScale& s = *scale_of[run];
      const auto f = [&](uint64_t n) {
        return static_cast<uint64_t>(ScaleHeap(n * (v % 2 == 0 ? 1 : s.size), s.scale));
      };
      const uint64_t sum = value_sums.columns[v][run], count = count_sums.columns[v / 2][run];
      const uint64_t first = static_cast<uint64_t>(counts.columns[v / 2][order.run_begin(run)]);
      const uint64_t residual = count - first * k;
      const bool falls = static_cast<int64_t>(residual) < 0;
      const uint64_t predicted = k * f(first) + (falls ? 0 - f(0 - residual) : f(residual));
      *out++ = ZigZag(static_cast<int64_t>(sum - predicted));
    }
    excess.resize(static_cast<size_t>(out - excess.data()));
    heads->Integers(column::kScaledExcess, excess, v);
  }
}

}  // namespace dolerite
