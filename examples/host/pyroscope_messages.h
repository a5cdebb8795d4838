// Pyroscope's messages: push.v1, types.v1 and google.v1 (pprof), under the names of their .proto
// files. stack_messages.h and querier_messages.h have those of queries.
#ifndef DOLERITE_EXAMPLES_HOST_PYROSCOPE_MESSAGES_H_
#define DOLERITE_EXAMPLES_HOST_PYROSCOPE_MESSAGES_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "message.h"

namespace dolerite::host {

struct LabelPair {
  std::string name, value;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "name", m.name), visit(2, "value", m.value);
  }
  friend auto operator<=>(const LabelPair&, const LabelPair&) = default;
};

struct RawSample {
  Bytes raw_profile;
  std::string id;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "raw_profile", m.raw_profile), visit(2, "ID", m.id);
  }
};

struct RawProfileSeries {
  std::vector<LabelPair> labels;
  std::vector<RawSample> samples;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "labels", m.labels), visit(2, "samples", m.samples);
  }
};

struct PushRequest {
  std::vector<RawProfileSeries> series;
  static void Fields(auto& m, auto&& visit) { visit(1, "series", m.series); }
};

struct PushResponse {
  static void Fields(auto&, auto&&) {}
};

// A pprof, for its form in JSON alone.
struct PprofValueType {
  int64_t type = 0, unit = 0;
  static void Fields(auto& m, auto&& visit) { visit(1, "type", m.type), visit(2, "unit", m.unit); }
};

struct PprofLabel {
  int64_t key = 0, str = 0, num = 0, num_unit = 0;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "key", m.key), visit(2, "str", m.str), visit(3, "num", m.num);
    visit(4, "num_unit", m.num_unit);
  }
};

struct PprofSample {
  std::vector<uint64_t> location_id;
  std::vector<int64_t> value;
  std::vector<PprofLabel> label;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "location_id", m.location_id), visit(2, "value", m.value), visit(3, "label", m.label);
  }
};

struct PprofMapping {
  uint64_t id = 0, memory_start = 0, memory_limit = 0, file_offset = 0;
  int64_t filename = 0, build_id = 0;
  bool has_functions = false, has_filenames = false, has_line_numbers = false;
  bool has_inline_frames = false;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "id", m.id), visit(2, "memory_start", m.memory_start);
    visit(3, "memory_limit", m.memory_limit), visit(4, "file_offset", m.file_offset);
    visit(5, "filename", m.filename), visit(6, "build_id", m.build_id);
    visit(7, "has_functions", m.has_functions), visit(8, "has_filenames", m.has_filenames);
    visit(9, "has_line_numbers", m.has_line_numbers);
    visit(10, "has_inline_frames", m.has_inline_frames);
  }
};

struct PprofLine {
  uint64_t function_id = 0;
  int64_t line = 0;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "function_id", m.function_id), visit(2, "line", m.line);
  }
};

struct PprofLocation {
  uint64_t id = 0, mapping_id = 0, address = 0;
  std::vector<PprofLine> line;
  bool is_folded = false;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "id", m.id), visit(2, "mapping_id", m.mapping_id), visit(3, "address", m.address);
    visit(4, "line", m.line), visit(5, "is_folded", m.is_folded);
  }
};

struct PprofFunction {
  uint64_t id = 0;
  int64_t name = 0, system_name = 0, filename = 0, start_line = 0;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "id", m.id), visit(2, "name", m.name), visit(3, "system_name", m.system_name);
    visit(4, "filename", m.filename), visit(5, "start_line", m.start_line);
  }
};

struct Pprof {
  std::vector<PprofValueType> sample_type;
  std::vector<PprofSample> sample;
  std::vector<PprofMapping> mapping;
  std::vector<PprofLocation> location;
  std::vector<PprofFunction> function;
  std::vector<std::string> string_table;
  int64_t drop_frames = 0, keep_frames = 0, time_nanos = 0, duration_nanos = 0;
  std::optional<PprofValueType> period_type;
  int64_t period = 0;
  std::vector<int64_t> comment;
  int64_t default_sample_type = 0;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "sample_type", m.sample_type), visit(2, "sample", m.sample);
    visit(3, "mapping", m.mapping), visit(4, "location", m.location);
    visit(5, "function", m.function), visit(6, "string_table", m.string_table);
    visit(7, "drop_frames", m.drop_frames), visit(8, "keep_frames", m.keep_frames);
    visit(9, "time_nanos", m.time_nanos), visit(10, "duration_nanos", m.duration_nanos);
    visit(11, "period_type", m.period_type), visit(12, "period", m.period);
    visit(13, "comment", m.comment), visit(14, "default_sample_type", m.default_sample_type);
  }
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_PYROSCOPE_MESSAGES_H_
