// Decodes what a chunk has of each sample; chunk.h has the picture, chunk_reader.cc the heads.
//
//   ReadBodies    ordinals -> which profile of its group each sample is of; labels that are not in
//                 the key
//   Values        one value of each sample: first, the ones between, and the last, which is what is
//                 left of the run's sum
//   Links, Timestamps   links and timestamps of the samples, in the same order
#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/bytes.h"
#include "base/status.h"
#include "block/chunk.h"

namespace dolerite {

namespace {

using Column64 = std::vector<uint64_t>;
using Column32 = std::vector<uint32_t>;

// Puts the values of each run side by side: its first, those between as `value_of` reads them, and
// the last. The last one is not stored: it is the sum of the run, k * first + residual, less all
// values before it. All is modulo 2^64.
template <class ValueOf>
void Spread(const Column32& lengths, const Column64& firsts, const Column64& residuals,
            const Column64& middles, uint64_t* out, const ValueOf& value_of) {
  const uint64_t* residual = residuals.data();
  const uint64_t* middle = middles.data();
  const uint32_t* length = lengths.data();
  for (uint64_t first : firsts) {
    const uint32_t k = *length++;
    uint64_t value = first;
    *out++ = value;
    if (k == 1) continue;
    uint64_t rest = (k - uint64_t{1}) * first + *residual++;
    for (uint32_t i = 2; i < k; ++i) {
      value = value_of(*middle++, value);
      *out++ = value;
      rest -= value;
    }
    *out++ = rest;
  }
}

}  // namespace

// Labels that are not part of the key.
absl::Status ChunkReader::ReadBodies(const SectionReader* bodies) {
  if (bodies_dropped()) {
    return FailedPrecondition(
        heads_->place(),
        ": the bodies of this chunk were dropped, only sums of its row groups "
        "are left; ask for whole groups, without single profiles and filters "
        "of samples");
  }
  bodies_ = bodies;
  if (labels_in_key()) return absl::OkStatus();
  if (bodies != nullptr) return ReadBodyLabels();
  // The section is left out if every column of it holds zeros only.
  DOLERITE_RETURN_IF_ERROR(heads_->Take(samples_, sizeof(uint32_t)));
  body_labels_.assign(samples_, 0);
  return absl::OkStatus();
}

// Which profile of its group each sample is of. Sums of whole groups do without. A null section
// costs the same memory as one of zeros.
absl::Status ChunkReader::ReadOrdinals() {
  const size_t n = runs_.stack.size();
  // Full runs hold each profile of the group once, so they store no ordinals.
  size_t stored = 0;
  for (size_t run = 0; run < n; ++run) stored += runs_.full[run] ? 0 : runs_.length[run];
  DOLERITE_RETURN_IF_ERROR(heads_->Take(samples_, sizeof(uint32_t)));
  Column32 steps;
  if (bodies_ == nullptr) {
    DOLERITE_RETURN_IF_ERROR(heads_->Take(stored, sizeof(uint32_t)));
    steps.assign(stored, 0);
  } else {
    DOLERITE_RETURN_IF_ERROR(bodies_->Integers(column::kOrdinals, stored, &steps));
  }
  // Steps become ordinals; each must lie in its group.
  ordinals_.resize(samples_);
  uint32_t* out = ordinals_.data();
  const uint32_t* step = steps.data();
  for (size_t g = 0; g < groups().size(); ++g) {
    const uint32_t profiles = groups()[g].profiles;
    for (uint32_t run = runs_.group_begin[g]; run < runs_.group_begin[g + 1]; ++run) {
      const uint32_t k = runs_.length[run];
      if (runs_.full[run]) {
        std::iota(out, out + k, 0u);
        out += k;
        continue;
      }
      // They ascend, so the last one says whether all are in the group.
      uint64_t ordinal = 0;
      for (uint32_t i = 0; i < k; ++i) *out++ = static_cast<uint32_t>(ordinal += *step++);
      if (ordinal < profiles) continue;
      return heads_->Damaged(
          Concat("run ", run, " names profile ", ordinal, " of a group of ", profiles));
    }
  }
  return absl::OkStatus();
}

// A flag for each sample says whether it has labels; those that have name a set.
absl::Status ChunkReader::ReadBodyLabels() {
  Column32 labels;
  DOLERITE_RETURN_IF_ERROR(heads_->Take(samples_, sizeof(uint32_t)));
  // The column of flags becomes the column of label sets in place: 0 stays, 1 becomes the next set.
  // Sets are checked against their table by the caller, who has it.
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
// One value for each sample in stored order. The three modes differ in how a middle value is read,
// so the choice is made once, outside of the loop.
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
  values->resize(samples_);
  switch (static_cast<ValueMode>(plans_[column].body_mode)) {
    case ValueMode::kPlain:
      Spread(runs_.length, firsts, residuals, middles, values->data(),
             [](uint64_t stored, uint64_t) { return stored; });
      break;
    case ValueMode::kZigZag:
      Spread(runs_.length, firsts, residuals, middles, values->data(),
             [](uint64_t stored, uint64_t) { return static_cast<uint64_t>(UnZigZag(stored)); });
      break;
    case ValueMode::kDelta:
      Spread(runs_.length, firsts, residuals, middles, values->data(),
             [](uint64_t stored, uint64_t before) {
               return before + static_cast<uint64_t>(UnZigZag(stored));
             });
      break;
  }
  return absl::OkStatus();
}

absl::Status ChunkReader::Values(size_t value, std::vector<int64_t>* values) const {
  Column64 stored;
  DOLERITE_RETURN_IF_ERROR(StoredValues(StoredColumn(value).first, &stored));
  return FromStored(value, stored, values);
}

// Several sample types may have one stored column, which is decoded once.
absl::Status ChunkReader::AllValues(std::vector<std::vector<int64_t>>* values) const {
  values->resize(value_count_);
  Column64 stored;
  size_t column = SIZE_MAX;  // that `stored` is
  for (size_t v = 0; v < value_count_; ++v) {
    if (StoredColumn(v).first != column) {
      column = StoredColumn(v).first;
      DOLERITE_RETURN_IF_ERROR(StoredValues(column, &stored));
    }
    DOLERITE_RETURN_IF_ERROR(FromStored(v, stored, &(*values)[v]));
  }
  return absl::OkStatus();
}

// The values of one sample type: the stored column times its factor, or scaled (Go heap).
// Scaling multiplies by a double for each sample, so heap and other values have a loop of their
// own.
absl::Status ChunkReader::FromStored(size_t value, const Column64& stored,
                                     std::vector<int64_t>* values) const {
  const uint64_t factor = StoredColumn(value).second;
  DOLERITE_RETURN_IF_ERROR(heads_->Take(samples_, sizeof(int64_t)));
  values->resize(samples_);
  int64_t* out = values->data();
  if (!is_heap()) {
    for (uint64_t v : stored) *out++ = static_cast<int64_t>(v * factor);
    return absl::OkStatus();
  }
  // Most samples of a run have the count of the one before.
  const uint64_t* v = stored.data();
  for (size_t run = 0; run < runs_.stack.size(); ++run) {
    uint64_t last = 0;
    int64_t scaled = 0;
    for (const uint64_t* end = v + runs_.length[run]; v != end; ++v) {
      if (*v != last) scaled = Scaled(value, (last = *v) * factor, run);
      *out++ = scaled;
    }
  }
  return absl::OkStatus();
}

absl::Status ChunkReader::Counts(size_t index, std::vector<int64_t>* counts) const {
  const auto [column, factor] = StoredColumn(2 * index);
  Column64 stored;
  DOLERITE_RETURN_IF_ERROR(StoredValues(column, &stored));
  DOLERITE_RETURN_IF_ERROR(heads_->Take(samples_, sizeof(int64_t)));
  counts->resize(samples_);
  int64_t* out = counts->data();
  for (uint64_t v : stored) *out++ = static_cast<int64_t>(v * factor);
  return absl::OkStatus();
}

absl::Status ChunkReader::LinkCodes(const SectionReader& in, std::vector<uint32_t>* of_sample,
                                    std::vector<LinkBytes>* ids) const {
  Column64 counts;
  Column32 codes;
  std::string traces, spans;
  // Memory covers the ids, the codes, the list of coded samples and the slots.
  DOLERITE_RETURN_IF_ERROR(in.Counts(3, &counts));
  DOLERITE_RETURN_IF_ERROR(in.Take(samples_, sizeof(LinkBytes) + 4 * sizeof(uint32_t)));
  // Writers may leave out the code of samples without labels, as links mostly come with them.
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
  of_sample->assign(samples_, 0);
  const uint32_t* code = codes.data();
  for (uint32_t sample : coded) of_sample->data()[sample] = *code++;
  ids->resize(counts[1]);
  for (size_t i = 0; i < ids->size(); ++i) {
    std::memcpy(ids->data()[i].data(), traces.data() + 16 * i, 16);
    std::memcpy(ids->data()[i].data() + 16, spans.data() + 8 * i, 8);
  }
  return CheckLinkCodes(in, *of_sample, ids->size());
}

size_t ChunkReader::profiles() const {
  size_t profiles = 0;
  for (const RowGroup& group : groups()) profiles += group.profiles;
  return profiles;
}

// A repeated id is one that the profile has had.
absl::Status ChunkReader::CheckLinkCodes(const SectionReader& in, const Column32& codes,
                                         size_t ids) const {
  DOLERITE_RETURN_IF_ERROR(in.Take(profiles(), sizeof(uint32_t)));
  const std::vector<uint32_t> slots = SlotOf();
  std::vector<uint32_t> had(profiles(), 0);  // by slot
  size_t next = 0;
  for (size_t i = 0; i < codes.size(); ++i) {
    const uint32_t code = codes.data()[i];
    if (code == 0) continue;
    uint32_t& known = had.data()[slots.data()[i]];
    if (code == 1) {
      if (next++ == ids) return in.Damaged(Concat("more links than the ", ids, " ids"));
      ++known;
    } else if (code - 2 >= known) {
      return in.Damaged(
          Concat("link ", i, " repeats id ", code - 2, " of its profile, which has had ", known));
    }
  }
  return absl::OkStatus();
}

// Codes become ids, with a list of known ids for each profile of the chunk. An id enters one list
// only, so all lists together have at most as many entries as there are ids.
absl::Status ChunkReader::Links(const SectionReader& in, std::vector<LinkBytes>* links) const {
  Column32 codes;
  std::vector<LinkBytes> ids;
  DOLERITE_RETURN_IF_ERROR(LinkCodes(in, &codes, &ids));
  DOLERITE_RETURN_IF_ERROR(in.Take(profiles(), sizeof(std::vector<uint32_t>)));
  DOLERITE_RETURN_IF_ERROR(in.Take(ids.size(), sizeof(LinkBytes)));
  const std::vector<uint32_t> slots = SlotOf();
  std::vector<std::vector<uint32_t>> links_of(profiles());  // by slot: ids that it has had
  links->assign(samples_, LinkBytes{});
  uint32_t next = 0;
  for (size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] == 0) continue;
    std::vector<uint32_t>& known = links_of[slots[i]];
    if (codes[i] == 1) known.push_back(next++);
    links->data()[i] = ids[codes[i] == 1 ? known.back() : known[codes[i] - 2]];
  }
  return absl::OkStatus();
}

// The samples that have a code, ascending: all, or only those with labels.
std::vector<uint32_t> ChunkReader::CodedForLinks(bool labelled_only) const {
  std::vector<uint32_t> coded;
  if (!labelled_only) {
    coded.resize(samples_);
    std::iota(coded.begin(), coded.end(), 0u);
    return coded;
  }
  const uint32_t* const body_labels = body_labels_.data();
  uint32_t sample = 0;
  for (size_t run = 0; run < runs_.stack.size(); ++run) {
    for (const uint32_t end = sample + runs_.length[run]; sample < end; ++sample) {
      const uint32_t labels = labels_in_key() ? runs_.labels[run] : body_labels[sample];
      if (labels != 0) coded.push_back(sample);
    }
  }
  return coded;
}

// A timestamp is stored as the difference to the one before in its sample, the first one as the
// difference to the profile's time.
// Appends to `out`, whose rows are the samples of the chunk in stored order.
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
  // A section with rows that no sample uses is damaged: it would hide bytes from every check.
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

// For each sample the slot of its profile: its position among Profiles(). The ordinal counts within
// a group, so the slots of the groups before are added.
std::vector<uint32_t> ChunkReader::SlotOf() const {
  std::vector<uint32_t> slots = ordinals_;
  uint32_t* slot = slots.data();
  const uint32_t* length = runs_.length.data();
  uint32_t first = 0;  // slot of the group's first profile
  for (size_t g = 0; g < groups().size(); ++g) {
    size_t samples = 0;
    for (uint32_t run = runs_.group_begin[g]; run < runs_.group_begin[g + 1]; ++run) {
      samples += *length++;
    }
    for (uint32_t* const end = slot + samples; slot != end; ++slot) *slot += first;
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
