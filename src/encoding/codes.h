// The payloads of integer columns: codes in, bytes out, and back, for each CodeKind.
#ifndef DOLERITE_ENCODING_CODES_H_
#define DOLERITE_ENCODING_CODES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "base/bytes.h"
#include "encoding/column_layout.h"

namespace dolerite {

// What the sizes of payloads depend on. Blocks are those of kPacked. The codes must outlive it.
struct CodeSizes {
  explicit CodeSizes(std::span<const uint64_t> codes);

  std::span<const uint64_t> codes;
  std::array<size_t, 9> by_bytes{};  // how many codes take this many bytes
  size_t packed_bytes = 0;           // for kPacked
  size_t split_bytes = 0;            // for kSplit

  size_t bytes(CodeKind kind) const;  // exact; kNoSize if the kind can't hold them
};
inline constexpr size_t kNoSize = ~size_t{0};

// Appends the payload; the kind can hold the codes.
void AppendCodes(CodeKind kind, std::span<const uint64_t> codes, std::string* out);

// The most bytes that a payload of `count` codes takes.
size_t MaxCodeBytes(CodeKind kind, size_t count);

enum class CodesRead { kOk, kDamaged, kTooWide };

// Reads `count` codes to `codes` (which has that room). kTooWide if T can't hold
// them; the position of `in` is then undefined.
template <class T>
CodesRead ReadCodes(CodeKind kind, ByteReader* in, size_t count, T* codes);

// One pair for each family of kinds, in a file of its own.
void AppendPacked(std::span<const uint64_t> codes, std::string* out);
template <class T>
CodesRead ReadPacked(ByteReader* in, size_t count, T* codes);

// Appends numbers of 0 to 8 bytes each: a string that is sized for the longest would be filled with
// zeros first.
class NumberAppender {
 public:
  explicit NumberAppender(std::string* out) : out_(out) {}
  NumberAppender(const NumberAppender&) = delete;
  NumberAppender& operator=(const NumberAppender&) = delete;
  ~NumberAppender() { out_->append(buffer_, end_); }

  // Where to write up to four numbers in a row. All eight bytes of each are written; the next
  // number overwrites those that are too many. End says where the last number ends.
  char* Begin() {
    if (end_ > buffer_ + sizeof(buffer_) - 4 * 8) {
      out_->append(buffer_, end_);
      end_ = buffer_;
    }
    return end_;
  }
  void End(char* end) { end_ = end; }

 private:
  std::string* out_;
  char buffer_[1024];
  char* end_ = buffer_;
};

void AppendGroups(CodeKind kind, std::span<const uint64_t> codes, std::string* out);
template <class T>
CodesRead ReadGroups(CodeKind kind, ByteReader* in, size_t count, T* codes);
// Bytes of a code whose control bits are 0, 1, 2, 3.
const std::array<uint8_t, 4>& GroupLengths(CodeKind kind);

void AppendSplit(std::span<const uint64_t> codes, std::string* out);
template <class T>
CodesRead ReadSplit(ByteReader* in, size_t count, T* codes);
size_t SplitTailBytes(uint64_t code);
// Codes below have no tail bytes; some above have none either. A power of 2: a bitwise or of codes
// is below it if each of them is.
inline constexpr uint64_t kSplitTailsFrom = 128;

// The bits of kBits; how many each code has is a column of its own.
void AppendBits(std::span<const uint64_t> codes, std::string* out);
template <class T>
CodesRead ReadBits(std::span<const uint32_t> widths, ByteReader* in, T* codes);

}  // namespace dolerite

#endif  // DOLERITE_ENCODING_CODES_H_
