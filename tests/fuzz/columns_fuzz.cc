// Decodes arbitrary bytes as each kind of column, and encodes what came out again.
// The first byte says how many values, the second which column.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "encoding/integers.h"
#include "encoding/strings.h"

namespace {

using dolerite::ByteReader;

constexpr size_t kMaxBytes = 1 << 20;

void Check(bool law) {
  if (!law) std::abort();
}

template <class T>
void FuzzIntegers(std::string_view bytes, size_t count, bool smallest) {
  ByteReader in(bytes);
  std::vector<T> values, again;
  if (!dolerite::DecodeIntegers(&in, count, &values).ok()) return;
  Check(values.size() == count);
  std::string encoded;
  dolerite::EncodeIntegers(std::span<const T>(values), {.zstd_level = 1, .smallest = smallest},
                           &encoded);
  in = ByteReader(encoded);
  Check(dolerite::DecodeIntegers(&in, count, &again).ok() && in.empty() && again == values);
}

void FuzzStrings(std::string_view bytes, size_t count) {
  ByteReader in(bytes);
  std::string text, text_again, encoded;
  std::vector<size_t> ends, ends_again;
  if (!dolerite::DecodeSortedStrings(&in, count, kMaxBytes, &text, &ends).ok()) return;
  Check(ends.size() == count && text.size() <= kMaxBytes);
  std::vector<std::string_view> strings;
  for (size_t i = 0; i < count; ++i) {
    const size_t start = i == 0 ? 0 : ends[i - 1];
    strings.push_back(std::string_view(text).substr(start, ends[i] - start));
  }
  dolerite::EncodeSortedStrings(strings, {}, &encoded);
  in = ByteReader(encoded);
  Check(dolerite::DecodeSortedStrings(&in, count, text.size(), &text_again, &ends_again).ok() &&
        text == text_again && ends == ends_again);
}

void FuzzBytes(std::string_view bytes) {
  ByteReader in(bytes);
  std::string text;
  if (dolerite::DecodeBytes(&in, kMaxBytes, &text).ok()) Check(text.size() <= kMaxBytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t count = data[0] < 128 ? data[0] : size_t{data[0]} * 16;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  switch (data[1] & 3) {
    case 0:
      FuzzIntegers<uint64_t>(bytes, count, data[1] & 4);
      break;
    case 1:
      FuzzIntegers<uint32_t>(bytes, count, data[1] & 4);
      break;
    case 2:
      FuzzStrings(bytes, count);
      break;
    default:
      FuzzBytes(bytes);
  }
  return 0;
}
