#include "model/symbol_recall.h"

#include <span>

#include "base/pace.h"
#include "base/status.h"
#include "model/symbol_merger.h"

namespace dolerite {

// Lists the locations that are not recalled. The rows added since the last call can be recalled
// from now on. Of several with one mapping, address and line the first can: a chain of the others
// would cost each source a step for each of them.
absl::Status SymbolMerger::Recall(const Symbols& from, RowSpan locations, Remap* remap,
                                  const CallContext& call) {
  const Locations& to = tables_.symbols.locations;
  const auto first_of_hash = [](uint32_t) { return true; };
  Pace pace;
  for (; recalled_ < to.size(); ++recalled_) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    const std::span<const Line> lines(to.lines.begin(recalled_), to.lines.end(recalled_));
    by_address_.FindOrAdd(
        SymbolRecall::Hash(seed_, to.mapping[recalled_], to.address[recalled_], lines),
        first_of_hash, [&] { return recalled_; });
  }
  fresh_locations_.clear();
  if (recalled_ == 0) {
    fresh_locations_.assign(locations.begin(), locations.end());
    return absl::OkStatus();
  }
  const SymbolRecall recall(from, tables_.symbols, remap);
  const uint32_t* const row_of = locations.data();
  return FindInBatches(
      by_address_, locations.size(), call, [&](size_t i) { return recall.Hash(row_of[i], seed_); },
      [&](size_t i, uint64_t hash) {
        const uint32_t at = row_of[i];
        const uint32_t guess = by_address_.Find(hash, first_of_hash);
        if (guess != UINT32_MAX && recall.IsLocation(at, guess)) {
          remap->locations.data()[at] = {guess};
        } else {
          fresh_locations_.push_back(at);
        }
      },
      [&](uint32_t row) { PrefetchLocation(to, row); },
      [&](uint32_t row) { PrefetchLines(to, row); });
}

}  // namespace dolerite
