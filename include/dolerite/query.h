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
#include "dolerite/catalog.h"
#include "dolerite/damage.h"
#include "dolerite/executor.h"
#include "dolerite/export.h"
#include "dolerite/heatmap.h"
#include "dolerite/profile.h"
#include "dolerite/selection.h"
#include "dolerite/time_series.h"
#include "dolerite/tree.h"

namespace dolerite {

// A flame graph.
struct TreeQuestion {
  using Answer = Tree;
  struct Finish {
    // At most so many nodes beside the ones that stand for what was cut; 0: all.
    size_t max_nodes = 0;
  };
  Selection selection;
  FrameBy by = FrameBy::kFunction;
};

// A flame graph for each value of some labels.
struct GroupedTree {
  LabelSet labels;  // those that were grouped by; none for what has none of them
  Tree tree;
};
struct GroupedTreesQuestion {
  using Answer = std::vector<GroupedTree>;  // by labels
  using Finish = TreeQuestion::Finish;      // of each tree
  Selection selection;
  FrameBy by = FrameBy::kFunction;
  // Labels of series, or, where the series has no such label, of samples. An empty value is none;
  // of several of one sample the first by text order counts.
  std::vector<std::string> group_by;
};

// Two selections side by side, in one pass over what they share.
struct DiffQuestion {
  using Answer = Tree;  // two columns: base, against
  struct Finish {
    // Scales base values by total(against) / total(base), rounded to the nearest integer, halves
    // away from 0; totals are then sums of what was rounded. FailedPrecondition if base's total is
    // 0.
    bool normalize = false;
    size_t max_nodes = 0;
  };
  Selection base, against;
  FrameBy by = FrameBy::kFunction;
};

// One profile that holds the samples of all that were selected: equal stacks and
// labels are summed, all sample types kept, timestamps and links left out, samples whose sums are
// all 0 too. Time is the earliest, duration the sum, period the largest. Profiles must be of one
// type.
struct ProfileQuestion {
  using Answer = Profile;
  struct Finish {};
  Selection selection;
};

// How values that were measured at different times and places go together.
enum class ValueKind : uint8_t {
  kCounter = 0,  // what happened in a profile's time: values add up
  kGauge = 1,    // what there was at a profile's time: averaged over time, added over series
};
// Kinds by profile type and sample type ("heap", "inuse_space"); "" for the former: any.
using ValueKinds = std::map<std::pair<std::string, std::string>, ValueKind>;
// Gauges: memory in use, goroutines, threads. All else is a counter.
DOLERITE_EXPORT const ValueKinds& DefaultValueKinds();

// Values over time, in steps that begin at multiples of `step_nanos`. Each profile counts in the
// step that its time lies in. Totals of whole profiles are answered without a look at samples.
struct SeriesQuestion {
  using Answer = TimeSeries;
  struct Finish {};
  enum class Aggregate : uint8_t {  // frozen: in splits
    kSum = 0,                       // counters: of all; gauges: each series' average, over series
    kRate = 1,      // counters: per second of profiled time (of the step, where profiles tell no
                    // duration), each series', summed over series; gauges: as kSum
    kAverage = 2,   // of profiles
    kCount = 3,     // profiles
    kMin = 4,       // of profiles' values
    kMax = 5,       //
    kQuantile = 6,  // of profiles' values: the smallest that `quantile` of them do not exceed
  };

  Selection selection;
  int64_t step_nanos = 60'000'000'000;
  Aggregate aggregate = Aggregate::kSum;
  double quantile = 0.5;              // 0 to 1
  std::vector<std::string> group_by;  // as in GroupedTreesQuestion
  // Of one function, named as in flame graphs: what it and its callees have, or, if `self`, it
  // alone. "": of all.
  std::string function;
  bool self = false;
  // Name so many profiles for each point, those of the largest values; at most 1000.
  uint32_t exemplars = 0;
  ValueKinds kinds = DefaultValueKinds();
};

// How often which values were seen when.
struct HeatmapQuestion {
  using Answer = Heatmap;
  struct Finish {
    // Ranges of values, 1 to 100,000. Over 1,000,000 columns are ResourceExhausted.
    uint32_t rows = 40;
    bool logarithmic = false;
  };
  enum class Observe : uint8_t {  // frozen: in splits
    kProfiles = 0,                // each profile's total
    kSpans = 1,                   // each span's sum, at the time of its first profile
    kTimestamps = 2,              // each timestamp of samples, and the value it has
  };

  Selection selection;
  Observe observe = Observe::kProfiles;
  // Columns begin at multiples; a few milliseconds suit timestamps.
  int64_t step_nanos = 60'000'000'000;
  std::vector<std::string> group_by;  // as in GroupedTreesQuestion
  uint32_t exemplars = 0;             // for each cell; at most 1000
};

// What is there: profile types, series, labels.
struct CatalogQuestion {
  using Answer = Catalog;
  struct Finish {};
  Selection selection;
  // Also names and values of the labels of samples. Else what the selection says of samples is
  // passed over.
  bool sample_labels = false;
};

// The single profiles.
struct ListQuestion {
  using Answer = std::vector<ListedProfile>;  // by time, then by series, then by id
  struct Finish {
    size_t max_profiles = 0;  // the first ones; 0: all
  };
  Selection selection;  // where it selects samples: profiles that have one of them
};

// What an answer cost.
struct QueryCost {
  uint64_t requests = 0;    // to the store, but for those that opened blocks
  uint64_t bytes_read = 0;  // with them
  uint64_t blocks = 0;
  uint64_t datasets = 0;
  uint64_t profiles = 0;
  uint64_t row_groups = 0;
  uint64_t row_groups_from_heads = 0;
  uint64_t rows = 0;   // runs and samples that were looked at
  uint64_t nanos = 0;  // of work, added up over threads; 0 without QueryOptions::now_nanos
  // Stored bytes of the sections that were looked at, by their name ("heads", "symbols", ..).
  std::map<std::string, uint64_t> section_bytes;

  QueryCost& operator+=(const QueryCost& other);
};

// What the host gives to a query. Nothing here changes the answer.
struct QueryOptions {
  // False reads bodies even where heads would do. For tests and measurements.
  bool heads = true;
  // Bytes that a query may hold; past it Add is ResourceExhausted. An estimate from above of what
  // is decoded and collected, not of the allocator's own needs.
  size_t memory_bytes = SIZE_MAX;
  // Leaves out datasets that are damaged; Query::damage() lists them.
  bool skip_damaged = false;
  // For Add of several blocks and datasets; null: the caller's thread alone. Must outlive the
  // query.
  Executor* executor = nullptr;
  // A clock that never goes back, for QueryCost::nanos.
  std::function<int64_t()> now_nanos;
};

struct QueryState;

// A partial answer to one question. Not thread-safe: use one partial a thread and merge.
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
  // them). ResourceExhausted: over memory_bytes: the partial is then of no more
  // use. After another error it is as before. A selection that matches nothing adds nothing.
  absl::Status Add(const BlockReader& block);
  // The same for many, in parallel where there is an executor.
  absl::Status Add(std::span<const BlockReader* const> blocks);

  // InvalidArgument if the other one measures something else; AlreadyExists if both hold the same
  // split of a plan. Both are then as before.
  absl::Status Merge(Query&& other);

  // OutOfRange if a sum leaves 64 bits; InvalidArgument if there is no such sample type;
  // FailedPrecondition if two sides measure different things.
  absl::StatusOr<Answer> Finish(const typename Question::Finish& how = {}) &&;

  // The partial as bytes that Parse reads: versioned and checksummed, with all symbols that it
  // needs.
  std::string Serialize() const;
  // DataLoss for bytes that are damaged or no partial, Unimplemented for a newer version,
  // InvalidArgument for a partial of another kind of question.
  static absl::StatusOr<Query> Parse(std::string_view partial, QueryOptions options = {});

  const Question& question() const;
  const QueryCost& cost() const;
  // What was left out.
  const std::vector<Damage>& damage() const;

 private:
  struct Made {};
  Query(Made, std::unique_ptr<QueryState> state);
  std::unique_ptr<QueryState> state_;
};

extern template class DOLERITE_EXPORT Query<TreeQuestion>;
extern template class DOLERITE_EXPORT Query<GroupedTreesQuestion>;
extern template class DOLERITE_EXPORT Query<DiffQuestion>;
extern template class DOLERITE_EXPORT Query<ProfileQuestion>;
extern template class DOLERITE_EXPORT Query<SeriesQuestion>;
extern template class DOLERITE_EXPORT Query<HeatmapQuestion>;
extern template class DOLERITE_EXPORT Query<CatalogQuestion>;
extern template class DOLERITE_EXPORT Query<ListQuestion>;

using TreeQuery = Query<TreeQuestion>;
using GroupedTreesQuery = Query<GroupedTreesQuestion>;
using DiffQuery = Query<DiffQuestion>;
using ProfileQuery = Query<ProfileQuestion>;
using SeriesQuery = Query<SeriesQuestion>;
using HeatmapQuery = Query<HeatmapQuestion>;
using CatalogQuery = Query<CatalogQuestion>;
using ListQuery = Query<ListQuestion>;

// One profile by its id, whole and exactly as it came, from the first block that has it. NotFound
// if none has.
DOLERITE_EXPORT absl::StatusOr<Profile> GetProfile(std::span<const BlockReader* const> blocks,
                                                   const ProfileId& id);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_H_
