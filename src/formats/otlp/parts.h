// The profiles of one message before they get tables of their own: ids are rows of the dictionary.
#ifndef DOLERITE_FORMATS_OTLP_PARTS_H_
#define DOLERITE_FORMATS_OTLP_PARTS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dolerite/profile.h"
#include "formats/otlp/dictionary.h"
#include "formats/otlp/message.h"

namespace dolerite::otlp {

// One Profile message. The samples of equal identity are one.
struct Part {
  std::vector<ValueType> types;
  StringId default_type;
  ValueType period_type;
  int64_t period = 0, time = 0, duration = 0;
  std::optional<ProfileId> id;
  uint64_t dropped = 0;
  std::string_view format, payload;
  std::vector<AttributeId> attributes;  // sorted
  std::vector<StringId> comments;
  Samples samples;
};

// Decodes parts. Keeps its buffers from part to part.
class PartDecoder {
 public:
  PartDecoder(Context& context, Dictionary& dictionary)
      : context_(context), dictionary_(dictionary) {}

  absl::Status Decode(std::string_view bytes, const Path& path, Part* part);

 private:
  // A sample of the message. Samples of one identity form a chain: `next` is the following one.
  struct Row {
    StackId stack;
    AttributeSetId labels;
    LinkId link;
    SampleShape shape = SampleShape::kAggregate;
    bool is_head = true;
    uint32_t values = 0, value_count = 0;  // in values_
    uint32_t times = 0, time_count = 0;    // in times_
    uint32_t next = UINT32_MAX, last = UINT32_MAX;
  };

  absl::Status DecodeHeader(Message& m, Part* part);
  void DecodeHeaderField(Message& m, Part* part);
  void CollectSamples(Message& m);
  void DecodeId(Message& m, Part* part);
  absl::Status DecodeType(std::string_view bytes, const Path& path, ValueType* type);
  absl::Status DecodeSamples(const Path& path, Part* part);
  absl::Status DecodeSample(std::string_view bytes, const Path& path, Row* row);
  // M is a Message or a PlainMessage.
  template <class M>
  void TakeSample(M& m, Row* row);
  bool CountsOnes(const Row& row) const;
  absl::Status FindShape(const Path& path, size_t types, Row* row);
  absl::Status FindStack(uint64_t start, uint64_t length, const Path& path, Row* row);
  bool AllDiffer() const;
  size_t Combine();
  absl::Status Emit(const Path& path, size_t heads, Part* part);
  bool EmitRow(uint32_t at, size_t types, int64_t* sums, Samples* s) const;

  Context& context_;
  Dictionary& dictionary_;
  Spans sample_fields_;
  const decltype(LayoutTable::sample)* sample_layout_ = nullptr;
  std::vector<LocationId> locations_;  // up to 1.7: what samples are slices of
  uint64_t start_ = 0, length_ = 0;    // the slice of the sample in hand
  size_t listed_ = 0;                  // locations in such slices
  uint64_t default_index_ = 0;
  std::vector<AttributeId> labels_;
  std::vector<Row> rows_;
  std::vector<uint64_t> times_;
  std::vector<int64_t> values_;
  const uint64_t seed_ = SeedFor(this);
};

// Joins parts that are sample types of one profile. `order` has the values of
// pprof.scope.sample_type_order, if the scope has it. True if parts were joined: then the order
// holds no more information.
bool JoinParts(const std::vector<int64_t>& order, const ReadLimits& limits,
               std::vector<Part>* parts, OtlpReadReport* report);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_PARTS_H_
