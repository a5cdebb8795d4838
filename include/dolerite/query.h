// Questions to blocks. Every question has a partial answer that grows: Add blocks,
// Merge other partials of the same question, and Finish once. Adding and merging may happen
// in any order and grouping; the answer is the same. plan.h runs questions in pieces elsewhere.
#ifndef DOLERITE_QUERY_H_
#define DOLERITE_QUERY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/block_reader.h"
#include "dolerite/block_view.h"
#include "dolerite/call_context.h"
#include "dolerite/damage.h"
#include "dolerite/executor.h"
#include "dolerite/export.h"
#include "dolerite/profile.h"
#include "dolerite/questions.h"

namespace dolerite {

// What an answer cost.
struct QueryCost {
  // To the store, but for those that opened blocks. Of a snapshot, also what planning took: pages,
  // opening blocks, profiles that are there twice and, of its first question, taking the snapshot.
  uint64_t requests = 0;
  uint64_t bytes_read = 0;  // with them
  uint64_t blocks = 0;
  uint64_t datasets = 0;
  uint64_t profiles = 0;
  int64_t first_nanos = 0, last_nanos = 0;  // times of the first and the last of them; 0 if none
  uint64_t row_groups = 0;
  uint64_t row_groups_from_heads = 0;
  uint64_t rows = 0;   // runs and samples that were looked at
  uint64_t nanos = 0;  // of work, added up over threads; 0 without QueryOptions::now_nanos
  // Datasets left out because the partial had them already. Not kept in a partial's bytes.
  uint64_t repeated_datasets = 0;
  // Stored bytes of the sections that were looked at, by their name ("heads", "symbols", ..).
  std::map<std::string, uint64_t> section_bytes;

  QueryCost& operator+=(const QueryCost& other);
};

// What the host gives to a query. Nothing here changes the answer.
struct QueryOptions {
  // False reads bodies even where heads would do. For tests and measurements.
  bool heads = true;
  // Bytes that a query may hold; past it Add, Parse and MergePartials are ResourceExhausted. An
  // estimate from above of what is decoded and collected, not of the allocator's own needs.
  // SIZE_MAX bounds what small hostile inputs may grow to by the size of the input.
  size_t memory_bytes = SIZE_MAX;
  // Leaves out datasets that are damaged; Query::damage() lists them.
  bool skip_damaged = false;
  // For Add of several blocks and datasets; null: the caller's thread alone. Must outlive the
  // query.
  Executor* executor = nullptr;
  // A clock that never goes back, for QueryCost::nanos.
  std::function<int64_t()> now_nanos;
  // Stops the query, and says to stores what it is for. Its check is called from all threads of the
  // executor. A call that is stopped returns the status of the check and leaves the partial as it
  // was.
  CallContext call;
};

struct QueryState;

// A partial answer to one question. Not thread-safe: use one partial a thread and merge. After
// Finish, unless the host stopped it, Add, Merge and Finish are FailedPrecondition; so they are
// after a move. A query that was moved from must not be asked for anything else.
template <class Question>
class Query {
 public:
  using Answer = typename Question::Answer;

  explicit Query(Question question, QueryOptions options = {});
  ~Query();
  Query(Query&&) noexcept;
  Query& operator=(Query&&) noexcept;

  // All errors name the block. InvalidArgument: the question makes no sense (a bad regular
  // expression, a step of 0 ..); several profile types match and none is named (the message lists
  // them). Internal: the executor broke its contract. ResourceExhausted: over memory_bytes, or out
  // of memory: the partial is then of no more use. After another error it is as before. A selection
  // that matches nothing adds nothing. Blocks of one content id count once, whatever their keys and
  // however often they are added: QueryCost::repeated_datasets counts what was left out.
  absl::Status Add(const BlockReader& block);
  // The same for many, in parallel where there is an executor.
  absl::Status Add(std::span<const BlockReader* const> blocks);
  // The same without the profiles that the views leave out. InvalidArgument if the partial has
  // blocks of another snapshot.
  absl::Status Add(const BlockViews& views);

  // InvalidArgument if the other one measures something else, or is this one; AlreadyExists if both
  // hold the same dataset of a block. Both are then as before.
  absl::Status Merge(Query&& other);

  // OutOfRange if a sum leaves 64 bits; InvalidArgument if there is no such sample type;
  // FailedPrecondition if two sides measure different things.
  absl::StatusOr<Answer> Finish(const typename Question::Finish& how = {}) &&;

  // The partial as bytes that Parse reads: versioned and checksummed, with all symbols that it
  // needs. Throws std::bad_alloc where memory runs out, as its result has no place for a status;
  // the partial stays as it was.
  std::string Serialize() const;
  // DataLoss for bytes that are damaged or not a partial, Unimplemented for a newer version,
  // InvalidArgument for a partial of another kind of question.
  static absl::StatusOr<Query> Parse(std::string_view partial, QueryOptions options = {});

  const Question& question() const;
  const QueryOptions& options() const;
  const QueryCost& cost() const;
  // What was left out.
  const std::vector<Damage>& damage() const;

 private:
  struct Made {};
  Query(Made, std::unique_ptr<QueryState> state);
  std::unique_ptr<QueryState> state_;
};

// TreeQuery, GroupedTreesQuery and so on: one for each kind of question.
#define DOLERITE_DECLARE_QUERY(name, number)                   \
  extern template class DOLERITE_EXPORT Query<name##Question>; \
  using name##Query = Query<name##Question>;
DOLERITE_QUESTIONS(DOLERITE_DECLARE_QUERY)
#undef DOLERITE_DECLARE_QUERY

// One profile by its id, whole and exactly as it came, from the first block that has it. NotFound
// if none has.
DOLERITE_EXPORT absl::StatusOr<Profile> GetProfile(std::span<const BlockReader* const> blocks,
                                                   const ProfileId& id);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_H_
