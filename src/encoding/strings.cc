// Byte columns. Sorted strings are stored as three columns, one after the other: how many bytes
// each shares with the string before it (integers), how many it has besides (integers), and those
// bytes (EncodeBytes). Opaque bytes are stored as
//
//   0 | varint size | bytes
//   1 | varint size | varint size of the frame | zstd frame
#include "encoding/strings.h"

#include <algorithm>
#include <cstdint>

#include "base/status.h"

namespace dolerite {
namespace {

constexpr char kRaw = 0;
constexpr char kZstd = 1;
constexpr size_t kMinZstdTextBytes = 32;
// At least for names, if zstd is used at all: 5 % smaller than at a low level, and read as fast.
constexpr int kMinTextLevel = 6;

size_t SharedPrefix(std::string_view a, std::string_view b) {
  const size_t most = std::min(a.size(), b.size());
  return std::mismatch(a.begin(), a.begin() + most, b.begin()).first - a.begin();
}

// Reads the lengths of the strings and checks their sum before any string takes memory.
// Lengths claim memory before any byte of text is read. A prefix can repeat a long string from two
// bytes, so the sum of all lengths is compared with the limit, by subtracting from what is left.
absl::Status CheckLengths(const std::vector<uint64_t>& shared, const std::vector<uint64_t>& own,
                          size_t max_bytes) {
  uint64_t left = max_bytes, before = 0;
  for (size_t i = 0; i < shared.size(); ++i) {
    if (shared[i] > before) return DataLoss("strings: a prefix longer than the string before it");
    if (shared[i] > left || own[i] > left - shared[i]) {
      return ResourceExhausted("strings: over the limit of ", max_bytes, " bytes");
    }
    before = shared[i] + own[i];
    left -= before;
  }
  return absl::OkStatus();
}

// Whether the string that takes `shared` bytes of `before`, then `own`, sorts after `before`.
bool Ascends(std::string_view before, size_t shared, std::string_view own) {
  return before.substr(shared) <= own;
}

// One pass. A string is its prefix of the string before, which is in `bytes` already, and the next
// suffix. Strings must ascend, as binary searches over them rely on it.
absl::Status Rebuild(const std::vector<uint64_t>& shared, const std::vector<uint64_t>& own,
                     std::string_view suffixes, std::string* bytes, std::vector<size_t>* ends) {
  size_t total = 0;
  for (size_t i = 0; i < shared.size(); ++i) total += shared[i] + own[i];
  bytes->resize(total);
  ends->resize(shared.size());
  char* to = bytes->data();
  std::string_view before;
  for (size_t i = 0; i < shared.size(); ++i) {
    if (own[i] > suffixes.size()) return DataLoss("strings: too few bytes");
    const std::string_view suffix = suffixes.substr(0, own[i]);
    suffixes.remove_prefix(own[i]);
    if (!Ascends(before, shared[i], suffix)) {
      return DataLoss("strings: string ", i, " is out of order");
    }
    before.copy(to, shared[i]);
    suffix.copy(to + shared[i], own[i]);
    before = {to, shared[i] + own[i]};
    to += before.size();
    (*ends)[i] = static_cast<size_t>(to - bytes->data());
  }
  return suffixes.empty() ? absl::OkStatus() : DataLoss("strings: too many bytes");
}

}  // namespace

void EncodeSortedStrings(std::span<const std::string_view> strings, const ColumnOptions& options,
                         std::string* out, FrameEncoder* zstd, std::string* plain) {
  if (strings.empty()) return;
  std::vector<uint64_t> shared, own;
  std::string suffixes;
  std::string_view before;
  for (std::string_view s : strings) {
    shared.push_back(SharedPrefix(before, s));
    own.push_back(s.size() - shared.back());
    suffixes.append(s.substr(shared.back()));
    before = s;
  }
  EncodeIntegers(shared, options, out, zstd, plain);
  EncodeIntegers(own, options, out, zstd, plain);
  ColumnOptions text = options;
  if (text.zstd_level != 0 && text.try_encodings)
    text.zstd_level = std::max(text.zstd_level, kMinTextLevel);
  EncodeBytes(suffixes, text, out, zstd, plain);
}

// The two columns of lengths are bounded by `count`, which the caller has checked.
absl::Status DecodeSortedStrings(ByteReader* in, size_t count, size_t max_bytes, std::string* bytes,
                                 std::vector<size_t>* ends, FrameDecoder* zstd) {
  bytes->clear();
  ends->clear();
  if (count == 0) return absl::OkStatus();
  std::vector<uint64_t> shared, own;
  std::string suffixes;
  DOLERITE_RETURN_IF_ERROR(DecodeIntegers(in, count, &shared, zstd));
  DOLERITE_RETURN_IF_ERROR(DecodeIntegers(in, count, &own, zstd));
  DOLERITE_RETURN_IF_ERROR(CheckLengths(shared, own, max_bytes));
  DOLERITE_RETURN_IF_ERROR(DecodeBytes(in, max_bytes, &suffixes, zstd));
  return Rebuild(shared, own, suffixes, bytes, ends);
}

// A frame must be smaller with its size, or the bytes are stored as they are.
void EncodeBytes(std::string_view bytes, const ColumnOptions& options, std::string* out,
                 FrameEncoder* zstd, std::string* plain) {
  std::string frame;
  FrameEncoder own;
  if (options.zstd_level != 0 && bytes.size() >= kMinZstdTextBytes) {
    (zstd != nullptr ? zstd : &own)->Compress(bytes, options.zstd_level, &frame);
  }
  const bool framed = !frame.empty() && frame.size() + VarintSize(frame.size()) < bytes.size();
  if (framed) {
    out->push_back(kZstd);
    AppendVarint(out, bytes.size());
    AppendVarint(out, frame.size());
    out->append(frame);
  }
  for (std::string* to : {framed ? nullptr : out, plain}) {
    if (to == nullptr) continue;
    to->push_back(kRaw);
    AppendVarint(to, bytes.size());
    to->append(bytes);
  }
}

// `size` is bounded before any memory is taken; the frame must decode to exactly that.
absl::Status DecodeBytes(ByteReader* in, size_t max_bytes, std::string* bytes, FrameDecoder* zstd) {
  char form = 0;
  uint64_t size = 0, frame_size = 0;
  std::string_view stored;
  bytes->clear();
  if (!in->ReadLittle(&form) || !in->ReadVarint(&size)) return DataLoss("bytes: truncated");
  if (size > max_bytes) return DataLoss("bytes: ", size, " are more than ", max_bytes);
  if (form == kRaw) {
    if (!in->ReadBytes(size, &stored)) return DataLoss("bytes: fewer than ", size);
    bytes->assign(stored);
    return absl::OkStatus();
  }
  if (form != kZstd) return DataLoss("bytes: unknown form ", int{form});
  if (!in->ReadVarint(&frame_size) || !in->ReadBytes(frame_size, &stored)) {
    return DataLoss("bytes: truncated frame");
  }
  FrameDecoder own;
  bytes->resize(size);
  return (zstd != nullptr ? zstd : &own)->Decompress(stored, size, bytes->data());
}

}  // namespace dolerite
