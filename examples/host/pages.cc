// Each page reads its question from the parameters, asks it as clients' questions are asked, and
// shows the answer as one of the library's pages.
#include "pages.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "dolerite/demangle.h"
#include "dolerite/flamegraph.h"
#include "dolerite/labels.h"
#include "dolerite/pprof.h"
#include "parameters.h"
#include "pushed_profile.h"
#include "querier.h"

namespace dolerite::host {
namespace {

constexpr char kHtml[] = "text/html; charset=utf-8";

// For texts, and for attributes in quotes.
std::string EscapeHtml(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

// What a page shows, under its title.
std::string SubtitleOf(const StacktracesRequest& question) {
  const auto time = [](int64_t millis) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixMillis(millis),
                            absl::UTCTimeZone());
  };
  return absl::StrCat(question.label_selector.empty() ? "everything" : question.label_selector,
                      ", from ", time(question.start), " to ", time(question.end));
}

// From the oldest to the newest profile of the question, whose nanoseconds lie after its
// milliseconds.
absl::StatusOr<TimeRange> WholeRange(const StacktracesRequest& question, const TenantData& data) {
  const auto all =
      SelectionOf(question.profile_type, question.label_selector, INT64_MIN, INT64_MAX);
  if (!all.ok()) return all.status();
  const auto stats = StatsOf(*all, data);
  if (!stats.ok()) return stats.status();
  return TimeRange{stats->oldest_profile_time, stats->newest_profile_time + 1};
}

absl::StatusOr<StacktracesRequest> PageQuestion(const Request& request, const TenantData& data) {
  StacktracesRequest out;
  out.profile_type = std::string(request.Parameter("type").value_or(""));
  out.label_selector = std::string(request.Parameter("match").value_or(""));
  const auto max_nodes = ReadMaxNodes(request, "max_nodes");
  if (!max_nodes.ok()) return max_nodes.status();
  out.max_nodes = *max_nodes;
  // Profiles are listed only if a time has to be found.
  const auto given = [&](const char* name) {
    return !request.Parameter(name).value_or("").empty();
  };
  absl::StatusOr<TimeRange> range = TimeRange{};
  if (!given("from") || !given("until")) range = WholeRange(out, data);
  if (range.ok()) range = ReadRange(request, "from", "until", *range);
  if (!range.ok()) return range.status();
  out.start = range->start;
  out.end = range->end;
  return out;
}

Response FlamePage(const Request& request, const TenantData& data) {
  const auto question = PageQuestion(request, data);
  if (!question.ok()) return PlainError(question.status());
  const absl::StatusOr<Tree> tree = MergedTree(*question, data);
  if (!tree.ok()) return PlainError(tree.status());
  return {.content_type = kHtml,
          .body = FlameGraphHtml(
              *tree, {.title = question->profile_type, .subtitle = SubtitleOf(*question)})};
}

// Both sides of a difference, and how it is asked. If nothing is said of the base, it is the first
// half of the time, and the second half is compared with it.
struct PageDiff {
  DiffRequest sides;
  DiffQuestion question;
};

// The times of questions are whole milliseconds, and both ends belong to a side. Halves must meet
// in one nanosecond, which belongs to the first half alone.
absl::StatusOr<PageDiff> AskedDiff(DiffRequest sides, bool halves) {
  absl::StatusOr<DiffQuestion> question = DiffQuestionOf(sides);
  if (!question.ok()) return question.status();
  Selection& second = question->against;
  if (halves) second.start_nanos = std::min(second.start_nanos + 1, second.end_nanos);
  return PageDiff{std::move(sides), *std::move(question)};
}

absl::StatusOr<PageDiff> DiffOf(const Request& request, const TenantData& data) {
  const auto against = PageQuestion(request, data);
  if (!against.ok()) return against.status();
  // Both sides are the page's question; then the base becomes what is said of it.
  DiffRequest diff{*against, *against};
  const auto match = request.Parameter("base_match");
  if (match) diff.left.label_selector = std::string(*match);
  const auto range = ReadRange(request, "base_from", "base_until", {against->start, against->end});
  if (!range.ok()) return range.status();
  diff.left.start = range->start;
  diff.left.end = range->end;
  const bool halves = !match && !request.Parameter("base_from") && !request.Parameter("base_until");
  if (halves) {
    diff.left.end = against->start + (against->end - against->start) / 2;
    diff.right.start = diff.left.end;
  }
  return AskedDiff(std::move(diff), halves);
}

Response DiffPage(const Request& request, const TenantData& data) {
  const auto diff = DiffOf(request, data);
  if (!diff.ok()) return PlainError(diff.status());
  const auto& [left, right] = diff->sides;
  const absl::StatusOr<Tree> tree =
      data.Ask(diff->question, {.max_nodes = NodesOf(left.max_nodes)});
  if (!tree.ok()) return PlainError(tree.status());
  return {.content_type = kHtml,
          .body = FlameGraphHtml(Demangled(*tree),
                                 {.title = left.profile_type,
                                  .subtitle = SubtitleOf(left) + " and " + SubtitleOf(right)})};
}

Response PprofFile(const Request& request, const TenantData& data) {
  const auto question = PageQuestion(request, data);
  if (!question.ok()) return PlainError(question.status());
  const absl::StatusOr<Profile> profile = MergedProfile(*question, data);
  if (!profile.ok()) return PlainError(profile.status());
  absl::StatusOr<std::string> bytes = WritePprof(*profile);
  if (!bytes.ok()) return PlainError(bytes.status());
  return {.content_type = "application/octet-stream", .body = *std::move(bytes)};
}

// A link to a page, after a space.
std::string Link(const std::string& page, const std::string& parameters) {
  return absl::StrCat(" <a href=\"/", page, "?", EscapeHtml(parameters), "\">", page, "</a>");
}

// One service and type, and the pages about them.
std::string Row(const LabelsMessage& labels) {
  std::string service, type;
  for (const LabelPair& label : labels.labels) {
    (label.name == kServiceLabel ? service : type) = label.value;
  }
  const std::string match = LabelSet{{kServiceLabel, service}}.ToString();
  const std::string parameters =
      absl::StrCat("type=", PercentEncode(type), "&match=", PercentEncode(match));
  return absl::StrCat("<tr><td>", EscapeHtml(service), "<td>", EscapeHtml(type), "<td>",
                      Link("flame", parameters), Link("diff", parameters),
                      Link("pprof", parameters), "\n");
}

// Links are without times: a page is then about all profiles that there are when it is opened.
Response FrontPage(const Request&, const TenantData& data) {
  // One series for each service and type, as other labels are left out.
  SeriesRequest all;
  all.label_names = {kServiceLabel, "__profile_type__"};
  const auto series = Series(all, data);
  if (!series.ok()) return PlainError(series.status());
  std::string rows;
  for (const LabelsMessage& labels : series->labels_set) rows += Row(labels);
  if (rows.empty()) rows = "<tr><td colspan=3>No profile was pushed yet.\n";
  return {.content_type = kHtml,
          .body =
              "<!doctype html>\n<html lang=en><meta charset=utf-8><title>Dolerite</title>\n"
              "<style>:root{color-scheme:light dark}body{font:15px system-ui;margin:2em}"
              "td,th{padding:.2em 1em .2em 0;text-align:left}</style>\n"
              "<h1>Profiles</h1>\n<table><tr><th>Service<th>Type<th>Show\n" +
              rows + "</table>\n"};
}

}  // namespace

void AddPages(Router* router) {
  router->AddAnswerer("GET", "/", WithData(FrontPage));
  router->AddAnswerer("GET", "/flame", WithData(FlamePage));
  router->AddAnswerer("GET", "/diff", WithData(DiffPage));
  router->AddAnswerer("GET", "/pprof", WithData(PprofFile));
}

}  // namespace dolerite::host
