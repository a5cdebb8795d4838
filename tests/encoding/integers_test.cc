#include "encoding/integers.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "encoding/codes.h"
#include "encoding/columns.h"

namespace dolerite {
namespace {

using testing::Column;
using testing::NarrowColumns;
using testing::Random;
using testing::WideColumns;

const ColumnOptions kAllOptions[] = {{.zstd_level = 0},
                                     {.zstd_level = 3},
                                     {.zstd_level = 19},
                                     {.zstd_level = 3, .smallest = true},
                                     {.zstd_level = 0, .smallest = true},
                                     {.try_encodings = false}};

template <class T>
std::string Encoded(const std::vector<T>& values, const ColumnOptions& options = {}) {
  std::string bytes;
  EncodeIntegers(std::span<const T>(values), options, &bytes);
  return bytes;
}

template <class T>
std::vector<T> As(const std::vector<uint64_t>& values) {
  return {values.begin(), values.end()};
}

template <class T>
void CheckRoundTrip(const std::vector<T>& values, const ColumnOptions& options) {
  const std::string bytes = Encoded(values, options);
  ByteReader in(bytes);
  std::vector<T> decoded = {1, 2, 3};
  REQUIRE(DecodeIntegers(&in, values.size(), &decoded).ok());
  REQUIRE(in.empty());
  REQUIRE((decoded == values));
}

TEST_CASE("integer columns come back as they were") {
  const size_t count = GENERATE(0, 1, 2, 3, 63, 64, 65, 127, 128, 129, 1000);
  for (const ColumnOptions& options : kAllOptions) {
    for (const Column& column : NarrowColumns(count)) {
      INFO(column.name << ", " << count << " values, zstd " << options.zstd_level);
      CheckRoundTrip(column.values, options);
      CheckRoundTrip(As<uint32_t>(column.values), options);
    }
    for (const Column& column : WideColumns(count)) {
      INFO(column.name << ", " << count << " values, zstd " << options.zstd_level);
      CheckRoundTrip(column.values, options);
    }
  }
}

TEST_CASE("long integer columns come back as they were") {
  for (const Column& column : NarrowColumns(100'000)) {
    INFO(column.name);
    CheckRoundTrip(As<uint32_t>(column.values), {});
    CheckRoundTrip(column.values, {.zstd_level = 0});
  }
  for (const Column& column : WideColumns(100'000)) {
    INFO(column.name);
    CheckRoundTrip(column.values, {});
  }
}

TEST_CASE("codes of many sizes are stored as their widths and bits") {
  Random random(7);
  std::vector<uint64_t> values;
  for (int i = 0; i < 1000; ++i) values.push_back(testing::Skewed(&random, 64));
  const std::string bytes = Encoded(values);
  REQUIRE(static_cast<CodeKind>(bytes[0] & 7) == CodeKind::kBits);
  const CodeSizes sizes(values);
  for (CodeKind kind : kPayloadKinds) CHECK(bytes.size() < sizes.bytes(kind));
  CheckRoundTrip(values, {});
  std::vector<uint64_t> decoded;
  for (size_t size = 0; size < bytes.size(); ++size) {
    ByteReader in(std::string_view(bytes).substr(0, size));
    CHECK(absl::IsDataLoss(DecodeIntegers(&in, values.size(), &decoded)));
  }
  std::vector<uint32_t> narrow;
  ByteReader in(bytes);
  CHECK(absl::IsDataLoss(DecodeIntegers(&in, values.size(), &narrow)));
}

// Twenty numbers that come again and again: their differences are smaller as plain bytes, but there
// are hundreds of them.
TEST_CASE("without trials a column of few numbers is stored as its values") {
  Random random(3);
  std::vector<uint64_t> numbers = {0};
  while (numbers.size() < 20) numbers.push_back(1000 + random.Below(400));
  std::vector<uint64_t> values;
  while (values.size() < 3000) values.push_back(numbers[random.Below(20)]);
  const std::string tried = Encoded(values);
  const std::string untried = Encoded(values, {.try_encodings = false});
  CHECK(static_cast<CodeKind>(untried[0] & 7) == CodeKind::kSplit);
  CHECK((untried[0] >> 3 & 3) == 0);
  CHECK(untried.size() * 20 <= tried.size() * 21);
  CheckRoundTrip(values, {.try_encodings = false});
}

TEST_CASE("widths are no bits, and at most 64") {
  const std::string_view nested = "\x06\x06\x81\x81", wide = "\x06\xc1 ........";
  for (std::string_view bytes : {nested, wide}) {
    ByteReader in(bytes);
    std::vector<uint64_t> decoded;
    CHECK(absl::IsDataLoss(DecodeIntegers(&in, 1, &decoded)));
  }
}

TEST_CASE("every kind holds every code it has a size for, in that size") {
  const size_t count = GENERATE(0, 1, 5, 64, 127, 128, 129, 300);
  for (const std::vector<Column>& columns : {NarrowColumns(count), WideColumns(count)}) {
    for (const Column& column : columns) {
      const CodeSizes sizes(column.values);
      for (CodeKind kind : kPayloadKinds) {
        INFO(column.name << ", " << count << " values, kind " << static_cast<int>(kind));
        const size_t size = sizes.bytes(kind);
        if (size == kNoSize) continue;
        std::string bytes;
        AppendCodes(kind, column.values, &bytes);
        REQUIRE(bytes.size() == size);
        REQUIRE(size <= MaxCodeBytes(kind, count));
        ByteReader in(bytes);
        std::vector<uint64_t> codes(count);
        REQUIRE(ReadCodes(kind, &in, count, codes.data()) == CodesRead::kOk);
        REQUIRE(in.empty());
        REQUIRE((codes == column.values));
      }
    }
  }
}

TEST_CASE("the type in memory leaves no trace in the bytes") {
  for (const Column& column : NarrowColumns(500)) {
    INFO(column.name);
    REQUIRE(Encoded(column.values) == Encoded(As<uint32_t>(column.values)));
  }
}

TEST_CASE("a reader of columns takes each one's bytes and no more") {
  std::string bytes;
  std::vector<Column> columns = NarrowColumns(300);
  FrameEncoder encoder;
  for (const Column& column : columns) {
    EncodeIntegers(std::span<const uint64_t>(column.values), {}, &bytes, &encoder);
  }
  ByteReader in(bytes);
  FrameDecoder decoder;
  for (const Column& column : columns) {
    std::vector<uint32_t> values;
    REQUIRE(DecodeIntegers(&in, 300, &values, &decoder).ok());
    REQUIRE((values == As<uint32_t>(column.values)));
  }
  REQUIRE(in.empty());
}

TEST_CASE("short and even columns cost few bytes") {
  REQUIRE(Encoded(std::vector<uint64_t>{}).empty());
  REQUIRE(Encoded(std::vector<uint64_t>{127}).size() == 1);
  REQUIRE(Encoded(std::vector<uint64_t>{128}).size() == 3);
  REQUIRE(Encoded(std::vector<uint64_t>(5000, 0)).size() == 1);
  REQUIRE(Encoded(std::vector<uint64_t>(5000, 77'777)).size() == 4);
  REQUIRE(Encoded(std::vector<uint64_t>{3, 1, 2, 0}).size() == 3);
  std::vector<uint64_t> ids(5000);
  std::iota(ids.begin(), ids.end(), 9);
  REQUIRE(Encoded(ids).size() == 3);
}

TEST_CASE("no column is much longer than its values") {
  for (size_t count : {1, 10, 100, 1000}) {
    for (const Column& column : WideColumns(count)) {
      REQUIRE(Encoded(column.values).size() <= 8 * count + 3 + count / kPackedBlock);
    }
  }
}

TEST_CASE("smallest is not larger") {
  for (const Column& column : NarrowColumns(2000)) {
    INFO(column.name);
    REQUIRE(Encoded(column.values, {.zstd_level = 3, .smallest = true}).size() <=
            Encoded(column.values, {.zstd_level = 3}).size());
  }
}

TEST_CASE("values of 64 bits do not fit 32") {
  for (const Column& column : WideColumns(100)) {
    INFO(column.name);
    const std::string bytes = Encoded(column.values);
    ByteReader in(bytes);
    std::vector<uint32_t> values;
    const bool fits = std::all_of(column.values.begin(), column.values.end(),
                                  [](uint64_t v) { return v >> 32 == 0; });
    REQUIRE(DecodeIntegers(&in, 100, &values).code() ==
            (fits ? absl::StatusCode::kOk : absl::StatusCode::kDataLoss));
  }
}

// Damaged bytes are refused, or read as some column of as many values. Some look like a column of a
// newer library.
template <class T>
void CheckHostile(std::string_view bytes, size_t count) {
  ByteReader in(bytes);
  std::vector<T> values;
  const absl::Status status = DecodeIntegers(&in, count, &values);
  if (status.ok()) {
    REQUIRE(values.size() == count);
  } else {
    const bool newer = status.message().find("newer version") != std::string_view::npos;
    REQUIRE(status.code() ==
            (newer ? absl::StatusCode::kUnimplemented : absl::StatusCode::kDataLoss));
    REQUIRE(!status.message().empty());
  }
}

TEST_CASE("a column cut short is refused") {
  for (const ColumnOptions& options : kAllOptions) {
    for (const std::vector<Column>& columns : {NarrowColumns(150), WideColumns(150)}) {
      for (const Column& column : columns) {
        const std::string bytes = Encoded(column.values, options);
        for (size_t size = 0; size < bytes.size(); ++size) {
          // A copy of its own, so that a sanitizer sees a read past the end.
          const std::vector<char> cut(bytes.begin(), bytes.begin() + size);
          ByteReader in(std::string_view(cut.data(), cut.size()));
          std::vector<uint64_t> values;
          INFO(column.name << " cut to " << size << " of " << bytes.size());
          REQUIRE(DecodeIntegers(&in, 150, &values).code() == absl::StatusCode::kDataLoss);
        }
      }
    }
  }
}

TEST_CASE("a column with any byte changed is refused or read as another one") {
  Random random(7);
  for (const ColumnOptions& options : kAllOptions) {
    for (const std::vector<Column>& columns : {NarrowColumns(70), WideColumns(140)}) {
      for (const Column& column : columns) {
        std::string bytes = Encoded(column.values, options);
        for (char& byte : bytes) {
          const char before = byte;
          for (int change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
            byte = static_cast<char>(before ^ change);
            CheckHostile<uint64_t>(bytes, column.values.size());
            CheckHostile<uint32_t>(bytes, column.values.size());
          }
          byte = before;
        }
      }
    }
  }
}

TEST_CASE("random bytes are refused or read as some column") {
  Random random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<char> bytes(random.Below(60));
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string_view view(bytes.data(), bytes.size());
    CheckHostile<uint64_t>(view, random.Below(200));
    CheckHostile<uint32_t>(view, random.Below(200));
  }
}

TEST_CASE("between the steps that make a long column the host is asked") {
  constexpr size_t kLong = size_t{1} << 20;
  size_t left = SIZE_MAX;
  const CallContext call{.check = [&] {
    return left > 0 ? (--left, absl::OkStatus()) : absl::CancelledError("stop");
  }};
  FrameDecoder zstd(&call);
  for (const size_t count : {kLong - 1, kLong}) {
    std::vector<uint64_t> values(count), decoded;
    for (size_t i = 0; i < count; ++i) values[i] = i % 1000;
    std::string bytes;
    EncodeIntegers(values, {.zstd_level = 0}, &bytes);
    size_t after = 0;
    for (;; ++after) {
      left = after;
      ByteReader in(bytes);
      const absl::Status status = DecodeIntegers(&in, count, &decoded, &zstd);
      if (status.ok()) break;
      CHECK(status == absl::CancelledError("stop"));
    }
    CHECK((decoded == values));
    CHECK(after == (count < kLong ? 0 : 2));
  }
}

}  // namespace
}  // namespace dolerite
