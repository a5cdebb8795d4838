// Field numbers of profile.proto, for the reader and the writer.
// Source: github.com/google/pprof/blob/main/proto/profile.proto. Frozen there.
#ifndef DOLERITE_FORMATS_PPROF_WIRE_H_
#define DOLERITE_FORMATS_PPROF_WIRE_H_

#include <cstdint>

namespace dolerite::pprof {

namespace profile {
enum : uint32_t {
  kSampleType = 1,
  kSample = 2,
  kMapping = 3,
  kLocation = 4,
  kFunction = 5,
  kStringTable = 6,
  kDropFrames = 7,
  kKeepFrames = 8,
  kTimeNanos = 9,
  kDurationNanos = 10,
  kPeriodType = 11,
  kPeriod = 12,
  kComment = 13,
  kDefaultSampleType = 14,
  kDocUrl = 15,
  kLast = kDocUrl,
};
}  // namespace profile

namespace value_type {
enum : uint32_t { kType = 1, kUnit = 2 };
}  // namespace value_type

namespace sample {
enum : uint32_t { kLocationId = 1, kValue = 2, kLabel = 3 };
}  // namespace sample

namespace label {
enum : uint32_t { kKey = 1, kStr = 2, kNum = 3, kNumUnit = 4 };
}  // namespace label

namespace mapping {
enum : uint32_t {
  kId = 1,
  kStart = 2,
  kLimit = 3,
  kOffset = 4,
  kFile = 5,
  kBuildId = 6,
  kHasFunctions = 7,
  kHasFilenames = 8,
  kHasLineNumbers = 9,
  kHasInlineFrames = 10,
};
}  // namespace mapping

namespace location {
enum : uint32_t { kId = 1, kMappingId = 2, kAddress = 3, kLine = 4, kFolded = 5 };
}  // namespace location

namespace line {
enum : uint32_t { kFunctionId = 1, kLine = 2, kColumn = 3 };
}  // namespace line

namespace function {
enum : uint32_t { kId = 1, kName = 2, kSystemName = 3, kFile = 4, kStartLine = 5 };
}  // namespace function

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_WIRE_H_
