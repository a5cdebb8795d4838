// Go's runtime scales what it sampled; unscaling finds the counts again. A chunk is stored so only
// if every value of every sample comes back exactly, so the guess about the producer cannot lose
// anything.
#include "block/go_heap.h"

#include <algorithm>
#include <bit>
#include <cmath>

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

}  // namespace

// Two columns of counts instead of four of values, and a scale for each label set.
std::optional<HeapCounts> UnscaleGoHeap(const ChunkOrder& order, const ProfileTable& table,
                                        const Symbols& symbols, const Columns& values) {
  const Chunk& chunk = order.chunk();
  if (!order.labels_in_key() || !IsGoHeap(table.types[chunk.type])) return std::nullopt;
  // The sampling rate is the period of the profile. The first profile stands for the chunk: with
  // another rate the counts do not come back, and the chunk is stored plain.
  const ProfileRow& first = table.profiles[table.groups[chunk.first_group].first_profile];
  const int64_t rate = table.headers[first.header].period;
  HeapCounts out;
  out.columns.resize(2);
  for (size_t run = 0; run < order.run_count(); ++run) {
    const uint32_t labels = order.runs().labels[run];
    const auto [at, is_new] = out.scales.try_emplace(labels);
    if (is_new) at->second = ScaleOf(symbols, labels, rate);
    const HeapScale& s = at->second;
    if (!(s.scale >= 1 && s.scale <= kMaxHeapScale)) return std::nullopt;
    for (uint32_t i = order.run_begin(run); i < order.run_begin(run + 1); ++i) {
      for (size_t pair = 0; pair < 2; ++pair) {
        const auto n = CountOf(values[2 * pair][i], values[2 * pair + 1][i], s);
        if (!n) return std::nullopt;
        out.columns[pair].push_back(static_cast<int64_t>(*n));
      }
    }
  }
  return out;
}

// Sets ascend, as the map does. Sums wrap around as the reader's do: its result is exact wherever
// the sum of the run fits 64 bits, whatever the steps before it are.
void WriteHeapScales(const HeapCounts& counts, const ChunkOrder& order, const Columns& values,
                     SectionWriter* heads) {
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
  for (uint32_t v = 0; v < 4; ++v) {
    std::vector<uint64_t> excess;
    // The head of a run predicts its sum: k times its first count, scaled, and its residual,
    // scaled. The excess is what rounding each sample adds to that.
    for (size_t run = 0; run < order.run_count(); ++run) {
      const uint64_t k = order.runs().length[run];
      if (k == 1) continue;
      const HeapScale& s = counts.scales.at(order.runs().labels[run]);
      const auto f = [&](uint64_t n) {
        return static_cast<uint64_t>(ScaleHeap(n * (v % 2 == 0 ? 1 : s.size), s.scale));
      };
      const std::vector<int64_t>& column = counts.columns[v / 2];
      uint64_t sum = 0, count = 0;
      for (uint32_t i = order.run_begin(run); i < order.run_begin(run + 1); ++i) {
        sum += static_cast<uint64_t>(values[v][i]);
        count += static_cast<uint64_t>(column[i]);
      }
      const uint64_t first = static_cast<uint64_t>(column[order.run_begin(run)]);
      const uint64_t residual = count - first * k;
      const bool falls = static_cast<int64_t>(residual) < 0;
      const uint64_t predicted = k * f(first) + (falls ? 0 - f(0 - residual) : f(residual));
      excess.push_back(ZigZag(static_cast<int64_t>(sum - predicted)));
    }
    heads->Integers(column::kScaledExcess, excess, v);
  }
}

}  // namespace dolerite
