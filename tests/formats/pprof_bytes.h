// pprof files put together by hand, field by field.
#ifndef DOLERITE_TESTS_FORMATS_PPROF_BYTES_H_
#define DOLERITE_TESTS_FORMATS_PPROF_BYTES_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace dolerite::testing {

// The bytes of a message.
class Wire {
 public:
  Wire& Number(uint32_t field, uint64_t value) { return Tag(field, 0), Varint(value); }
  Wire& Bytes(uint32_t field, std::string_view bytes) {
    Tag(field, 2), Varint(bytes.size());
    bytes_ += bytes;
    return *this;
  }
  Wire& Bytes(uint32_t field, const Wire& message) { return Bytes(field, message.bytes_); }
  Wire& Packed(uint32_t field, const std::vector<uint64_t>& values) {
    Wire run;
    for (uint64_t value : values) run.Varint(value);
    return Bytes(field, run);
  }
  Wire& Unpacked(uint32_t field, const std::vector<uint64_t>& values) {
    for (uint64_t value : values) Number(field, value);
    return *this;
  }
  Wire& Tag(uint32_t field, uint32_t type) { return Varint(uint64_t{field} << 3 | type); }
  Wire& Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
    return *this;
  }
  Wire& Raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Strings that test profiles use, by index.
enum Text : uint64_t {
  kEmpty,
  kSamples,
  kCount,
  kCpu,
  kNanoseconds,
  kMain,
  kWork,
  kFileName,
  kBinary,
  kBuildId,
  kKey,
  kValue,
  kSpanKey,
  kTraceKey,
  kSpan,
  kTrace,
  kEmptyAgain,
  kTexts,
};

inline Wire Strings() {
  Wire w;
  for (std::string_view text : {"", "samples", "count", "cpu", "nanoseconds", "main", "work",
                                "main.cc", "/bin/app", "b1d", "key", "value", "span_id", "trace_id",
                                "0123456789abcdef", "0123456789abcdef0123456789abcdef", ""}) {
    w.Bytes(6, text);
  }
  return w;
}

inline Wire Type(uint64_t type, uint64_t unit) { return Wire().Number(1, type).Number(2, unit); }
inline Wire Function(uint64_t id, uint64_t name) {
  return Wire().Number(1, id).Number(2, name).Number(3, name).Number(4, kFileName).Number(5, 3);
}
inline Wire Line(uint64_t function, uint64_t line) {
  return Wire().Number(1, function).Number(2, line).Number(3, 7);
}
inline Wire Location(uint64_t id, const std::vector<Wire>& lines, uint64_t mapping = 1) {
  Wire w;
  w.Number(1, id).Number(2, mapping).Number(3, 0x400000 + id);
  for (const Wire& line : lines) w.Bytes(4, line);
  return w;
}
inline Wire Mapping(uint64_t id) {
  return Wire()
      .Number(1, id)
      .Number(2, 0x400000)
      .Number(3, 0x500000)
      .Number(5, kBinary)
      .Number(6, kBuildId)
      .Number(7, 1);
}
inline Wire Sample(const std::vector<uint64_t>& locations, const std::vector<uint64_t>& values,
                   const std::vector<Wire>& labels = {}) {
  Wire w;
  w.Packed(1, locations).Packed(2, values);
  for (const Wire& label : labels) w.Bytes(3, label);
  return w;
}
inline Wire TextLabel(uint64_t key, uint64_t text) { return Wire().Number(1, key).Number(2, text); }

// Types, a mapping, two functions, locations 1 and 2 (the latter with an inlined
// call), strings: what the samples of tests refer to.
inline Wire Tables() {
  return Wire()
      .Bytes(1, Type(kSamples, kCount))
      .Bytes(1, Type(kCpu, kNanoseconds))
      .Bytes(3, Mapping(1))
      .Bytes(4, Location(1, {Line(1, 10)}))
      .Bytes(4, Location(2, {Line(2, 20), Line(1, 11)}))
      .Bytes(5, Function(1, kMain))
      .Bytes(5, Function(2, kWork))
      .Raw(Strings().bytes());
}

// A profile with a bit of everything.
inline Wire SmallProfile() {
  return Tables()
      .Bytes(2, Sample({2, 1}, {1, 10}, {TextLabel(kKey, kValue)}))
      .Bytes(2, Sample({1}, {2, 20},
                       {Wire().Number(1, kKey).Number(3, 512).Number(4, kCount),
                        TextLabel(kSpanKey, kSpan), TextLabel(kTraceKey, kTrace)}))
      .Bytes(2, Sample({}, {3, 30}))
      .Number(9, 1000)
      .Number(10, 2000)
      .Bytes(11, Type(kCpu, kNanoseconds))
      .Number(12, 100)
      .Packed(13, {kMain, kWork})
      .Number(14, kSamples)
      .Number(15, kFileName)
      .Number(100, 5);
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_FORMATS_PPROF_BYTES_H_
