#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/bytes.h"
#include "base/status.h"
#include "block/chunk.h"
#include "block/chunk_order.h"

namespace dolerite {

namespace {

using Column64 = std::vector<uint64_t>;
using Column32 = std::vector<uint32_t>;

uint64_t FromMode(uint64_t mode, uint64_t stored, uint64_t before) {
  if (mode == static_cast<uint64_t>(ValueMode::kPlain)) return stored;
  const uint64_t value = static_cast<uint64_t>(UnZigZag(stored));
  return mode == static_cast<uint64_t>(ValueMode::kDelta) ? before + value : value;
}

}  // namespace

absl::StatusOr<ChunkReader> ChunkReader::Open(const ProfileTable& table, uint32_t part,
                                              const SectionReader* heads, size_t max_rows) {
  ChunkReader reader;
  reader.table_ = &table;
  reader.chunk_ = table.chunks[part];
  reader.heads_ = heads;
  DOLERITE_RETURN_IF_ERROR(reader.ReadCounts(max_rows));
  DOLERITE_RETURN_IF_ERROR(reader.ReadKeys());
  if (reader.flags_ & kGoHeap) DOLERITE_RETURN_IF_ERROR(reader.ReadScales());
  return reader;
}

absl::Status ChunkReader::ReadCounts(size_t max_rows) {
  Column64 counts;
  DOLERITE_RETURN_IF_ERROR(heads_->Counts(4, &counts));
  flags_ = counts[0];
  if (flags_ >= 8) return heads_->Damaged("unknown flags");
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(heads_->place(), ": runs"), counts[1], max_rows));
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(heads_->place(), ": samples"), counts[2], max_rows));
  samples_ = counts[2];
  value_count_ = table_->types[chunk_.type].sample_types.size();
  const size_t stored = flags_ & kGoHeap ? 2 : value_count_;
  if ((flags_ & kGoHeap) && (value_count_ != 4 || !(flags_ & kLabelsInKey))) {
    return heads_->Damaged("heap values without their labels");
  }
  if (counts[3] != stored || counts.size() != 4 + 4 * stored) {
    return heads_->Damaged("the value columns do not fit the profile type");
  }
  for (size_t c = 0; c < stored; ++c) {
    const uint64_t* at = &counts[4 + 4 * c];
    plans_.push_back({at[0], at[1], at[2], at[3]});
    if (at[0] > c || at[2] > 2 || at[3] > 2) return heads_->Damaged("a value column is unknown");
  }
  uint64_t runs = 0;
  runs_.group_begin.push_back(0);
  for (uint32_t g = 0; g < chunk_.groups; ++g) {
    const uint64_t more = table_->groups[chunk_.first_group + g].runs;
    if (more > counts[1] - runs) return heads_->Damaged("row groups have more runs than there are");
    runs += more;
    runs_.group_begin.push_back(static_cast<uint32_t>(runs));
  }
  return runs == counts[1] ? absl::OkStatus() : heads_->Damaged("runs without a row group");
}

absl::Status ChunkReader::ReadKeys() {
  const size_t n = runs_.group_begin.back();
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kRunStacks, n, &runs_.stack));
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kRunLengths, n, &runs_.length));
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kRunLabels, n, &runs_.labels));
  runs_.full.assign(n, 0);
  uint64_t samples = 0;
  for (uint32_t g = 0; g < chunk_.groups; ++g) {
    const uint32_t profiles = table_->groups[chunk_.first_group + g].profiles;
    const uint32_t begin = runs_.group_begin[g], end = runs_.group_begin[g + 1];
    for (uint32_t run = begin; run < end; ++run) {
      const uint32_t step = runs_.stack[run];
      if (run > begin) runs_.stack[run] += runs_.stack[run - 1];
      if (run > begin && step == 0) runs_.labels[run] += runs_.labels[run - 1];
      runs_.full[run] = runs_.length[run] == 0;
      if (runs_.full[run]) runs_.length[run] = profiles;
      samples += runs_.length[run];
      if (runs_.length[run] == 1) continue;
      ++runs_of_many_;
      middle_values_ += runs_.length[run] - 2;
    }
  }
  return samples == samples_ ? absl::OkStatus() : heads_->Damaged("runs do not make the samples");
}

absl::Status ChunkReader::ReadScales() {
  // As many as the distinct labels of runs: at most one a run.
  for (const SectionReader::Entry& entry : heads_->entries()) {
    if (entry.id != column::kScales) continue;  // never left out: no scale is 0
    const size_t n = entry.rows;
    if (n > runs_.stack.size()) return heads_->Damaged("more scales than runs");
    DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kScaledLabels, n, &scaled_labels_));
    DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kScaledSizes, n, &scaled_sizes_));
    DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kScales, n, &scales_));
  }
  for (uint64_t bits : scales_) {
    const double scale = std::bit_cast<double>(bits);
    if (!(scale >= 1 && scale <= kMaxHeapScale)) return heads_->Damaged("a scale is out of range");
  }
  if (scaled_labels_.empty()) {
    return runs_.labels.empty() ? absl::OkStatus() : heads_->Damaged("there are no scales");
  }
  // A table by label set, as long as it stays in proportion to the runs.
  const uint32_t last = scaled_labels_.back();
  if (last / 64 > runs_.stack.size() + 1024) return heads_->Damaged("a scale's labels are unknown");
  std::vector<uint32_t> by_labels(size_t{last} + 1, UINT32_MAX);
  for (uint32_t i = 0; i < scaled_labels_.size(); ++i) {
    if (scaled_labels_[i] > last) return heads_->Damaged("scales are out of order");
    by_labels[scaled_labels_[i]] = i;
  }
  scale_of_run_.reserve(runs_.labels.size());
  for (uint32_t labels : runs_.labels) {
    const uint32_t at = labels <= last ? by_labels[labels] : UINT32_MAX;
    if (at == UINT32_MAX) return heads_->Damaged("a scale is missing");
    scale_of_run_.push_back(at);
  }
  return absl::OkStatus();
}

// Hostile counts could leave what a double turns into an integer: those read as 0.
int64_t ChunkReader::Scaled(size_t value, uint64_t count, size_t run) const {
  const uint32_t at = scale_of_run_[run];
  const double n = static_cast<double>(value % 2 == 0 ? count : count * scaled_sizes_[at]);
  const double scaled = n * std::bit_cast<double>(scales_[at]);
  return scaled < 9.2e18 ? static_cast<int64_t>(scaled) : 0;
}

absl::Status ChunkReader::FirstsAndResiduals(size_t column, Column64* firsts,
                                             Column64* residuals) const {
  const uint32_t index = static_cast<uint32_t>(column);
  DOLERITE_RETURN_IF_ERROR(
      heads_->Integers(column::kFirstValues, runs_.stack.size(), firsts, index));
  const uint64_t mode = plans_[column].head_mode;
  std::vector<uint32_t> before;
  if (mode == static_cast<uint64_t>(ValueMode::kDelta)) {
    before = RunsBefore(*table_, chunk_, runs_);
  }
  for (size_t run = 0; run < firsts->size(); ++run) {
    const bool none = before.empty() || before[run] == UINT32_MAX;
    (*firsts)[run] = FromMode(mode, (*firsts)[run], none ? 0 : (*firsts)[before[run]]);
  }
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kResiduals, runs_of_many_, residuals, index));
  for (uint64_t& residual : *residuals) residual = static_cast<uint64_t>(UnZigZag(residual));
  return absl::OkStatus();
}

std::pair<size_t, uint64_t> ChunkReader::StoredColumn(size_t value) const {
  size_t column = (flags_ & kGoHeap) != 0 ? value / 2 : value;
  uint64_t factor = 1;
  while (plans_[column].source != 0) {
    factor *= plans_[column].factor;
    column = plans_[column].source - 1;
  }
  return {column, factor};
}

absl::Status ChunkReader::Sums(size_t value, std::vector<int64_t>* sums) const {
  if (!exact_sums()) return absl::FailedPreconditionError("the sums of runs leave 64 bits");
  const bool heap = (flags_ & kGoHeap) != 0;
  const auto [column, factor] = StoredColumn(value);
  Column64 firsts, residuals, excess;
  DOLERITE_RETURN_IF_ERROR(FirstsAndResiduals(column, &firsts, &residuals));
  if (heap) {
    DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kScaledExcess, runs_of_many_, &excess,
                                              static_cast<uint32_t>(value)));
  }
  sums->resize(firsts.size());
  size_t next = 0;
  for (size_t run = 0; run < firsts.size(); ++run) {
    const uint64_t k = runs_.length[run], first = firsts[run] * factor;
    const uint64_t residual = k > 1 ? residuals[next] * factor : 0;
    uint64_t sum = 0;
    if (heap) {
      const int64_t r = static_cast<int64_t>(residual);
      sum = k * static_cast<uint64_t>(Scaled(value, first, run));
      if (r < 0) sum -= static_cast<uint64_t>(Scaled(value, 0 - residual, run));
      if (r > 0) sum += static_cast<uint64_t>(Scaled(value, residual, run));
      if (k > 1) sum += static_cast<uint64_t>(UnZigZag(excess[next]));
    } else {
      sum = k * first + residual;
    }
    next += k > 1;
    (*sums)[run] = static_cast<int64_t>(sum);
  }
  return absl::OkStatus();
}

absl::Status ChunkReader::ReadBodies(const SectionReader* bodies) {
  bodies_ = bodies;
  const size_t n = runs_.stack.size();
  size_t told = 0;
  for (size_t run = 0; run < n; ++run) told += runs_.full[run] ? 0 : runs_.length[run];
  Column32 steps;
  if (bodies == nullptr) {
    // No body at all: every column of it would be zeros.
    steps.assign(told, 0);
    if (!labels_in_key()) body_labels_.assign(samples_, 0);
  } else {
    DOLERITE_RETURN_IF_ERROR(bodies->Integers(column::kOrdinals, told, &steps));
    if (!labels_in_key()) DOLERITE_RETURN_IF_ERROR(ReadBodyLabels());
  }
  ordinals_.reserve(samples_);
  size_t next = 0;
  for (uint32_t g = 0; g < chunk_.groups; ++g) {
    const uint32_t profiles = table_->groups[chunk_.first_group + g].profiles;
    for (uint32_t run = runs_.group_begin[g]; run < runs_.group_begin[g + 1]; ++run) {
      uint64_t ordinal = 0;
      for (uint32_t i = 0; i < runs_.length[run]; ++i) {
        ordinal = runs_.full[run] ? i : ordinal + steps[next++];
        if (ordinal >= profiles) return heads_->Damaged("a run names a profile beyond its group");
        ordinals_.push_back(static_cast<uint32_t>(ordinal));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status ChunkReader::ReadBodyLabels() {
  Column32 labels;
  DOLERITE_RETURN_IF_ERROR(bodies_->Integers(column::kLabelled, samples_, &body_labels_));
  uint64_t labelled = 0;
  for (uint32_t flag : body_labels_) labelled += flag;
  if (std::any_of(body_labels_.begin(), body_labels_.end(), [](uint32_t f) { return f > 1; })) {
    return bodies_->Damaged("a label flag is neither 0 nor 1");
  }
  DOLERITE_RETURN_IF_ERROR(bodies_->Integers(column::kBodyLabels, labelled, &labels));
  size_t next = 0;
  for (uint32_t& set : body_labels_) {
    if (set == 1) set = labels[next++];
  }
  return absl::OkStatus();
}

absl::Status ChunkReader::StoredValues(size_t column, Column64* values) const {
  Column64 firsts, residuals, middles(middle_values_, 0);
  DOLERITE_RETURN_IF_ERROR(FirstsAndResiduals(column, &firsts, &residuals));
  if (bodies_ != nullptr) {
    DOLERITE_RETURN_IF_ERROR(bodies_->Integers(column::kBodyValues, middle_values_, &middles,
                                               static_cast<uint32_t>(column)));
  }
  values->reserve(samples_);
  size_t next = 0, next_middle = 0;
  for (size_t run = 0; run < firsts.size(); ++run) {
    const uint32_t k = runs_.length[run];
    uint64_t value = firsts[run];
    values->push_back(value);
    if (k == 1) continue;
    uint64_t rest = k * firsts[run] + residuals[next++] - firsts[run];
    for (uint32_t i = 1; i + 1 < k; ++i) {
      value = FromMode(plans_[column].body_mode, middles[next_middle++], value);
      values->push_back(value);
      rest -= value;
    }
    values->push_back(rest);
  }
  return absl::OkStatus();
}

absl::Status ChunkReader::Values(size_t value, std::vector<int64_t>* values) const {
  const bool heap = (flags_ & kGoHeap) != 0;
  const auto [column, factor] = StoredColumn(value);
  Column64 stored;
  DOLERITE_RETURN_IF_ERROR(StoredValues(column, &stored));
  values->clear();
  values->reserve(samples_);
  size_t next = 0;
  for (size_t run = 0; run < runs_.stack.size(); ++run) {
    for (uint32_t i = 0; i < runs_.length[run]; ++i) {
      const uint64_t v = stored[next++] * factor;
      values->push_back(heap ? Scaled(value, v, run) : static_cast<int64_t>(v));
    }
  }
  return absl::OkStatus();
}

absl::Status ChunkReader::Links(const SectionReader& in, std::vector<LinkBytes>* links) const {
  Column64 counts;
  Column32 codes;
  std::string traces, spans;
  DOLERITE_RETURN_IF_ERROR(in.Counts(3, &counts));
  const std::vector<uint32_t> coded = CodedForLinks(counts[2] != 0);
  if (counts[0] != coded.size() || counts[1] > samples_) return in.Damaged("links do not fit");
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLinkCodes, coded.size(), &codes));
  DOLERITE_RETURN_IF_ERROR(in.Bytes(column::kTraceIds, 16 * counts[1], &traces));
  DOLERITE_RETURN_IF_ERROR(in.Bytes(column::kSpanIds, 8 * counts[1], &spans));
  if (traces.size() != 16 * counts[1] || spans.size() != 8 * counts[1]) {
    return in.Damaged("ids of links are missing");
  }
  const std::vector<uint32_t> slot_of = SlotOf();
  std::vector<std::vector<uint32_t>> links_of(Profiles().size());
  links->assign(samples_, LinkBytes{});
  uint32_t next = 0;
  for (size_t i = 0; i < coded.size(); ++i) {
    if (codes[i] == 0) continue;
    std::vector<uint32_t>& known = links_of[slot_of[coded[i]]];
    if (codes[i] == 1) {
      if (next == counts[1]) return in.Damaged("more links than ids");
      known.push_back(next++);
    } else if (codes[i] - 2 >= known.size()) {
      return in.Damaged("a link repeats one that was not seen");
    }
    const uint32_t at = codes[i] == 1 ? known.back() : known[codes[i] - 2];
    LinkBytes& link = (*links)[coded[i]];
    std::memcpy(link.data(), &traces[16 * at], 16);
    std::memcpy(link.data() + 16, &spans[8 * at], 8);
  }
  return absl::OkStatus();
}

std::vector<uint32_t> ChunkReader::CodedForLinks(bool labelled_only) const {
  std::vector<uint32_t> coded;
  uint32_t sample = 0;
  for (size_t run = 0; run < runs_.stack.size(); ++run) {
    for (uint32_t i = 0; i < runs_.length[run]; ++i, ++sample) {
      const uint32_t labels = labels_in_key() ? runs_.labels[run] : body_labels_[sample];
      if (!labelled_only || labels != 0) coded.push_back(sample);
    }
  }
  return coded;
}

absl::Status ChunkReader::Timestamps(const SectionReader& in,
                                     const std::vector<uint32_t>& profile_of, SampleRows* out,
                                     size_t max_rows) const {
  Column64 counts, times, values;
  Column32 shapes, lengths;
  DOLERITE_RETURN_IF_ERROR(in.Counts(3, &counts));
  if (counts[0] != samples_) return in.Damaged("timestamps do not fit the samples");
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(in.place(), ": times"), counts[1], max_rows));
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(in.place(), ": values"), counts[2], max_rows));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kShapes, samples_, &shapes));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kTimestampCounts, samples_, &lengths));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kTimes, counts[1], &times));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kTimedValues, counts[2], &values));
  size_t next = 0, timed = 0;
  for (size_t i = 0; i < samples_; ++i) {
    if (shapes[i] > static_cast<uint32_t>(SampleShape::kTotal)) {
      return in.Damaged("a sample's shape is unknown");
    }
    if (lengths[i] > times.size() - next) return in.Damaged("timestamps are missing");
    out->shape.push_back(static_cast<SampleShape>(shapes[i]));
    uint64_t last = static_cast<uint64_t>(table_->profiles[profile_of[i]].time_nanos);
    for (uint32_t k = 0; k < lengths[i]; ++k) {
      last += static_cast<uint64_t>(UnZigZag(times[next++]));
      out->timestamps.items.push_back(last);
    }
    out->timestamps.Close();
    if (out->shape.back() == SampleShape::kTimed) timed += lengths[i];
  }
  if (next != times.size() || timed != values.size()) return in.Damaged("timestamps left over");
  for (uint64_t value : values) out->timestamp_values.push_back(UnZigZag(value));
  return absl::OkStatus();
}

std::vector<uint32_t> ChunkReader::Profiles() const {
  std::vector<uint32_t> profiles;
  for (uint32_t g = 0; g < chunk_.groups; ++g) {
    const RowGroup& group = table_->groups[chunk_.first_group + g];
    for (uint32_t i = 0; i < group.profiles; ++i) profiles.push_back(group.first_profile + i);
  }
  return profiles;
}

std::vector<uint32_t> ChunkReader::SlotOf() const {
  std::vector<uint32_t> slots;
  slots.reserve(samples_);
  uint32_t first = 0;  // slot of the group
  for (uint32_t g = 0; g < chunk_.groups; ++g) {
    for (uint32_t run = runs_.group_begin[g]; run < runs_.group_begin[g + 1]; ++run) {
      for (uint32_t i = 0; i < runs_.length[run]; ++i) {
        slots.push_back(first + ordinals_[slots.size()]);
      }
    }
    first += table_->groups[chunk_.first_group + g].profiles;
  }
  return slots;
}

std::vector<uint32_t> ChunkReader::ProfileOf() const {
  const std::vector<uint32_t> profiles = Profiles();
  std::vector<uint32_t> rows = SlotOf();
  for (uint32_t& row : rows) row = profiles[row];
  return rows;
}

}  // namespace dolerite
