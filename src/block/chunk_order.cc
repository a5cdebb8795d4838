// Stored order: group by group, in a group by key, then by profile. Rows of a profile are sorted
// already, so the samples of a group are sorted runs. Phases:
//
//   1. the samples of each group are sorted by stack, those of a stack stay in the order of
//      profiles; samples of a pool as pieces of one stack;
//   2. distinct labels of each stack are counted: do labels belong to the key?
//   3. if so, the samples of each stack are sorted by labels; those of a pool by profile, too;
//   4. samples of equal key are runs.
#include "block/chunk_order.h"

#include <algorithm>
#include <utility>

#include "base/radix_sort.h"
#include "block/chunk_pool.h"

namespace dolerite {

namespace {

// Calls visit for the samples of each stack.
template <class Sample, class Visit>
void ForEachStack(std::span<Sample> group, const Visit& visit) {
  Sample *at = group.data(), *const end = at + group.size();
  while (at != end) {
    Sample* const begin = at;
    while (at != end && at->stack == begin->stack) ++at;
    visit(std::span<Sample>(begin, at));
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

// Memory that groups use one after the other.
struct ChunkOrder::Buffers {
  std::vector<StoredSample> other;
  std::vector<uint32_t> places;  // by stack
};

ChunkOrder::ChunkOrder(const ProfileTable& table, std::span<const SampleRows> rows, uint32_t part)
    : table_(table), rows_(rows), chunk_(table.chunks[part]), first_row_(FirstRows(table, chunk_)) {
  size_t samples = 0;
  for (const SampleRows& profile : rows) samples += profile.size();
  samples_.reserve(samples);
  Buffers buffers;
  for (size_t g = 0; g < chunk_.groups; ++g) SortGroup(g, &buffers);
  FindRuns(/*profiles_in_order=*/true);
}

// Phase 1 for pieces: samples of a piece have one stack and stay together.
ChunkOrder::ChunkOrder(const ProfileTable& table, ChunkPool* pool, uint32_t part)
    : table_(table), chunk_(table.chunks[part]) {
  std::vector<ChunkPool::Piece> pieces = std::move(pool->pieces);
  std::vector<ChunkPool::Piece> other;
  SortStablyByKey<11>(
      std::span(pieces), [](const auto& p) { return uint64_t{p.group} << 32 | p.stack; }, &other)
      .IgnoreError();  // nothing stops it
  other = {};
  samples_.resize(pool->filled);
  StoredSample* out = samples_.data();
  const uint32_t *const labels = pool->labels.data(), *const ordinals = pool->ordinals.data();
  const auto end_groups = [&](size_t end) {
    while (group_begin_.size() <= end) group_begin_.push_back(out - samples_.data());
  };
  for (const ChunkPool::Piece& piece : pieces) {
    end_groups(piece.group);
    for (uint32_t i = piece.begin; i < piece.begin + piece.length; ++i) {
      *out++ = {piece.stack, labels[i], ordinals[i], i};
    }
  }
  end_groups(chunk_.groups);
  pool->labels = {}, pool->ordinals = {}, pieces = {};
  FindRuns(/*profiles_in_order=*/false);
}

// Phases 2 to 4. Labels belong to the key where they go with the stack (heap: the size of the
// objects), not where nearly each sample has its own (ids of spans): where samples are three times
// as many as keys with labels. In groups of one profile a run has one sample anyway, and labels
// cost nothing.
void ChunkOrder::FindRuns(bool profiles_in_order) {
  size_t profiles = 0;
  for (const RowGroup& group : table_.groups_of(chunk_)) profiles += group.profiles;
  const bool single = profiles == chunk_.groups;
  if (!single) labels_in_key_ = samples_.size() >= 3 * CountKeys();
  if (!profiles_in_order || (!single && labels_in_key_)) SortStacks();
  runs_.group_begin.push_back(0);
  for (size_t g = 0; g < chunk_.groups; ++g) {
    AddRuns(g);
    runs_.group_begin.push_back(static_cast<uint32_t>(runs_.stack.size()));
  }
  run_begin_.push_back(static_cast<uint32_t>(samples_.size()));
}

// Phase 1. A group of one profile is in order already.
void ChunkOrder::SortGroup(size_t group, Buffers* buffers) {
  const size_t begin = samples_.size();
  const uint32_t profiles = table_.groups[chunk_.first_group + group].profiles;
  const std::span<const SampleRows> rows = rows_.subspan(first_row_[group], profiles);
  size_t samples = 0;
  uint32_t most = 0;
  for (const SampleRows& profile : rows) {
    samples += profile.size();
    for (uint32_t stack : profile.stack) most = std::max(most, stack);
  }
  if (profiles > 1 && most < samples) {
    CountByStack(rows, most + size_t{1}, buffers);
    group_begin_.push_back(samples_.size());
    return;
  }
  for (uint32_t p = 0; p < profiles; ++p) {
    const uint32_t *stack = rows[p].stack.data(), *labels = rows[p].labels.data();
    for (uint32_t i = 0; i < rows[p].size(); ++i) samples_.push_back({stack[i], labels[i], p, i});
  }
  if (profiles > 1) {
    // Stacks of a dataset mostly differ in 22 bits at most: two passes.
    SortStablyByKey<11>(
        std::span(samples_).subspan(begin), [](const StoredSample& s) { return s.stack; },
        &buffers->other)
        .IgnoreError();  // nothing stops it
  }
  group_begin_.push_back(samples_.size());
}

// Where samples are more than stacks: each goes to its place at once.
void ChunkOrder::CountByStack(std::span<const SampleRows> rows, size_t stacks, Buffers* buffers) {
  std::vector<uint32_t>& places = buffers->places;
  places.assign(stacks, 0);
  for (const SampleRows& profile : rows) {
    for (uint32_t stack : profile.stack) ++places.data()[stack];
  }
  uint32_t place = static_cast<uint32_t>(samples_.size());
  for (uint32_t& count : places) place += std::exchange(count, place);
  samples_.resize(place);
  for (uint32_t p = 0; p < rows.size(); ++p) {
    const uint32_t *stack = rows[p].stack.data(), *labels = rows[p].labels.data();
    for (uint32_t i = 0; i < rows[p].size(); ++i) {
      samples_.data()[places.data()[stack[i]]++] = {stack[i], labels[i], p, i};
    }
  }
}

// Phase 2. The number of keys in all groups, if labels belong to them.
size_t ChunkOrder::CountKeys() const {
  size_t keys = 0;
  std::vector<uint32_t> labels;  // of a stack
  for (size_t g = 0; g < chunk_.groups; ++g) {
    ForEachStack(group(g), [&](std::span<const StoredSample> samples) {
      bool ascend = true;
      size_t changes = 0;
      for (size_t i = 1; i < samples.size(); ++i) {
        const uint32_t before = samples.data()[i - 1].labels, now = samples.data()[i].labels;
        ascend &= before <= now;
        changes += before != now;
      }
      if (ascend) {
        keys += 1 + changes;
        return;
      }
      labels.clear();
      for (const StoredSample& s : samples) {
        if (labels.empty() || labels.back() != s.labels) labels.push_back(s.labels);
      }
      std::sort(labels.begin(), labels.end());
      keys += static_cast<size_t>(std::unique(labels.begin(), labels.end()) - labels.begin());
    });
  }
  return keys;
}

// Phase 3. By labels if they are in the key, then by profile. Samples that are equal in both stay
// in the order of their profile.
void ChunkOrder::SortStacks() {
  const uint64_t labels_mask = labels_in_key_ ? ~uint64_t{0} : UINT32_MAX;
  const auto less = [&](const StoredSample& a, const StoredSample& b) {
    const auto key = [&](const StoredSample& s) {
      return (uint64_t{s.labels} << 32 | s.ordinal) & labels_mask;
    };
    return key(a) < key(b);
  };
  for (size_t g = 0; g < chunk_.groups; ++g) {
    ForEachStack(group(g), [&](std::span<StoredSample> samples) {
      if (std::is_sorted(samples.begin(), samples.end(), less)) return;
      std::stable_sort(samples.begin(), samples.end(), less);
    });
  }
}

// Phase 4. A run is full if each profile of the group has the key exactly once.
void ChunkOrder::AddRuns(size_t g) {
  const uint32_t profiles = table_.groups[chunk_.first_group + g].profiles;
  const std::span<const StoredSample> samples = group(g);
  const StoredSample *at = samples.data(), *const end = at + samples.size();
  while (at != end) {
    const StoredSample* const begin = at;
    bool full = true;
    for (;
         at != end && at->stack == begin->stack && (!labels_in_key_ || at->labels == begin->labels);
         ++at) {
      full &= at->ordinal == static_cast<uint32_t>(at - begin);
    }
    runs_.stack.push_back(begin->stack);
    runs_.labels.push_back(labels_in_key_ ? begin->labels : 0);
    runs_.length.push_back(static_cast<uint32_t>(at - begin));
    runs_.full.push_back(full && static_cast<size_t>(at - begin) == profiles);
    run_begin_.push_back(static_cast<uint32_t>(begin - samples_.data()));
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
  const uint32_t *const stacks = runs.stack.data(), *const labels = runs.labels.data();
  const auto key = [&](uint32_t run) { return (uint64_t{stacks[run]} << 32) | labels[run]; };
  const auto groups = GroupsBySeries(table, chunk);
  for (size_t i = 1; i < groups.size(); ++i) {
    if (groups[i].first != groups[i - 1].first) continue;
    uint32_t at = runs.group_begin[groups[i - 1].second];
    const uint32_t end = runs.group_begin[groups[i - 1].second + 1];
    const uint32_t g = groups[i].second, last = runs.group_begin[g + 1];
    for (uint32_t run = runs.group_begin[g]; run < last && at < end; ++run) {
      const uint64_t wanted = key(run);
      while (at < end && key(at) < wanted) ++at;
      if (at < end && key(at) == wanted) before.data()[run] = at;
    }
  }
  return before;
}

}  // namespace dolerite
