// Messages of querier.v1 about stacks: flame graphs, profiles, differences. Times are milliseconds.
#ifndef DOLERITE_EXAMPLES_HOST_STACK_MESSAGES_H_
#define DOLERITE_EXAMPLES_HOST_STACK_MESSAGES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "message.h"
#include "pyroscope_messages.h"

namespace dolerite::host {

enum class ProfileFormat : int32_t { kUnspecified, kFlamegraph, kTree, kDot, kPprof };
inline auto EnumNames(ProfileFormat) {
  return std::to_array<const char*>({"PROFILE_FORMAT_UNSPECIFIED", "PROFILE_FORMAT_FLAMEGRAPH",
                                     "PROFILE_FORMAT_TREE", "PROFILE_FORMAT_DOT",
                                     "PROFILE_FORMAT_PPROF"});
}

enum class AsyncQueryType : int32_t { kDisabled, kForce };
inline auto EnumNames(AsyncQueryType) {
  return std::to_array<const char*>({"ASYNC_QUERY_TYPE_DISABLED", "ASYNC_QUERY_TYPE_FORCE"});
}

struct CallSite {
  std::string name;
  static void Fields(auto& m, auto&& visit) { visit(1, "name", m.name); }
};

struct GoPgo {
  uint32_t keep_locations = 0;
  bool aggregate_callees = false;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "keep_locations", m.keep_locations);
    visit(2, "aggregate_callees", m.aggregate_callees);
  }
};

struct StackTraceSelector {
  std::vector<CallSite> call_site;
  std::optional<GoPgo> go_pgo;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "call_site", m.call_site), visit(2, "go_pgo", m.go_pgo);
  }
};

struct AsyncQuery {
  std::string request_id;
  AsyncQueryType type{};
  static void Fields(auto& m, auto&& visit) {
    visit(1, "request_id", m.request_id), visit(2, "type", m.type);
  }
};

// SelectMergeStacktraces. Other questions about stacks are asked as one of these.
struct StacktracesRequest {
  std::string profile_type, label_selector;
  int64_t start = 0, end = 0;
  std::optional<int64_t> max_nodes;
  ProfileFormat format{};
  std::optional<StackTraceSelector> stacks;
  std::vector<std::string> profile_ids;
  std::optional<AsyncQuery> async;
  std::vector<std::string> trace_ids, span_ids;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "profile_typeID", m.profile_type), visit(2, "label_selector", m.label_selector);
    visit(3, "start", m.start), visit(4, "end", m.end), visit(5, "max_nodes", m.max_nodes);
    visit(6, "format", m.format), visit(7, "stack_trace_selector", m.stacks);
    visit(8, "profile_id_selector", m.profile_ids), visit(9, "async", m.async);
    visit(10, "trace_id_selector", m.trace_ids), visit(11, "span_selector", m.span_ids);
  }
};

struct LevelMessage {
  std::vector<int64_t> values;
  static void Fields(auto& m, auto&& visit) { visit(1, "values", m.values); }
};

struct FlameGraphMessage {
  std::vector<std::string> names;
  std::vector<LevelMessage> levels;
  int64_t total = 0, max_self = 0;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "names", m.names), visit(2, "levels", m.levels), visit(3, "total", m.total);
    visit(4, "max_self", m.max_self);
  }
};

struct PprofProfile {
  Encoded<Pprof> profile;
  static void Fields(auto& m, auto&& visit) { visit(1, "profile", m.profile); }
};

// Also the answer of SelectMergeSpanProfile, which has the first two fields.
struct StacktracesResponse {
  std::optional<FlameGraphMessage> flamegraph;
  Bytes tree;
  std::string dot;
  std::optional<PprofProfile> pprof;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "flamegraph", m.flamegraph), visit(2, "tree", m.tree), visit(3, "dot", m.dot);
    visit(5, "pprof", m.pprof);
  }
};

struct SpanProfileRequest : StacktracesRequest {
  static void Fields(auto& m, auto&& visit) {
    visit(1, "profile_typeID", m.profile_type), visit(2, "label_selector", m.label_selector);
    visit(3, "span_selector", m.span_ids), visit(4, "start", m.start), visit(5, "end", m.end);
    visit(6, "max_nodes", m.max_nodes), visit(7, "format", m.format);
  }
};

struct MergeProfileRequest : StacktracesRequest {
  static void Fields(auto& m, auto&& visit) {
    visit(1, "profile_typeID", m.profile_type), visit(2, "label_selector", m.label_selector);
    visit(3, "start", m.start), visit(4, "end", m.end), visit(5, "max_nodes", m.max_nodes);
    visit(6, "stack_trace_selector", m.stacks), visit(7, "profile_id_selector", m.profile_ids);
    visit(8, "trace_id_selector", m.trace_ids);
  }
};

struct DiffRequest {
  StacktracesRequest left, right;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "left", m.left), visit(2, "right", m.right);
  }
};

struct FlameGraphDiff : FlameGraphMessage {
  int64_t left_ticks = 0, right_ticks = 0;
  static void Fields(auto& m, auto&& visit) {
    FlameGraphMessage::Fields(m, visit);
    visit(5, "leftTicks", m.left_ticks), visit(6, "rightTicks", m.right_ticks);
  }
};

struct DiffResponse {
  std::optional<FlameGraphDiff> flamegraph;
  static void Fields(auto& m, auto&& visit) { visit(1, "flamegraph", m.flamegraph); }
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_STACK_MESSAGES_H_
