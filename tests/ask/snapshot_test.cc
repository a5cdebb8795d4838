// Questions to a snapshot of an archive: profiles that lie in several segments count once.
#include "archive/world.h"
#include "ask/ask_support.h"
#include "dolerite/ask.h"

namespace dolerite::testing {
namespace {

TEST_CASE("a snapshot answers the text of a question as its queries do") {
  World world;
  Actor writer = world.Host(1);
  REQUIRE(world.Append(&writer, {1, 2, 3}).ok());
  REQUIRE(world.Append(&writer, {3, 8}).ok());
  const absl::StatusOr<Snapshot> snapshot = writer->TakeSnapshot();
  REQUIRE(snapshot.ok());
  AskEvery(Selection(), [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    Query<Q> query(question);
    REQUIRE(snapshot->AddTo(&query).ok());
    absl::StatusOr<WrittenAnswer> expected = WriteAnswer(std::move(query), how, FormOf<Q>());
    REQUIRE(expected.ok());
    const std::string text = Printed(Asked<Q>{question, how, {}});
    INFO(text);
    absl::StatusOr<Reply> reply = AskJson(text, *snapshot);
    INFO(reply.status());
    REQUIRE(reply.ok());
    CHECK(reply->answer.bytes == expected->bytes);
    absl::StatusOr<AnyQuery> any = Ask(Parsed(text), *snapshot);
    REQUIRE(any.ok());
    CHECK(WriteAnswer(*std::move(any), Parsed(text))->bytes == expected->bytes);
  });
  // Values are numbers and one: functions f1 (1 and 8), f2, f3.
  const absl::StatusOr<Reply> table =
      AskJson(R"({"question":"tree","answer":{"rows":1}})", *snapshot, "table");
  REQUIRE(table.ok());
  CHECK(table->answer.cut == 2);
  CHECK(table->answer.bytes ==
        R"({"type":"cpu","unit":"count","aggregate":"sum","total":18,"profiles":4,)"
        R"("first_time":"2023-11-14T22:13:21Z","last_time":"2023-11-14T22:13:28Z","rows":1,)"
        R"("rows_left_out":2,"flat_left_out":7,"flat_without_frames":0})"
        "\n"
        R"({"name":"f1","flat":11,"cum":11})"
        "\n");
}

}  // namespace
}  // namespace dolerite::testing
