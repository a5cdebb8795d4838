// Frames by function need half of the symbols: a reader decodes the other half if it is asked for
// it, or if some frame is not named after a function.
#include "block/block_support.h"
#include "block/dataset_reader.h"

namespace dolerite::testing {
namespace {

// Two functions, the inner one inlined; `named`: whether both have names.
std::vector<Input> Inlined(bool named, bool lines) {
  Input input{{{"service_name", "shop"}}, {}};
  Profile& p = input.profile;
  Symbols& s = p.symbols;
  p.sample_types = {{s.strings.Add("samples"), s.strings.Add("count")}};
  const StringId file = s.strings.Add("main.go"), inner = s.strings.Add("inner");
  const StringId outer = named ? s.strings.Add("outer") : StringId{};
  const FunctionId functions[] = {s.AddFunction(inner, inner, file, 10),
                                  s.AddFunction(outer, s.strings.Add("_outer"), file, 20)};
  const MappingId mapping = s.AddMapping(0x1000, 0x9000, 0, s.strings.Add("/bin/shop"), {});
  if (lines) s.locations.lines.items = {{functions[0], 11, 3}, {functions[1], 21, 4}};
  const LocationId location = s.AddLocation(mapping, 0x2000);
  p.stacks.items = {location};
  p.stacks.Close();
  p.samples.stack = {{1}}, p.samples.attributes = {{}}, p.samples.values = {5};
  return {input};
}

struct Half {
  explicit Half(const std::vector<Input>& inputs)
      : bytes(Build(inputs)), block(OpenBytes(bytes)), reader(BlockAccess::Of(block), 0, &cost) {}

  std::string bytes;  // outlives its reader
  BlockReader block;
  IoCost cost;
  DatasetReader reader;
};

TEST_CASE("names: of frames that are functions, without files and line numbers") {
  Half half(Inlined(true, true));
  const auto names = half.reader.Names();
  REQUIRE(names.ok());
  const Symbols& s = (*names)->symbols;
  REQUIRE(s.locations.size() == 1);
  CHECK(s.locations.lines.size() == 0);
  const Lists<FunctionId>& calls = (*names)->calls;
  REQUIRE((calls.size() == 1 && calls.length(0) == 2));
  CHECK(s.strings[s.functions.name[calls.items[0].value]] == "inner");
  CHECK(s.strings[s.functions.name[calls.items[1].value]] == "outer");
  CHECK(s.functions.file.size() == 1);
  CHECK(s.mappings.size() == 1);

  REQUIRE(half.reader.Symbols().ok());
  CHECK(calls.size() == 0);
  REQUIRE(s.locations.lines.items.size() == 2);
  const Line* line = s.locations.lines.begin(0);
  CHECK(s.strings[s.functions.name[line[0].function.value]] == "inner");
  CHECK(s.strings[s.functions.name[line[1].function.value]] == "outer");
  CHECK((line[0].line == 11 && line[0].column == 3));
  CHECK((line[1].line == 21 && line[1].column == 4));
  CHECK(s.strings[s.functions.file[line[0].function.value]] == "main.go");
  CHECK(s.strings[s.functions.system_name[line[1].function.value]] == "_outer");
  CHECK(s.strings[s.mappings.file[s.locations.mapping[0].value]] == "/bin/shop");
}

TEST_CASE("names: symbols come along where a frame is not named after a function") {
  for (const auto& inputs : {Inlined(false, true), Inlined(true, false)}) {
    Half half(inputs);
    const auto names = half.reader.Names();
    REQUIRE(names.ok());
    CHECK((*names)->calls.size() == 0);
    const Symbols& s = (*names)->symbols;
    CHECK(s.strings[s.mappings.file[s.locations.mapping[0].value]] == "/bin/shop");
    CHECK(s.functions.file.size() == s.functions.size());
  }
}

TEST_CASE("names: both halves are the tables of a reader that asked for all at once") {
  for (uint64_t seed : {5, 6}) {
    const std::vector<Input> inputs = Generated(seed, 6);
    Half one(inputs), other(inputs);
    const auto all = one.reader.Everything();
    INFO(all.status());
    REQUIRE(all.ok());
    REQUIRE(other.reader.Names().ok());
    REQUIRE(other.reader.Labels().ok());
    const auto later = other.reader.Everything();
    REQUIRE(later.ok());
    const Symbols &a = (*all)->symbols, &b = (*later)->symbols;
    CHECK(a.locations.lines == b.locations.lines);
    CHECK(a.functions.system_name == b.functions.system_name);
    CHECK(a.functions.start_line == b.functions.start_line);
    CHECK(a.locations.mapping == b.locations.mapping);
    CHECK(a.locations.address == b.locations.address);
    CHECK(a.mappings.file == b.mappings.file);
    CHECK(a.attribute_sets == b.attribute_sets);
  }
}

}  // namespace
}  // namespace dolerite::testing
