// What a later library may write within version 1: this one says so instead of calling it damage.
#include "block/block_support.h"
#include "block/footer.h"
#include "dolerite/query.h"
#include "encoding/integers.h"
#include "support/reseal.h"

namespace dolerite::testing {
namespace {

// One dataset, groups of four profiles, in a form that can be changed.
OpenBlock Sample() {
  std::vector<Input> inputs = Generated(95, 4, {.everything = false, .negative = false});
  for (Input& input : inputs) input.series = {{"service_name", "shop"}, {"__name__", "cpu"}};
  return OpenBlock::Take(Build(inputs));
}

absl::Status AskForTree(const std::string& bytes, bool heads = true) {
  TreeQuery query({}, {.heads = heads});
  return query.Add(OpenBytes(bytes));
}

void CheckSays(const absl::Status& status, absl::StatusCode code, const std::string& what) {
  INFO(status);
  CHECK(status.code() == code);
  CHECK(status.message().find(what) != std::string::npos);
}

// The block with its sections of one kind said to be of another encoding.
std::string WithEncoding(std::string block, SectionKind kind, uint8_t encoding) {
  const size_t size = *FooterSize(block, block.size(), BlockLimits());
  const size_t at = block.size() - kTrailerBytes - size;
  Footer footer = *DecodeFooter(std::string_view(block).substr(at), block.size(), BlockLimits());
  for (SectionEntry& entry : footer.sections) {
    if (entry.kind == kind) entry.encoding = static_cast<SectionEncoding>(encoding);
  }
  return block.substr(0, at) + EncodeFooter(footer, {});
}

TEST_CASE("newer: a section of an unknown encoding is Unimplemented for who needs it") {
  const std::string block = Sample().Seal();
  const std::string labels = WithEncoding(block, SectionKind::kLabels, 2);
  CHECK(AskForTree(labels).ok());
  CheckSays(OpenBytes(labels).ReadProfile(0).status(), absl::StatusCode::kUnimplemented,
            "labels section");
  CheckSays(AskForTree(WithEncoding(block, SectionKind::kSymbols, 255)),
            absl::StatusCode::kUnimplemented, "unknown encoding 255");
}

TEST_CASE("newer: the reserved kind of codes is Unimplemented") {
  std::vector<uint64_t> values;
  for (const char descriptor : {'\x07', '\x0f', '\x47', '\x67'}) {
    const std::string column = {descriptor, 1, 2, 3};
    ByteReader in(column);
    CheckSays(DecodeIntegers(&in, 3, &values), absl::StatusCode::kUnimplemented, "newer version");
  }
}

TEST_CASE("newer: flags of a chunk that are not known are Unimplemented") {
  OpenBlock block = Sample();
  block.Section(SectionKind::kHeads).Column(column::kCounts).integers[0] |= 16;
  CheckSays(AskForTree(block.Seal()), absl::StatusCode::kUnimplemented, "are known");
}

// The block without bodies, as flag 8 says.
std::string Dropped(uint64_t flags) {
  OpenBlock block = Sample();
  const size_t before = block.sections.size();
  std::erase_if(block.sections, [](const OpenSection& section) {
    return section.entry.kind == SectionKind::kBodies;
  });
  REQUIRE(block.sections.size() < before);
  block.footer.datasets[0].sections = static_cast<uint32_t>(block.sections.size());
  uint64_t& stored = block.Section(SectionKind::kHeads).Column(column::kCounts).integers[0];
  REQUIRE((stored & 4) == 4);
  stored = (stored & 3) | flags;
  return block.Seal();
}

TEST_CASE("a chunk whose bodies were dropped answers by its heads, and says what it lacks") {
  const std::string block = Dropped(4 | 8);
  TreeQuery dropped({}), whole({});
  REQUIRE(dropped.Add(OpenBytes(block)).ok());
  REQUIRE(whole.Add(OpenBytes(Sample().Seal())).ok());
  const auto tree = std::move(dropped).Finish(), expected = std::move(whole).Finish();
  REQUIRE((tree.ok() && expected.ok()));
  CHECK(tree->columns[0].self == expected->columns[0].self);
  CHECK(OpenBytes(block).ListProfiles()->profiles.size() == 4);
  CHECK(OpenBytes(block).Verify()->empty());
  const std::string what = "the bodies of this chunk were dropped";
  CheckSays(AskForTree(block, false), absl::StatusCode::kFailedPrecondition, what);
  CheckSays(OpenBytes(block).ReadProfile(0).status(), absl::StatusCode::kFailedPrecondition, what);
  CheckSays(AskForTree(Dropped(8)), absl::StatusCode::kDataLoss, "exact sums");
}

}  // namespace
}  // namespace dolerite::testing
