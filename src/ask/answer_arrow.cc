// One function for each kind of question whose answer is a table; the others fall to the last one.
#include "dolerite/answer_arrow.h"

#include "ask/shown_tree.h"
#include "base/out_of_memory.h"
#include "base/status.h"

namespace dolerite {

namespace ask {
namespace {

using Tabled = absl::StatusOr<ArrowReport>;

// Functions are counted in the whole tree: cuts do not count.
Tabled Give(TreeQuery&& query, const Asked<TreeQuestion>& asked, ArrowArrayStream* out) {
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, std::move(query).Finish());
  DOLERITE_ASSIGN_OR_RETURN(tree,
                            ViewOf(Shown(std::move(tree), asked.answer.mangled), asked.answer));
  return TopToArrow(tree, out, asked.answer.rows);
}
Tabled Give(DiffQuery&& query, const Asked<DiffQuestion>& asked, ArrowArrayStream* out) {
  DiffQuestion::Finish how = asked.finish;
  how.max_nodes = 0;
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, std::move(query).Finish(how));
  return DiffToArrow(Shown(std::move(tree), asked.answer.mangled), asked.answer.rank, out,
                     asked.answer.rows);
}
Tabled Give(SeriesQuery&& query, const Asked<SeriesQuestion>& asked, ArrowArrayStream* out) {
  DOLERITE_ASSIGN_OR_RETURN(const TimeSeries series, std::move(query).Finish(asked.finish));
  return SeriesToArrow(series, out);
}
Tabled Give(HeatmapQuery&& query, const Asked<HeatmapQuestion>& asked, ArrowArrayStream* out) {
  DOLERITE_ASSIGN_OR_RETURN(const Heatmap heatmap, std::move(query).Finish(asked.finish));
  return HeatmapToArrow(heatmap, out);
}
Tabled Give(ListQuery&& query, const Asked<ListQuestion>& asked, ArrowArrayStream* out) {
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<ListedProfile> profiles,
                            std::move(query).Finish(asked.finish));
  return ProfilesToArrow(profiles, out);
}
template <class Question>
Tabled Give(Query<Question>&&, const Asked<Question>&, ArrowArrayStream*) {
  return Unimplemented("the answer to this kind of question is no table: ask for its bytes");
}

}  // namespace
}  // namespace ask

absl::StatusOr<ArrowReport> AnswerToArrow(AnyQuery&& query, const AnyQuestion& question,
                                          ArrowArrayStream* out) {
  return WithinMemory([&] {
    return std::visit(
        [&]<class Question>(const Asked<Question>& asked) -> absl::StatusOr<ArrowReport> {
          auto* of_kind = std::get_if<Query<Question>>(&query);
          if (of_kind == nullptr) {
            return InvalidArgument("the query is of another kind of question");
          }
          return ask::Give(std::move(*of_kind), asked, out);
        },
        question);
  });
}

}  // namespace dolerite
