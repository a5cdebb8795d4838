// Where the messages of a repeated field lie.
#ifndef DOLERITE_FORMATS_WIRE_SPANS_H_
#define DOLERITE_FORMATS_WIRE_SPANS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "formats/wire/memory_meter.h"

namespace dolerite {

// Views of bytes as offsets of 32 bits: the file has less than 4 GiB. Keeps its memory.
class Spans {
 public:
  // What a span takes in a vector that grows by doubling.
  static constexpr size_t kBytes = 2 * 2 * sizeof(uint32_t);

  // The spans to come lie behind `origin`.
  void Clear(const char* origin) { spans_.clear(), origin_ = origin; }
  size_t size() const { return spans_.size(); }
  std::string_view operator[](size_t i) const {
    return std::string_view(origin_ + spans_[i].begin, spans_[i].size);
  }
  void Push(std::string_view bytes) {
    if (spans_.capacity() == 0) spans_.reserve(kFirst);
    spans_.push_back(
        {static_cast<uint32_t>(bytes.data() - origin_), static_cast<uint32_t>(bytes.size())});
  }

  // Pushes the message of the field at `at`, of a tag of one byte, and charges it. Returns where
  // the field ends; nullptr, and nothing is done, if that is past `end` or the memory does not
  // suffice.
  const char* PushField(const char* at, const char* end, MemoryMeter* memory) {
    const ParsedVarint size = ParseVarint(at + 1, end);
    if (size.end == nullptr || size.value > static_cast<size_t>(end - size.end)) return nullptr;
    if (!memory->Has(kBytes)) return nullptr;
    memory->Take(kBytes);
    Push(std::string_view(size.end, size.value));
    return size.end + size.value;
  }

  // The same for all fields of this tag that follow each other, while there are at most `most`
  // spans. Returns where the first field begins that was not taken.
  const char* PushRun(const char* at, const char* end, size_t most, MemoryMeter* memory) {
    if (at == end) return at;
    const char tag = *at;
    while (at != end && *at == tag && size() < most) {
      const char* const next = PushField(at, end, memory);
      if (next == nullptr) break;
      at = next;
    }
    return at;
  }

 private:
  // Room is made for so many at once: small messages have many fields of few messages each, and
  // growing from one on costs half a dozen allocations a field.
  static constexpr size_t kFirst = 64;

  struct Span {
    uint32_t begin, size;
  };

  const char* origin_ = nullptr;
  std::vector<Span> spans_;
};

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_WIRE_SPANS_H_
