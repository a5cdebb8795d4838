// Where sections lie in a block: cold ones in stripes, hot ones behind them.
#include <algorithm>
#include <functional>
#include <tuple>

#include "block/block_support.h"
#include "block/footer.h"
#include "support/reseal.h"

namespace dolerite::testing {
namespace {

Footer FooterOf(const std::string& block) {
  const auto size = FooterSize(block, block.size(), BlockLimits());
  REQUIRE(size.ok());
  auto footer = DecodeFooter(std::string_view(block).substr(block.size() - kTrailerBytes - *size),
                             block.size(), BlockLimits());
  REQUIRE(footer.ok());
  return *std::move(footer);
}

bool IsOfStripe(const SectionEntry& entry) {
  return entry.kind >= SectionKind::kBodies && entry.kind <= SectionKind::kPayloads;
}

// The chunks' cold sections by the rule of FORMAT.md: which stripe each chunk is in follows from
// the sizes.
std::vector<SectionEntry> InStripes(std::vector<SectionEntry> sections, uint64_t stripe_bytes) {
  std::erase_if(sections, [](const SectionEntry& entry) { return !IsOfStripe(entry); });
  std::stable_sort(sections.begin(), sections.end(),
                   [](const auto& a, const auto& b) { return a.part < b.part; });
  std::vector<std::tuple<size_t, SectionKind, uint32_t, size_t>> keys;
  size_t stripe = 0;
  uint64_t bytes = 0;
  for (size_t i = 0; i < sections.size(); ++i) {
    keys.emplace_back(stripe, sections[i].kind, sections[i].part, i);
    bytes += sections[i].stored;
    const bool ends = i + 1 == sections.size() || sections[i + 1].part != sections[i].part;
    if (ends && bytes > stripe_bytes) ++stripe, bytes = 0;
  }
  std::sort(keys.begin(), keys.end());
  std::vector<SectionEntry> out;
  for (const auto& key : keys) out.push_back(sections[std::get<3>(key)]);
  return out;
}

// Profiles of one service with random payloads, each a chunk of its own.
std::vector<Input> WithPayloads(size_t count, size_t payload_bytes) {
  std::vector<Input> inputs = Generated(90, count);
  Random random(5);
  for (Input& input : inputs) {
    input.series = {{"service_name", "shop"}};
    input.profile.payload.resize(payload_bytes);
    for (char& byte : input.profile.payload) byte = static_cast<char>(random());
  }
  return inputs;
}

TEST_CASE("stripes: cold sections of some chunks lie together, by kind") {
  const std::vector<Input> inputs = WithPayloads(12, 2'000);
  for (const uint32_t stripe_bytes : {4'096u, 10'000u, 4u << 20}) {
    const std::string bytes = Build(
        inputs, {.profiles_per_group = 1, .samples_per_chunk = 1, .stripe_bytes = stripe_bytes});
    const Footer footer = FooterOf(bytes);
    std::vector<SectionEntry> in_block = footer.sections;
    std::sort(in_block.begin(), in_block.end(),
              [](const auto& a, const auto& b) { return a.offset < b.offset; });
    // Stripes come first, then tables that few read, then what is hot.
    CHECK(std::is_partitioned(in_block.begin(), in_block.end(), IsOfStripe));
    std::erase_if(in_block, [](const SectionEntry& entry) { return !IsOfStripe(entry); });
    const std::vector<SectionEntry> expected = InStripes(footer.sections, stripe_bytes);
    REQUIRE(in_block.size() == expected.size());
    for (size_t i = 0; i < expected.size(); ++i) CHECK(in_block[i].key() == expected[i].key());
    const bool one = std::is_sorted(in_block.begin(), in_block.end(),
                                    [](const auto& a, const auto& b) { return a.kind < b.kind; });
    CHECK(one == (stripe_bytes == 4u << 20));
    CHECK(OpenBytes(bytes).Verify()->empty());
    CHECK(Describe(OpenBytes(bytes)) == Describe(inputs));
  }
}

TEST_CASE("stripes: row groups and chunks end where payloads and timestamps pass them") {
  std::vector<Input> inputs = WithPayloads(8, 2'000);
  for (Input& input : inputs) input.profile.time_nanos = 1;
  const auto chunks = [&](uint32_t stripe_bytes) {
    const Footer footer = FooterOf(Build(inputs, {.stripe_bytes = stripe_bytes}));
    return std::count_if(footer.sections.begin(), footer.sections.end(),
                         [](const auto& entry) { return entry.kind == SectionKind::kHeads; });
  };
  CHECK(chunks(4 << 20) < chunks(4'096));
  for (Input& input : inputs) {
    Profile& p = input.profile;
    p.payload.clear();
    const size_t n = p.samples.size();
    REQUIRE(n > 0);
    p.samples.shape.assign(n, SampleShape::kEvents);
    p.samples.timestamps = {};
    p.samples.timestamp_values.clear();
    for (size_t i = 0; i < n; ++i) {
      for (uint64_t t = 0; t < 300 / n; ++t) p.samples.timestamps.items.push_back(t);
      p.samples.timestamps.Close();
    }
    const size_t types = p.sample_types.size();
    p.samples.values.assign(n * types, static_cast<int64_t>(300 / n));
  }
  CHECK(chunks(4 << 20) < chunks(4'096));
}

TEST_CASE("stripes: sections in another order are refused at open") {
  const std::string bytes =
      Build(WithPayloads(3, 100), {.profiles_per_group = 1, .samples_per_chunk = 1});
  // Two entries change places in the block, not in the footer.
  const auto opened = [&](SectionKind a, uint32_t part_a, SectionKind b, uint32_t part_b) {
    Footer footer = FooterOf(bytes);
    const auto find = [&](SectionKind kind, uint32_t part) {
      return std::find_if(footer.sections.begin(), footer.sections.end(),
                          [&](const auto& entry) { return entry.key() == std::pair(kind, part); });
    };
    const auto first = find(a, part_a), second = find(b, part_b);
    REQUIRE((first != footer.sections.end() && second != footer.sections.end()));
    std::swap(first->offset, second->offset);
    std::swap(first->stored, second->stored);
    const size_t size = *FooterSize(bytes, bytes.size(), BlockLimits());
    const std::string block =
        bytes.substr(0, bytes.size() - kTrailerBytes - size) + EncodeFooter(footer, {});
    return BlockReader::FromBytes(block).status();
  };
  CHECK(opened(SectionKind::kHeads, 0, SectionKind::kHeads, 0).ok());
  CHECK(opened(SectionKind::kAddresses, 0, SectionKind::kLabels, 0).ok());
  for (const absl::Status& status :
       {opened(SectionKind::kHeads, 0, SectionKind::kHeads, 1),
        opened(SectionKind::kPayloads, 0, SectionKind::kPayloads, 2),
        opened(SectionKind::kStacks, 0, SectionKind::kSymbols, 0),
        opened(SectionKind::kAddresses, 0, SectionKind::kProfiles, 0)}) {
    CHECK(absl::IsDataLoss(status));
    CHECK(status.message().find("is at offset") != std::string_view::npos);
  }
}

}  // namespace
}  // namespace dolerite::testing
