// What a reader of a simulated archive sees.
#ifndef DOLERITE_TESTS_ARCHIVE_SIMULATION_SIGHT_H_
#define DOLERITE_TESTS_ARCHIVE_SIMULATION_SIGHT_H_

#include <cstdint>
#include <map>
#include <utility>

#include "archive/world.h"

namespace dolerite::testing {

// What a snapshot shows: how often each profile, and the sum of their values in a tree.
struct Sight {
  std::map<int, int> seen;
  int64_t total = 0;
  friend bool operator==(const Sight&, const Sight&) = default;
};

inline absl::StatusOr<int64_t> TotalOf(const Snapshot& snapshot) {
  TreeQuery query({});
  absl::Status added = snapshot.AddTo(&query);
  if (!added.ok()) return added;
  const auto tree = std::move(query).Finish();
  if (!tree.ok()) return tree.status();
  return tree->size() == 0 ? 0 : static_cast<int64_t>(tree->columns[0].total[0]);
}

inline absl::StatusOr<Sight> Look(const Snapshot& snapshot) {
  auto seen = World::Seen(snapshot);
  if (!seen.ok()) return seen.status();
  auto total = TotalOf(snapshot);
  if (!total.ok()) return total.status();
  return Sight{*std::move(seen), *total};
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_ARCHIVE_SIMULATION_SIGHT_H_
