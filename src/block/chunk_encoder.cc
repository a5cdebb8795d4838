#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "block/chunk.h"

namespace dolerite {

namespace {

using Column64 = std::vector<uint64_t>;
using Column32 = std::vector<uint32_t>;

// A sample by where it stands in the input.
struct Element {
  uint64_t key;
  uint32_t ordinal;
  uint32_t row;
};

// Sorts by key and keeps the order of equal keys: byte by byte, passing over bytes
// that are the same everywhere.
void StableSortByKey(std::vector<Element>* elements) {
  std::vector<Element> other(elements->size());
  for (int shift = 0; shift < 64; shift += 8) {
    std::array<size_t, 257> begin{};
    for (const Element& e : *elements) ++begin[((e.key >> shift) & 255) + 1];
    if (std::find(begin.begin(), begin.end(), elements->size()) != begin.end()) continue;
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    for (const Element& e : *elements) other[begin[(e.key >> shift) & 255]++] = e;
    elements->swap(other);
  }
}

size_t BitCost(const Column64& values) {
  size_t bits = 0;
  for (uint64_t v : values) bits += std::bit_width(v);
  return bits;
}

struct HeapScale {
  uint64_t size;
  double scale;
};

class ChunkEncoder {
 public:
  ChunkEncoder(uint32_t part, const std::vector<SampleRows>& rows, const Symbols& symbols,
               const ChunkWriteOptions& options, ProfileTable* table)
      : part_(part), rows_(rows), symbols_(symbols), options_(options), table_(*table),
        chunk_(table->chunks[part]),
        value_count_(table->types[chunk_.type].sample_types.size()) {}

  EncodedChunk Run() && {
    labels_in_key_ = ShouldKeyByLabels();
    OrderElements();
    GatherValues();
    if (options_.unscale_go_heap) TryUnscale();
    EncodedChunk out;
    SectionWriter heads(SectionKind::kHeads, options_.columns);
    SectionWriter bodies(SectionKind::kBodies, options_.columns);
    WriteValues(&heads, &bodies);
    WriteKeys(&heads);
    WriteOrdinalsAndLabels(&bodies);
    if (!bodies.empty()) out.sections.push_back(std::move(bodies).Finish(part_));
    WriteLinks(&out);
    WriteTimestamps(&out);
    out.sections.push_back(std::move(heads).Finish(part_));
    return out;
  }

 private:
  bool ShouldKeyByLabels() const;
  void OrderElements();
  void GatherValues();
  void TryUnscale();
  bool UnscaleAll(const std::vector<HeapScale>& scale_of_set,
                  std::vector<std::vector<int64_t>>* counts) const;
  void WriteExcess(const std::vector<std::vector<int64_t>>& counts, SectionWriter* heads) const;
  void WriteScales(SectionWriter* heads) const;
  void WriteValues(SectionWriter* heads, SectionWriter* bodies);
  void WriteColumn(size_t column, const std::vector<int64_t>& values, Column64* counts,
                   SectionWriter* heads, SectionWriter* bodies) const;
  ValueMode WriteFirsts(size_t column, const std::vector<int64_t>& values,
                        SectionWriter* heads) const;
  ValueMode WriteMiddles(size_t column, const std::vector<int64_t>& values,
                         SectionWriter* bodies) const;
  std::optional<int64_t> FactorOf(const std::vector<int64_t>& values,
                                  const std::vector<int64_t>& source) const;
  bool SumsFit() const;
  void WriteKeys(SectionWriter* heads) const;
  void WriteOrdinalsAndLabels(SectionWriter* bodies) const;
  void WriteLinks(EncodedChunk* out) const;
  void WriteTimestamps(EncodedChunk* out) const;

  const RowGroup& group(size_t g) const { return table_.groups[chunk_.first_group + g]; }
  const SampleRows& rows_of(size_t g, uint32_t ordinal) const {
    return rows_[group(g).first_profile + ordinal];
  }
  // Calls visit(group, element) for each element in stored order.
  template <class Visit>
  void ForEach(const Visit& visit) const {
    for (size_t g = 0; g < chunk_.groups; ++g) {
      for (size_t e = element_begin_[g]; e < element_begin_[g + 1]; ++e) visit(g, elements_[e]);
    }
  }

  uint32_t part_;
  const std::vector<SampleRows>& rows_;
  const Symbols& symbols_;
  const ChunkWriteOptions& options_;
  ProfileTable& table_;
  const Chunk chunk_;
  const size_t value_count_;
  bool labels_in_key_ = false;
  std::vector<Element> elements_;
  std::vector<size_t> element_begin_ = {0};  // by group
  ChunkRuns runs_;
  std::vector<uint32_t> run_begin_;          // elements
  std::vector<uint32_t> before_;             // RunsBefore
  std::vector<std::vector<int64_t>> values_;  // by column, in stored order
  std::vector<std::vector<int64_t>> heap_counts_;
  std::map<uint32_t, HeapScale> heap_scales_;  // by label set
};

// Labels belong to the key where they go with the stack (heap: the size of the
// objects), not where nearly each sample has its own (ids of spans).
bool ChunkEncoder::ShouldKeyByLabels() const {
  size_t samples = 0, keys = 0;
  bool single = true;
  Column64 seen;
  for (size_t g = 0; g < chunk_.groups; ++g) {
    single = single && group(g).profiles == 1;
    seen.clear();
    for (uint32_t p = 0; p < group(g).profiles; ++p) {
      const SampleRows& rows = rows_of(g, p);
      for (size_t i = 0; i < rows.size(); ++i) {
        seen.push_back((uint64_t{rows.stack[i]} << 32) | rows.labels[i]);
      }
    }
    samples += seen.size();
    std::sort(seen.begin(), seen.end());
    keys += std::unique(seen.begin(), seen.end()) - seen.begin();
  }
  return single || samples >= 3 * keys;
}

void ChunkEncoder::OrderElements() {
  runs_.group_begin.push_back(0);
  for (size_t g = 0; g < chunk_.groups; ++g) {
    std::vector<Element> elements;
    for (uint32_t p = 0; p < group(g).profiles; ++p) {
      const SampleRows& rows = rows_of(g, p);
      for (uint32_t i = 0; i < rows.size(); ++i) {
        const uint64_t labels = labels_in_key_ ? rows.labels[i] : 0;
        elements.push_back({(uint64_t{rows.stack[i]} << 32) | labels, p, i});
      }
    }
    if (group(g).profiles > 1) StableSortByKey(&elements);
    for (size_t begin = 0, end = 0; begin < elements.size(); begin = end) {
      while (end < elements.size() && elements[end].key == elements[begin].key) ++end;
      bool full = end - begin == group(g).profiles;
      for (size_t e = begin; full && e < end; ++e) full = elements[e].ordinal == e - begin;
      runs_.stack.push_back(static_cast<uint32_t>(elements[begin].key >> 32));
      runs_.labels.push_back(static_cast<uint32_t>(elements[begin].key));
      runs_.length.push_back(static_cast<uint32_t>(end - begin));
      runs_.full.push_back(full);
      run_begin_.push_back(static_cast<uint32_t>(elements_.size() + begin));
    }
    elements_.insert(elements_.end(), elements.begin(), elements.end());
    element_begin_.push_back(elements_.size());
    runs_.group_begin.push_back(static_cast<uint32_t>(runs_.stack.size()));
    table_.groups[chunk_.first_group + g].runs = runs_.group_begin[g + 1] - runs_.group_begin[g];
  }
  run_begin_.push_back(static_cast<uint32_t>(elements_.size()));
  before_ = RunsBefore(table_, chunk_, runs_);
}

void ChunkEncoder::GatherValues() {
  values_.resize(value_count_);
  for (size_t v = 0; v < value_count_; ++v) {
    values_[v].reserve(elements_.size());
    ForEach([&](size_t g, const Element& e) {
      values_[v].push_back(rows_of(g, e.ordinal).values[e.row * value_count_ + v]);
    });
  }
}

// runtime/pprof scales a bucket of n sampled objects of one size by
// s = 1 / (1 - exp(-size / rate)); see scaleHeapSample in the Go source.
void ChunkEncoder::TryUnscale() {
  const ProfileType& type = table_.types[chunk_.type];
  if (!labels_in_key_ || value_count_ != 4 || type.period_type.type != "space") return;
  if (type.sample_types[0].unit != "count" || type.sample_types[1].unit != "bytes") return;
  const auto period = [&](size_t g) {
    return table_.headers[table_.profiles[group(g).first_profile].header].period;
  };
  std::vector<HeapScale> scales;
  for (uint32_t set = 0; set < symbols_.label_sets.size(); ++set) {
    HeapScale scale{0, 1};  // no size: a bucket without objects
    const Lists<LabelId>& sets = symbols_.label_sets;
    for (const LabelId* l = sets.begin(set); l != sets.end(set); ++l) {
      const bool bytes = symbols_.strings[symbols_.labels.key[l->value]] == "bytes" &&
                         symbols_.labels.kind[l->value] == LabelKind::kInteger;
      if (bytes) scale.size = symbols_.labels.value[l->value];
    }
    const double size = static_cast<double>(scale.size);
    if (scale.size > 0 && period(0) > 1) {
      scale.scale = 1 / (1 - std::exp(-size / static_cast<double>(period(0))));
    }
    scales.push_back(scale);
  }
  std::vector<std::vector<int64_t>> counts(2);
  if (!UnscaleAll(scales, &counts)) return;
  heap_counts_ = std::move(counts);
  for (uint32_t set : runs_.labels) heap_scales_[set] = scales[set];
}

bool ChunkEncoder::UnscaleAll(const std::vector<HeapScale>& scale_of_set,
                              std::vector<std::vector<int64_t>>* counts) const {
  for (size_t run = 0; run < runs_.stack.size(); ++run) {
    const HeapScale& s = scale_of_set[runs_.labels[run]];
    if (!(s.scale >= 1) || s.size > (uint64_t{1} << 40)) return false;
    for (size_t e = run_begin_[run]; e < run_begin_[run + 1]; ++e) {
      for (size_t pair = 0; pair < 2; ++pair) {
        const int64_t objects = values_[2 * pair][e], bytes = values_[2 * pair + 1][e];
        if (objects < 0 || objects > (int64_t{1} << 40)) return false;
        const auto fits = [&](uint64_t n) {
          return ScaleHeap(n, s.scale) == objects && ScaleHeap(n * s.size, s.scale) == bytes;
        };
        uint64_t n = static_cast<uint64_t>(std::round(static_cast<double>(objects) / s.scale));
        if (!fits(n) && fits(n + 1)) ++n;
        if (!fits(n) && n > 0 && fits(n - 1)) --n;
        if (!fits(n) || n * s.size > (uint64_t{1} << 53)) return false;
        (*counts)[pair].push_back(static_cast<int64_t>(n));
      }
    }
  }
  return true;
}

void ChunkEncoder::WriteScales(SectionWriter* heads) const {
  Column32 sets;
  Column64 sizes, scales;
  for (const auto& [set, scale] : heap_scales_) {
    sets.push_back(set);
    sizes.push_back(scale.size);
    scales.push_back(std::bit_cast<uint64_t>(scale.scale));
  }
  heads->Integers(column::kScaledLabels, sets);
  heads->Integers(column::kScaledSizes, sizes);
  heads->Integers(column::kScales, scales);
}

void ChunkEncoder::WriteExcess(const std::vector<std::vector<int64_t>>& counts,
                               SectionWriter* heads) const {
  for (uint32_t v = 0; v < 4; ++v) {
    Column64 excess;
    for (size_t run = 0; run < runs_.stack.size(); ++run) {
      const uint32_t k = runs_.length[run], begin = run_begin_[run];
      if (k == 1) continue;
      const HeapScale& s = heap_scales_.at(runs_.labels[run]);
      const auto f = [&](int64_t n) {
        return ScaleHeap(static_cast<uint64_t>(n) * (v % 2 == 0 ? 1 : s.size), s.scale);
      };
      int64_t sum = 0, count_sum = 0;
      for (uint32_t e = begin; e < begin + k; ++e) {
        sum += values_[v][e];
        count_sum += counts[v / 2][e];
      }
      const int64_t first = counts[v / 2][begin], residual = count_sum - first * k;
      const int64_t told = k * f(first) + (residual < 0 ? -f(-residual) : f(residual));
      excess.push_back(ZigZag(sum - told));
    }
    heads->Integers(column::kScaledExcess, excess, v);
  }
}

std::optional<int64_t> ChunkEncoder::FactorOf(const std::vector<int64_t>& values,
                                              const std::vector<int64_t>& source) const {
  size_t at = 0;
  while (at < values.size() && source[at] == 0) ++at;
  if (at == values.size()) return std::nullopt;
  const int64_t factor = values[at] / source[at];
  for (size_t i = 0; i < values.size(); ++i) {
    int64_t product = 0;
    if (__builtin_mul_overflow(source[i], factor, &product) || product != values[i]) {
      return std::nullopt;
    }
  }
  return factor;
}

bool ChunkEncoder::SumsFit() const {
  for (const std::vector<int64_t>& values : values_) {
    for (size_t run = 0; run < runs_.stack.size(); ++run) {
      int64_t sum = 0;
      for (size_t e = run_begin_[run]; e < run_begin_[run + 1]; ++e) {
        if (__builtin_add_overflow(sum, values[e], &sum)) return false;
      }
    }
  }
  return true;
}

ValueMode ChunkEncoder::WriteFirsts(size_t column, const std::vector<int64_t>& values,
                                    SectionWriter* heads) const {
  Column64 plain, zigzag, delta;
  bool negative = false;
  for (size_t run = 0; run < runs_.stack.size(); ++run) {
    const int64_t first = values[run_begin_[run]];
    const int64_t from = before_[run] == UINT32_MAX ? 0 : values[run_begin_[before_[run]]];
    negative = negative || first < 0;
    plain.push_back(static_cast<uint64_t>(first));
    zigzag.push_back(ZigZag(first));
    delta.push_back(ZigZag(static_cast<int64_t>(uint64_t(first) - uint64_t(from))));
  }
  const Column64& kept = negative ? zigzag : plain;
  const bool as_delta = BitCost(delta) < BitCost(kept);
  heads->Integers(column::kFirstValues, as_delta ? delta : kept, static_cast<uint32_t>(column));
  return as_delta ? ValueMode::kDelta : negative ? ValueMode::kZigZag : ValueMode::kPlain;
}

ValueMode ChunkEncoder::WriteMiddles(size_t column, const std::vector<int64_t>& values,
                                     SectionWriter* bodies) const {
  Column64 plain, zigzag, delta;
  bool negative = false;
  for (size_t run = 0; run < runs_.stack.size(); ++run) {
    for (size_t e = run_begin_[run] + 1; e + 1 < run_begin_[run + 1]; ++e) {
      negative = negative || values[e] < 0;
      plain.push_back(static_cast<uint64_t>(values[e]));
      zigzag.push_back(ZigZag(values[e]));
      delta.push_back(
          ZigZag(static_cast<int64_t>(uint64_t(values[e]) - uint64_t(values[e - 1]))));
    }
  }
  const Column64& kept = negative ? zigzag : plain;
  const bool as_delta = BitCost(delta) < BitCost(kept);
  bodies->Integers(column::kBodyValues, as_delta ? delta : kept, static_cast<uint32_t>(column));
  return as_delta ? ValueMode::kDelta : negative ? ValueMode::kZigZag : ValueMode::kPlain;
}

void ChunkEncoder::WriteColumn(size_t column, const std::vector<int64_t>& values,
                               Column64* counts, SectionWriter* heads,
                               SectionWriter* bodies) const {
  const ValueMode head_mode = WriteFirsts(column, values, heads);
  Column64 residuals;
  for (size_t run = 0; run < runs_.stack.size(); ++run) {
    const uint32_t k = runs_.length[run];
    if (k == 1) continue;
    uint64_t sum = 0;
    for (size_t e = run_begin_[run]; e < run_begin_[run + 1]; ++e) sum += uint64_t(values[e]);
    residuals.push_back(ZigZag(static_cast<int64_t>(sum - k * uint64_t(values[run_begin_[run]]))));
  }
  heads->Integers(column::kResiduals, residuals, static_cast<uint32_t>(column));
  const ValueMode body_mode = WriteMiddles(column, values, bodies);
  counts->insert(counts->end(),
                 {0, 0, static_cast<uint64_t>(head_mode), static_cast<uint64_t>(body_mode)});
}

void ChunkEncoder::WriteValues(SectionWriter* heads, SectionWriter* bodies) {
  const bool heap = !heap_counts_.empty();
  const std::vector<std::vector<int64_t>>& stored = heap ? heap_counts_ : values_;
  uint64_t flags = 0;
  if (labels_in_key_) flags |= kLabelsInKey;
  if (heap) flags |= kGoHeap;
  if (SumsFit()) flags |= kExactSums;
  Column64 counts = {flags, runs_.stack.size(), elements_.size(), stored.size()};
  for (size_t c = 0; c < stored.size(); ++c) {
    std::optional<int64_t> factor;
    size_t source = 0;
    for (; source < c; ++source) {
      factor = FactorOf(stored[c], stored[source]);
      if (factor) break;
    }
    if (factor) {
      counts.insert(counts.end(), {source + 1, static_cast<uint64_t>(*factor), 0, 0});
    } else {
      WriteColumn(c, stored[c], &counts, heads, bodies);
    }
  }
  heads->Integers(column::kCounts, counts);
  if (!heap) return;
  WriteScales(heads);
  WriteExcess(heap_counts_, heads);
}

void ChunkEncoder::WriteKeys(SectionWriter* heads) const {
  Column32 stacks, labels, lengths;
  for (size_t g = 0; g < chunk_.groups; ++g) {
    uint32_t stack = 0, label = 0;
    for (uint32_t run = runs_.group_begin[g]; run < runs_.group_begin[g + 1]; ++run) {
      const bool same_stack = run > runs_.group_begin[g] && runs_.stack[run] == stack;
      stacks.push_back(runs_.stack[run] - stack);
      labels.push_back(runs_.labels[run] - (same_stack ? label : 0));
      lengths.push_back(runs_.full[run] ? 0 : runs_.length[run]);
      stack = runs_.stack[run], label = runs_.labels[run];
    }
  }
  heads->Integers(column::kRunStacks, stacks);
  if (labels_in_key_) heads->Integers(column::kRunLabels, labels);
  heads->Integers(column::kRunLengths, lengths);
}

void ChunkEncoder::WriteOrdinalsAndLabels(SectionWriter* bodies) const {
  Column32 ordinals, labelled, labels;
  for (size_t run = 0; run < runs_.stack.size(); ++run) {
    uint32_t last = 0;
    for (size_t e = run_begin_[run]; !runs_.full[run] && e < run_begin_[run + 1]; ++e) {
      ordinals.push_back(elements_[e].ordinal - last);
      last = elements_[e].ordinal;
    }
  }
  bodies->Integers(column::kOrdinals, ordinals);
  if (labels_in_key_) return;
  ForEach([&](size_t g, const Element& e) {
    const uint32_t set = rows_of(g, e.ordinal).labels[e.row];
    labelled.push_back(set != 0);
    if (set != 0) labels.push_back(set);
  });
  bodies->Integers(column::kLabelled, labelled);
  bodies->Integers(column::kBodyLabels, labels);
}

// A link is mostly new: 1 and its bytes. One that the profile had before is told by
// how many the profile had before it, plus 2. Where only samples with labels have
// links, the others have no code.
void ChunkEncoder::WriteLinks(EncodedChunk* out) const {
  Column32 codes;
  bool labelled_only = true;
  ForEach([&](size_t g, const Element& e) {
    const SampleRows& rows = rows_of(g, e.ordinal);
    const bool linked = !rows.link.empty() && rows.link[e.row] != LinkBytes{};
    labelled_only = labelled_only && (!linked || rows.labels[e.row] != 0);
  });
  std::string traces, spans;
  std::map<std::pair<uint32_t, LinkBytes>, uint32_t> numbers;
  Column32 links_of(rows_.size(), 0);
  bool any = false;
  ForEach([&](size_t g, const Element& e) {
    const uint32_t profile = group(g).first_profile + e.ordinal;
    const SampleRows& rows = rows_[profile];
    if (labelled_only && rows.labels[e.row] == 0) return;
    if (rows.link.empty() || rows.link[e.row] == LinkBytes{}) {
      codes.push_back(0);
      return;
    }
    any = true;
    const LinkBytes& link = rows.link[e.row];
    const auto [at, is_new] = numbers.try_emplace({profile, link}, links_of[profile]);
    codes.push_back(is_new ? 1 : 2 + at->second);
    if (!is_new) return;
    ++links_of[profile];
    traces.append(reinterpret_cast<const char*>(link.data()), 16);
    spans.append(reinterpret_cast<const char*>(link.data()) + 16, 8);
  });
  if (!any) return;
  SectionWriter section(SectionKind::kLinks, options_.columns);
  section.Integers(column::kCounts, Column64{codes.size(), spans.size() / 8, labelled_only});
  section.Integers(column::kLinkCodes, codes);
  section.Bytes(column::kTraceIds, traces);
  section.Bytes(column::kSpanIds, spans);
  out->sections.push_back(std::move(section).Finish(part_));
}

// Times of a sample are told from the one before, the first from the profile's time.
void ChunkEncoder::WriteTimestamps(EncodedChunk* out) const {
  Column32 shapes, counts;
  Column64 times, values;
  std::map<const SampleRows*, std::vector<uint32_t>> starts;
  bool any = false;
  ForEach([&](size_t g, const Element& e) {
    const SampleRows& rows = rows_of(g, e.ordinal);
    if (rows.shape.empty()) {
      shapes.push_back(0), counts.push_back(0);
      return;
    }
    any = true;
    shapes.push_back(static_cast<uint32_t>(rows.shape[e.row]));
    counts.push_back(static_cast<uint32_t>(rows.timestamps.length(e.row)));
    uint64_t last =
        static_cast<uint64_t>(table_.profiles[group(g).first_profile + e.ordinal].time_nanos);
    for (const uint64_t* t = rows.timestamps.begin(e.row); t != rows.timestamps.end(e.row); ++t) {
      times.push_back(ZigZag(static_cast<int64_t>(*t - last)));
      last = *t;
    }
    if (rows.shape[e.row] != SampleShape::kTimed) return;
    std::vector<uint32_t>& start = starts[&rows];
    for (size_t i = start.size(); i <= e.row; ++i) {
      const bool timed = i > 0 && rows.shape[i - 1] == SampleShape::kTimed;
      const uint32_t step = timed ? static_cast<uint32_t>(rows.timestamps.length(i - 1)) : 0;
      start.push_back((i == 0 ? 0 : start.back()) + step);
    }
    for (uint32_t i = 0; i < counts.back(); ++i) {
      values.push_back(ZigZag(rows.timestamp_values[start[e.row] + i]));
    }
  });
  if (!any) return;
  SectionWriter section(SectionKind::kTimestamps, options_.columns);
  section.Integers(column::kCounts, Column64{shapes.size(), times.size(), values.size()});
  section.Integers(column::kShapes, shapes);
  section.Integers(column::kTimestampCounts, counts);
  section.Integers(column::kTimes, times);
  section.Integers(column::kTimedValues, values);
  out->sections.push_back(std::move(section).Finish(part_));
}

}  // namespace

std::vector<uint32_t> RunsBefore(const ProfileTable& table, const Chunk& chunk,
                                 const ChunkRuns& runs) {
  std::vector<uint32_t> before(runs.stack.size(), UINT32_MAX);
  std::map<uint32_t, size_t> last_group;  // by series
  for (size_t g = 0; g < chunk.groups; ++g) {
    const RowGroup& group = table.groups[chunk.first_group + g];
    const uint32_t series = table.profiles[group.first_profile].series;
    const auto [last, is_new] = last_group.try_emplace(series, g);
    if (is_new) continue;
    uint32_t at = runs.group_begin[last->second];
    const uint32_t end = runs.group_begin[last->second + 1];
    last->second = g;
    const auto key = [&](uint32_t run) {
      return (uint64_t{runs.stack[run]} << 32) | runs.labels[run];
    };
    for (uint32_t run = runs.group_begin[g]; run < runs.group_begin[g + 1]; ++run) {
      while (at < end && key(at) < key(run)) ++at;
      if (at < end && key(at) == key(run)) before[run] = at;
    }
  }
  return before;
}

EncodedChunk EncodeChunk(uint32_t part, const std::vector<SampleRows>& rows,
                         const Symbols& symbols, const ChunkWriteOptions& options,
                         ProfileTable* table) {
  return ChunkEncoder(part, rows, symbols, options, table).Run();
}

}  // namespace dolerite
