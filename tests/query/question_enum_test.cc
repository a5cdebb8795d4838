// Questions come from callers who may cast: a value that an enum does not have is refused by every
// door, and read by none.
#include "query/every_question.h"

namespace dolerite::testing {
namespace {

template <class Question>
void CheckRefused(const Stored& stored, const Question& question) {
  INFO(typeid(Question).name());
  Query<Question> query(question);
  CHECK(absl::IsInvalidArgument(query.Add(*stored.readers[0])));
  CHECK(absl::IsInvalidArgument(query.Add(stored.blocks())));
  CHECK(absl::IsInvalidArgument(MakePlan(stored.blocks(), question).status()));
  CHECK(absl::IsInvalidArgument(std::move(query).Finish({}).status()));
}

TEST_CASE("an enum of a question out of range is an invalid argument") {
  const Stored stored = StoredBlocks(1, 1, 6);
  const Selection all;
  const auto by = static_cast<FrameBy>(200);
  CheckRefused(stored, TreeQuestion{all, by});
  CheckRefused(stored, GroupedTreesQuestion{all, by, {"pod"}});
  CheckRefused(stored, DiffQuestion{all, all, by});
  CheckRefused(stored, SeriesQuestion{.aggregate = static_cast<SeriesQuestion::Aggregate>(7)});
  CheckRefused(stored, SeriesQuestion{.kinds = {{{"", "cpu"}, static_cast<ValueKind>(9)}}});
  CheckRefused(stored, HeatmapQuestion{.observe = static_cast<HeatmapQuestion::Observe>(3)});
  AskEvery(all, [&]<class Q>(Q question, const typename Q::Finish&) {
    const LabelMatcher bad{"pod", static_cast<LabelMatcher::Op>(77), "x"};
    if constexpr (std::is_same_v<Q, DiffQuestion>) {
      question.against.sample_matchers = {bad};
    } else {
      question.selection.matchers = {bad};
    }
    CheckRefused(stored, question);
  });
}

}  // namespace
}  // namespace dolerite::testing
