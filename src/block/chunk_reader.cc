// Decodes the heads of a chunk; chunk.h has the picture, chunk_bodies.cc the rest.
//
//   Open          counts -> the plan of each value column, which runs each row group has;
//                 keys   -> stack, labels and length of each run, as steps from the run before;
//                 scales -> of Go heap values, for each run the scale of its label set.
//                 This is all that a merge of heads needs beside Sums.
//   Sums          one value of each run: length, first value and residual make its sum
//
// A run of a constant takes three bytes however long it is. So the memory for anything as long as
// the runs or the samples is charged to its section (Take) before it is allocated. Loops over runs
// walk plain pointers, with what is the same for all runs decided before.
#include <algorithm>
#include <bit>
#include <cmath>

#include "base/bytes.h"
#include "base/status.h"
#include "block/chunk.h"
#include "block/chunk_order.h"

namespace dolerite {

namespace {

using Column64 = std::vector<uint64_t>;
using Column32 = std::vector<uint32_t>;

// So many label sets more than runs still have a table.
constexpr size_t kFewSets = 1024;

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
  if (flags_ >= 2 * kBodiesDropped) {
    return Unimplemented(heads_->place(), ": flags ", flags_, ", where 0 to ",
                         2 * kBodiesDropped - 1,
                         " are known; the block was written by a newer version of the library");
  }
  if (bodies_dropped() && !exact_sums()) {
    return heads_->Damaged("bodies were dropped, but heads do not have exact sums");
  }
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(heads_->place(), ": runs"), counts[1], max_rows));
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(heads_->place(), ": samples"), counts[2], max_rows));
  samples_ = counts[2];
  // The type decides how many values a sample has; the counts of the section must agree.
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
// Sources must be earlier columns, so a chain of sources cannot be a circle, and one pass resolves
// all.
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
// Fills group_begin: runs of group g are [group_begin[g], group_begin[g + 1]). Both counts come
// from outside and must agree.
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
// Hostile steps wrap around in 32 bits; the check at the end compares every stack with its table.
absl::Status ChunkReader::ReadKeys(std::span<const uint32_t> stacks) {
  const size_t n = runs_.group_begin.back();
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kRunStacks, n, &runs_.stack));
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kRunLengths, n, &runs_.length));
  DOLERITE_RETURN_IF_ERROR(heads_->Integers(column::kRunLabels, n, &runs_.labels));
  runs_.full.assign(n, 0);
  uint32_t* const stacks_of = runs_.stack.data();
  uint32_t* const labels_of = runs_.labels.data();
  uint32_t* const lengths = runs_.length.data();
  char* const full = runs_.full.data();
  // Lengths are 32-bit numbers and runs are bounded, so this sum cannot overflow.
  const bool labelled = labels_in_key();
  uint64_t samples = 0, many = 0, middles = 0;
  for (size_t g = 0; g < groups().size(); ++g) {
    const uint32_t profiles = groups()[g].profiles;
    const uint32_t begin = runs_.group_begin[g], end = runs_.group_begin[g + 1];
    // Stacks are steps within the group, labels steps within a stack. Both sums stay in registers:
    // to read the one before from memory again would take longer than all else.
    uint32_t stack = 0, label = 0;
    for (uint32_t run = begin; labelled && run < end; ++run) {
      label = labels_of[run] + (stacks_of[run] == 0 ? label : 0);
      labels_of[run] = label;
    }
    for (uint32_t run = begin; run < end; ++run) stacks_of[run] = stack += stacks_of[run];
    // A stored length of 0 means one sample of each profile of the group.
    for (uint32_t run = begin; run < end; ++run) {
      const uint32_t stored = lengths[run], length = stored == 0 ? profiles : stored;
      full[run] = stored == 0;
      lengths[run] = length;
      samples += length;
      many += length > 1;
      middles += length > 1 ? length - 2 : 0;
    }
  }
  runs_of_many_ = many, middle_values_ = middles;
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

// Reads a size and a scale for each label set of Go heap runs, and finds those of each run. A scale
// is a double from outside: NaN, infinities and numbers below 1 fail the check.
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
  // Each run finds the scale of its label set: in a table by set where there are few sets, as there
  // mostly are, else by search.
  Column32 by_set;
  const size_t sets = n == 0 ? 0 : size_t{labels.back()} + 1;
  if (sets <= runs_.stack.size() + kFewSets) {
    DOLERITE_RETURN_IF_ERROR(heads_->Take(sets, sizeof(uint32_t)));
    by_set.assign(sets, static_cast<uint32_t>(n));
    for (size_t i = 0; i < n; ++i) by_set[labels[i]] = static_cast<uint32_t>(i);
  }
  DOLERITE_RETURN_IF_ERROR(heads_->Take(runs_.stack.size(), sizeof(uint32_t)));
  scale_of_run_.reserve(runs_.labels.size());
  for (uint32_t set : runs_.labels) {
    size_t row = n;
    if (set < by_set.size()) {
      row = by_set.data()[set];
    } else if (by_set.empty()) {
      const auto at = std::lower_bound(labels.begin(), labels.end(), set);
      if (at != labels.end() && *at == set) row = static_cast<size_t>(at - labels.begin());
    }
    if (row == n) {
      return heads_->Damaged(Concat("label set ", set, " of a run has no scale"));
    }
    scale_of_run_.push_back(static_cast<uint32_t>(row));
  }
  return absl::OkStatus();
}

HeapScale ChunkReader::ScaleOf(size_t run) const {
  const uint32_t at = scale_of_run_[run];
  return {scaled_sizes_[at], std::bit_cast<double>(scales_[at])};
}

// Turns a stored count into objects (even values) or bytes (odd values).
int64_t ChunkReader::Scaled(size_t value, uint64_t count, size_t run) const {
  const uint32_t at = scale_of_run_[run];
  return ScaleHeap(value % 2 == 0 ? count : count * scaled_sizes_[at],
                   std::bit_cast<double>(scales_[at]));
}

// The first value of each run, and for each run of several samples the residual: its sum less its
// length times its first value.
absl::Status ChunkReader::FirstsAndResiduals(size_t column, Column64* firsts,
                                             Column64* residuals) const {
  const uint32_t index = static_cast<uint32_t>(column);
  DOLERITE_RETURN_IF_ERROR(
      heads_->Integers(column::kFirstValues, runs_.stack.size(), firsts, index));
  uint64_t* const values = firsts->data();
  const ValueMode mode = static_cast<ValueMode>(plans_[column].head_mode);
  for (size_t run = 0; run < firsts->size() && mode != ValueMode::kPlain; ++run) {
    values[run] = static_cast<uint64_t>(UnZigZag(values[run]));
  }
  // Earlier runs come first, so the value of the run before is complete already.
  for (size_t run = 0; run < firsts->size() && mode == ValueMode::kDelta; ++run) {
    const uint32_t before = runs_before_[run];
    if (before != UINT32_MAX) values[run] += values[before];
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
  // From here on nothing can fail. The loops read residuals by a pointer that moves on after a run
  // of several samples.
  sums->resize(firsts.size());
  residuals.push_back(0);  // so that the loops may read one beyond the last run of many
  const uint32_t* const lengths = runs_.length.data();
  const uint64_t* next = residuals.data();
  int64_t* out = sums->data();
  // Usual values: no branch in the loop, so the compiler can use conditional moves.
  if (!heap) {
    for (size_t run = 0; run < firsts.size(); ++run) {
      const uint64_t k = lengths[run], residual = k > 1 ? *next : 0;
      *out++ = static_cast<int64_t>((k * firsts[run] + residual) * factor);
      next += k > 1;
    }
    return absl::OkStatus();
  }
  // Go heap values: FORMAT.md, section 14.
  excess.push_back(0);
  for (size_t run = 0; run < firsts.size(); ++run) {
    const uint64_t k = lengths[run];
    uint64_t sum = k * static_cast<uint64_t>(Scaled(value, firsts[run] * factor, run));
    if (k > 1) {
      // Scaling rounds: the sum of scaled counts differs from the scaled sum by the excess.
      const uint64_t residual = *next * factor;
      const int64_t r = static_cast<int64_t>(residual);
      if (r < 0) sum -= static_cast<uint64_t>(Scaled(value, 0 - residual, run));
      if (r > 0) sum += static_cast<uint64_t>(Scaled(value, residual, run));
      sum += static_cast<uint64_t>(UnZigZag(excess[static_cast<size_t>(next - residuals.data())]));
      ++next;
    }
    *out++ = static_cast<int64_t>(sum);
  }
  return absl::OkStatus();
}

}  // namespace dolerite
