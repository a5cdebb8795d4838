#include "encoding/zstd_frame.h"

#include <catch2/catch.hpp>

#include "encoding/columns.h"

namespace dolerite {
namespace {

std::string Text(size_t size) {
  testing::Random random(size);
  std::string text(size, 0);
  for (char& c : text) c = static_cast<char>('a' + random.Below(5));
  return text;
}

std::string Frame(std::string_view plain, int level = 3) {
  std::string frame;
  CompressFrame(plain, level, &frame);
  return frame;
}

bool IsDataLoss(std::string_view frame, size_t plain_size) {
  std::string out(plain_size, 0);
  return DecompressFrame(frame, plain_size, out.data()).code() == absl::StatusCode::kDataLoss;
}

TEST_CASE("frames come back as they were") {
  for (size_t size : {0, 1, 100, 1000, 200'000, 3'000'000}) {
    for (int level : {-5, 1, 3, 19, 22}) {
      if (level > 3 && size > 200'000) continue;
      const std::string plain = Text(size), frame = Frame(plain, level);
      std::string decoded(size, 0);
      REQUIRE(DecompressFrame(frame, size, decoded.data()).ok());
      REQUIRE((decoded == plain));
    }
  }
}

TEST_CASE("a frame is appended, with five bytes around incompressible content") {
  std::string out = "before";
  CompressFrame("xyz", 3, &out);
  REQUIRE(out.substr(0, 6) == "before");
  REQUIRE(out.size() == 6 + 3 + 5);
}

TEST_CASE("contexts may be used again, also after damage") {
  FrameEncoder encoder;
  FrameDecoder decoder;
  for (size_t size : {1000, 10, 0, 5000}) {
    const std::string plain = Text(size);
    std::string frame;
    encoder.Compress(plain, size % 3 + 1, &frame);
    std::string_view decoded;
    REQUIRE(!decoder.DecompressUpTo("\1\2\3", 100, &decoded).ok());
    REQUIRE(decoder.DecompressUpTo(frame, size, &decoded).ok());
    REQUIRE((decoded == plain));
    REQUIRE(decoder.DecompressUpTo(frame, size + 100, &decoded).ok());
    REQUIRE((decoded == plain));
    if (size > 0) REQUIRE(!decoder.DecompressUpTo(frame, size - 1, &decoded).ok());
  }
}

TEST_CASE("another size is damage") {
  const std::string plain = Text(1000), frame = Frame(plain);
  for (size_t size : {0, 1, 999, 1001, 100'000}) REQUIRE(IsDataLoss(frame, size));
}

TEST_CASE("only one frame, and nothing beside it") {
  const std::string frame = Frame(Text(500));
  REQUIRE(IsDataLoss(frame + frame, 1000));
  REQUIRE(IsDataLoss(frame + "x", 500));
  REQUIRE(IsDataLoss(frame + Frame(""), 500));
  for (size_t size = 0; size < frame.size(); ++size)
    REQUIRE(IsDataLoss(frame.substr(0, size), 500));
}

TEST_CASE("frames with a larger window or with other features are refused") {
  std::string frame = Frame(Text(500));
  const char window = frame[1];
  frame[1] = 13 << 3;  // 8 MiB
  std::string out(500, 0);
  REQUIRE(DecompressFrame(frame, 500, out.data()).ok());
  frame[1] = 13 << 3 | 1;
  REQUIRE(IsDataLoss(frame, 500));
  frame[1] = window;
  for (int feature : {1, 4, 8, 16, 32, 64, 128}) {
    frame[0] = static_cast<char>(feature);
    REQUIRE(IsDataLoss(frame, 500));
  }
}

TEST_CASE("damaged frames are refused or decode to as many bytes") {
  std::string frame = Frame(Text(300));
  std::string out(300, 0);
  for (char& byte : frame) {
    const char before = byte;
    for (int change = 1; change < 256; ++change) {
      byte = static_cast<char>(before ^ change);
      const absl::Status status = DecompressFrame(frame, 300, out.data());
      if (!status.ok()) REQUIRE(status.code() == absl::StatusCode::kDataLoss);
    }
    byte = before;
  }
}

TEST_CASE("a large frame asks the host after each MiB") {
  const std::string plain(5 << 20, 'x'), frame = Frame(plain);
  for (size_t stop_at = 0; stop_at < 5; ++stop_at) {
    size_t asked = 0;
    const CallContext call{.check = [&] {
      return asked++ == stop_at ? absl::CancelledError("stop") : absl::OkStatus();
    }};
    FrameDecoder decoder(&call);
    std::string decoded(plain.size(), 0);
    CHECK(decoder.Decompress(frame, plain.size(), decoded.data()) == absl::CancelledError("stop"));
    CHECK(asked == stop_at + 1);
    asked = 5;
    REQUIRE(decoder.Decompress(frame, plain.size(), decoded.data()).ok());
    CHECK((decoded == plain));
  }
}

TEST_CASE("the buffer is taken from the caller's memory, and is as large as the blocks say") {
  const std::string plain(300 << 10, 'x'), frame = Frame(plain);
  MemoryBudget budget(400 << 10), little(200 << 10);
  MemoryLease lease(&budget), short_lease(&little);
  FrameDecoder decoder(nullptr, &lease);
  std::string_view decoded;
  // Rows that the frame does not have take nothing.
  REQUIRE(decoder.DecompressUpTo(frame, size_t{1} << 40, &decoded).ok());
  CHECK((decoded == plain));
  CHECK(lease.taken() >= plain.size());
  const size_t taken = lease.taken();
  REQUIRE(decoder.DecompressUpTo(frame, plain.size(), &decoded).ok());
  CHECK(lease.taken() == taken);
  CHECK(absl::IsResourceExhausted(
      FrameDecoder(nullptr, &short_lease).DecompressUpTo(frame, plain.size(), &decoded)));
  CHECK(short_lease.taken() == 0);
}

}  // namespace
}  // namespace dolerite
