// Stored order: group by group, in a group by key, then by profile. Rows of a profile are sorted
// already, so the samples of a group are sorted runs, which a stable sort by key puts into order
// without a look at the profile.
#include "block/chunk_order.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace dolerite {

namespace {

// Sorts by key and keeps the order of equal keys: byte by byte, passing over bytes
// that are the same everywhere.
void StableSortByKey(std::vector<StoredSample>* samples) {
  std::vector<StoredSample> other(samples->size());
  // One pass a byte of the key, from the lowest. Keys are 64-bit numbers of which most bytes are
  // the same (ids are small), so few of the eight passes move anything.
  for (int shift = 0; shift < 64; shift += 8) {
    std::array<size_t, 257> begin{};
    for (const StoredSample& s : *samples) ++begin[((s.key >> shift) & 255) + 1];
    if (std::find(begin.begin(), begin.end(), samples->size()) != begin.end()) continue;
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    for (const StoredSample& s : *samples) other[begin[(s.key >> shift) & 255]++] = s;
    samples->swap(other);
  }
}

// Where the profiles of each group begin among those of the chunk.
std::vector<size_t> FirstRows(const ProfileTable& table, const Chunk& chunk) {
  std::vector<size_t> first;
  size_t rows = 0;
  for (const RowGroup& group : table.groups_of(chunk)) {
    first.push_back(rows);
    rows += group.profiles;
  }
  return first;
}

}  // namespace

// Group by group: samples in order, their runs, and where the group ends in both.
ChunkOrder::ChunkOrder(const ProfileTable& table, std::span<const SampleRows> rows, uint32_t part)
    : table_(table),
      rows_(rows),
      chunk_(table.chunks[part]),
      first_row_(FirstRows(table, chunk_)),
      labels_in_key_(ShouldKeyByLabels()) {
  runs_.group_begin.push_back(0);
  for (size_t g = 0; g < chunk_.groups; ++g) {
    const std::vector<StoredSample> samples = GroupSamples(g);
    AddRuns(g, samples);
    samples_.insert(samples_.end(), samples.begin(), samples.end());
    group_begin_.push_back(samples_.size());
    runs_.group_begin.push_back(static_cast<uint32_t>(runs_.stack.size()));
  }
  run_begin_.push_back(static_cast<uint32_t>(samples_.size()));
}

// Labels belong to the key where they go with the stack (heap: the size of the
// objects), not where nearly each sample has its own (ids of spans). Keys are counted with labels
// in them: where samples are three times as many as such keys, labels go with stacks. In groups of
// one profile a run has one sample anyway, and labels cost nothing.
// The labels in question are the samples' sets, so a key is one number: stack in the upper half,
// label set in the lower.
bool ChunkOrder::ShouldKeyByLabels() const {
  size_t samples = 0, keys = 0;
  bool single = true;
  std::vector<uint64_t> seen;
  for (size_t g = 0; g < chunk_.groups; ++g) {
    const uint32_t profiles = table_.groups[chunk_.first_group + g].profiles;
    single = single && profiles == 1;
    seen.clear();
    for (uint32_t p = 0; p < profiles; ++p) {
      const SampleRows& rows = rows_[first_row_[g] + p];
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

// The samples of one group in stored order. A group of one profile is in order already.
std::vector<StoredSample> ChunkOrder::GroupSamples(size_t group) const {
  std::vector<StoredSample> samples;
  const uint32_t profiles = table_.groups[chunk_.first_group + group].profiles;
  for (uint32_t p = 0; p < profiles; ++p) {
    const SampleRows& rows = rows_[first_row_[group] + p];
    for (uint32_t i = 0; i < rows.size(); ++i) {
      const uint64_t labels = labels_in_key_ ? rows.labels[i] : 0;
      samples.push_back({(uint64_t{rows.stack[i]} << 32) | labels, p, i});
    }
  }
  if (profiles > 1) StableSortByKey(&samples);
  return samples;
}

// Samples of equal key follow each other now; each such stretch is a run. It is full if each
// profile of the group has the key exactly once.
void ChunkOrder::AddRuns(size_t group, const std::vector<StoredSample>& samples) {
  const uint32_t profiles = table_.groups[chunk_.first_group + group].profiles;
  for (size_t begin = 0, end = 0; begin < samples.size(); begin = end) {
    while (end < samples.size() && samples[end].key == samples[begin].key) ++end;
    bool full = end - begin == profiles;
    for (size_t i = begin; full && i < end; ++i) full = samples[i].ordinal == i - begin;
    runs_.stack.push_back(static_cast<uint32_t>(samples[begin].key >> 32));
    runs_.labels.push_back(static_cast<uint32_t>(samples[begin].key));
    runs_.length.push_back(static_cast<uint32_t>(end - begin));
    runs_.full.push_back(full);
    run_begin_.push_back(static_cast<uint32_t>(samples_.size() + begin));
  }
}

namespace {

// Groups of a chunk by series, those of a series in their order: neighbours follow each other.
std::vector<std::pair<uint32_t, uint32_t>> GroupsBySeries(const ProfileTable& table,
                                                          const Chunk& chunk) {
  std::vector<std::pair<uint32_t, uint32_t>> groups(chunk.groups);
  for (uint32_t g = 0; g < chunk.groups; ++g) {
    const RowGroup& group = table.groups[chunk.first_group + g];
    groups[g] = {table.profiles[group.first_profile].series, g};
  }
  std::sort(groups.begin(), groups.end());
  return groups;
}

}  // namespace

// Keys ascend in both groups, so one walk over the two of them finds all equal ones. A series'
// groups are in order of time, so the group before in the list is the one before in time.
std::vector<uint32_t> RunsBefore(const ProfileTable& table, const Chunk& chunk,
                                 const ChunkRuns& runs) {
  std::vector<uint32_t> before(runs.stack.size(), UINT32_MAX);
  const auto key = [&](uint32_t run) {
    return (uint64_t{runs.stack[run]} << 32) | runs.labels[run];
  };
  const auto groups = GroupsBySeries(table, chunk);
  for (size_t i = 1; i < groups.size(); ++i) {
    if (groups[i].first != groups[i - 1].first) continue;
    uint32_t at = runs.group_begin[groups[i - 1].second];
    const uint32_t end = runs.group_begin[groups[i - 1].second + 1];
    const uint32_t g = groups[i].second;
    for (uint32_t run = runs.group_begin[g]; run < runs.group_begin[g + 1]; ++run) {
      while (at < end && key(at) < key(run)) ++at;
      if (at < end && key(at) == key(run)) before[run] = at;
    }
  }
  return before;
}

}  // namespace dolerite
