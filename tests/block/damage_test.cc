// Damage of a block is found, and a damaged block gives right answers or errors.
#include <set>

#include "base/bytes.h"
#include "base/checksum.h"
#include "block/block_support.h"
#include "block/dataset_reader.h"
#include "dolerite/query.h"

namespace dolerite::testing {
namespace {

std::vector<Input> Few() {
  GenerateOptions options;
  options.samples = 6;
  options.names = 5;
  std::vector<Input> inputs = Generated(11, 3, options);
  inputs[0].profile.payload_format = inputs[0].profile.symbols.strings.Add("jfr");
  inputs[0].profile.payload = "payload";
  return inputs;
}

// Everything that a block answers, or the first error.
absl::StatusOr<std::string> AnswerAll(const BlockReader& block) {
  const auto listing = block.ListProfiles();
  if (!listing.ok()) return listing.status();
  std::string out;
  for (const ProfileSummary& summary : listing->profiles) {
    const absl::StatusOr<Profile> profile = block.ReadProfile(summary.index);
    if (!profile.ok()) return profile.status();
    out += summary.series->ToString() + DescribeStored(*profile);
  }
  TreeQuery query({});
  if (absl::Status status = query.Add(block); !status.ok()) return status;
  const absl::StatusOr<Tree> tree = std::move(query).Finish();
  if (!tree.ok()) return tree.status();
  for (size_t i = 0; i < tree->size(); ++i) {
    out += std::string(tree->names[tree->name[i]]) + std::to_string(tree->columns[0].total[i]);
  }
  return out;
}

// Empty if the damage is seen, and no wrong answer given.
std::string Fault(const std::string& block, const std::string& sound) {
  const absl::StatusOr<BlockReader> reader = BlockReader::FromBytes(block);
  if (!reader.ok()) {
    const bool known = absl::IsDataLoss(reader.status()) ||
                       absl::IsResourceExhausted(reader.status()) ||
                       absl::IsUnimplemented(reader.status());
    return known && !reader.status().message().empty() ? "" : "opening gives another error";
  }
  const absl::StatusOr<std::string> answer = AnswerAll(*reader);
  if (answer.ok() && *answer != sound) return "a wrong answer";
  if (!answer.ok() && !absl::IsDataLoss(answer.status())) return "not DataLoss";
  if (!answer.ok() && std::string(answer.status().message()).find("block") != 0) {
    return "the message does not name the block: " + std::string(answer.status().message());
  }
  return reader->Verify()->empty() ? "Verify sees nothing" : "";
}

TEST_CASE("every flipped bit is found") {
  const std::string block = Build(Few(), {.dataset_label = "none"});
  const absl::StatusOr<std::string> sound = AnswerAll(OpenBytes(block));
  INFO(sound.status());
  REQUIRE(sound.ok());
  CHECK(block.size() < 10'000);
  std::string damaged = block;
  for (size_t at = 0; at < block.size(); ++at) {
    const bool all_bits = at % 97 == 0 || at < 16 || block.size() - at <= 32;
    for (int bit = all_bits ? 0 : static_cast<int>(at % 8); bit < 8; ++bit) {
      damaged[at] = static_cast<char>(block[at] ^ (1 << bit));
      const std::string fault = Fault(damaged, *sound);
      if (!fault.empty()) FAIL_CHECK("byte " << at << ", bit " << bit << ": " << fault);
      if (!all_bits) break;
    }
    damaged[at] = block[at];
  }
}

TEST_CASE("every shorter block is refused") {
  const std::string block = Build(Few());
  for (size_t size = 0; size < block.size(); ++size) {
    const absl::Status status =
        BlockReader::FromBytes(std::string_view(block).substr(0, size)).status();
    if (!absl::IsDataLoss(status)) FAIL_CHECK(size << " bytes: " << status);
  }
  // Bytes in front move every section away from where the footer says.
  const std::string moved = "x" + block;
  const absl::StatusOr<BlockReader> reader = BlockReader::FromBytes(moved);
  CHECK((!reader.ok() || !reader->Verify()->empty()));
  const std::string longer = block + "x";
  CHECK(!BlockReader::FromBytes(longer).ok());
}

TEST_CASE("damage says where it is, and leaves the rest") {
  std::vector<Input> inputs = Generated(20, 12);
  const std::string block = Build(inputs);
  std::string damaged = block;
  damaged[20] = static_cast<char>(damaged[20] ^ 1);  // of the first dataset's bodies
  const BlockReader reader = OpenBytes(damaged);
  const std::vector<Damage> damage = reader.Verify().value();
  REQUIRE(damage.size() == 1);
  CHECK(damage[0].place.find("dataset \"service0\"") != std::string::npos);
  const std::string message(damage[0].status.message());
  CHECK(message.find("section") != std::string::npos);
  CHECK(message.find("checksum mismatch") != std::string::npos);
  CHECK(message.find("offset 8") != std::string::npos);
  TreeQuery other({.selection = {.matchers = *ParseMatchers("service_name=\"service1\"")}});
  CHECK(other.Add(reader).ok());
  CHECK(reader.ListProfiles().ok());
}

TEST_CASE("each damaged section is said once, whatever else is damaged") {
  const std::string block =
      Build(Generated(21, 20), {.dataset_label = "none", .samples_per_chunk = 20});
  std::string damaged = block;
  const BlockReader sound = OpenBytes(block);
  // Chunks are found damaged while they are decoded, or, where a table is damaged, unread.
  const SectionKind table = GENERATE(SectionKind::kHeads, SectionKind::kLinkFilter);
  std::set<std::string> expected;
  for (const SectionEntry& entry : BlockAccess::Of(sound).footer.sections) {
    if (entry.part % 3 != 1 && (entry.kind != table || entry.part > 0)) continue;
    damaged[entry.offset] = static_cast<char>(damaged[entry.offset] ^ 1);
    expected.insert(std::string(NameOf(entry.kind)) + " section " + std::to_string(entry.part));
  }
  REQUIRE(expected.size() > 4);
  const std::vector<Damage> damage = OpenBytes(damaged).Verify().value();
  CHECK(damage.size() == expected.size());
  for (const Damage& d : damage) {
    const size_t name = d.place.find(", ");
    REQUIRE(name != std::string::npos);
    CHECK(expected.count(d.place.substr(name + 2)) == 1);
    CHECK(absl::IsDataLoss(d.status));
  }
}

TEST_CASE("another format version is named") {
  std::string block = Build(Few());
  block[block.size() - 20] = 2;
  // Its checksum is good: the version is the only thing that is new.
  const uint32_t footer = LoadLittle<uint32_t>(block.data() + block.size() - 24);
  const uint64_t checksum =
      Checksum64(std::string_view(block).substr(block.size() - 24 - footer, footer + 8));
  std::memcpy(block.data() + block.size() - 16, &checksum, 8);
  const absl::Status status = BlockReader::FromBytes(block).status();
  CHECK(absl::IsUnimplemented(status));
  CHECK(std::string(status.message()).find("version 2") != std::string::npos);
}

TEST_CASE("limits hold before memory is taken") {
  const std::string block = Build(Generated(30, 6));
  BlockReader::Options options;
  SECTION("rows") {
    options.limits.section_rows = 3;
    const auto reader = BlockReader::FromBytes(block, options);
    REQUIRE(reader.ok());
    CHECK(absl::IsResourceExhausted(reader->ListProfiles().status()));
    CHECK(absl::IsResourceExhausted(reader->ReadProfile(0).status()));
    TreeQuery query({});
    CHECK(absl::IsResourceExhausted(query.Add(*reader)));
    CHECK(!reader->Verify()->empty());
  }
  SECTION("footer") {
    options.limits.footer_bytes = 100;
    CHECK(absl::IsResourceExhausted(BlockReader::FromBytes(block, options).status()));
  }
  SECTION("section") {
    options.limits.section_bytes = 100;
    CHECK(absl::IsResourceExhausted(BlockReader::FromBytes(block, options).status()));
  }
}

}  // namespace
}  // namespace dolerite::testing
