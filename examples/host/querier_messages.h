// Messages of querier.v1 about what there is, and about values over time. Times are milliseconds,
// steps seconds.
#ifndef DOLERITE_EXAMPLES_HOST_QUERIER_MESSAGES_H_
#define DOLERITE_EXAMPLES_HOST_QUERIER_MESSAGES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "message.h"
#include "pyroscope_messages.h"
#include "stack_messages.h"

namespace dolerite::host {

enum class Aggregation : int32_t { kSum, kAverage };
inline auto EnumNames(Aggregation) {
  return std::to_array<const char*>(
      {"TIME_SERIES_AGGREGATION_TYPE_SUM", "TIME_SERIES_AGGREGATION_TYPE_AVERAGE"});
}

enum class ExemplarType : int32_t { kUnspecified, kNone, kIndividual, kSpan };
inline auto EnumNames(ExemplarType) {
  return std::to_array<const char*>({"EXEMPLAR_TYPE_UNSPECIFIED", "EXEMPLAR_TYPE_NONE",
                                     "EXEMPLAR_TYPE_INDIVIDUAL", "EXEMPLAR_TYPE_SPAN"});
}

enum class HeatmapQueryType : int32_t { kUnspecified, kIndividual, kSpan };
inline auto EnumNames(HeatmapQueryType) {
  return std::to_array<const char*>({"HEATMAP_QUERY_TYPE_UNSPECIFIED",
                                     "HEATMAP_QUERY_TYPE_INDIVIDUAL", "HEATMAP_QUERY_TYPE_SPAN"});
}

// Which series, when. Each question about the catalog has some of these fields.
struct CatalogRequest {
  std::vector<std::string> matchers, label_names;
  std::string name;
  int64_t start = 0, end = 0;
};

struct ProfileTypesRequest : CatalogRequest {
  static void Fields(auto& m, auto&& visit) { visit(1, "start", m.start), visit(2, "end", m.end); }
};

struct LabelNamesRequest : CatalogRequest {
  static void Fields(auto& m, auto&& visit) {
    visit(1, "matchers", m.matchers), visit(2, "start", m.start), visit(3, "end", m.end);
  }
};

struct LabelValuesRequest : CatalogRequest {
  static void Fields(auto& m, auto&& visit) {
    visit(1, "name", m.name), visit(2, "matchers", m.matchers), visit(3, "start", m.start);
    visit(4, "end", m.end);
  }
};

struct SeriesRequest : CatalogRequest {
  static void Fields(auto& m, auto&& visit) {
    visit(1, "matchers", m.matchers), visit(2, "label_names", m.label_names);
    visit(3, "start", m.start), visit(4, "end", m.end);
  }
};

struct ProfileTypeMessage {
  std::string id, name, sample_type, sample_unit, period_type, period_unit;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "ID", m.id), visit(2, "name", m.name), visit(4, "sample_type", m.sample_type);
    visit(5, "sample_unit", m.sample_unit), visit(6, "period_type", m.period_type);
    visit(7, "period_unit", m.period_unit);
  }
};

struct ProfileTypesResponse {
  std::vector<ProfileTypeMessage> profile_types;
  static void Fields(auto& m, auto&& visit) { visit(1, "profile_types", m.profile_types); }
};

// Of LabelNames and LabelValues.
struct NamesResponse {
  std::vector<std::string> names;
  static void Fields(auto& m, auto&& visit) { visit(1, "names", m.names); }
};

struct LabelsMessage {
  std::vector<LabelPair> labels;
  static void Fields(auto& m, auto&& visit) { visit(1, "labels", m.labels); }
  friend auto operator<=>(const LabelsMessage&, const LabelsMessage&) = default;
};

struct SeriesResponse {
  std::vector<LabelsMessage> labels_set;
  static void Fields(auto& m, auto&& visit) { visit(2, "labels_set", m.labels_set); }
};

struct StatsRequest {
  static void Fields(auto&, auto&&) {}
};

struct StatsResponse {
  bool data_ingested = false;
  int64_t oldest_profile_time = 0, newest_profile_time = 0;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "data_ingested", m.data_ingested);
    visit(2, "oldest_profile_time", m.oldest_profile_time);
    visit(3, "newest_profile_time", m.newest_profile_time);
  }
};

struct SelectSeriesRequest {
  std::string profile_type, label_selector;
  int64_t start = 0, end = 0;
  std::vector<std::string> group_by;
  double step = 0;
  Aggregation aggregation{};
  std::optional<StackTraceSelector> stacks;
  std::optional<int64_t> limit;
  ExemplarType exemplar_type{};
  static void Fields(auto& m, auto&& visit) {
    visit(1, "profile_typeID", m.profile_type), visit(2, "label_selector", m.label_selector);
    visit(3, "start", m.start), visit(4, "end", m.end), visit(5, "group_by", m.group_by);
    visit(6, "step", m.step), visit(7, "aggregation", m.aggregation);
    visit(8, "stack_trace_selector", m.stacks), visit(9, "limit", m.limit);
    visit(10, "exemplar_type", m.exemplar_type);
  }
};

struct ExemplarMessage {
  int64_t timestamp = 0;
  std::string profile_id, span_id;
  int64_t value = 0;
  std::vector<LabelPair> labels;
  std::string trace_id;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "timestamp", m.timestamp), visit(2, "profile_id", m.profile_id);
    visit(3, "span_id", m.span_id), visit(4, "value", m.value), visit(5, "labels", m.labels);
    visit(6, "trace_id", m.trace_id);
  }
};

struct PointMessage {
  double value = 0;
  int64_t timestamp = 0;
  std::vector<ExemplarMessage> exemplars;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "value", m.value), visit(2, "timestamp", m.timestamp);
    visit(4, "exemplars", m.exemplars);
  }
};

struct SeriesMessage {
  std::vector<LabelPair> labels;
  std::vector<PointMessage> points;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "labels", m.labels), visit(2, "points", m.points);
  }
};

struct SelectSeriesResponse {
  std::vector<SeriesMessage> series;
  static void Fields(auto& m, auto&& visit) { visit(1, "series", m.series); }
};

struct SelectHeatmapRequest {
  std::string profile_type, label_selector;
  int64_t start = 0, end = 0;
  double step = 0;
  std::vector<std::string> group_by;
  HeatmapQueryType query_type{};
  ExemplarType exemplar_type{};
  std::optional<int64_t> limit;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "profile_typeID", m.profile_type), visit(2, "label_selector", m.label_selector);
    visit(3, "start", m.start), visit(4, "end", m.end), visit(5, "step", m.step);
    visit(6, "group_by", m.group_by), visit(7, "query_type", m.query_type);
    visit(8, "exemplar_type", m.exemplar_type), visit(9, "limit", m.limit);
  }
};

struct HeatmapSlot {
  int64_t timestamp = 0;
  std::vector<double> y_min;
  std::vector<int32_t> counts;
  std::vector<ExemplarMessage> exemplars;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "timestamp", m.timestamp), visit(2, "y_min", m.y_min), visit(3, "counts", m.counts);
    visit(4, "exemplars", m.exemplars);
  }
};

struct HeatmapSeries {
  std::vector<LabelPair> labels;
  std::vector<HeatmapSlot> slots;
  static void Fields(auto& m, auto&& visit) {
    visit(1, "labels", m.labels), visit(2, "slots", m.slots);
  }
};

struct SelectHeatmapResponse {
  std::vector<HeatmapSeries> series;
  static void Fields(auto& m, auto&& visit) { visit(1, "series", m.series); }
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_QUERIER_MESSAGES_H_
