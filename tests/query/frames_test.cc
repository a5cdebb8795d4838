// How frames are named, and what selects them.
#include "dolerite/demangle.h"
#include "dolerite/top.h"
#include "query/naive_values.h"

namespace dolerite::testing {
namespace {

std::string FaultBlock(const std::vector<std::string>& names) {
  std::vector<Input> inputs;
  for (const std::string& name : names) {
    const absl::StatusOr<Profile> profile = ReadPprof(ReadCorpusFile("faults/" + name + ".pb.gz"));
    REQUIRE(profile.ok());
    inputs.push_back({{{"file", name}}, *profile});
  }
  return Build(inputs);
}

std::map<std::string, int64_t> Flat(const Tree& tree) {
  std::map<std::string, int64_t> flat;
  for (const TopRow& row : Top(tree)) {
    if (row.flat[0] != 0) flat[row.name] = row.flat[0];
  }
  return flat;
}

TEST_CASE("addresses are offsets in files: two segments of one file stay apart") {
  if (!CorpusPresent()) return;
  // Two processes have mapped the file at different places: their frames are the same.
  const std::string block = FaultBlock({"aslr_a", "aslr_b"});
  std::map<std::string, int64_t> of_file;
  for (const auto& [name, value] : Flat(Ask({block}, {.by = FrameBy::kAddress}))) {
    if (name.starts_with("[libx.so]")) of_file[name] = value;
  }
  const std::map<std::string, int64_t> expected = {{"[libx.so]+0x100", 2},
                                                   {"[libx.so]+0x10100", 4}};
  CHECK(of_file == expected);
  // A frame is selected by what it is shown as.
  for (const auto& [offset, value] : {std::pair(uint64_t{0x100}, 2), {uint64_t{0x10100}, 4}}) {
    for (const char* mapping : {"[libx.so]", "libx.so", "/lib/libx.so", "b1d"}) {
      INFO(mapping << " " << offset);
      Selection selection;
      selection.stacks.addresses = {{mapping, offset, offset + 1}};
      CHECK(Ask({block}, {selection}).columns[0].total[0] == value);
    }
  }
}

TEST_CASE("functions of one name in different files are frames of their own") {
  if (!CorpusPresent()) return;
  const std::string block = FaultBlock({"same_name_other_place"});
  const auto by_function = Flat(Ask({block}, {}));
  const auto by_file = Flat(Ask({block}, {.by = FrameBy::kFunctionFile}));
  CHECK(by_file.size() > by_function.size());
  for (const auto& [name, value] : by_function) {
    int64_t sum = 0;
    for (const auto& [with_file, part] : by_file) {
      if (with_file.starts_with(name + " ")) sum += part;
    }
    CHECK(sum == value);
  }
}

TEST_CASE("drop_frames ends stacks as google/pprof does") {
  if (!CorpusPresent()) return;
  const std::string block = FaultBlock({"drop_frames"});
  const std::map<std::string, int64_t> expected = {{"work", 100}, {"main", 18}, {"malloc_impl", 3}};
  Selection selection;
  selection.stacks.drop_frames = "malloc_impl|tc_.*|operator new";
  selection.stacks.keep_frames = "tc_keep";
  CHECK(Flat(Ask({block}, {selection})) == expected);
  // Conditions see what is left.
  selection.stacks.focus = "malloc_impl";
  CHECK(Ask({block}, {selection}).columns[0].total[0] == 3);
  selection.stacks.focus = "";
  selection.stacks.below = "work";
  CHECK(Ask({block}, {selection}).columns[0].total[0] == 100);
  selection.stacks.below = "";
  // What is kept is not dropped.
  selection.stacks.keep_frames = "malloc_impl|tc_alloc|operator new";
  CHECK(Flat(Ask({block}, {selection})) == Flat(Ask({block}, {})));
  // Expressions match whole names.
  selection.stacks = {};
  selection.stacks.drop_frames = "malloc";
  CHECK(Flat(Ask({block}, {selection})) == Flat(Ask({block}, {})));
  selection.stacks.drop_frames = "(";
  CHECK(absl::IsInvalidArgument(TreeQuery({selection}).Add(OpenBytes(block))));
}

TEST_CASE("labels with spaces in their names are selected in quotes") {
  if (!CorpusPresent()) return;
  const auto matchers = ParseMatchers("{\"trace endpoint\"=\"GET /x1\"}");
  REQUIRE(matchers.ok());
  const Tree tree = Ask({FaultBlock({"datadog_labels"})},
                        {{.sample_type = "wall-time", .sample_matchers = *matchers}});
  CHECK(tree.columns[0].total[0] == 10'000);
  CHECK(tree.unit == "nanoseconds");
  const LabelSet labels{{"trace endpoint", "GET \"/x1\""}, {"pod", "a"}};
  CHECK(labels.ToString() == "{pod=\"a\", \"trace endpoint\"=\"GET \\\"/x1\\\"\"}");
  const auto parsed = ParseMatchers(labels.ToString());
  REQUIRE(parsed.ok());
  CHECK((*parsed)[1].name == "trace endpoint");
  CHECK_FALSE(ParseMatchers("{\"\"=\"x\"}").ok());
  CHECK_FALSE(ParseMatchers("{\"open=x}").ok());
}

TEST_CASE("mangled names are stored as they came, shown demangled, and selected by either") {
  if (!CorpusPresent()) return;
  const std::string block = FaultBlock({"mangled"});
  const Tree tree = Ask({block}, {});
  CHECK(Flat(tree).count("_ZN3foo3barEv") == 1);
  const auto shown = Flat(Demangled(tree));
  CHECK(shown.at("foo::bar()") == 7);
  CHECK(shown.at("foo::example_function") == 102);
  CHECK(shown.at("regex_automata::util::captures::GroupInfoInner::small_slot_len") == 103);
  CHECK(shown.at("App\\Http\\Kernel::handle") == 104);
  for (const char* focus : {"^foo::example_function$", "^_RNvCskwGfYPst2Cb_3foo"}) {
    Selection selection;
    selection.stacks.focus = focus;
    CHECK(Ask({block}, {selection}).columns[0].total[0] == 102);
  }
  for (const char* below : {"foo::bar()", "_ZN3foo3barEv"}) {
    Selection selection;
    selection.stacks.below = below;
    CHECK(Ask({block}, {selection}).columns[0].total[0] == 7);
  }
}

TEST_CASE("shares are of the sum of magnitudes") {
  if (!CorpusPresent()) return;
  const Tree tree = Ask({FaultBlock({"negative"})}, {});
  uint64_t sum = 0;
  for (int64_t self : tree.columns[0].self) sum += static_cast<uint64_t>(self < 0 ? -self : self);
  CHECK(tree.Magnitude(0) == sum);
  CHECK(static_cast<int64_t>(sum) > tree.columns[0].total[0]);
  for (const TopRow& row : Top(tree)) {
    CHECK(std::abs(static_cast<double>(row.flat[0])) <= static_cast<double>(sum));
  }
}

}  // namespace
}  // namespace dolerite::testing
