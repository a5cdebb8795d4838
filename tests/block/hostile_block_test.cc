// Small blocks with good checksums that claim much: each family names what it multiplies. The
// memory that they take is measured in a child process, under default options.
#include <functional>

#include "block/block_support.h"
#include "block/dataset_reader.h"
#include "block/regular_shapes.h"
#include "dolerite/query.h"
#include "encoding/strings.h"
#include "encoding/zstd_frame.h"
#include "support/child_process.h"
#include "support/reseal.h"

namespace dolerite::testing {
namespace {

constexpr uint64_t kMany = (1 << 24) - 1;

// One profile with one sample of one type.
OpenBlock One() {
  Profile p;
  p.sample_types.push_back({p.symbols.strings.Add("cpu"), p.symbols.strings.Add("count")});
  p.symbols.AddLocation({}, 7);
  p.stacks.items.push_back({0});
  p.stacks.Close();
  p.samples.stack.push_back({1}), p.samples.attributes.push_back({});
  p.samples.values.push_back(1);
  return OpenBlock::Take(Build({{{{"service_name", "one"}}, std::move(p)}}));
}

// How many of many questions were answered.
int AskHostile(const std::string& block) {
  const absl::StatusOr<BlockReader> reader = BlockReader::FromBytes(block);
  if (!reader.ok()) return 0;
  int answers = reader->ListProfiles().ok();
  answers += reader->ReadProfile(0).ok();
  for (FrameBy by : {FrameBy::kFunction, FrameBy::kAddress}) {
    for (bool heads : {true, false}) {
      TreeQuery query({.by = by}, {.heads = heads});
      answers += query.Add(*reader).ok() && std::move(query).Finish({20}).ok();
    }
  }
  ProfileQuery merged({});
  answers += merged.Add(*reader).ok() && std::move(merged).Finish().ok();
  CatalogQuery catalog({});
  answers += catalog.Add(*reader).ok() && std::move(catalog).Finish().ok();
  reader->Usage().status().IgnoreError();
  reader->Dump(2).status().IgnoreError();
  const auto damage = reader->Verify();
  return answers + (damage.ok() && damage->empty() ? 10 : 0);
}

// The block takes little memory, answers nothing that needs what it claims, and nothing is thrown.
void CheckHarmless(const std::string& name, const OpenBlock& block, int most_answers = 1) {
  const std::string bytes = block.Seal();
  INFO(name << ", " << bytes.size() << " bytes");
  CHECK(bytes.size() < kMiB);
  const auto report = RunInChild([&] { return AskHostile(bytes); });
  if (!report) return;
  INFO(report->how << ", " << report->peak_bytes / kMiB << " MiB, " << report->cpu_seconds << " s");
  CHECK(report->returned);
  CHECK(report->result <= most_answers);
  CHECK(report->peak_bytes < 100 * kMiB);
}

TEST_CASE("the block that is forged is sound before") { CHECK(AskHostile(One().Seal()) == 18); }

TEST_CASE("hostile block: rows that a constant column claims") {
  OpenBlock block = One();
  OpenSection& symbols = block.Section(SectionKind::kSymbols);
  OpenSection& heads = block.Section(SectionKind::kHeads);
  OpenSection& stacks = block.Section(SectionKind::kStacks);
  OpenSection& profiles = block.Section(SectionKind::kProfiles);
  SECTION("symbols") {
    symbols.Column(column::kCounts).integers[2] = kMany;
    symbols.Put(ConstantColumn(column::kLocationMappings, kMany, 1));
    CheckHarmless("locations", block, 2);
  }
  SECTION("stacks") {
    stacks.Column(column::kCounts).integers = {kMany};
    stacks.Put(ConstantColumn(column::kNewEdges, kMany, 2));
    CheckHarmless("stack nodes", block, 3);
  }
  SECTION("all columns of stacks") {
    stacks.Column(column::kCounts).integers = {kMany};
    for (uint8_t id = column::kFirstLeaves; id <= column::kNewEdges; ++id) {
      stacks.Put(ConstantColumn(id, kMany, 1));
    }
    CheckHarmless("columns of stack nodes", block, 3);
  }
  SECTION("stacks without columns") {
    // All columns are zeros then: each node has a child.
    stacks.columns.clear();
    stacks.Put(ConstantColumn(column::kCounts, 1, kMany));
    CheckHarmless("a deep stack", block, 3);
  }
  SECTION("runs") {
    heads.Column(column::kCounts).integers[1] = kMany;
    heads.Column(column::kCounts).integers[2] = kMany;
    heads.Put(ConstantColumn(column::kRunStacks, kMany, 1));
    heads.Put(ConstantColumn(column::kFirstValues, kMany, 1));
    profiles.Put(ConstantColumn(column::kGroupRuns, 1, kMany));
    profiles.Put(ConstantColumn(column::kProfileSamples, 1, kMany));
    block.footer.datasets[0].summary.samples = kMany;
    CheckHarmless("runs", block, 2);
  }
  SECTION("profiles") {
    const uint64_t n = (1 << 20) - 1;
    profiles.Column(column::kCounts).integers[4] = n;
    profiles.Put(ConstantColumn(column::kSeriesProfiles, 1, n));
    profiles.Put(ConstantColumn(column::kProfileSamples, n, 1));
    profiles.Put(ConstantColumn(column::kProfileChecks, n, 1));
    profiles.Put(ConstantColumn(column::kTotals, n, 1));
    profiles.Column(column::kGroupProfiles).integers[1] = n;
    block.footer.datasets[0].summary.profiles = n;
    CheckHarmless("profiles", block, 0);
  }
}

TEST_CASE("hostile block: texts that many rows name") {
  OpenBlock block = One();
  OpenSection& profiles = block.Section(SectionKind::kProfiles);
  std::vector<uint64_t>& counts = profiles.Column(column::kCounts).integers;
  std::vector<std::string>& strings = profiles.Column(column::kProfileStrings).strings;
  strings.insert(strings.begin(), std::string(60'000, 'a'));
  ++counts[0];
  for (uint8_t id : {column::kTypeStrings, column::kSeriesLabels}) {
    for (uint64_t& string : profiles.Column(id).integers) string += string > 0;
  }
  REQUIRE(AskHostile(block.Seal()) >= 5);
  SECTION("comments") {
    const uint64_t n = 1 << 20;
    profiles.Put(ConstantColumn(column::kHeaderCommentCounts, 1, n));
    profiles.Put(ConstantColumn(column::kHeaderComments, n, 1));
    CheckHarmless("comments", block, 0);
  }
  SECTION("value types") {
    const uint64_t n = 1 << 20;
    profiles.Put(ConstantColumn(column::kTypeValueCounts, 1, n));
    profiles.Put(ConstantColumn(column::kTypeStrings, 4 + 2 * n, 1));
    CheckHarmless("value types", block, 0);
  }
  SECTION("labels of a series") {
    const uint64_t n = 1 << 20;
    profiles.Put(ConstantColumn(column::kSeriesLabelCounts, 1, n));
    profiles.Put(ConstantColumn(column::kSeriesLabels, 2 * n, 1));
    CheckHarmless("labels", block, 0);
  }
}

TEST_CASE("hostile block: strings that repeat the one before") {
  OpenBlock block = One();
  OpenSection& symbols = block.Section(SectionKind::kSymbols);
  const uint64_t n = 16'000;
  OpenColumn column{column::kStrings, 0, ColumnForm::kSortedStrings, {}, {}, {}, n};
  std::vector<uint64_t> shared(n, n), own(n, 0);
  shared[0] = 0, own[0] = n;
  const ColumnOptions options;
  EncodeIntegers(std::span<const uint64_t>(shared), options, &column.bytes);
  EncodeIntegers(std::span<const uint64_t>(own), options, &column.bytes);
  EncodeBytes(std::string(n, 'a'), options, &column.bytes);
  symbols.Column(column::kCounts).integers[0] = n;
  symbols.Put(column);
  CheckHarmless("shared prefixes", block, 3);
}

TEST_CASE("hostile block: frames that decode to much") {
  OpenBlock block = One();
  const size_t size = 200 * kMiB;
  std::string frame;
  CompressFrame(std::string(size, '\0'), 1, &frame);
  OpenSection section = block.Section(SectionKind::kHeads);
  section.frame = frame, section.entry.decoded = size;
  const auto at = std::find_if(block.sections.begin(), block.sections.end(),
                               [](const auto& s) { return s.entry.kind == SectionKind::kHeads; });
  std::vector<OpenSection> many;
  for (section.entry.part = 1; section.entry.part < 20; ++section.entry.part) {
    many.push_back(section);
  }
  block.sections.insert(at + 1, many.begin(), many.end());
  block.footer.datasets[0].sections += static_cast<uint32_t>(many.size());
  CheckHarmless("frames", block, 10);
}

TEST_CASE("hostile block: a directory of many columns") {
  OpenBlock block = One();
  OpenSection& section = block.Section(SectionKind::kProfiles);
  const uint64_t columns = 4 << 20;
  std::string directory;
  AppendVarint(&directory, columns);
  for (uint64_t i = 0; i < columns; ++i) directory.append("\x3f\0\0", 3);
  section.entry.decoded = directory.size();
  section.frame.emplace();
  CompressFrame(directory, 1, &*section.frame);
  CheckHarmless("a directory", block, 0);
}

// A block of so many profiles, each in a chunk of its own.
OpenBlock Chunks(size_t n) {
  std::vector<Input> inputs;
  for (size_t i = 0; i < n; ++i) {
    inputs.push_back({{{"service_name", "one"}}, Addresses(1)});
    inputs.back().profile.time_nanos = static_cast<int64_t>(i);
  }
  return OpenBlock::Take(Build(inputs, {.profiles_per_group = 1, .samples_per_chunk = 1}));
}

TEST_CASE("hostile block: heads of many chunks, each decoding to much") {
  OpenBlock block = Chunks(40);
  const std::string bytes = block.Seal();
  const BlockReader sound = OpenBytes(bytes);
  IoCost cost;
  DatasetReader dataset(BlockAccess::Of(sound), 0, &cost);
  // What heads hold, and 60 MiB of a column that nobody knows.
  std::string directory, payload;
  const SectionReader& heads = **dataset.Get(SectionKind::kHeads);
  AppendVarint(&directory, heads.entries().size() + 1);
  for (const SectionReader::Entry& entry : heads.entries()) {
    AppendVarint(&directory, entry.id + uint64_t{64} * entry.index);
    AppendVarint(&directory, entry.rows), AppendVarint(&directory, entry.bytes.size());
    payload += entry.bytes;
  }
  const size_t junk = 60 * kMiB;
  for (uint64_t field : {uint64_t{63}, uint64_t{junk}, uint64_t{junk}}) {
    AppendVarint(&directory, field);
  }
  const std::string plain = directory + payload + std::string(junk, '\0');
  std::string frame;
  CompressFrame(plain, 1, &frame);
  for (OpenSection& section : block.sections) {
    if (section.entry.kind != SectionKind::kHeads) continue;
    section.frame = frame, section.entry.decoded = plain.size();
  }
  CheckHarmless("heads", block, 2);  // the list and the catalog
}

// A Go heap chunk of so many runs, all constant, that names label sets up to `last`.
OpenBlock HeapOf(uint64_t runs, uint64_t last) {
  OpenBlock block = OpenBlock::Take(Build({{{{"service_name", "heap"}}, GoHeap(2)}}));
  OpenSection& heads = block.Section(SectionKind::kHeads);
  REQUIRE(heads.Column(column::kScales).integers.size() == 1);
  std::vector<uint64_t>& counts = heads.Column(column::kCounts).integers;
  REQUIRE(counts[1] == 2);
  counts[1] = counts[2] = runs;
  heads.Put(ConstantColumn(column::kRunStacks, runs, 1));
  heads.Column(column::kScaledLabels).integers = {last};
  OpenSection& profiles = block.Section(SectionKind::kProfiles);
  profiles.Put(ConstantColumn(column::kGroupRuns, 1, runs));
  profiles.Put(ConstantColumn(column::kProfileSamples, 1, runs));
  block.footer.datasets[0].summary.samples = runs;
  return block;
}

TEST_CASE("hostile block: scales of Go heaps") {
  SECTION("as many label sets as a table holds") {
    for (const uint64_t runs : {uint64_t{1} << 16, kMany}) {
      CheckHarmless("label sets", HeapOf(runs, (runs + 1024) * 64 - 1), 2);
    }
  }
  SECTION("scales under many indexes") {
    const uint64_t runs = 1 << 16;
    OpenBlock block = HeapOf(runs, 0);
    OpenSection& heads = block.Section(SectionKind::kHeads);
    for (uint32_t i = 0; i < 255; ++i) {
      heads.Put(ConstantColumn(column::kScaledLabels, runs, 1, i));
      heads.Put(ConstantColumn(column::kScales, runs, 0x3ff0000000000000, i));
    }
    CheckHarmless("scales", block, 3);
  }
}

TEST_CASE("hostile block: many columns that nobody knows") {
  OpenBlock block = One();
  OpenSection& profiles = block.Section(SectionKind::kProfiles);
  const uint32_t n = 200'000;
  for (uint32_t i = 0; i < n; ++i) profiles.columns.push_back({63, i, {}, {}, {}, {}, n});
  const std::string bytes = block.Seal();
  // First, so that the memory that this process has left does not hide what the child takes.
  if (const auto report = RunInChild([&] { return OpenBytes(bytes).Usage().ok() ? 1 : 0; })) {
    INFO(report->how << ", " << report->peak_bytes / kMiB << " MiB");
    CHECK(report->result == 1);
    CHECK(report->peak_bytes < 60 * kMiB);
  }
  const BlockReader reader = OpenBytes(bytes);
  const auto usage = reader.Usage();
  REQUIRE(usage.ok());
  // One row for all of them, with the rows that they claim.
  const auto unknown = [](const ColumnUsage& row) { return row.column == "(unknown)"; };
  REQUIRE(std::count_if(usage->begin(), usage->end(), unknown) == 1);
  CHECK(std::find_if(usage->begin(), usage->end(), unknown)->rows == uint64_t{n} * n);
  CHECK(usage->size() < 100);
}

TEST_CASE("a column that is given twice is refused") {
  OpenBlock block = One();
  OpenSection& heads = block.Section(SectionKind::kHeads);
  heads.columns.push_back(heads.Column(column::kFirstValues));
  const std::string bytes = block.Seal();
  const absl::Status status = OpenBytes(bytes).ReadProfile(0).status();
  CHECK(absl::IsDataLoss(status));
  const std::string message(status.message());
  CHECK(message.find("heads section at offset") != std::string::npos);
  CHECK(message.find("column 4 (") != std::string::npos);
  CHECK(message.find(") of index 0 twice") != std::string::npos);
}

// The status of opening a block whose footer was changed.
absl::Status OpenedWith(const std::function<void(Footer*)>& change) {
  const std::string block = OpenBlock::Take(Build(Generated(8, 12))).Seal();
  const size_t size = *FooterSize(block, block.size(), BlockLimits());
  const size_t at = block.size() - kTrailerBytes - size;
  Footer footer = *DecodeFooter(std::string_view(block).substr(at), block.size(), BlockLimits());
  REQUIRE(footer.datasets.size() > 1);
  change(&footer);
  const std::string changed = block.substr(0, at) + EncodeFooter(footer, {});
  return BlockReader::FromBytes(changed).status();
}

TEST_CASE("a footer whose sections or datasets are in each other's place is refused at open") {
  const auto refused = [](const absl::Status& status, const std::string& what) {
    INFO(status);
    CHECK(absl::IsDataLoss(status));
    CHECK(std::string(status.message()).find(what) != std::string::npos);
  };
  CHECK(OpenedWith([](Footer*) {}).ok());
  refused(OpenedWith([](Footer* f) { f->sections[1].offset = f->sections[0].offset; }),
          "shares bytes with");
  refused(OpenedWith([](Footer* f) { ++f->sections[0].stored; }), "shares bytes with");
  refused(OpenedWith([](Footer* f) { f->sections[0].offset = 7; }), "lies outside the block");
  refused(OpenedWith([](Footer* f) { f->sections.back().stored += 1; }), "lies outside the block");
  refused(OpenedWith([](Footer* f) { std::swap(f->sections[0], f->sections[1]); }),
          "ascend by kind and part");
  refused(OpenedWith([](Footer* f) { f->sections[1].kind = f->sections[0].kind; }),
          "ascend by kind and part");
  refused(OpenedWith([](Footer* f) { f->datasets[1].first_section -= 1; }),
          "belongs to a dataset before it");
  refused(OpenedWith([](Footer* f) { f->datasets[1] = f->datasets[0]; }),
          "names of datasets ascend");
  refused(OpenedWith([](Footer* f) { std::swap(f->datasets[0], f->datasets[1]); }),
          "names of datasets ascend");
  refused(OpenedWith([](Footer* f) { f->datasets.back().sections += 1; }), "are not among the");
}

TEST_CASE("a section's decoded size has a limit, at open") {
  const absl::Status status = OpenedWith([](Footer* f) {
    f->sections[0].decoded = BlockLimits().section_bytes + 1;
    f->sections[0].encoding = SectionEncoding::kZstd;
  });
  CHECK(absl::IsResourceExhausted(status));
  CHECK(OpenedWith([](Footer* f) {
          f->sections[0].decoded = BlockLimits().section_bytes;
          f->sections[0].encoding = SectionEncoding::kZstd;
        }).ok());
}

TEST_CASE("a footer that is no longer there after the object changed is damage") {
  CHECK(absl::IsDataLoss(DecodeFooter("", 100, BlockLimits()).status()));
  CHECK(absl::IsDataLoss(DecodeFooter(std::string(23, 'x'), 100, BlockLimits()).status()));
  CHECK(absl::IsDataLoss(DecodeFooter(std::string(60, 'x'), 50, BlockLimits()).status()));
}

}  // namespace
}  // namespace dolerite::testing
