// Decodes a chunk; chunk.h has the picture.
//
//   Open          counts -> the plan of each value column, which runs each row group has;
//                 keys   -> stack, labels and length of each run, as steps from the run before;
//                 scales -> of Go heap values, for each run the scale of its label set.
//                 This is all that a merge of heads needs beside Sums.
//   Sums          one value of each run: length, first value and residual make its sum
//   ReadBodies    ordinals -> which profile of its group each sample is of; labels that are not in
//                 the key
//   Values        one value of each sample: first, the ones between, and the last, which is what is
//                 left of the run's sum
//   Links, Timestamps   links and timestamps of the samples, in the same order
//
// A run of a constant takes three bytes however long it is. So the memory for anything as long as
// the runs or the samples is charged to its section (Take) before it is allocated.
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

// The value that `stored` means; `before` is the value that a difference starts at.
uint64_t FromMode(uint64_t mode, uint64_t stored, uint64_t before) {
  if (mode == static_cast<uint64_t>(ValueMode::kPlain)) return stored;
  const uint64_t value = static_cast<uint64_t>(UnZigZag(stored));
  return mode == static_cast<uint64_t>(ValueMode::kDelta) ? before + value : value;
}

}  // namespace

// Reads what all later calls need: which runs there are, and how values are stored.
absl::StatusOr<ChunkReader> ChunkReader::Open(const ProfileTable& table, uint32_t part,
                                              std::span<const uint32_t> stacks,
                                              const SectionReader* heads, size_t max_rows) {
  ChunkReader reader;
  reader.table_ = &table;
  reader.chunk_ = table.chunks[part];
  reader.heads_ = heads;
  DOLERITE_RETURN_IF_ERROR(reader.ReadCounts(max_rows));
  DOLERITE_RETURN_IF_ERROR(reader.ReadKeys(stacks));
  if (reader.flags_ & kGoHeap) DOLERITE_RETURN_IF_ERROR(reader.ReadScales());
  return reader;
}

// Flags and sizes, each checked before anything of that size is made.
absl::Status ChunkReader::ReadCounts(size_t max_rows) {
  Column64 counts;
  DOLERITE_RETURN_IF_ERROR(heads_->Counts(4, &counts));
  flags_ = counts[0];
  if (flags_ >= 8) return heads_->Damaged(Concat("flags ", flags_, ", where 0 to 7 are known"));
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(heads_->place(), ": runs"), counts[1], max_rows));
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(heads_->place(), ": samples"), counts[2], max_rows));
  samples_ = counts[2];
  value_count_ = table_->types[chunk_.type].sample_types.size();
  if (is_heap() && (value_count_ != 4 || !labels_in_key())) {
    return heads_->Damaged("Go heap values need four sample types and labels in the key");
  }
  // Go heap values come in pairs (allocated, in use): only the two counts are stored.
  const size_t stored = is_heap() ? 2 : value_count_;
  if (counts[3] != stored || counts.size() != 4 + 4 * stored) {
    return heads_->Damaged(Concat(counts[3], " value columns and ", counts.size(),
                                  " counts, where the profile type has ", stored));
  }
  DOLERITE_RETURN_IF_ERROR(ReadPlans(std::span(counts).subspan(4)));
  return ReadGroups(counts[1]);
}

// A column that is another one times a factor is resolved to the column that is stored, by way of
// an earlier one that has been resolved already.
absl::Status ChunkReader::ReadPlans(std::span<const uint64_t> counts) {
  for (size_t c = 0; 4 * c < counts.size(); ++c) {
    const uint64_t source = counts[4 * c], factor = counts[4 * c + 1];
    Plan plan = {c, 1, counts[4 * c + 2], counts[4 * c + 3]};
    if (source > c || plan.head_mode > 2 || plan.body_mode > 2) {
      return heads_->Damaged(Concat("value column ", c, " has source ", source, " and modes ",
                                    plan.head_mode, " and ", plan.body_mode));
    }
    if (source > 0) {
      plan.column = plans_[source - 1].column;
      plan.factor = plans_[source - 1].factor * factor;
    }
    plans_.push_back(plan);
  }
  return absl::OkStatus();
}

// The profile table says how many runs each group has; together they are the chunk's.
absl::Status ChunkReader::ReadGroups(uint64_t all) {
  uint64_t runs = 0;
  runs_.group_begin.push_back(0);
  for (const RowGroup& group : groups()) {
    if (group.runs > all - runs) {
      return heads_->Damaged(Concat("row groups have more runs than the ", all, " of the chunk"));
    }
    runs += group.runs;
    runs_.group_begin.push_back(static_cast<uint32_t>(runs));
  }
  if (runs == all) return absl::OkStatus();
  return heads_->Damaged(Concat(all, " runs, where the row groups have ", runs));
}

// Decodes the key (stack and labels) and the length of each run. Counts the samples, the runs of
// several samples (which have a residual) and the values between first and last. At the end the
// ids of stacks become nodes.
absl::Status ChunkReader::ReadKeys(std::span<const uint32_t> stacks) {
  const size_t n = runs_.group_begin.back();
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kRunStacks, n, &runs_.stack));
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kRunLengths, n, &runs_.length));
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kRunLabels, n, &runs_.labels));
  runs_.full.assign(n, 0);
  uint64_t samples = 0;
  for (size_t g = 0; g < groups().size(); ++g) {
    const uint32_t profiles = groups()[g].profiles;
    const uint32_t begin = runs_.group_begin[g], end = runs_.group_begin[g + 1];
    for (uint32_t run = begin; run < end; ++run) {
      // Stacks are steps within the group, labels steps within a stack.
      const uint32_t step = runs_.stack[run];
      if (run > begin) runs_.stack[run] += runs_.stack[run - 1];
      if (run > begin && step == 0) runs_.labels[run] += runs_.labels[run - 1];
      // A stored length of 0 means one sample of each profile of the group.
      runs_.full[run] = runs_.length[run] == 0;
      if (runs_.full[run]) runs_.length[run] = profiles;
      samples += runs_.length[run];
      if (runs_.length[run] == 1) continue;
      ++runs_of_many_;
      middle_values_ += runs_.length[run] - 2;
    }
  }
  if (samples != samples_) {
    return heads_->Damaged(Concat("runs of ", samples, " samples, where the chunk has ", samples_));
  }
  // In kDelta columns a first value is stored as the difference to the first value of the run with
  // the same key in the series' group before.
  const bool delta = std::any_of(plans_.begin(), plans_.end(), [](const Plan& plan) {
    return plan.head_mode == static_cast<uint64_t>(ValueMode::kDelta);
  });
  if (delta) {
    DOLERITE_RETURN_IF_ERROR(heads_->Take(n, sizeof(uint32_t)));
    runs_before_ = RunsBefore(*table_, chunk_, runs_);
  }
  for (uint32_t& stack : runs_.stack) {
    if (stack >= stacks.size()) {
      return heads_->Damaged(
          Concat("stack ", stack, " of a run is outside its table of ", stacks.size()));
    }
    stack = stacks[stack];
  }
  return absl::OkStatus();
}

absl::Status ChunkReader::ReadScales() {
  // One scale for each distinct label set: at most one a run. No scale is 0, so the column of
  // scales is never left out, and its length is their number.
  const size_t n = heads_->Rows(column::kScales);
  if (n > runs_.stack.size()) {
    return heads_->Damaged(Concat(n, " scales for ", runs_.stack.size(), " runs"));
  }
  Column32 labels;
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kScaledLabels, n, &labels));
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kScaledSizes, n, &scaled_sizes_));
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kScales, n, &scales_));
  for (size_t i = 0; i < n; ++i) {
    const double scale = std::bit_cast<double>(scales_[i]);
    if (!(scale >= 1 && scale <= kMaxHeapScale)) {
      return heads_->Damaged(Concat("scale ", i, " is not between 1 and 1e15"));
    }
    if (i > 0 && labels[i - 1] >= labels[i]) {
      return heads_->Damaged(Concat("scale ", i, " is out of order: label sets ascend"));
    }
  }
  // Each run finds the scale of its label set.
  DOLERITE_RETURN_IF_ERROR(heads_->Take(runs_.stack.size(), sizeof(uint32_t)));
  scale_of_run_.reserve(runs_.labels.size());
  for (uint32_t set : runs_.labels) {
    const auto at = std::lower_bound(labels.begin(), labels.end(), set);
    if (at == labels.end() || *at != set) {
      return heads_->Damaged(Concat("label set ", set, " of a run has no scale"));
    }
    scale_of_run_.push_back(static_cast<uint32_t>(at - labels.begin()));
  }
  return absl::OkStatus();
}

// A product beyond 63 bits, which only a hostile block has, reads as 0.
int64_t ChunkReader::Scaled(size_t value, uint64_t count, size_t run) const {
  const uint32_t at = scale_of_run_[run];
  const double n = static_cast<double>(value % 2 == 0 ? count : count * scaled_sizes_[at]);
  const double scaled = n * std::bit_cast<double>(scales_[at]);
  return scaled < 9.2e18 ? static_cast<int64_t>(scaled) : 0;
}

// The first value of each run, and for each run of several samples the residual: its sum less its
// length times its first value.
absl::Status ChunkReader::FirstsAndResiduals(size_t column, Column64* firsts,
                                             Column64* residuals) const {
  const uint32_t index = static_cast<uint32_t>(column);
  DOLERITE_RETURN_IF_ERROR(
      heads_->Integers(column::kFirstValues, runs_.stack.size(), firsts, index));
  const uint64_t mode = plans_[column].head_mode;
  for (size_t run = 0; run < firsts->size(); ++run) {
    const uint32_t before = runs_before_.empty() ? UINT32_MAX : runs_before_[run];
    (*firsts)[run] = FromMode(mode, (*firsts)[run], before == UINT32_MAX ? 0 : (*firsts)[before]);
  }
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kResiduals, runs_of_many_, residuals, index));
  for (uint64_t& residual : *residuals) residual = static_cast<uint64_t>(UnZigZag(residual));
  return absl::OkStatus();
}

// The sum of each run, from heads alone: length * first + residual.
absl::Status ChunkReader::Sums(size_t value, std::vector<int64_t>* sums) const {
  if (!exact_sums()) return FailedPrecondition("the sums of runs leave 64 bits");
  const bool heap = is_heap();
  const auto [column, factor] = StoredColumn(value);
  Column64 firsts, residuals, excess;
  DOLERITE_RETURN_IF_ERROR(FirstsAndResiduals(column, &firsts, &residuals));
  if (heap) {
    DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kScaledExcess, runs_of_many_, &excess,
                                              static_cast<uint32_t>(value)));
  }
  DOLERITE_RETURN_IF_ERROR(heads_->Take(firsts.size(), sizeof(int64_t)));
  sums->resize(firsts.size());
  size_t next = 0;
  for (size_t run = 0; run < firsts.size(); ++run) {
    const uint64_t k = runs_.length[run], first = firsts[run] * factor;
    const uint64_t residual = k > 1 ? residuals[next] * factor : 0;
    uint64_t sum = 0;
    if (heap) {
      // Scaling rounds: the sum of scaled counts differs from the scaled sum by the excess.
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

// Which profile of its group each sample belongs to; labels that are not part of the key.
absl::Status ChunkReader::ReadBodies(const SectionReader* bodies) {
  bodies_ = bodies;
  const size_t n = runs_.stack.size();
  // Full runs hold each profile of the group once, so they store no ordinals.
  size_t stored = 0;
  for (size_t run = 0; run < n; ++run) stored += runs_.full[run] ? 0 : runs_.length[run];
  DOLERITE_RETURN_IF_ERROR(heads_->Take(samples_, 2 * sizeof(uint32_t)));
  Column32 steps;
  if (bodies == nullptr) {
    // The section is left out if every column of it holds zeros only.
    DOLERITE_RETURN_IF_ERROR(heads_->Take(stored, sizeof(uint32_t)));
    steps.assign(stored, 0);
    if (!labels_in_key()) body_labels_.assign(samples_, 0);
  } else {
    DOLERITE_RETURN_IF_ERROR(bodies->Integers(column::kOrdinals, stored, &steps));
    if (!labels_in_key()) DOLERITE_RETURN_IF_ERROR(ReadBodyLabels());
  }
  // Steps become ordinals; each must lie in its group.
  ordinals_.reserve(samples_);
  size_t next = 0;
  for (size_t g = 0; g < groups().size(); ++g) {
    const uint32_t profiles = groups()[g].profiles;
    for (uint32_t run = runs_.group_begin[g]; run < runs_.group_begin[g + 1]; ++run) {
      uint64_t ordinal = 0;
      for (uint32_t i = 0; i < runs_.length[run]; ++i) {
        ordinal = runs_.full[run] ? i : ordinal + steps[next++];
        if (ordinal >= profiles) {
          return heads_->Damaged(
              Concat("run ", run, " names profile ", ordinal, " of a group of ", profiles));
        }
        ordinals_.push_back(static_cast<uint32_t>(ordinal));
      }
    }
  }
  return absl::OkStatus();
}

// A flag for each sample says whether it has labels; those that have name a set.
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

// The values of a stored column, one for each sample: first, middle ones, last.
absl::Status ChunkReader::StoredValues(size_t column, Column64* values) const {
  Column64 firsts, residuals, middles;
  DOLERITE_RETURN_IF_ERROR(FirstsAndResiduals(column, &firsts, &residuals));
  if (bodies_ != nullptr) {
    DOLERITE_RETURN_IF_ERROR(bodies_->Integers(column::kBodyValues, middle_values_, &middles,
                                               static_cast<uint32_t>(column)));
  } else {
    DOLERITE_RETURN_IF_ERROR(heads_->Take(middle_values_, sizeof(uint64_t)));
    middles.assign(middle_values_, 0);
  }
  DOLERITE_RETURN_IF_ERROR(heads_->Take(samples_, sizeof(uint64_t)));
  values->reserve(samples_);
  size_t next = 0, next_middle = 0;
  for (size_t run = 0; run < firsts.size(); ++run) {
    const uint32_t k = runs_.length[run];
    uint64_t value = firsts[run];
    values->push_back(value);
    if (k == 1) continue;
    // The last value is the run's sum less all values before it.
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

// The values of one sample type: the stored column times its factor, or scaled (Go heap).
absl::Status ChunkReader::Values(size_t value, std::vector<int64_t>* values) const {
  const bool heap = is_heap();
  const auto [column, factor] = StoredColumn(value);
  Column64 stored;
  DOLERITE_RETURN_IF_ERROR(StoredValues(column, &stored));
  DOLERITE_RETURN_IF_ERROR(heads_->Take(samples_, sizeof(int64_t)));
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

// A code says which link a sample has: 0 none, 1 the next id of the list, c + 2 id c of those that
// its profile has had.
absl::Status ChunkReader::Links(const SectionReader& in, std::vector<LinkBytes>* links) const {
  Column64 counts;
  Column32 codes;
  std::string traces, spans;
  DOLERITE_RETURN_IF_ERROR(in.Counts(3, &counts));
  DOLERITE_RETURN_IF_ERROR(in.Take(samples_, sizeof(LinkBytes) + 3 * sizeof(uint32_t)));
  const std::vector<uint32_t> coded = CodedForLinks(counts[2] != 0);
  if (counts[0] != coded.size() || counts[1] > samples_) {
    return in.Damaged(Concat(counts[0], " codes and ", counts[1], " ids, where ", coded.size(),
                             " of ", samples_, " samples have a code"));
  }
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLinkCodes, coded.size(), &codes));
  DOLERITE_RETURN_IF_ERROR(in.Bytes(column::kTraceIds, 16 * counts[1], &traces));
  DOLERITE_RETURN_IF_ERROR(in.Bytes(column::kSpanIds, 8 * counts[1], &spans));
  if (traces.size() != 16 * counts[1] || spans.size() != 8 * counts[1]) {
    return in.Damaged(Concat(traces.size(), " and ", spans.size(), " bytes of trace and span ids ",
                             "for ", counts[1], " links"));
  }
  // Codes become ids, with a list of known ids for each profile of the chunk.
  size_t profiles = 0;
  for (const RowGroup& group : groups()) profiles += group.profiles;
  DOLERITE_RETURN_IF_ERROR(in.Take(profiles, sizeof(std::vector<uint32_t>)));
  const std::vector<uint32_t> slots = SlotOf();
  std::vector<std::vector<uint32_t>> links_of(profiles);  // by slot: ids that it has had
  links->assign(samples_, LinkBytes{});
  uint32_t next = 0;
  for (size_t i = 0; i < coded.size(); ++i) {
    if (codes[i] == 0) continue;
    std::vector<uint32_t>& known = links_of[slots[coded[i]]];
    if (codes[i] == 1) {
      if (next == counts[1]) return in.Damaged(Concat("more links than the ", next, " ids"));
      known.push_back(next++);
    } else if (codes[i] - 2 >= known.size()) {
      return in.Damaged(Concat("link ", i, " repeats id ", codes[i] - 2,
                               " of its profile, which has had ", known.size()));
    }
    const uint32_t at = codes[i] == 1 ? known.back() : known[codes[i] - 2];
    LinkBytes& link = (*links)[coded[i]];
    std::memcpy(link.data(), &traces[16 * at], 16);
    std::memcpy(link.data() + 16, &spans[8 * at], 8);
  }
  return absl::OkStatus();
}

// The samples that have a code, ascending: all, or only those with labels.
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

// A timestamp is stored as the difference to the one before in its sample, the first one as the
// difference to the profile's time.
absl::Status ChunkReader::Timestamps(const SectionReader& in,
                                     const std::vector<uint32_t>& profile_of, SampleRows* out,
                                     size_t max_rows) const {
  Column64 counts, times, values;
  Column32 shapes, lengths;
  DOLERITE_RETURN_IF_ERROR(in.Counts(3, &counts));
  if (counts[0] != samples_) {
    return in.Damaged(
        Concat("timestamps of ", counts[0], " samples, where the chunk has ", samples_));
  }
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(in.place(), ": times"), counts[1], max_rows));
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(in.place(), ": values"), counts[2], max_rows));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kShapes, samples_, &shapes));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kTimestampCounts, samples_, &lengths));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kTimes, counts[1], &times));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kTimedValues, counts[2], &values));
  // Sample by sample: its shape, then as many times as its count says. Nothing may be left over.
  size_t next = 0, timed = 0;
  for (size_t i = 0; i < samples_; ++i) {
    if (shapes[i] > static_cast<uint32_t>(SampleShape::kTotal)) {
      return in.Damaged(Concat("sample ", i, " has the unknown shape ", shapes[i]));
    }
    if (lengths[i] > times.size() - next) {
      return in.Damaged(Concat("sample ", i, " has ", lengths[i], " timestamps, where ",
                               times.size() - next, " are left"));
    }
    out->shape.push_back(static_cast<SampleShape>(shapes[i]));
    uint64_t last = static_cast<uint64_t>(table_->profiles[profile_of[i]].time_nanos);
    for (uint32_t k = 0; k < lengths[i]; ++k) {
      last += static_cast<uint64_t>(UnZigZag(times[next++]));
      out->timestamps.items.push_back(last);
    }
    out->timestamps.Close();
    if (out->shape.back() == SampleShape::kTimed) timed += lengths[i];
  }
  if (next != times.size() || timed != values.size()) {
    return in.Damaged(Concat("samples have ", next, " timestamps and ", timed,
                             " values of them, where the section has ", times.size(), " and ",
                             values.size()));
  }
  for (uint64_t value : values) out->timestamp_values.push_back(UnZigZag(value));
  return absl::OkStatus();
}

// Rows of the profile table, in the order of the chunk's row groups.
std::vector<uint32_t> ChunkReader::Profiles() const {
  std::vector<uint32_t> profiles;
  for (const RowGroup& group : groups()) {
    for (uint32_t i = 0; i < group.profiles; ++i) profiles.push_back(group.first_profile + i);
  }
  return profiles;
}

// For each sample the position of its profile among Profiles().
std::vector<uint32_t> ChunkReader::SlotOf() const {
  std::vector<uint32_t> slots;
  slots.reserve(samples_);
  uint32_t first = 0;  // slot of the group's first profile
  for (size_t g = 0; g < groups().size(); ++g) {
    for (uint32_t run = runs_.group_begin[g]; run < runs_.group_begin[g + 1]; ++run) {
      for (uint32_t i = 0; i < runs_.length[run]; ++i) {
        slots.push_back(first + ordinals_[slots.size()]);
      }
    }
    first += groups()[g].profiles;
  }
  return slots;
}

// For each sample the row of its profile.
std::vector<uint32_t> ChunkReader::ProfileOf() const {
  const std::vector<uint32_t> profiles = Profiles();
  std::vector<uint32_t> rows = SlotOf();
  for (uint32_t& row : rows) row = profiles[row];
  return rows;
}

}  // namespace dolerite
