// Names, each once.
#ifndef DOLERITE_MODEL_NAME_SET_H_
#define DOLERITE_MODEL_NAME_SET_H_

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/checksum.h"
#include "base/sort_asking.h"
#include "base/status.h"
#include "dolerite/symbols.h"
#include "model/row_set.h"

namespace dolerite {

// A growing table of distinct strings; row 0 is "". Not thread-safe.
class NameSet {
 public:
  NameSet() : seed_(SeedFor(this)) {}

  StringId Add(std::string_view name) {
    if (name.empty()) return {};
    return {rows_.FindOrAdd(
        SeededHash(name.data(), name.size(), seed_),
        [&](uint32_t row) { return names_[StringId{row}] == name; },
        [&] { return names_.Add(name).value; })};
  }

  void Reserve(size_t names, size_t bytes) {
    names_.Reserve(names, bytes);
    rows_.Reserve(names);
  }

  // Forgets the names from row `end` on, which is at least 1.
  void CutTo(uint32_t end) {
    names_.CutTo(end);
    rows_.CutTo(end);
  }

  // Puts all names into an empty table, in order. Returns by row of this set the row that it got.
  // Not OK only if the host has stopped the call.
  absl::StatusOr<std::vector<uint32_t>> Sort(StringTable* sorted, const CallContext& call) const {
    std::vector<uint32_t> order(names_.size());
    std::iota(order.begin(), order.end(), 0u);
    const auto before = [&](uint32_t a, uint32_t b) {
      return names_[StringId{a}] < names_[StringId{b}];
    };
    // Names of the first dataset mostly came in order.
    const auto tail = std::is_sorted_until(order.begin(), order.end(), before);
    const size_t in_order = static_cast<size_t>(tail - order.begin());
    DOLERITE_RETURN_IF_ERROR(SortUnlessStopped(&order, in_order, before, call));
    std::vector<uint32_t> buffer;
    DOLERITE_RETURN_IF_ERROR(MergeAsking(std::span(order), in_order, before, call, &buffer));
    sorted->Reserve(names_.size(), names_.text_bytes());
    std::vector<uint32_t> ranks(order.size());
    Pace pace;
    for (uint32_t i = 1; i < order.size(); ++i) {
      DOLERITE_RETURN_IF_ERROR(pace.Check(call));
      ranks[order[i]] = i;
      sorted->Add(names_[StringId{order[i]}]);
    }
    return ranks;
  }

  const StringTable& names() const { return names_; }
  size_t memory_bytes() const { return names_.memory_bytes() + rows_.memory_bytes(); }

 private:
  uint64_t seed_;
  StringTable names_;
  RowSet rows_;
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_NAME_SET_H_
