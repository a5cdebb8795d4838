// From the 64-bit ids of a file to rows. Ids that run 1, 2, 3, ... cost nothing;
// others (hashes, addresses) go into a hash table.
#ifndef DOLERITE_FORMATS_PPROF_ID_TABLE_H_
#define DOLERITE_FORMATS_PPROF_ID_TABLE_H_

#include <cstdint>

#include "absl/container/flat_hash_map.h"

namespace dolerite {

class IdTable {
 public:
  static constexpr uint32_t kMissing = UINT32_MAX;

  // Empties the table. The ids to come get the rows first_row, first_row + 1, ...
  void Reset(uint32_t first_row, size_t ids) {
    first_row_ = first_row;
    ids_ = ids;
    size_ = run_ = 0;
    sparse_.clear();
  }

  // Gives `id` the next row. False, and nothing done, if it has one.
  bool Add(uint64_t id) {
    if (Find(id) != kMissing) return false;
    if (id == run_ + 1 && run_ == size_) {
      ++run_;
    } else {
      if (sparse_.empty()) sparse_.reserve(ids_ - size_);
      sparse_.emplace(id, first_row_ + size_);
    }
    ++size_;
    return true;
  }

  uint32_t Find(uint64_t id) const {
    if (id - 1 < run_) return first_row_ + static_cast<uint32_t>(id - 1);
    if (sparse_.empty()) return kMissing;
    auto found = sparse_.find(id);
    return found == sparse_.end() ? kMissing : found->second;
  }

 private:
  uint32_t first_row_ = 0;
  size_t ids_ = 0;  // at most this many will come
  uint32_t size_ = 0;
  uint32_t run_ = 0;  // the ids 1 to run_ have the first rows
  absl::flat_hash_map<uint64_t, uint32_t> sparse_;
};

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_PPROF_ID_TABLE_H_
