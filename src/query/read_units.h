// Reads datasets into partial answers, one by one or side by side.
#ifndef DOLERITE_QUERY_READ_UNITS_H_
#define DOLERITE_QUERY_READ_UNITS_H_

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "query/partial.h"

namespace dolerite {

// Adds to each of `measures` the one of the same selection. After an error all are as before.
absl::Status Union(const std::vector<Measure>& more, std::vector<Measure>* measures);
// InvalidArgument if both are there and differ.
absl::Status SameType(const std::optional<ProfileType>& mine,
                      const std::optional<ProfileType>& other);

// The datasets of blocks that one of the filters may take, from footers alone.
struct ChosenUnits {
  std::vector<QueryUnit> units;
  size_t blocks = 0;  // that were looked at, each content once
};
absl::StatusOr<ChosenUnits> ChooseUnits(const BlockViews& views,
                                        std::span<const SelectionFilter> filters,
                                        const CallContext& call);

// What becomes of an error of a dataset: damage that is noted, if the options say so, else an error
// with the block's place; or what the host says, if it has stopped the call.
absl::StatusOr<Damage> LeaveOut(const QueryUnit& unit, const absl::Status& status,
                                const QueryOptions& options);

// Adds what was read of a dataset to the cost of a query.
void AddIo(const IoCost& io, QueryCost* cost);

// Reads units on the executor of `whole`, whose filters are compiled. Gives parts, at least one,
// that fit together and fit `whole`; or the error that one thread would have met first.
absl::StatusOr<std::vector<std::unique_ptr<QueryState>>> ReadUnits(const QueryState& whole,
                                                                   std::span<const QueryUnit> units,
                                                                   MemoryBudget* memory);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_READ_UNITS_H_
