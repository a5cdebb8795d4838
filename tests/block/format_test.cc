// FORMAT.md is true: its examples are what the library writes, and a reader made from it alone
// reads what was put in.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "block/block_support.h"
#include "block/format_profiles.h"
#include "block/format_reader.h"
#include "support/share.h"
#include "support/source_dir.h"

namespace dolerite::testing {
namespace {

const std::string kFormat = SourceDir() + "/src/block/FORMAT.md";

// The profile of FORMAT.md, section 21.
Input Example() {
  Profile p;
  Symbols& s = p.symbols;
  const auto text = [&](std::string_view t) { return s.strings.Add(t); };
  p.sample_types = {{text("samples"), text("count")}, {text("cpu"), text("nanoseconds")}};
  p.period_type = p.sample_types[1];
  p.period = 10'000'000;
  p.time_nanos = 1'700'000'000'000'000'000;
  p.duration_nanos = 10'000'000'000;
  s.AddMapping(0x400000, 0x500000, 0, text("/bin/shop"), text("b01d"), 7);
  const StringId main = text("main"), work = text("work"), file = text("shop.c");
  s.locations.lines.items.push_back({s.AddFunction(main, main, file, 2), 3, 0});
  s.AddLocation({1}, 0x401030);
  s.locations.lines.items.push_back({s.AddFunction(work, work, file, 6), 7, 0});
  s.AddLocation({1}, 0x401070);
  s.AddAttribute(text("user"), AttributeKind::kString, text("ada").value);
  s.attribute_sets.items = {{0}};
  s.attribute_sets.Close();
  p.stacks.items = {{0}, {1}, {0}};
  p.stacks.ends.insert(p.stacks.ends.end(), {1, 3});
  p.samples.stack = {{1}, {2}};
  p.samples.attributes = {{0}, {1}};
  p.samples.values = {2, 20'000'000, 5, 50'000'000};
  return {{{"service_name", "shop"}}, std::move(p)};
}

// The three profiles of sections 9 and 13: functions a to d.
std::vector<Input> Runs() {
  const std::vector<std::vector<uint32_t>> stacks = {
      {2, 1, 0}, {2, 0}, {3, 0}, {2, 0, 2, 1}, {3, 0, 2, 1}};
  const int64_t values[5][3] = {{4, 6, 9}, {10, 0, 7}, {0, 1, 0}, {2, 2, 2}, {0, 0, 8}};
  std::vector<Input> inputs;
  for (int64_t i = 0; i < 3; ++i) {
    Profile p;
    Symbols& s = p.symbols;
    p.sample_types = {{s.strings.Add("samples"), s.strings.Add("count")}};
    p.time_nanos = i * 15'000'000'000;
    for (const char* name : {"a", "b", "c", "d"}) {
      s.locations.lines.items.push_back({s.AddFunction(s.strings.Add(name), {}, {}, 0), 1, 0});
      s.AddLocation({}, 0);
    }
    for (size_t k = 0; k < stacks.size(); ++k) {
      if (values[k][i] == 0) continue;
      for (uint32_t location : stacks[k]) p.stacks.items.push_back({location});
      p.stacks.Close();
      p.samples.stack.push_back({static_cast<uint32_t>(p.stacks.size() - 1)});
      p.samples.attributes.push_back({});
      p.samples.values.push_back(values[k][i]);
    }
    inputs.push_back({{{"service_name", "runs"}}, std::move(p)});
  }
  return inputs;
}

// A line of the listing: `OFFSET | BYTES | NOTE`, or a note alone.
struct ListingLine {
  std::string text;
  size_t begin = 0, size = 0;  // of the bytes' digits in text
};

// The lines of FORMAT.md, and which of them are the last code block, the listing.
struct Page {
  std::vector<ListingLine> lines;
  std::string bytes;  // of the listing, as hex without spaces
};

Page ReadPage() {
  Page page;
  std::ifstream in(kFormat);
  bool listing = false;
  for (std::string line; std::getline(in, line);) {
    if (line == "```") listing = !listing;
    page.lines.push_back({line});
    if (!listing || line.find(" | ") != 3) continue;
    ListingLine& out = page.lines.back();
    out.begin = 6;
    out.size = line.find(" |", 6) - 6;
    for (char c : line.substr(out.begin, out.size)) {
      if (c != ' ') page.bytes += c;
    }
  }
  return page;
}

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (char c : bytes) out += {kDigits[(c >> 4) & 15], kDigits[c & 15]};
  return out;
}

// Puts new bytes in the place of the old ones; notes are left as they are.
void WritePage(const Page& page, const std::string& hex) {
  std::ofstream out(kFormat);
  size_t at = 0;
  for (const ListingLine& line : page.lines) {
    std::string text = line.text;
    for (size_t i = line.begin; i < line.begin + line.size; ++i) {
      if (text[i] != ' ' && at < hex.size()) text[i] = hex[at++];
    }
    out << text << "\n";
  }
}

TEST_CASE("format: the block in hex is what the library writes") {
  const std::string hex = Hex(Build({Example()}, {.zstd_level = 0}));
  Page page = ReadPage();
  if (std::getenv("DOLERITE_UPDATE_GOLDEN") != nullptr && page.bytes.size() == hex.size()) {
    WritePage(page, hex);
    page = ReadPage();
  }
  const auto differ = std::mismatch(hex.begin(), hex.end(), page.bytes.begin(), page.bytes.end());
  INFO("FORMAT.md, section 21, differs from offset "
       << (differ.first - hex.begin()) / 2
       << " on. DOLERITE_UPDATE_GOLDEN=1 puts the new bytes in; where lengths changed, give the "
          "lines as many bytes as there are now first, then mend the notes. The block:\n"
       << hex);
  const bool same = page.bytes == hex;
  CHECK(same);
}

TEST_CASE("format: the block in hex holds what was put in") {
  const std::vector<FormatDataset> datasets = ReadFormat(Build({Example()}, {.zstd_level = 0}));
  REQUIRE(datasets.size() == 1);
  const FormatDataset& d = datasets[0];
  CHECK(d.name == "shop");
  CHECK(d.label_summary == std::string("\x00\x01\x03"
                                       "cpu\x0cservice_name\x01\x04shop",
                                       25));
  CHECK(d.min_time == 1'700'000'000'000'000'000);
  CHECK(d.max_time == d.min_time);
  CHECK((d.profiles == 1 && d.samples == 2 && d.series == 1));
  const FormatTables t = ReadTables(d);
  CHECK(t.strings ==
        std::vector<std::string>{"", "/bin/shop", "ada", "b01d", "main", "shop.c", "user", "work"});
  const std::vector<FormatProfile> profiles = ReadProfiles(d);
  REQUIRE(profiles.size() == 1);
  const FormatProfile& p = profiles[0];
  CHECK((p.time == d.min_time && p.duration == 10'000'000'000 && p.period == 10'000'000));
  CHECK(p.type == std::vector<std::string>{"cpu", "", "cpu", "nanoseconds", "samples", "count",
                                           "cpu", "nanoseconds"});
  CHECK(p.totals == std::vector<int64_t>{7, 70'000'000});
  REQUIRE(p.samples.size() == 2);
  CHECK(p.samples[0].values == std::vector<int64_t>{2, 20'000'000});
  CHECK(p.samples[1].values == std::vector<int64_t>{5, 50'000'000});
  const FormatStacks& stacks = t.stacks.at(0);
  const FormatNode& leaf = stacks.nodes.at(stacks.sampled.at(p.samples[1].stack));
  CHECK(leaf.parent == stacks.sampled.at(p.samples[0].stack));
  const FormatLocation& location = t.locations.at(leaf.location);
  CHECK(t.strings.at(t.functions.at(location.lines.at(0).function).name) == "work");
  CHECK(location.lines[0].line == 7);
  CHECK(t.layouts.at(p.layout).at(0).second + location.address == 0x401070);
  const FormatLabel& label = t.labels.at(t.attribute_sets.at(p.samples[1].labels).at(0));
  CHECK(t.strings.at(label.key) == "user");
  CHECK(t.strings.at(label.value) == "ada");
  // FORMAT.md names the derived id.
  std::ifstream in(kFormat);
  const std::string page(std::istreambuf_iterator<char>(in), {});
  std::string told = "\n";
  told.append(Hex(DerivedId(p))).append(".");
  INFO(told);
  const bool in_page = page.find(told) != std::string::npos;
  CHECK(in_page);
}

TEST_CASE("format: the columns of the examples of sections 9 and 13") {
  const FormatDataset d = ReadFormat(Build(Runs(), {.profiles_per_group = 3})).at(0);
  const FormatSection &heads = d.sections.at({7, 0}), &bodies = d.sections.at({1, 0});
  CHECK(heads.Counts() == Column{4, 5, 10, 1, 0, 0, 0, 2});
  CHECK(heads.Integers(1, 5) == Column{0, 1, 1, 1, 1});
  CHECK(heads.Integers(3, 5) == Column{0, 2, 1, 0, 1});
  CHECK(heads.Integers(4, 5) == Column{4, 10, 1, 2, 8});
  CHECK(heads.Integers(5, 3) == Column{14, 5, 0});
  CHECK(bodies.Integers(1, 4) == Column{0, 2, 1, 2});
  CHECK(bodies.Integers(4, 2) == Column{4, 0});
  const FormatSection& stacks = d.sections.at({8, 0});
  CHECK(stacks.Counts() == Column{10});
  CHECK(stacks.Counts(1) == Column{0, 0, 1, 1});
  CHECK(stacks.Counts(2) == Column{0, 0, 1});
  CHECK(stacks.Counts(3) == Column{1, 0, 1});
  CHECK(stacks.Counts(4) == Column{1, 0});
  CHECK(stacks.Counts(5) == Column{0, 1});
  CHECK(stacks.Counts(6) == Column{1, 1});
  CHECK(stacks.Counts(7) == Column{2});
  CHECK(stacks.Counts(11) == Column{0, 2, 2, 3});
  for (int id : {8, 9, 10, 12}) CHECK(!stacks.Has(id));
}

// All of a block by FORMAT.md, compared with what it was built from.
void CompareAll(const std::vector<Input>& inputs, const BlockOptions& options) {
  const bool same = Describe(ReadByFormat(Build(inputs, options))) == Describe(inputs);
  CHECK(same);
}

TEST_CASE("format: a reader made from FORMAT.md reads everything a profile can say") {
  GenerateOptions generate;
  for (const uint64_t seed : {1, 2, 3}) {
    generate.extreme = seed == 2;
    const std::vector<Input> inputs = Generated(seed, 12, generate);
    CompareAll(inputs, {});
    CompareAll(inputs, {.profiles_per_group = 3, .samples_per_chunk = 100, .smallest = true});
    CompareAll(inputs, {.group_window_nanos = 1, .zstd_level = 0});
  }
}

std::string ReadBundled(const char* pod, const char* name) {
  std::string path = SourceDir() + "/examples/data/checkout/";
  path.append(pod).append(name).append(".pb.gz");
  INFO(path);
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("format: a reader made from FORMAT.md reads bundled CPU and heap profiles") {
  std::vector<Input> inputs;
  PprofReader reader;
  for (const char* pod : {"v1.5.0/d/", "v1.5.0/e/", "v1.6.0/g/", "v1.6.0/h/"}) {
    for (const char* name : {"0001.cpu", "0003.cpu", "0009.heap"}) {
      Input& input = inputs.emplace_back();
      input.series = {{"service_name", "checkout"}};
      REQUIRE(reader.Read(ReadBundled(pod, name), &input.profile).ok());
    }
  }
  inputs.resize(ShareOf(inputs.size(), 6));
  CompareAll(inputs, {});
  CompareAll(inputs, {.profiles_per_group = 2});
  CompareAll(inputs, {.profiles_per_group = 1, .smallest = true});
}

TEST_CASE("format: a reader made from FORMAT.md reads heaps as the counts they are stored as") {
  std::vector<Input> inputs;
  PprofReader reader;
  for (int64_t i = 0; i < static_cast<int64_t>(ShareOf(16, 5)); ++i) {
    static constexpr const char* kPods[] = {"v1.5.0/d/", "v1.5.0/e/", "v1.6.0/g/", "v1.6.0/h/"};
    Input& input = inputs.emplace_back();
    input.series = {{"service_name", "checkout"}};
    REQUIRE(reader.Read(ReadBundled(kPods[i / 4], "0009.heap"), &input.profile).ok());
    input.profile.time_nanos = i * 15'000'000'000;
  }
  for (const uint32_t most : {1, 8, 16}) {
    const FormatDataset d = ReadFormat(Build(inputs, {.profiles_per_group = most})).at(0);
    const Column counts = d.sections.at({7, 0}).Counts();
    CHECK((counts[0] & 2) == 2);
    CHECK((most > 1 || counts[6] == 2));  // first values are differences to the group before
    CompareAll(inputs, {.profiles_per_group = most});
  }
}

}  // namespace
}  // namespace dolerite::testing
