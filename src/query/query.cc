#include "dolerite/query.h"

#include "base/status.h"
#include "query/answers/catalog_core.h"
#include "query/answers/grouped_trees_core.h"
#include "query/answers/heatmap_core.h"
#include "query/answers/list_core.h"
#include "query/answers/profile_core.h"
#include "query/answers/series_core.h"
#include "query/answers/tree_core.h"
#include "query/partial.h"
#include "query/question_fields.h"

namespace dolerite {

QueryCost& QueryCost::operator+=(const QueryCost& other) {
  requests += other.requests;
  bytes_read += other.bytes_read;
  blocks += other.blocks;
  datasets += other.datasets;
  profiles += other.profiles;
  row_groups += other.row_groups;
  row_groups_from_heads += other.row_groups_from_heads;
  rows += other.rows;
  nanos += other.nanos;
  for (const auto& [section, bytes] : other.section_bytes) section_bytes[section] += bytes;
  return *this;
}

namespace {

// The core that answers a question, and how its answer is finished.
template <class Question>
struct CoreOf;

template <>
struct CoreOf<TreeQuestion> {
  using Core = TreeCore;
  static const TreeQuestion& QuestionOf(const Core& core) { return core.tree_question(); }
  static absl::StatusOr<Tree> Finish(const Core& core, const std::vector<Measure>& measures,
                                     const TreeQuestion::Finish& how) {
    DOLERITE_ASSIGN_OR_RETURN(Tree tree, core.Finish(measures));
    tree.Cut(how.max_nodes);
    return tree;
  }
};

template <>
struct CoreOf<DiffQuestion> {
  using Core = TreeCore;
  static const DiffQuestion& QuestionOf(const Core& core) { return core.diff_question(); }
  static absl::StatusOr<Tree> Finish(const Core& core, const std::vector<Measure>& measures,
                                     const DiffQuestion::Finish& how) {
    DOLERITE_ASSIGN_OR_RETURN(Tree tree, core.Finish(measures));
    return FinishDiff(std::move(tree), how);
  }
};

template <>
struct CoreOf<GroupedTreesQuestion> {
  using Core = GroupedTreesCore;
  static const GroupedTreesQuestion& QuestionOf(const Core& core) { return core.question(); }
  static absl::StatusOr<std::vector<GroupedTree>> Finish(const Core& core,
                                                         const std::vector<Measure>& measures,
                                                         const TreeQuestion::Finish& how) {
    return core.Finish(measures, how);
  }
};

template <>
struct CoreOf<ProfileQuestion> {
  using Core = ProfileCore;
  static const ProfileQuestion& QuestionOf(const Core& core) { return core.question(); }
  static absl::StatusOr<Profile> Finish(const Core& core, const std::vector<Measure>&,
                                        const ProfileQuestion::Finish&) {
    return core.Finish();
  }
};

template <>
struct CoreOf<SeriesQuestion> {
  using Core = SeriesCore;
  static const SeriesQuestion& QuestionOf(const Core& core) { return core.question(); }
  static absl::StatusOr<TimeSeries> Finish(const Core& core, const std::vector<Measure>& measures,
                                           const SeriesQuestion::Finish&) {
    return core.Finish(measures);
  }
};

template <>
struct CoreOf<HeatmapQuestion> {
  using Core = HeatmapCore;
  static const HeatmapQuestion& QuestionOf(const Core& core) { return core.question(); }
  static absl::StatusOr<Heatmap> Finish(const Core& core, const std::vector<Measure>& measures,
                                        const HeatmapQuestion::Finish& how) {
    return core.Finish(measures, how);
  }
};

template <>
struct CoreOf<CatalogQuestion> {
  using Core = CatalogCore;
  static const CatalogQuestion& QuestionOf(const Core& core) { return core.question(); }
  static absl::StatusOr<Catalog> Finish(const Core& core, const std::vector<Measure>&,
                                        const CatalogQuestion::Finish&) {
    return core.Finish();
  }
};

template <>
struct CoreOf<ListQuestion> {
  using Core = ListCore;
  static const ListQuestion& QuestionOf(const Core& core) { return core.question(); }
  static absl::StatusOr<std::vector<ListedProfile>> Finish(const Core& core,
                                                           const std::vector<Measure>&,
                                                           const ListQuestion::Finish& how) {
    return core.Finish(how);
  }
};

template <class Question>
const typename CoreOf<Question>::Core& CoreIn(const QueryState& state) {
  return static_cast<const typename CoreOf<Question>::Core&>(*state.core);
}

template <class Question>
std::unique_ptr<QueryCore> ReadCore(PartialReader* wire) {
  Question question;
  (*wire)(question);
  return std::make_unique<typename CoreOf<Question>::Core>(std::move(question));
}

}  // namespace

std::unique_ptr<QueryCore> ReadQuestion(PartialReader* wire) {
  QuestionKind kind{};
  (*wire)(kind);
  switch (kind) {
    case QuestionKind::kTree:
      return ReadCore<TreeQuestion>(wire);
    case QuestionKind::kGroupedTrees:
      return ReadCore<GroupedTreesQuestion>(wire);
    case QuestionKind::kDiff:
      return ReadCore<DiffQuestion>(wire);
    case QuestionKind::kProfile:
      return ReadCore<ProfileQuestion>(wire);
    case QuestionKind::kSeries:
      return ReadCore<SeriesQuestion>(wire);
    case QuestionKind::kHeatmap:
      return ReadCore<HeatmapQuestion>(wire);
    case QuestionKind::kCatalog:
      return ReadCore<CatalogQuestion>(wire);
    case QuestionKind::kList:
      return ReadCore<ListQuestion>(wire);
  }
  wire->Fail("an unknown kind of question");
  return nullptr;
}

template <class Question>
Query<Question>::Query(Question question, QueryOptions options)
    : state_(std::make_unique<QueryState>(
          std::make_unique<typename CoreOf<Question>::Core>(std::move(question)),
          std::move(options))) {}
template <class Question>
Query<Question>::Query(Made, std::unique_ptr<QueryState> state) : state_(std::move(state)) {}
template <class Question>
Query<Question>::~Query() = default;
template <class Question>
Query<Question>::Query(Query&&) noexcept = default;
template <class Question>
Query<Question>& Query<Question>::operator=(Query&&) noexcept = default;

template <class Question>
absl::Status Query<Question>::Add(const BlockReader& block) {
  const BlockReader* one = &block;
  return state_->Add({&one, 1});
}
template <class Question>
absl::Status Query<Question>::Add(std::span<const BlockReader* const> blocks) {
  return state_->Add(blocks);
}
template <class Question>
absl::Status Query<Question>::Merge(Query&& other) {
  return state_->Merge(std::move(*other.state_));
}

template <class Question>
absl::StatusOr<typename Query<Question>::Answer> Query<Question>::Finish(
    const typename Question::Finish& how) && {
  DOLERITE_RETURN_IF_ERROR(state_->CheckMeasures());
  return CoreOf<Question>::Finish(CoreIn<Question>(*state_), state_->measures, how);
}

template <class Question>
std::string Query<Question>::Serialize() const {
  return state_->Serialize();
}

template <class Question>
absl::StatusOr<Query<Question>> Query<Question>::Parse(std::string_view partial,
                                                       QueryOptions options) {
  DOLERITE_ASSIGN_OR_RETURN(std::unique_ptr<QueryState> state,
                            QueryState::Parse(partial, std::move(options)));
  if (state->core->kind() != KindOf(Question())) {
    return InvalidArgument("partial: it answers another kind of question");
  }
  return Query(Made(), std::move(state));
}

template <class Question>
const Question& Query<Question>::question() const {
  return CoreOf<Question>::QuestionOf(CoreIn<Question>(*state_));
}
template <class Question>
const QueryCost& Query<Question>::cost() const {
  return state_->cost;
}
template <class Question>
const std::vector<Damage>& Query<Question>::damage() const {
  return state_->damage;
}

template class Query<TreeQuestion>;
template class Query<GroupedTreesQuestion>;
template class Query<DiffQuestion>;
template class Query<ProfileQuestion>;
template class Query<SeriesQuestion>;
template class Query<HeatmapQuestion>;
template class Query<CatalogQuestion>;
template class Query<ListQuestion>;

}  // namespace dolerite
