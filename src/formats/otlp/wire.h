// Field numbers of OTLP Profiles, layout by layout.
// Source: github.com/open-telemetry/opentelemetry-proto, profiles/v1development, tags v1.5.0 to
// v1.11.0
//
//   ProfilesData { resource_profiles 1, dictionary 2 }
//     ResourceProfiles { resource 1, scope_profiles 2, ... }
//       ScopeProfiles { scope 1, profiles 2, ... }
//         Profile { sample type, samples, time, ... }
//           Sample -> stack -> locations -> lines
//
// The dictionary is there from 1.7. In 1.6 its tables are fields of ProfilesData, in 1.5 of each
// profile. Samples have a stack from 1.8; before, a run of Profile's location_indices.
#ifndef DOLERITE_FORMATS_OTLP_WIRE_H_
#define DOLERITE_FORMATS_OTLP_WIRE_H_

#include <array>
#include <cstdint>

#include "dolerite/otlp.h"

namespace dolerite::otlp {

enum class ProfileField : uint8_t {
  kUnknown,
  kSampleType,
  kSamples,
  kLocationIndices,
  kTime,
  kDuration,
  kPeriodType,
  kPeriod,
  kComments,
  kDefaultType,   // a string
  kDefaultIndex,  // a sample type
  kId,
  kDropped,
  kFormat,
  kPayload,
  kAttributes,
  kTable,
};

enum class SampleField : uint8_t {
  kUnknown,
  kStack,
  kStart,
  kLength,
  kValues,
  kAttributes,
  kLink,
  kTimestamps,
};

enum class Table : uint8_t {
  kNone,
  kMapping,
  kLocation,
  kFunction,
  kLink,
  kString,
  kAttribute,
  kUnit,
  kStack,
};
inline constexpr size_t kTables = 9;
inline constexpr std::array<const char*, kTables> kTableNames = {
    "",           "mapping_table", "location_table",  "function_table",
    "link_table", "string_table",  "attribute_table", "attribute_units",
    "stack_table"};

struct LayoutTable {
  std::array<ProfileField, 23> profile;
  std::array<SampleField, 7> sample;
  std::array<Table, 11> table;  // of the message that holds the dictionary
};

// One of the layouts, not kAuto.
const LayoutTable& TableOf(OtlpLayout layout);

template <class Field, size_t N>
Field FieldOf(const std::array<Field, N>& fields, uint32_t number) {
  return number < N ? fields[number] : Field{};
}

// From 1.8 on entry 0 of each table means "nothing". Before, entry 0 was an entry like others, and
// only a missing field meant nothing.
inline bool HasNullEntries(OtlpLayout layout) { return layout >= OtlpLayout::k1_8; }

namespace data {
enum : uint32_t { kResourceProfiles = 1, kDictionary = 2 };
}  // namespace data

namespace resource_profiles {
enum : uint32_t { kResource = 1, kScopeProfiles = 2, kSchemaUrl = 3 };
}  // namespace resource_profiles

namespace scope_profiles {
enum : uint32_t { kScope = 1, kProfiles = 2, kSchemaUrl = 3 };
}  // namespace scope_profiles

namespace resource {
enum : uint32_t { kAttributes = 1, kDropped = 2, kEntityRefs = 3 };
}  // namespace resource

namespace scope {
enum : uint32_t { kName = 1, kVersion = 2, kAttributes = 3, kDropped = 4 };
}  // namespace scope

namespace key_value {
enum : uint32_t { kKey = 1, kValue = 2, kKeyIndex = 3 };
}  // namespace key_value

namespace attribute {  // KeyValueAndUnit
enum : uint32_t { kKeyIndex = 1, kValue = 2, kUnitIndex = 3 };
}  // namespace attribute

namespace unit {
enum : uint32_t { kKeyIndex = 1, kUnitIndex = 2 };
}  // namespace unit

namespace any {
enum : uint32_t {
  kString = 1,
  kBool = 2,
  kInt = 3,
  kDouble = 4,
  kArray = 5,
  kMap = 6,
  kBytes = 7,
  kStringIndex = 8
};
inline constexpr uint32_t kItems = 1;  // of an array, of a map
}  // namespace any

namespace value_type {
enum : uint32_t { kType = 1, kUnit = 2, kTemporality = 3 };
}  // namespace value_type

namespace mapping {
enum : uint32_t {
  kStart = 1,
  kLimit = 2,
  kOffset = 3,
  kFile = 4,
  kAttributes = 5,
  kHasFunctions = 6,  // this and the next up to 1.7
  kHasFilenames = 7,
  kHasLineNumbers = 8,
  kHasInlineFrames = 9
};
}  // namespace mapping

namespace location {
enum : uint32_t {
  kMapping = 1,
  kAddress = 2,
  kLines = 3,
  kAttributes = 4,     // from 1.8
  kFolded = 4,         // up to 1.7
  kOldAttributes = 5,  // up to 1.7
};
}  // namespace location

namespace line {
enum : uint32_t { kFunction = 1, kLine = 2, kColumn = 3 };
}  // namespace line

namespace function {
enum : uint32_t { kName = 1, kSystemName = 2, kFile = 3, kStartLine = 4 };
}  // namespace function

namespace link {
enum : uint32_t { kTraceId = 1, kSpanId = 2 };
}  // namespace link

inline constexpr uint32_t kStackLocations = 1;

// Of the current layout.
namespace profile {
enum : uint32_t {
  kSampleType = 1,
  kSamples = 2,
  kTime = 3,
  kDuration = 4,
  kPeriodType = 5,
  kPeriod = 6,
  kId = 7,
  kDropped = 8,
  kFormat = 9,
  kPayload = 10,
  kAttributes = 11
};
}  // namespace profile

namespace sample {
enum : uint32_t { kStack = 1, kAttributes = 2, kLink = 3, kValues = 4, kTimestamps = 5 };
}  // namespace sample

namespace dictionary {
enum : uint32_t {
  kMapping = 1,
  kLocation = 2,
  kFunction = 3,
  kLink = 4,
  kString = 5,
  kAttribute = 6,
  kStack = 7
};
}  // namespace dictionary

// Names that the semantic conventions give, and ours.
namespace key {
inline constexpr std::string_view kHasFunctions = "pprof.mapping.has_functions";
inline constexpr std::string_view kHasFilenames = "pprof.mapping.has_filenames";
inline constexpr std::string_view kHasLineNumbers = "pprof.mapping.has_line_numbers";
inline constexpr std::string_view kHasInlineFrames = "pprof.mapping.has_inline_frames";
inline constexpr std::string_view kFolded = "pprof.location.is_folded";
inline constexpr std::string_view kComment = "pprof.profile.comment";
inline constexpr std::string_view kDropFrames = "pprof.profile.drop_frames";
inline constexpr std::string_view kKeepFrames = "pprof.profile.keep_frames";
inline constexpr std::string_view kDocUrl = "pprof.profile.doc_url";
inline constexpr std::string_view kDefaultType = "pprof.scope.default_sample_type";
inline constexpr std::string_view kTypeOrder = "pprof.scope.sample_type_order";
inline constexpr std::array<std::string_view, 4> kBuildIds = {
    "process.executable.build_id.gnu", "process.executable.build_id.go",
    "process.executable.build_id.htlhash", "process.executable.build_id.profiling"};

inline constexpr std::string_view kOurs = "otlp.";  // begins all that follow
inline constexpr std::string_view kResource = "otlp.resource:";
inline constexpr std::string_view kScope = "otlp.scope:";
inline constexpr std::string_view kScopeName = "otlp.scope.name";
inline constexpr std::string_view kScopeVersion = "otlp.scope.version";
inline constexpr std::string_view kScopeDropped = "otlp.scope.dropped";
inline constexpr std::string_view kScopeSchema = "otlp.scope.schema_url";
inline constexpr std::string_view kResourceDropped = "otlp.resource.dropped";
inline constexpr std::string_view kResourceSchema = "otlp.resource.schema_url";
inline constexpr std::string_view kEntity = "otlp.resource.entity";
inline constexpr std::string_view kUnknownFields = "pprof.profile.unknown_fields";
}  // namespace key

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_WIRE_H_
