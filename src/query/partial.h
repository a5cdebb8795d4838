// A partial answer with all that is not its question's own: cost, damage, what was merged.
//
//   content = kind, question, measures, cost, damage, snapshot, splits, answer
//
// A partial as bytes is its content, packed and sealed (envelope.h).
#ifndef DOLERITE_QUERY_PARTIAL_H_
#define DOLERITE_QUERY_PARTIAL_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/query.h"
#include "query/query_core.h"

namespace dolerite {

using SplitId = std::array<uint8_t, 16>;

// One dataset of one block.
struct QueryUnit {
  const BlockReader* block = nullptr;
  uint32_t dataset = 0;
  const Omission* omission = nullptr;  // null: none
  // More readers of the same block: asked where the dataset of the ones before is damaged.
  std::vector<const BlockReader*> copies;

  // Distinguishes the dataset from all others, by the block's content id.
  SplitId id() const;
};

struct QueryState {
  QueryState(std::unique_ptr<QueryCore> c, QueryOptions o);

  // An empty partial of the same question and options.
  std::unique_ptr<QueryState> Fresh() const;

  absl::Status Add(const BlockViews& views);
  // Notes the snapshot of what is added next. InvalidArgument if there is something of another.
  absl::Status JoinSnapshot(const SnapshotId& other);
  // Datasets one by one, or side by side on the executor; those that are in here already are left
  // out. After an error nothing was added.
  absl::Status AddUnits(std::span<const QueryUnit> units);
  absl::Status Merge(QueryState&& other);
  // What Finish of every question asks first.
  absl::Status CheckMeasures() const;

  std::string Serialize() const;
  static absl::StatusOr<std::unique_ptr<QueryState>> Parse(std::string_view bytes,
                                                           QueryOptions options);

  // The filters of the selections, compiled when they are first asked for.
  absl::StatusOr<const std::vector<SelectionFilter>*> Filters();
  absl::Status AddNew(std::span<const QueryUnit> units);

  std::unique_ptr<QueryCore> core;
  QueryOptions options;
  std::vector<Measure> measures;  // by selection
  QueryCost cost;
  std::vector<Damage> damage;
  SnapshotId snapshot{};
  std::set<SplitId> splits;  // ids of the datasets that are in here; damaged ones are not
  std::optional<std::vector<SelectionFilter>> filters;
  bool finished = false;
};

// InvalidArgument if the question makes no sense, its selections aside: CompileFilters checks them.
absl::Status CheckQuestion(const QueryCore& core);
// The filters of a question's selections, in their order. InvalidArgument if the question makes no
// sense.
absl::StatusOr<std::vector<SelectionFilter>> CompileFilters(const QueryCore& core);

// The question of a split or partial, as an empty core. Null after an error, which is reported to
// the reader.
std::unique_ptr<QueryCore> ReadQuestion(PartialReader* wire);
void WriteQuestion(const QueryCore& core, PartialWriter* wire);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_PARTIAL_H_
