// From the 64-bit ids of a file to rows. Ids that run 1, 2, 3, ... cost nothing;
// others (hashes, addresses) go into a hash table.
#ifndef DOLERITE_FORMATS_PPROF_ID_TABLE_H_
#define DOLERITE_FORMATS_PPROF_ID_TABLE_H_

#include <cstdint>
#include <vector>

#include "base/checksum.h"
#include "model/row_set.h"

namespace dolerite::pprof {

class IdTable {
 public:
  static constexpr uint32_t kMissing = UINT32_MAX;

  // Empties the table. The ids to come get the rows first_row, first_row + 1, ...
  void Reset(uint32_t first_row, size_t ids) {
    first_row_ = first_row;
    expected_ = ids;
    size_ = run_ = 0;
    sparse_ids_.clear();
  }

  // Gives `id` the next row. False, and nothing done, if it has one.
  bool Add(uint64_t id) {
    if (id == run_ + 1 && run_ == size_) {
      ++run_;
    } else if (Find(id) == kMissing) {
      AddSparse(id);
    } else {
      return false;
    }
    ++size_;
    return true;
  }

  // The ids 1 to `size` have the rows from first_row on.
  struct Run {
    uint32_t first_row, size;
  };
  Run run() const { return {first_row_, run_}; }

  uint32_t Find(uint64_t id) const {
    if (id - 1 < run_) return first_row_ + static_cast<uint32_t>(id - 1);
    if (sparse_ids_.empty()) return kMissing;
    const uint32_t at = sparse_.Find(HashOf(id), [&](uint32_t i) { return sparse_ids_[i] == id; });
    return at == kMissing ? kMissing : first_row_ + run_ + at;
  }

 private:
  uint64_t HashOf(uint64_t id) const { return MixHash(seed_, id); }
  void AddSparse(uint64_t id) {
    if (sparse_ids_.empty()) sparse_ = RowSet(expected_ - size_);
    sparse_.FindOrAdd(
        HashOf(id), [](uint32_t) { return false; },
        [&] {
          sparse_ids_.push_back(id);
          return static_cast<uint32_t>(sparse_ids_.size() - 1);
        });
  }

  uint32_t first_row_ = 0;
  size_t expected_ = 0;  // at most this many ids will come
  uint32_t size_ = 0;
  uint32_t run_ = 0;  // the ids 1 to run_ have the first rows
  // The others, in the order of their rows.
  std::vector<uint64_t> sparse_ids_;
  RowSet sparse_;
  const uint64_t seed_ = SeedFor(this);
};

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_ID_TABLE_H_
