// Filters of trace and span ids: what they rule out, where they are, what is refused.
#include "block/link_filter.h"

#include <cmath>
#include <optional>

#include "block/link_support.h"
#include "support/reseal.h"

namespace dolerite::testing {
namespace {

template <class Id>
std::string InARow(const std::vector<Id>& ids) {
  std::string out;
  for (const Id& id : ids) out += Text(id);
  return out;
}

std::string FilterOf(const LinkIds& ids, uint32_t bits) {
  return MakeLinkFilter(InARow(ids.trace_ids), InARow(ids.span_ids), bits);
}

TEST_CASE("the filter of FORMAT.md's example") {
  const std::string id = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10";
  CHECK(MakeLinkFilter(id, id.substr(0, 8), 8) == "\xbf\xa0");
}

TEST_CASE("a filter depends on the set of ids alone") {
  LinkIds ids = RandomIds(1, 100);
  const std::string filter = FilterOf(ids, 8);
  CHECK(filter.size() == 200);
  std::reverse(ids.trace_ids.begin(), ids.trace_ids.end());
  ids.trace_ids.push_back(ids.trace_ids[7]), ids.span_ids.push_back(ids.span_ids[0]);
  ids.trace_ids.push_back({}), ids.span_ids.push_back({});  // none
  CHECK(FilterOf(ids, 8) == filter);
  CHECK(FilterOf({}, 8).empty());
}

// Two chunks of one type, of which the second holds these ids.
LinkFilters ReadBack(const LinkIds& ids, uint32_t bits) {
  const std::vector<Chunk> chunks(2);
  const std::optional<EncodedSection> section = EncodeLinkFilters(
      chunks, {FilterOf(RandomIds(9, 3), bits), FilterOf(ids, bits)}, bits, {.zstd_level = 0});
  REQUIRE(section.has_value());
  FrameDecoder zstd;
  const auto reader = SectionReader::Open(section->kind, section->bytes, "a filter", &zstd);
  REQUIRE(reader.ok());
  auto filters = LinkFilters::Read(*reader, chunks.size(), BlockLimits());
  INFO(filters.status());
  REQUIRE(filters.ok());
  return *std::move(filters);
}

TEST_CASE("a filter rules out no id that is there, and others as the formula says") {
  const LinkIds in = RandomIds(2, 3'000), out = RandomIds(3, 20'000);
  for (const uint32_t bits : {1, 2, 4, 8, 12, 16, 32}) {
    INFO(bits << " bits an id");
    const LinkFilters filters = ReadBack(in, bits);
    size_t found = 0, wrong = 0;
    for (const TraceId& id : in.trace_ids) found += filters.MayHold(1, id);
    for (const SpanId& id : in.span_ids) found += filters.MayHold(1, id);
    CHECK(found == 6'000);
    for (const TraceId& id : out.trace_ids) wrong += filters.MayHold(1, id);
    for (const SpanId& id : out.span_ids) wrong += filters.MayHold(1, id);
    const double k = std::max(1u, bits * 9 / 13);
    const double expected = 40'000 * std::pow(1 - std::exp(-k / bits), k);
    CHECK(double(wrong) < 1.1 * expected + 4 * std::sqrt(expected) + 2);
  }
}

TEST_CASE("there is a filter only where it tells chunks apart") {
  const std::vector<Input> inputs = Generated(9, 40);
  const auto has = [&](const BlockOptions& options) {
    const std::string dump = *OpenBytes(Build(inputs, options)).Dump();
    return dump.find("link filter") != dump.npos;
  };
  CHECK(has({.dataset_label = "none", .samples_per_chunk = 60}));
  CHECK(!has({.dataset_label = "none"}));  // one chunk
  CHECK(!has({.dataset_label = "none", .samples_per_chunk = 60, .link_filter_bits = 0}));
  // Types tell their only chunks apart.
  CHECK(!has({.dataset_label = "none", .type_labels = {"pod"}}));
  CHECK(Build(inputs).size() == Build(inputs, {.link_filter_bits = 0}).size());
  // Without filters every chunk with links may hold all.
  const std::string unfiltered = Build(inputs, {.samples_per_chunk = 60, .link_filter_bits = 0});
  Opened plain(unfiltered);
  CHECK(plain.Chunks(RandomIds(6, 1)) == plain.Chunks({}));
}

TEST_CASE("the order of profiles does not matter to filters") {
  std::vector<Input> inputs = Generated(10, 40);
  const BlockOptions options = {.dataset_label = "none", .samples_per_chunk = 60};
  const std::string block = Build(inputs, options);
  std::reverse(inputs.begin(), inputs.end());
  for (Input& input : inputs) input.profile = ShuffleTables(input.profile, 3);
  const bool same = Build(inputs, options) == block;
  CHECK(same);
}

TEST_CASE("usage and dump show the filter") {
  const std::string bytes_of_block =
      Build(Generated(9, 40), {.dataset_label = "none", .samples_per_chunk = 60});
  const BlockReader block = OpenBytes(bytes_of_block);
  const auto usage = block.Usage();
  REQUIRE(usage.ok());
  uint64_t bytes = 0;
  for (const ColumnUsage& u : *usage) {
    if (u.section == "link filter" && u.column == "filters") bytes = u.decoded;
  }
  CHECK(bytes > 100);
  const auto dump = block.Dump(4);
  REQUIRE(dump.ok());
  const bool shown = dump->find("    filters: " + std::to_string(bytes) + " rows") != dump->npos;
  CHECK(shown);
}

// A sound block with filters, and what may be done to it.
OpenBlock Sound() {
  return OpenBlock::Take(
      Build(Generated(9, 40), {.dataset_label = "none", .samples_per_chunk = 60}));
}

OpenColumn& FilterColumn(OpenBlock* block, uint8_t id) {
  for (OpenSection& section : block->sections) {
    if (section.entry.kind != SectionKind::kLinkFilter) continue;
    for (OpenColumn& column : section.columns) {
      if (column.id == id) return column;
    }
  }
  FAIL("no such column");
  return block->sections[0].columns[0];
}

std::string Refusal(const OpenBlock& forged) {
  const std::string bytes = forged.Seal();
  Opened opened(bytes);
  const auto chunks = opened.reader.ChunksWithLinks(RandomIds(6, 1));
  CHECK(!opened.block.Verify()->empty());
  CHECK(absl::IsDataLoss(chunks.status()));
  return std::string(chunks.status().message());
}

TEST_CASE("filters that do not fit are refused") {
  CHECK(OpenBytes(Sound().Seal()).Verify()->empty());
  const auto says = [](const OpenBlock& block, const char* what) {
    const std::string message = Refusal(block);
    INFO(message);
    const bool said = message.find(what) != message.npos && message.find("link filter") > 0;
    CHECK(said);
  };
  OpenBlock block = Sound();
  FilterColumn(&block, column::kFilterBits).bytes.pop_back();
  says(block, "a filter of ");
  block = Sound();
  FilterColumn(&block, column::kFilterBits).bytes.push_back('x');
  says(block, "bytes behind the last filter");
  for (const uint64_t size : {uint64_t{1} << 20, uint64_t{UINT32_MAX}}) {
    block = Sound();
    FilterColumn(&block, column::kFilterSizes).integers[1] = size;
    says(block, "a filter of ");
  }
  block = Sound();
  FilterColumn(&block, column::kFilterSizes).integers[1] = uint64_t{1} << 32;
  Refusal(block);
  block = Sound();
  FilterColumn(&block, column::kFilterSizes).integers.pop_back();
  says(block, "rows where");
  block = Sound();
  FilterColumn(&block, column::kCounts).integers[0] += 1;
  says(block, "filters of 14 chunks, where there are 13");
  for (const uint64_t hashes : {uint64_t{0}, uint64_t{65}, UINT64_MAX}) {
    block = Sound();
    FilterColumn(&block, column::kCounts).integers[1] = hashes;
    says(block, "where 1 to 64 are expected");
  }
}

TEST_CASE("a damaged filter is no answer") {
  std::string bytes = Sound().Seal();
  SectionEntry filter{};
  {
    const BlockReader block = OpenBytes(bytes);
    for (const SectionEntry& s : BlockAccess::Of(block).footer.sections) {
      if (s.kind == SectionKind::kLinkFilter) filter = s;
    }
  }
  for (uint64_t i = 0; i < filter.stored; i += 7) {
    bytes[filter.offset + i] ^= 1;
    Opened opened(bytes);
    CHECK(absl::IsDataLoss(opened.reader.ChunksWithLinks(RandomIds(6, 1)).status()));
    bytes[filter.offset + i] ^= 1;
  }
}

TEST_CASE("a filter that rules out what is there is found out") {
  OpenBlock block = Sound();
  std::string& bits = FilterColumn(&block, column::kFilterBits).bytes;
  const std::string sound = bits;
  for (size_t i = 0; i < sound.size(); i += 41) {
    if (sound[i] == 0) continue;
    bits[i] = static_cast<char>(sound[i] & (sound[i] - 1));
    const std::vector<Damage> damage = OpenBytes(block.Seal()).Verify().value();
    REQUIRE(damage.size() == 1);
    CHECK(std::string(damage[0].status.message()).find("rules out a link") != std::string::npos);
    bits = sound;
  }
}

}  // namespace
}  // namespace dolerite::testing
