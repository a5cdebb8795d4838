#include "block/table_cache.h"

#include <algorithm>
#include <utility>

namespace dolerite {

// Parts and types that `other` lacks. Equal parts hold equal rows: both were decoded from one
// block.
bool DatasetTables::HasMoreThan(const DatasetTables& other) const {
  if ((parts & ~other.parts) != 0) return true;
  return std::any_of(stacks.begin(), stacks.end(),
                     [&](const auto& type) { return other.stacks.count(type.first) == 0; });
}

std::shared_ptr<const DatasetTables> TableCache::Find(size_t dataset) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = kept_.find(dataset);
  return found == kept_.end() ? nullptr : found->second;
}

// A larger copy replaces a smaller one if the budget allows. Readers that hold the old one keep it.
void TableCache::Offer(size_t dataset, std::shared_ptr<const DatasetTables> tables) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = kept_.find(dataset);
  const size_t before = found == kept_.end() ? 0 : found->second->bytes;
  // Others may have offered meanwhile. Tables replace theirs only if they lack no part of them:
  // else two readers that need different parts would replace each other's for ever.
  if (found != kept_.end() &&
      (!tables->HasMoreThan(*found->second) || found->second->HasMoreThan(*tables))) {
    return;
  }
  if (tables->bytes > budget_ - (bytes_ - before)) return;
  bytes_ += tables->bytes - before;
  kept_[dataset] = std::move(tables);
}

size_t TableCache::bytes() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return bytes_;
}

}  // namespace dolerite
