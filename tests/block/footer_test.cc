#include "block/footer.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/bytes.h"
#include "base/checksum.h"
#include "block/block_generated.h"

namespace dolerite {
namespace {

constexpr uint64_t kBlockBytes = 4096;

// With a trailer that fits.
std::string Sealed(std::string footer) {
  AppendLittle(&footer, static_cast<uint32_t>(footer.size()));
  AppendLittle(&footer, kFormatVersion);
  AppendLittle(&footer, Checksum64(footer));
  footer += kMagic;
  return footer;
}

// A footer of one section, whose bytes lie where `padding` bytes before them put them.
std::string FooterOfOneSection(size_t padding) {
  const fb::Section section(8, 0, 16, 16, 0, 8, 0, 0);
  flatbuffers::FlatBufferBuilder builder;
  builder.StartVector(sizeof section, 1);
  builder.PushBytes(reinterpret_cast<const uint8_t*>(&section), sizeof section);
  const flatbuffers::Offset<flatbuffers::Vector<const fb::Section*>> sections(builder.EndVector(1));
  builder.CreateString(std::string(padding, 'x'));
  fb::FooterBuilder footer(builder);
  footer.add_sections(sections);
  builder.Finish(footer.Finish());
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

TEST_CASE("a footer whose structs are not aligned is refused") {
  size_t aligned = 0, other = 0;
  for (size_t padding = 0; padding < 16; ++padding) {
    const absl::StatusOr<Footer> footer =
        DecodeFooter(Sealed(FooterOfOneSection(padding)), kBlockBytes, {});
    INFO(padding << " " << footer.status());
    if (footer.ok()) {
      REQUIRE(footer->sections.size() == 1);
      CHECK(footer->sections[0].offset == 8);
      ++aligned;
    } else {
      CHECK(absl::IsDataLoss(footer.status()));
      CHECK(footer.status().message().find("aligned") != std::string_view::npos);
      ++other;
    }
  }
  CHECK(aligned > 0);
  CHECK(other > 0);
}

TEST_CASE("a large footer asks the host while it is decoded") {
  constexpr uint32_t kSections = 1 << 15;
  Footer footer;
  for (uint32_t i = 0; i < kSections; ++i) {
    footer.sections.push_back({.kind = SectionKind::kBodies,
                               .encoding = SectionEncoding::kPlain,
                               .part = i,
                               .offset = kMagic.size() + i,
                               .stored = 1,
                               .decoded = 1});
  }
  FooterDataset& dataset = footer.datasets.emplace_back();
  dataset.summary.name = "s";
  dataset.sections = kSections;
  const std::string bytes = EncodeFooter(footer, {});
  const uint64_t block = kMagic.size() + kSections + bytes.size();
  absl::Status status = absl::CancelledError("stop");
  size_t stops = 0;
  for (; !status.ok() && stops < 100; ++stops) {
    size_t asked = 0;
    const CallContext call{.check = [&] {
      return asked++ >= stops ? absl::CancelledError("stop") : absl::OkStatus();
    }};
    status = DecodeFooter(bytes, block, {}, call).status();
    if (!status.ok()) CHECK(status == absl::CancelledError("stop"));
  }
  CHECK(status.ok());
  CHECK(stops > 2 * kSections >> 14);
}

}  // namespace
}  // namespace dolerite
