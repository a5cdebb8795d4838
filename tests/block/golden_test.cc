// Blocks as text that a person can review. DOLERITE_UPDATE_GOLDEN=1 writes the files anew.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "block/block_support.h"
#include "support/source_dir.h"

namespace dolerite::testing {
namespace {

const std::string kGolden = SourceDir() + "/tests/data/golden/";

std::string ReadGolden(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool Updating() { return std::getenv("DOLERITE_UPDATE_GOLDEN") != nullptr; }

// Content that compares equal is left alone; else the file is written, or this fails.
void CompareGolden(const std::string& name, const std::string& content) {
  const std::string path = kGolden + name;
  if (Updating()) {
    std::filesystem::create_directories(kGolden);
    std::ofstream(path, std::ios::binary) << content;
  }
  INFO(path << " differs; DOLERITE_UPDATE_GOLDEN=1 writes it anew");
  const bool same = ReadGolden(path) == content;
  CHECK(same);
}

// Two profiles of a small program, with a little of everything.
std::vector<Input> HandMade() {
  std::vector<Input> inputs;
  for (int64_t i = 0; i < 2; ++i) {
    Profile p;
    Symbols& s = p.symbols;
    const auto text = [&](std::string_view t) { return s.strings.Add(t); };
    p.sample_types = {{text("samples"), text("count")}, {text("cpu"), text("nanoseconds")}};
    p.period_type = p.sample_types[1];
    p.period = 10'000'000;
    p.time_nanos = 1'700'000'000'000'000'000 + i * 15'000'000'000;
    p.duration_nanos = 15'000'000'000;
    p.comments = {text("made by hand")};
    s.AddMapping(0x400000, 0x500000, 0, text("/bin/program"), text("b01d"), 7);
    const char* const names[] = {"main", "work", "parse", "hash"};
    for (uint32_t f = 0; f < 4; ++f) {
      const FunctionId function = s.AddFunction(text(names[f]), {}, text("program.c"), 10 * f + 1);
      s.locations.lines.items.push_back({function, 10 * f + 5, 0});
      s.AddLocation({1}, 0x401000 + 0x40 * f);
    }
    s.AddAttribute(text("user"), AttributeKind::kString, text("ada").value);
    s.AddAttribute(text("bytes"), AttributeKind::kInteger, 64, text("bytes"));
    s.attribute_sets.items = {{0}, {0}, {1}};
    s.attribute_sets.ends.insert(s.attribute_sets.ends.end(), {1, 3});
    p.stacks.items = {{0}, {1}, {0}, {2}, {1}, {0}, {3}, {1}, {0}};
    p.stacks.ends.insert(p.stacks.ends.end(), {1, 3, 6, 9});
    p.links.trace_id.push_back({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
    p.links.span_id.push_back({1, 2, 3, 4, 5, 6, 7, 8});
    const int64_t counts[] = {1, 2 + i, 30, 4 * i};
    for (uint32_t stack = 1; stack <= 4; ++stack) {
      p.samples.stack.push_back({stack});
      p.samples.attributes.push_back({stack % 3});
      p.samples.link.push_back({stack == 3});
      const int64_t count = counts[stack - 1];
      p.samples.values.insert(p.samples.values.end(), {count, count * p.period});
    }
    inputs.push_back({{{"service_name", "program"}, {"pod", "a"}}, std::move(p)});
  }
  return inputs;
}

TEST_CASE("golden: a block made by hand") {
  // Without zstd, whose bytes change with its version.
  const std::string bytes = Build(HandMade(), {.profiles_per_group = 2, .zstd_level = 0});
  const auto dump = OpenBytes(bytes).Dump();
  REQUIRE(dump.ok());
  CompareGolden("hand_made.txt", *dump);
}

TEST_CASE("golden: the stored block stays readable") {
  const std::string path = kGolden + "hand_made.dol";
  if (Updating()) std::ofstream(path, std::ios::binary) << Build(HandMade());
  const std::string bytes = ReadGolden(path);
  REQUIRE(!bytes.empty());
  const BlockReader block = OpenBytes(bytes);
  CHECK(block.Verify()->empty());
  const bool same = Describe(block) == Describe(HandMade());
  CHECK(same);
}

TEST_CASE("golden: a block of bundled profiles") {
  PprofReader reader;
  std::vector<Input> inputs;
  for (const std::string name : {"v1.5.0/d/0001.cpu", "v1.5.0/d/0009.heap", "v1.6.0/g/0001.cpu"}) {
    const std::string path = SourceDir() + "/examples/data/checkout/" + name + ".pb.gz";
    INFO(path);
    Input& input = inputs.emplace_back();
    input.series = {{"service_name", "checkout"}, {"version", name.substr(0, 6)}};
    REQUIRE(reader.Read(ReadGolden(path), &input.profile).ok());
  }
  const auto dump = OpenBytes(Build(inputs, {.zstd_level = 0})).Dump(4);
  REQUIRE(dump.ok());
  CompareGolden("bundled.txt", *dump);
}

}  // namespace
}  // namespace dolerite::testing
