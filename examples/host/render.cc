// The answer is a "flamebearer": a flame graph, how to show it, and a line of values over time.
#include <algorithm>

#include "asked.h"
#include "dolerite/pyroscope.h"
#include "pages.h"
#include "parameters.h"
#include "profile_type_id.h"
#include "querier.h"

namespace dolerite::host {
namespace {

using nlohmann::json;

// `TYPE{matchers}`; the braces may be left out.
void ReadQuery(std::string_view query, StacktracesRequest* out) {
  const size_t brace = std::min(query.find('{'), query.size());
  out->profile_type = std::string(query.substr(0, brace));
  out->label_selector = std::string(query.substr(brace));
}

absl::StatusOr<StacktracesRequest> Question(const Request& request, const std::string& query,
                                            const std::string& from, const std::string& until) {
  StacktracesRequest out;
  ReadQuery(request.Parameter(query).value_or(""), &out);
  const int64_t now = Millis(request.received_nanos), hour = 3'600'000;
  const auto range = ReadRange(request, from, until, {now - hour, now});
  if (!range.ok()) return range.status();
  const auto max_nodes = ReadMaxNodes(request, "maxNodes");
  if (!max_nodes.ok()) return max_nodes.status();
  out.start = range->start;
  out.end = range->end;
  out.max_nodes = *max_nodes;
  return out;
}

// Units as Pyroscope's pages know them.
json Metadata(const StacktracesRequest& question, const char* format) {
  const ProfileTypeId type = ProfileTypeId::Parse(question.profile_type).value_or(ProfileTypeId());
  const bool cpu = type.sample_type == "cpu";
  const bool objects = type.sample_type.ends_with("_objects") || type.sample_type == "goroutine" ||
                       type.sample_type == "samples";
  return {{"format", format},
          {"name", type.sample_type},
          {"units", cpu       ? "samples"
                    : objects ? "objects"
                              : type.sample_unit},
          {"sampleRate", cpu ? 1'000'000'000 : 100},
          {"spyName", ""}};
}

absl::StatusOr<json> Flamebearer(const Tree& tree, json metadata) {
  const absl::StatusOr<FlamebearerLevels> flame = ToFlamebearerLevels(tree);
  if (!flame.ok()) return flame.status();
  json out = {{"version", 1},
              {"flamebearer",
               {{"names", flame->names},
                {"levels", flame->levels},
                {"numTicks", flame->total},
                {"maxSelf", flame->max_self}}},
              {"metadata", std::move(metadata)},
              {"timeline", nullptr},
              {"groups", nullptr}};
  // Of a difference, both totals.
  if (tree.columns.size() > 1) {
    out["leftTicks"] = flame->base_total;
    out["rightTicks"] = flame->against_total;
  }
  return out;
}

// Values side by side, 0 where there was nothing.
json Timeline(const SelectSeriesRequest& question, const std::vector<PointMessage>& points) {
  const auto step_millis = static_cast<int64_t>(question.step * 1000);
  std::vector<int64_t> samples(
      static_cast<size_t>((question.end - question.start) / step_millis + 2));
  // A point is at start + k * step: k is its place.
  for (const PointMessage& point : points) {
    const auto at = static_cast<size_t>((point.timestamp - question.start) / step_millis);
    if (at < samples.size()) samples[at] = static_cast<int64_t>(point.value);
  }
  return {{"startTime", question.start / 1000},
          {"durationDelta", step_millis / 1000},
          {"samples", samples},
          {"watermarks", nullptr}};
}

// Fills `timeline`, and `groups` if a label to group by is given.
absl::Status AddTimelines(const Request& request, const StacktracesRequest& question,
                          const TenantData& data, json* out) {
  // Some 1,500 points, but no steps under 15 seconds.
  const int64_t seconds = (question.end - question.start) / 1'500'000 + 1;
  SelectSeriesRequest series{.profile_type = question.profile_type,
                             .label_selector = question.label_selector,
                             .start = question.start,
                             .end = question.end,
                             .step = static_cast<double>(std::max<int64_t>(15, seconds))};
  if (request.Parameter("aggregation") == "average") series.aggregation = Aggregation::kAverage;
  const auto total = SelectSeries(series, data);
  if (!total.ok()) return total.status();
  (*out)["timeline"] = Timeline(
      series, total->series.empty() ? std::vector<PointMessage>() : total->series[0].points);
  // The same once more, for each value of the label.
  const std::string label(request.Parameter("groupBy").value_or(""));
  if (label.empty()) return absl::OkStatus();
  series.group_by = {label};
  const auto groups = SelectSeries(series, data);
  if (!groups.ok()) return groups.status();
  for (const SeriesMessage& group : groups->series) {
    const std::string name = group.labels.empty() ? "" : group.labels[0].value;
    (*out)["groups"][name] = Timeline(series, group.points);
  }
  return absl::OkStatus();
}

Response JsonAnswer(const json& body) {
  return {.content_type = "application/json", .body = DumpJson(body)};
}

Response RenderDot(StacktracesRequest question, const TenantData& data) {
  question.format = ProfileFormat::kDot;
  auto graph = SelectMergeStacktraces(question, data);
  if (!graph.ok()) return PlainError(graph.status());
  return {.body = std::move(graph->dot)};
}

Response Render(const Request& request, const TenantData& data) {
  const auto question = Question(request, "query", "from", "until");
  if (!question.ok()) return PlainError(question.status());
  if (request.Parameter("format") == "dot") return RenderDot(*question, data);
  const absl::StatusOr<Tree> tree = MergedTree(*question, data);
  if (!tree.ok()) return PlainError(tree.status());
  absl::StatusOr<json> out = Flamebearer(*tree, Metadata(*question, "single"));
  if (!out.ok()) return PlainError(out.status());
  const absl::Status added = AddTimelines(request, *question, data, &*out);
  return added.ok() ? JsonAnswer(*out) : PlainError(added);
}

Response RenderDiff(const Request& request, const TenantData& data) {
  const auto left = Question(request, "leftQuery", "leftFrom", "leftUntil");
  if (!left.ok()) return PlainError(left.status());
  const auto right = Question(request, "rightQuery", "rightFrom", "rightUntil");
  if (!right.ok()) return PlainError(right.status());
  const absl::StatusOr<Tree> tree = DiffTree({*left, *right}, data);
  if (!tree.ok()) return PlainError(tree.status());
  const absl::StatusOr<json> out = Flamebearer(*tree, Metadata(*left, "double"));
  return out.ok() ? JsonAnswer(*out) : PlainError(out.status());
}

}  // namespace

void AddRenderRoutes(Router* router) {
  router->AddAnswerer("GET", "/pyroscope/render", WithData(Render));
  router->AddAnswerer("GET", "/pyroscope/render-diff", WithData(RenderDiff));
}

}  // namespace dolerite::host
