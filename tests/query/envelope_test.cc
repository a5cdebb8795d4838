// What splits and partials are wrapped in.
#include "query/envelope.h"

#include <catch2/catch.hpp>

#include "base/bytes.h"
#include "encoding/zstd_frame.h"
#include "support/generate.h"

namespace dolerite::testing {
namespace {

TEST_CASE("what is packed comes back, and takes neither more bytes than it has nor very few") {
  Random random(1);
  for (const size_t size : {0u, 1u, 7u, 100u, 5'000u, 100'000u}) {
    for (const uint32_t values : {1u, 3u, 256u}) {
      std::string content(size, '\0');
      for (char& c : content) c = static_cast<char>(random.Below(values));
      const std::string packed = Pack(content);
      INFO(size << " bytes of " << values);
      CHECK(packed.size() <= content.size() + 1);
      CHECK(packed.size() * kMostUnpacked >= content.size());
      const absl::StatusOr<std::string> back = Unpack(packed, content.size());
      REQUIRE(back.ok());
      const bool same = *back == content;
      CHECK(same);
    }
  }
}

std::string Zstd(uint64_t size, std::string_view content, std::string_view behind) {
  std::string frame, out(1, 1);
  CompressFrame(content, 1, &frame);
  AppendVarint(&out, size);
  AppendVarint(&out, frame.size());
  return out + frame + std::string(behind);
}

TEST_CASE("bytes that nobody packs are refused") {
  const std::string content(2'000, 'x');
  const std::string enough(2'000 / kMostUnpacked, '\0');
  REQUIRE(*Unpack(Zstd(2'000, content, enough), 2'000) == content);
  const std::string bad[] = {
      "",
      "\2abc",
      "\1",
      Zstd(2'000, content, ""),      // too few bytes for so much
      Zstd(1'999, content, enough),  // another size than the frame's
      Zstd(2'001, content, enough),
      Zstd(2'000, content, enough + "x"),  // something behind
      Zstd(uint64_t{1} << 62, content, enough),
  };
  for (const std::string& packed : bad) {
    CHECK(absl::IsDataLoss(Unpack(packed, SIZE_MAX).status()));
  }
  CHECK(absl::IsResourceExhausted(Unpack(Zstd(2'000, content, enough), 1'999).status()));
}

}  // namespace
}  // namespace dolerite::testing
