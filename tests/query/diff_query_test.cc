// Differences: of a thing to itself, scaled, and the regression that was planted.
#include "dolerite/diff_table.h"
#include "query/naive.h"

namespace dolerite::testing {
namespace {

Selection Only(const std::string& label, const std::string& value, const std::string& type = "") {
  return {.matchers = {{label, LabelMatcher::Op::kEqual, value}}, .profile_type = type};
}

absl::StatusOr<Tree> Diff(const std::vector<std::string>& blocks, const Selection& base,
                          const Selection& against, bool normalize = false, size_t most = 0) {
  DiffQuery query({base, against});
  for (const std::string& bytes : blocks) {
    const absl::Status status = query.Add(OpenBytes(bytes));
    if (!status.ok()) return status;
  }
  return std::move(query).Finish({normalize, most});
}

TEST_CASE("a thing and itself do not differ") {
  const std::string block = Build(Generated(1, 12));
  for (bool normalize : {false, true}) {
    const absl::StatusOr<Tree> tree = Diff({block}, {}, {}, normalize);
    REQUIRE(tree.ok());
    CHECK(tree->columns[0].self == tree->columns[1].self);
    CHECK(tree->columns[0].total == tree->columns[1].total);
    CHECK(FlamesOf(*tree, 0) == FlamesOf(Ask({block}, {})));
    for (const DiffRow& row : DiffTable(*tree)) CHECK(row.score == 0);
  }
}

TEST_CASE("each side of a difference is the answer of its own") {
  const std::vector<Input> inputs = Generated(2, 20);
  const std::string block = Build(inputs);
  const Selection a = Only("pod", "pod0"), b = Only("pod", "pod1");
  const absl::StatusOr<Tree> tree = Diff({block}, a, b);
  REQUIRE(tree.ok());
  REQUIRE(tree->columns.size() == 2);
  for (size_t side : {0, 1}) {
    Flames flames = FlamesOf(*tree, side);
    const Flames expected = FlamesOf(Ask({block}, {side == 0 ? a : b}));
    for (const auto& [path, values] : expected) CHECK(flames.at(path) == values);
    for (const auto& [path, values] : flames) {
      if (expected.count(path) == 0) CHECK(values == std::pair<int64_t, int64_t>{0, 0});
    }
  }
  // In parts, merged the other way round.
  std::vector<Input> front(inputs.begin(), inputs.begin() + 9),
      back(inputs.begin() + 9, inputs.end());
  DiffQuery one({a, b}), two({a, b});
  REQUIRE(one.Add(OpenBytes(Build(back))).ok());
  REQUIRE(two.Add(OpenBytes(Build(front))).ok());
  REQUIRE(one.Merge(std::move(two)).ok());
  CHECK(Text(*std::move(one).Finish()) == Text(*tree));
}

Profile Stacks(const std::map<std::string, int64_t>& values, const char* unit = "count") {
  Profile p;
  p.sample_types = {{p.symbols.strings.Add("samples"), p.symbols.strings.Add(unit)}};
  for (const auto& [name, value] : values) {
    const FunctionId function = p.symbols.AddFunction(p.symbols.strings.Add(name), {}, {}, 0);
    p.symbols.locations.lines.items.push_back({function, 1, 0});
    p.stacks.items.push_back(p.symbols.AddLocation({}, 0));
    p.stacks.Close();
    p.samples.stack.push_back({static_cast<uint32_t>(p.stacks.size() - 1)});
    p.samples.attributes.push_back({});
    p.samples.values.push_back(value);
  }
  return p;
}

TEST_CASE("normalised values are rounded to the nearest, halves away from 0") {
  const std::string block =
      Build({{{{"side", "base"}}, Stacks({{"a", 1}, {"b", 2}, {"c", -1}, {"d", 4}})},
             {{{"side", "against"}}, Stacks({{"a", 9}})}});
  const absl::StatusOr<Tree> tree =
      Diff({block}, Only("side", "base"), Only("side", "against"), true);
  REQUIRE(tree.ok());
  const Flames base = FlamesOf(*tree, 0);  // times 9/6
  CHECK(base.at({"a"}).first == 2);
  CHECK(base.at({"b"}).first == 3);
  CHECK(base.at({"c"}).first == -2);
  CHECK(base.at({"d"}).first == 6);
  CHECK(base.at({}).second == 9);
}

TEST_CASE("what can't be compared is refused") {
  const std::string block = Build({{{{"side", "zero"}}, Stacks({{"a", 5}, {"b", -5}})},
                                   {{{"side", "some"}}, Stacks({{"a", 9}})},
                                   {{{"side", "bytes"}}, Stacks({{"a", 9}}, "bytes")},
                                   {{{"side", "huge"}}, Stacks({{"a", INT64_MAX}})},
                                   {{{"side", "least"}}, Stacks({{"a", INT64_MIN}, {"b", -1}})}});
  const auto code = [&](const char* base, const char* against, bool normalize) {
    return Diff({block}, Only("side", base), Only("side", against), normalize).status().code();
  };
  CHECK(code("zero", "some", true) == absl::StatusCode::kFailedPrecondition);
  CHECK(code("zero", "some", false) == absl::StatusCode::kOk);
  CHECK(code("some", "bytes", false) == absl::StatusCode::kFailedPrecondition);
  CHECK(code("some", "huge", true) == absl::StatusCode::kOk);
  CHECK(code("least", "some", false) == absl::StatusCode::kOutOfRange);
}

TEST_CASE("an error leaves both sides of a difference as they were") {
  const std::string good =
      Build({{{{"side", "a"}}, Stacks({{"x", 1}})}, {{{"side", "b"}}, Stacks({{"x", 2}})}});
  const std::string bad = Build(
      {{{{"side", "a"}}, Stacks({{"x", 10}})}, {{{"side", "b"}}, Stacks({{"x", 20}}, "bytes")}});
  DiffQuery query({Only("side", "a"), Only("side", "b")});
  REQUIRE(query.Add(OpenBytes(good)).ok());
  CHECK(absl::IsInvalidArgument(query.Add(OpenBytes(bad))));
  const absl::StatusOr<Tree> tree = std::move(query).Finish();
  REQUIRE(tree.ok());
  CHECK(tree->columns[0].total[0] == 1);
  CHECK(tree->columns[1].total[0] == 2);
}

TEST_CASE("the planted regression is found") {
  if (!CorpusPresent()) return;
  const std::string block = Build(ReadSeries("checkout"));
  for (bool normalize : {false, true}) {
    const absl::StatusOr<Tree> tree = Diff({block}, Only("version", "v1.5.0", "cpu"),
                                           Only("version", "v1.6.0", "cpu"), normalize);
    INFO(tree.status());
    REQUIRE(tree.ok());
    const std::vector<DiffRow> rows = DiffTable(*tree);
    const auto row = [&](const std::string& name) {
      const auto at =
          std::find_if(rows.begin(), rows.end(), [&](const DiffRow& r) { return r.name == name; });
      REQUIRE(at != rows.end());
      return *at;
    };
    CHECK(row("main.priceCart").base_cum_share == Approx(0.0138).margin(0.0001));
    CHECK(row("main.priceCart").against_cum_share == Approx(0.0362).margin(0.0001));
    CHECK(row("main.checksum").base_cum == 0);
    CHECK(row("main.checksum").against_cum_share == Approx(0.0204).margin(0.0001));
    // Among the first rows, before frames that only wobble.
    const size_t first = std::min<size_t>(rows.size(), 5);
    const auto top = [&](const std::string& name) {
      return std::any_of(rows.begin(), rows.begin() + static_cast<ptrdiff_t>(first),
                         [&](const DiffRow& r) { return r.name == name; });
    };
    CHECK(top("main.checksum"));
    CHECK(top("main.priceCart"));
  }
}

}  // namespace
}  // namespace dolerite::testing
