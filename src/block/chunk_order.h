// Puts the samples of a chunk into stored order.
#ifndef DOLERITE_BLOCK_CHUNK_ORDER_H_
#define DOLERITE_BLOCK_CHUNK_ORDER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "block/chunk.h"
#include "block/profile_table.h"
#include "block/sample_rows.h"

namespace dolerite {

// A sample by its place in the input.
struct StoredSample {
  uint32_t stack, labels;
  uint32_t ordinal;  // of its profile in the row group
  uint32_t row;      // of its profile's rows, or of the pool
};

// The samples of one chunk, group by group, stack first, profile second.
class ChunkOrder {
 public:
  // `rows` are those of the chunk's profiles, in the order of its groups. They and the table must
  // outlive the order.
  ChunkOrder(const ProfileTable& table, std::span<const SampleRows> rows, uint32_t part);
  // For samples of a pool, which is full; takes all but values and links of it. ForEach and rows()
  // are for profiles with rows.
  ChunkOrder(const ProfileTable& table, ChunkPool* pool, uint32_t part);

  const Chunk& chunk() const { return chunk_; }
  bool labels_in_key() const { return labels_in_key_; }
  size_t size() const { return samples_.size(); }
  const ChunkRuns& runs() const { return runs_; }
  size_t run_count() const { return runs_.stack.size(); }
  // Samples [run_begin(run), run_begin(run + 1)) are the run's.
  uint32_t run_begin(size_t run) const { return run_begin_[run]; }
  const std::vector<StoredSample>& samples() const { return samples_; }
  // Of the chunk's profiles, in the order of its groups.
  std::span<const SampleRows> rows() const { return rows_; }

  // Row of the profile table.
  uint32_t profile(size_t group, uint32_t ordinal) const {
    return table_.groups[chunk_.first_group + group].first_profile + ordinal;
  }
  // Calls visit(profile, rows, row) for each sample in stored order, and ahead(rows, row) some
  // samples before. What they have lies far apart, and may be fetched then.
  template <class Visit, class Ahead>
  void ForEach(const Visit& visit, const Ahead& ahead) const {
    constexpr ptrdiff_t kAhead = 16;
    const StoredSample* sample = samples_.data();
    for (size_t g = 0; g < chunk_.groups; ++g) {
      const SampleRows* const rows = rows_.data() + first_row_[g];
      const uint32_t first = profile(g, 0);
      for (const StoredSample* end = samples_.data() + group_begin_[g + 1]; sample != end;
           ++sample) {
        if (end - sample > kAhead) ahead(rows[sample[kAhead].ordinal], sample[kAhead].row);
        visit(first + sample->ordinal, rows[sample->ordinal], sample->row);
      }
    }
  }
  template <class Visit>
  void ForEach(const Visit& visit) const {
    ForEach(visit, [](const SampleRows&, uint32_t) {});
  }

 private:
  std::span<const StoredSample> group(size_t g) const {
    return std::span(samples_).subspan(group_begin_[g], group_begin_[g + 1] - group_begin_[g]);
  }
  struct Buffers;
  void SortGroup(size_t group, Buffers* buffers);
  void CountByStack(std::span<const SampleRows> rows, size_t stacks, Buffers* buffers);
  std::span<StoredSample> group(size_t g) {
    return std::span(samples_).subspan(group_begin_[g], group_begin_[g + 1] - group_begin_[g]);
  }
  void FindRuns(bool profiles_in_order);
  size_t CountKeys() const;
  void SortStacks();
  void AddRuns(size_t group);

  const ProfileTable& table_;
  const std::span<const SampleRows> rows_;
  const Chunk chunk_;
  const std::vector<size_t> first_row_;  // of each group, in rows_
  bool labels_in_key_ = true;
  std::vector<StoredSample> samples_;
  std::vector<size_t> group_begin_ = {0};  // samples
  ChunkRuns runs_;
  std::vector<uint32_t> run_begin_;
};

// For each run of each group the run of equal key in the series' group before, in one
// chunk; UINT32_MAX where there is none.
std::vector<uint32_t> RunsBefore(const ProfileTable& table, const Chunk& chunk,
                                 const ChunkRuns& runs);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_CHUNK_ORDER_H_
