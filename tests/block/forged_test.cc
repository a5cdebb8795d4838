// Blocks whose checksums are good and whose content lies: no crash, no hang, bounded memory.
#include "block/block_support.h"
#include "block/dataset_reader.h"
#include "block/go_heap_types.h"
#include "dolerite/query.h"
#include "support/reseal.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

BlockReader::Options Tight() {
  BlockReader::Options options;
  options.limits.section_rows = 1 << 14;
  options.limits.section_bytes = 1 << 18;
  return options;
}

// Asks everything; errors are fine.
size_t AskEverything(const std::string& block) {
  const absl::StatusOr<BlockReader> reader = BlockReader::FromBytes(block, Tight());
  if (!reader.ok()) return 0;
  size_t answers = 0;
  for (size_t i = 0; i < 4; ++i) {
    const absl::StatusOr<Profile> profile = reader->ReadProfile(i);
    answers += profile.ok();
    if (profile.ok() && !profile->Validate().ok()) FAIL_CHECK("an unsound profile came out");
  }
  for (FrameBy by : {FrameBy::kFunction, FrameBy::kAddress}) {
    for (bool heads : {true, false}) {
      TreeQuery query({.by = by}, {.heads = heads});
      answers += query.Add(*reader).ok() && std::move(query).Finish({20}).ok();
    }
  }
  ProfileQuery merged({});
  if (merged.Add(*reader).ok()) {
    const absl::StatusOr<Profile> profile = std::move(merged).Finish();
    if (profile.ok() && !profile->Validate().ok()) FAIL_CHECK("an unsound merge came out");
  }
  for (size_t d = 0; d < reader->summary().datasets.size(); ++d) {
    IoCost cost;
    DatasetReader dataset(BlockAccess::Of(*reader), d, &cost);
    dataset.ChunksWithLinks({{{1}}, {{2}}}).status().IgnoreError();
  }
  answers += reader->Dump(2).ok() + reader->Usage().ok() + reader->Verify()->empty();
  return answers;
}

uint64_t Mutated(uint64_t value, Random* random) {
  switch (random->Below(8)) {
    case 0:
      return 0;
    case 1:
      return value - 1;
    case 2:
      return value + 1;
    case 3:
      return value ^ (uint64_t{1} << random->Below(64));
    case 4:
      return UINT64_MAX - random->Below(3);
    case 5:
      return (uint64_t{1} << 31) + random->Below(3) - 1;
    case 6:
      return random->Below(300);
    default:
      return value * 2;
  }
}

void MutateColumn(OpenColumn* column, Random* random) {
  if (column->form == ColumnForm::kBytes && !column->bytes.empty()) {
    column->bytes[random->Below(column->bytes.size())] = static_cast<char>((*random)());
  }
  if (column->form == ColumnForm::kSortedStrings && column->strings.size() > 1) {
    column->strings.pop_back();
  }
  if (column->integers.empty()) return;
  const size_t at = random->Below(column->integers.size());
  switch (random->Below(6)) {
    case 0:
      column->integers.pop_back();
      break;
    case 1:
      column->integers.push_back(column->integers[at]);
      break;
    case 2:
      column->integers.resize(20'000, column->integers[at]);
      break;
    default:
      column->integers[at] = Mutated(column->integers[at], random);
  }
}

void MutateFooter(OpenBlock* block, Random* random) {
  FooterDataset& dataset = block->footer.datasets[random->Below(block->footer.datasets.size())];
  SectionEntry& section = block->sections[random->Below(block->sections.size())].entry;
  const auto change = [&](auto* field) {
    *field =
        static_cast<std::decay_t<decltype(*field)>>(Mutated(static_cast<uint64_t>(*field), random));
  };
  switch (random->Below(7)) {
    case 0:
      return change(&dataset.summary.profiles);
    case 1:
      return change(&dataset.first_section);
    case 2:
      return change(&dataset.sections);
    case 3:
      return change(&dataset.summary.series);
    case 4:
      return change(&section.part);
    case 5:
      section.kind = static_cast<SectionKind>(random->Below(13));
      return;
    default:
      dataset.label_summary.resize(random->Below(50));
  }
}

void Mutate(OpenBlock* block, Random* random) {
  if (random->OneIn(10)) return MutateFooter(block, random);
  OpenSection& section = block->sections[random->Below(block->sections.size())];
  if (section.columns.empty()) return;
  const size_t at = random->Below(section.columns.size());
  if (random->OneIn(12)) {
    section.columns.erase(section.columns.begin() + static_cast<ptrdiff_t>(at));
  } else {
    MutateColumn(&section.columns[at], random);
  }
}

void Forge(const std::vector<Input>& inputs, const BlockOptions& layout, size_t all_rounds) {
  const size_t rounds = ShareOf(all_rounds, all_rounds / 4);
  const OpenBlock sound = OpenBlock::Take(Build(inputs, layout));
  REQUIRE(OpenBytes(sound.Seal()).Verify()->empty());
  size_t refused = 0;
  for (uint64_t round = 0; round < rounds; ++round) {
    Random random(round);
    OpenBlock block = sound;
    for (uint32_t n = 1 + random.Below(2); n > 0; --n) Mutate(&block, &random);
    INFO("round " << round);
    refused += AskEverything(block.Seal()) < 6;
  }
  CHECK(refused > rounds / 4);
}

TEST_CASE("forged columns do no harm: everything") {
  GenerateOptions options;
  options.samples = 10;
  options.names = 6;
  Forge(Generated(40, 6, options), {.profiles_per_group = 2, .samples_per_chunk = 25}, 1500);
}

TEST_CASE("forged columns do no harm: plain profiles in one group") {
  GenerateOptions options;
  options.samples = 12;
  options.names = 6;
  options.everything = false;
  Forge(Generated(50, 6, options), {.profiles_per_group = 100}, 1000);
}

// Go heap values, which are stored as what they were scaled from.
std::vector<Input> SmallHeaps() {
  std::vector<Input> inputs;
  for (int64_t i = 0; i < 3; ++i) {
    Profile p;
    const StringId bytes = AddGoHeapTypes(&p);
    p.time_nanos = i * 1'000'000'000;
    for (uint32_t s = 0; s < 8; ++s) {
      AddGoHeapSample(&p, bytes, s, s + 1, {i + s + 1, int64_t{s % 3}}, 524288);
    }
    inputs.push_back({{{"service_name", "heap"}}, std::move(p)});
  }
  return inputs;
}

TEST_CASE("forged columns do no harm: heap") {
  CHECK(Describe(OpenBytes(Build(SmallHeaps()))) == Describe(SmallHeaps()));
  Forge(SmallHeaps(), {.profiles_per_group = 3}, 800);
}

TEST_CASE("blocks with a changed byte and good checksums do no harm") {
  GenerateOptions options;
  options.samples = 8;
  options.names = 5;
  const std::string block = Build(Generated(60, 3, options), {.zstd_level = 0});
  for (uint64_t round = 0; round < ShareOf(3000, 750); ++round) {
    Random random(round);
    std::string changed = block;
    for (uint32_t n = 1 + random.Below(3); n > 0; --n) {
      changed[random.Below(changed.size())] = static_cast<char>(random());
    }
    const std::optional<std::string> sealed = Reseal(std::move(changed));
    INFO("round " << round);
    if (sealed) AskEverything(*sealed);
  }
}

}  // namespace
}  // namespace dolerite::testing
