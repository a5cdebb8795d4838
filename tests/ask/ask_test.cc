// Questions of any kind, asked by their text: the answer is that of the query, whichever way it was
// asked, in every format.
#include "dolerite/ask.h"

#include "ask/ask_support.h"
#include "ask/json_lines.h"
#include "dolerite/charts.h"
#include "dolerite/pprof.h"
#include "dolerite/tree_text.h"
#include "formats/wire/json_lexer.h"

namespace dolerite::testing {
namespace {

std::string Message(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

BlockViews ViewsOf(const Stored& stored) {
  BlockViews views;
  for (const BlockReader* block : stored.blocks()) views.blocks.push_back({block, {}});
  return views;
}

Reply Asks(const std::string& text, const BlockViews& blocks, std::string_view format = "") {
  INFO(text);
  absl::StatusOr<Reply> reply = AskJson(text, blocks, format);
  INFO(reply.status());
  REQUIRE(reply.ok());
  return *std::move(reply);
}

// Each line is one JSON value.
void CheckJsonLines(const std::string& text) {
  REQUIRE(text.ends_with("\n"));
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    INFO(line);
    JsonLexer lexer(line, 0);
    CHECK((lexer.Skip() && lexer.AtEnd()));
    begin = end + 1;
  }
}

// All of one profile type, so that every kind of question has an answer.
Selection Cpu() {
  Selection selection;
  selection.profile_type = "cpu";
  return selection;
}

// What the library's own writers make of a finished answer, without a form.
std::string Plainly(const TreeQuestion&, const Tree& tree) { return TreeJson(tree); }
std::string Plainly(const DiffQuestion&, const Tree& tree) { return TreeJson(tree); }
std::string Plainly(const GroupedTreesQuestion&, const std::vector<GroupedTree>& groups) {
  return GroupsJson(groups);
}
std::string Plainly(const ProfileQuestion&, const Profile& profile) { return *WritePprof(profile); }
std::string Plainly(const SeriesQuestion& q, const TimeSeries& series) {
  return TimeSeriesJson(series, {q.function.empty() ? series.type + " over time" : q.function, ""});
}
std::string Plainly(const HeatmapQuestion&, const Heatmap& heatmap) {
  return HeatmapJson(heatmap, {heatmap.type + " of " + heatmap.observed, ""});
}
std::string Plainly(const CatalogQuestion& q, const Catalog& catalog) {
  return CatalogJson(catalog, {}, q.sample_labels);
}
std::string Plainly(const ListQuestion&, const std::vector<ListedProfile>& list) {
  return ListJson(list);
}

TEST_CASE("the text of every question of the tests gives the answer of the question") {
  const Stored stored = StoredBlocks(3, 3, 12);
  const BlockViews views = ViewsOf(stored);
  AskEvery(Cpu(), [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    absl::StatusOr<Query<Q>> query = Added(question, stored.blocks());
    REQUIRE(query.ok());
    const QueryCost cost = query->cost();
    absl::StatusOr<typename Q::Answer> answer = std::move(*query).Finish(how);
    REQUIRE(answer.ok());
    const Reply reply = Asks(Printed(Asked<Q>{question, how, {}}), views);
    CHECK(reply.answer.bytes == Plainly(question, *answer));
    CHECK(reply.answer.empty == IsEmpty(question, *answer));
    CHECK(reply.cost.profiles == cost.profiles);
    CHECK(reply.left_out.empty());
  });
}

TEST_CASE("a question of any kind is planned, executed, merged and written as it is asked") {
  const Stored stored = StoredBlocks(4, 3, 12);
  const BlockViews views = ViewsOf(stored);
  AskEvery(Cpu(), [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    const AnyQuestion asked = Parsed(Printed(Asked<Q>{question, how, {}}));
    absl::StatusOr<QueryPlan> plan = MakePlan(views, asked, {.split_bytes = 0});
    REQUIRE(plan.ok());
    std::vector<std::string> partials;
    for (const Split& split : plan->splits) {
      partials.push_back(*Execute(*stored.store, split.bytes));
    }
    const std::vector<std::string_view> parts(partials.begin(), partials.end());
    const std::string merged = *MergePartials(parts);
    // Tables tell of the profiles behind them, too.
    for (const char* format : {"json", "table", "pprof"}) {
      AnyQuestion form = asked;
      if (!SetFormat(format, &form).ok()) continue;
      absl::StatusOr<AnyQuery> query = ParsePartial(form, merged);
      REQUIRE(query.ok());
      absl::StatusOr<WrittenAnswer> written = WriteAnswer(*std::move(query), form);
      REQUIRE(written.ok());
      CHECK(written->bytes == Asks(Printed(form), views).answer.bytes);
    }
    // Another kind of question takes neither the partial nor the query.
    const AnyQuestion other = std::is_same_v<Q, ListQuestion> ? AnyQuestion(Asked<TreeQuestion>())
                                                              : Asked<ListQuestion>();
    CHECK(absl::IsInvalidArgument(ParsePartial(other, partials[0]).status()));
    CHECK(absl::IsInvalidArgument(WriteAnswer(*Ask(asked, views), other).status()));
  });
}

TEST_CASE("every format of every question is written, and JSON is JSON") {
  const Stored stored = StoredBlocks(5, 2, 12);
  const BlockViews views = ViewsOf(stored);
  const auto written = [&](const std::string& question, const std::string& format) {
    INFO(question << " as " << format);
    const Reply reply = Asks(question, views, format);
    CHECK(!reply.answer.empty);
    CHECK(reply.answer.bytes.size() > 20);
    if (format == "json" || format == "table" || format == "joined") {
      CheckJsonLines(reply.answer.bytes);
    }
    if (format == "html") CHECK_THAT(reply.answer.bytes, Catch::Contains("<html"));
    if (format == "svg") CHECK_THAT(reply.answer.bytes, Catch::StartsWith("<svg"));
    if (format == "pprof") CHECK(ReadPprof(reply.answer.bytes).ok());
    return reply.answer.bytes;
  };
  const std::string cpu = R"("selection":{"profile_type":"cpu"})";
  for (const std::string format : {"json", "table", "folded", "html"}) {
    written(R"({"question":"tree",)" + cpu + "}", format);
    written(R"({"question":"grouped_trees","group_by":["pod"],)" + cpu + "}", format);
    written(R"({"question":"diff","base":{"profile_type":"cpu"},"against":{"profile_type":"cpu"}})",
            format);
  }
  written(R"({"question":"grouped_trees","group_by":["pod"],)" + cpu + "}", "joined");
  written(R"({"question":"profile",)" + cpu + "}", "pprof");
  written(R"({"question":"profile",)" + cpu + "}", "json");
  for (const std::string format : {"json", "svg", "html"}) {
    written(R"({"question":"series","exemplars":1,)" + cpu + "}", format);
    written(R"({"question":"heatmap","exemplars":1,)" + cpu + "}", format);
  }
  written(R"({"question":"list"})", "json");
  for (const std::string view : {"labels", "types", "series"}) {
    written(R"({"question":"catalog","sample_labels":true,"answer":{"view":")" + view + "\"}}",
            "json");
  }
  CHECK(absl::IsInvalidArgument(AskJson(R"({"question":"list"})", views, "html").status()));
}

// A sample of a stack, outermost call first.
void AddStack(const std::vector<std::string>& calls, int64_t nanos, Profile* p) {
  for (size_t i = calls.size(); i-- > 0;) {
    const FunctionId function = p->symbols.AddFunction(p->symbols.strings.Add(calls[i]), {}, {}, 0);
    p->symbols.locations.lines.items.push_back({function, 1});
    p->stacks.items.push_back(p->symbols.AddLocation({}, 0));
  }
  p->stacks.Close();
  p->samples.stack.push_back({static_cast<uint32_t>(p->stacks.size() - 1)});
  p->samples.attributes.push_back({});
  p->samples.values.push_back(nanos);
}

// Two profiles of hand-made stacks: a>b 3 and 4, a 1, and 1 of a name that is not UTF-8.
Stored HandMade() {
  Stored out;
  BlockBuilder builder = *BlockBuilder::Make();
  for (const int i : {0, 1}) {
    Profile profile;
    profile.sample_types = {
        {profile.symbols.strings.Add("cpu"), profile.symbols.strings.Add("nanoseconds")}};
    profile.time_nanos = 1'777'888'800'000'000'000 + i * int64_t{1'000'000'000};
    profile.duration_nanos = 1'000'000'000;
    AddStack({"a", "b<int>"}, 3 + i, &profile);
    if (i == 1) AddStack({"a"}, 1, &profile), AddStack({"\xff"}, 1, &profile);
    REQUIRE(builder.Add({{"pod", i == 0 ? "x" : "y"}, {"service_name", "s"}}, profile).ok());
  }
  out.Put(*std::move(builder).Finish());
  return out;
}

TEST_CASE("the shapes of answers are fixed") {
  const Stored stored = HandMade();
  const BlockViews views = ViewsOf(stored);
  CHECK(Asks(R"({"question":"tree","answer":{"format":"table","rows":2}})", views).answer.bytes ==
        R"({"type":"cpu","unit":"nanoseconds","aggregate":"sum","total":9,"profiles":2,)"
        R"("first_time":"2026-05-04T10:00:00Z","last_time":"2026-05-04T10:00:01Z","rows":2,)"
        R"("rows_left_out":1,"flat_left_out":1,"flat_without_frames":0})"
        "\n"
        R"({"name":"b<int>","flat":7,"cum":7})"
        "\n"
        R"({"name":"a","flat":1,"cum":8})"
        "\n");
  CHECK(Asks(R"({"question":"tree"})", views).answer.replaced_texts == 1);
  CHECK(Asks(R"({"question":"catalog"})", views).answer.bytes ==
        R"({"label":"pod","values":["x","y"]})"
        "\n"
        R"({"label":"service_name","values":["s"]})"
        "\n");
  CHECK(Asks(R"({"question":"catalog","answer":{"view":"types"}})", views).answer.bytes ==
        R"({"type":"cpu","sample_types":[{"type":"cpu","unit":"nanoseconds"}],"default":"",)"
        R"("period":{"type":"","unit":""}})"
        "\n");
  CHECK(Asks(R"({"question":"catalog","answer":{"view":"series"},)"
             R"("selection":{"matchers":"{pod=\"y\"}"}})",
             views)
            .answer.bytes ==
        R"({"type":"cpu","profiles":1,"first_nanos":1777888801000000000,)"
        R"("last_nanos":1777888801000000000,"labels":{"pod":"y","service_name":"s"}})"
        "\n");
  CHECK(Asks(R"({"question":"catalog","answer":{"view":"values","label":"pod"}})", views)
            .answer.bytes == "\"x\"\n\"y\"\n");
  CHECK_THAT(Asks(R"({"question":"list","max_profiles":1})", views).answer.bytes,
             Catch::Contains(R"("type":"cpu","time":"2026-05-04T10:00:00Z",)"
                             R"("time_nanos":1777888800000000000,"duration_nanos":1000000000,)"
                             R"("samples":1,"labels":{"pod":"x","service_name":"s"},)"
                             R"("sample_types":[{"type":"cpu","unit":"nanoseconds"}],"totals":[3]})"
                             "\n"));
  CHECK(Asks(R"({"question":"diff","base":{"matchers":"{pod=\"x\"}"},)"
             R"("against":{"matchers":"{pod=\"y\"}"},"answer":{"format":"table","rows":1,)"
             R"("rank":"value"}})",
             views)
            .answer.bytes ==
        "{\"name\":\"\xef\xbf\xbd\""
        R"(,"base_flat":0,"against_flat":1,"base_cum":0,"against_cum":1,)"
        R"("base_cum_share":0.0,"against_cum_share":0.16666666666666666,)"
        R"("flat_change":0.16666666666666666,"cum_change":0.16666666666666666,"score":1.0})"
        "\n");
  CHECK(Asks(R"({"question":"grouped_trees","group_by":["pod"],)"
             R"("selection":{"stacks":{"focus":"^b"}}})",
             views)
            .answer.bytes ==
        R"({"labels":{"pod":"x"},"tree":{"type":"cpu","unit":"nanoseconds",)"
        R"("names":["","a","b\u003cint>"],"nodes":{"name":[0,1,2],"parent":[0,0,1],)"
        R"("self":[0,0,3],"total":[3,3,3]}}})"
        "\n"
        R"({"labels":{"pod":"y"},"tree":{"type":"cpu","unit":"nanoseconds",)"
        R"("names":["","a","b\u003cint>"],"nodes":{"name":[0,1,2],"parent":[0,0,1],)"
        R"("self":[0,0,4],"total":[4,4,4]}}})"
        "\n");
}

TEST_CASE("an answer says what a limit cut off") {
  const Stored stored = HandMade();
  const BlockViews views = ViewsOf(stored);
  const auto cut_off = [&](const std::string& text, const std::string& format = "") {
    return Asks(text, views, format).answer.cut;
  };
  // The tree has the root, a, a > b and the name that is no text.
  const std::string cut = R"({"question":"tree","max_nodes":2})";
  CHECK(cut_off(cut) == 2);
  CHECK_THAT(Asks(cut, views).answer.bytes,
             Catch::Contains(R"("unit":"nanoseconds","cut_nodes":2,)"));
  CHECK(cut_off(cut, "folded") == 2);
  CHECK(cut_off(cut, "table") == 0);
  CHECK(cut_off(R"({"question":"tree","answer":{"format":"table","rows":1}})") == 2);
  CHECK(cut_off(R"({"question":"grouped_trees","group_by":["pod"],"answer":{"rows":1}})",
                "table") == 3);
  CHECK(cut_off(R"({"question":"grouped_trees","group_by":["pod"],"max_nodes":2})") == 3);
  CHECK(cut_off(R"({"question":"grouped_trees","group_by":["pod"],"max_nodes":2})", "joined") > 0);
  CHECK(cut_off(R"({"question":"diff","max_nodes":3})") == 1);
  CHECK(cut_off(R"({"question":"diff","max_nodes":3,"answer":{"rows":2}})", "table") == 1);
  CHECK(cut_off(R"({"question":"list","max_profiles":1})") == 1);
  CHECK(cut_off(R"({"question":"list","max_profiles":2})") == 0);
}

TEST_CASE("a tree of averages says so in JSON") {
  Tree tree;
  tree.type = "inuse_space", tree.unit = "bytes", tree.aggregate = "average";
  CHECK_THAT(TreeJson(tree), Catch::StartsWith(R"({"type":"inuse_space","unit":"bytes",)"
                                               R"("aggregate":"average","names":[)"));
}

TEST_CASE("a cost has one shape") {
  QueryCost cost;
  cost.requests = 1, cost.bytes_read = UINT64_MAX, cost.section_bytes = {{"heads", 7}};
  const std::vector<Damage> damage = {{"a \"place\"", absl::DataLossError("gone")}};
  CHECK(CostJson(cost, damage) ==
        R"({"requests":1,"bytes_read":18446744073709551615,"blocks":0,"datasets":0,"profiles":0,)"
        R"("row_groups":0,"row_groups_from_heads":0,"rows":0,"nanos":0,"repeated_datasets":0,)"
        R"("section_bytes":{"heads":7},"left_out":[{"place":"a \"place\"","error":"gone"}]})"
        "\n");
}

TEST_CASE("callers and callees are trees and tables of one function") {
  const Stored stored = HandMade();
  const BlockViews views = ViewsOf(stored);
  const auto view = [&](const std::string& view, const std::string& function,
                        const std::string& format) {
    return R"({"question":"tree","answer":{"format":")" + format + R"(","view":")" + view +
           R"(","function":")" + function + "\"}}";
  };
  CHECK(Asks(view("callers", "b<int>", "folded"), views).answer.bytes == "a 7\n");
  CHECK(Asks(view("all_callers", "b<int>", "folded"), views).answer.bytes == "a 7\n");
  CHECK_THAT(Asks(view("callees", "a", "table"), views).answer.bytes,
             Catch::Contains(R"({"name":"b<int>","flat":7,"cum":7})"));
  CHECK(absl::IsNotFound(AskJson(view("callees", "nosuch", "json"), views).status()));
  const absl::Status missing = AskJson(view("callees", "", "json"), views).status();
  CHECK(absl::IsInvalidArgument(missing));
  CHECK_THAT(Message(missing), Catch::Contains("$.answer.function is missing"));
}

TEST_CASE("an answer of nothing says that it is empty") {
  const Stored stored = HandMade();
  const BlockViews views = ViewsOf(stored);
  const std::string none = R"({"matchers":"{pod=\"nosuch\"}"})";
  for (const std::string kind :
       {"tree", "grouped_trees", "profile", "series", "heatmap", "catalog", "list"}) {
    CHECK(Asks(R"({"question":")" + kind + R"(","selection":)" + none + "}", views).answer.empty);
    CHECK(!Asks(R"({"question":")" + kind + "\"}", views).answer.empty);
  }
  CHECK(Asks(R"({"question":"diff","base":)" + none + R"(,"against":)" + none + "}", views)
            .answer.empty);
  // A function that no stack has leaves points of 0.
  CHECK(Asks(R"({"question":"series","function":"nosuch"})", views).answer.empty);
  CHECK(Asks(R"({"question":"catalog","answer":{"view":"values","label":"no"}})", views)
            .answer.empty);
}

TEST_CASE("a question that is stopped or over its memory says so") {
  const Stored stored = StoredBlocks(6, 1, 12);
  const BlockViews views = ViewsOf(stored);
  const std::string question = R"({"question":"tree","selection":{"profile_type":"cpu"}})";
  QueryOptions stopped;
  stopped.call.check = [] { return absl::CancelledError("enough"); };
  CHECK(absl::IsCancelled(AskJson(question, views, "", stopped).status()));
  QueryOptions small;
  small.memory_bytes = 100;
  CHECK(absl::IsResourceExhausted(AskJson(question, views, "", small).status()));
}

TEST_CASE("doubles are the shortest digits that read back") {
  const std::pair<double, std::string> cases[] = {{0, "0.0"},
                                                  {-0.0, "-0.0"},
                                                  {1, "1.0"},
                                                  {-2.5, "-2.5"},
                                                  {0.1, "0.1"},
                                                  {1e-4, "0.0001"},
                                                  {1e-5, "1e-05"},
                                                  {1.5e-7, "1.5e-07"},
                                                  {1e14, "100000000000000.0"},
                                                  {1e15, "1e+15"},
                                                  {1.0 / 3, "0.3333333333333333"},
                                                  {123456.789, "123456.789"},
                                                  {1.5e300, "1.5e+300"}};
  for (const auto& [value, text] : cases) {
    CHECK(ask::DoubleText(value) == text);
    CHECK(std::stod(ask::DoubleText(value)) == value);
  }
  CHECK(ask::DoubleText(std::numeric_limits<double>::infinity()) == "null");
}

}  // namespace
}  // namespace dolerite::testing
