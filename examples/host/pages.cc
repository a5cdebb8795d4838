#include "pages.h"

#include "absl/strings/str_cat.h"
#include "dolerite/demangle.h"
#include "dolerite/flamegraph.h"
#include "dolerite/labels.h"
#include "dolerite/pprof.h"
#include "page_question.h"
#include "pushed_profile.h"
#include "querier.h"

namespace dolerite::host {
namespace {

constexpr char kHtml[] = "text/html; charset=utf-8";

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

// What a page shows, under its title.
std::string SubtitleOf(const StacktracesRequest& question) {
  return absl::StrCat(question.label_selector.empty() ? "everything" : question.label_selector,
                      ", from ", question.start, " to ", question.end, " ms");
}

Response FlamePage(const Request& request, Tenant& tenant, const CallContext& call) {
  const auto question = PageQuestion(request);
  if (!question.ok()) return PlainError(question.status());
  const absl::StatusOr<Tree> tree = MergedTree(*question, tenant, call);
  if (!tree.ok()) return PlainError(tree.status());
  return {.content_type = kHtml,
          .body = FlameGraphHtml(
              *tree, {.title = question->profile_type, .subtitle = SubtitleOf(*question)})};
}

// The other side of a difference: as much time before.
absl::StatusOr<StacktracesRequest> BaseQuestion(const Request& request,
                                                const StacktracesRequest& against) {
  StacktracesRequest base = against;
  const int64_t length = against.end - against.start;
  const auto start = TimeParameter(request, "base_from", against.start - length);
  if (!start.ok()) return start.status();
  const auto end = TimeParameter(request, "base_until", against.start);
  if (!end.ok()) return end.status();
  base.start = *start;
  base.end = *end;
  if (const auto match = request.Parameter("base_match")) base.label_selector = std::string(*match);
  return base;
}

Response DiffPage(const Request& request, Tenant& tenant, const CallContext& call) {
  const auto against = PageQuestion(request);
  if (!against.ok()) return PlainError(against.status());
  const auto base = BaseQuestion(request, *against);
  if (!base.ok()) return PlainError(base.status());
  const absl::StatusOr<Tree> tree = DiffTree({*base, *against}, tenant, call);
  if (!tree.ok()) return PlainError(tree.status());
  return {.content_type = kHtml,
          .body = FlameGraphHtml(Demangled(*tree),
                                 {.title = against->profile_type,
                                  .subtitle = SubtitleOf(*base) + " and " + SubtitleOf(*against)})};
}

Response PprofFile(const Request& request, Tenant& tenant, const CallContext& call) {
  const auto question = PageQuestion(request);
  if (!question.ok()) return PlainError(question.status());
  const absl::StatusOr<Profile> profile = MergedProfile(*question, tenant, call);
  if (!profile.ok()) return PlainError(profile.status());
  absl::StatusOr<std::string> bytes = WritePprof(*profile);
  if (!bytes.ok()) return PlainError(bytes.status());
  return {.content_type = "application/octet-stream", .body = *std::move(bytes)};
}

std::string Link(const std::string& page, const std::string& parameters) {
  return absl::StrCat(" <a href=\"/", page, "?", EscapeHtml(parameters), "\">", page, "</a>");
}

// One service and type, and the pages about them.
std::string Row(const LabelsMessage& labels, const std::string& range) {
  std::string service, type;
  for (const LabelPair& label : labels.labels) {
    (label.name == kServiceLabel ? service : type) = label.value;
  }
  const std::string match = LabelSet{{kServiceLabel, service}}.ToString();
  const std::string parameters =
      absl::StrCat("type=", PercentEncode(type), "&match=", PercentEncode(match), range);
  return absl::StrCat("<tr><td>", EscapeHtml(service), "<td>", EscapeHtml(type), "<td>",
                      Link("flame", parameters), Link("diff", parameters),
                      Link("pprof", parameters), "\n");
}

// Of all there is. The links' time is that from the oldest to the newest profile, whose nanoseconds
// lie behind its milliseconds.
Response FrontPage(const Request&, Tenant& tenant, const CallContext& call) {
  const auto stats = GetProfileStats({}, tenant, call);
  if (!stats.ok()) return PlainError(stats.status());
  const auto series = Series({.label_names = {kServiceLabel, "__profile_type__"}}, tenant, call);
  if (!series.ok()) return PlainError(series.status());
  const std::string range =
      absl::StrCat("&from=", stats->oldest_profile_time, "&until=", stats->newest_profile_time + 1);
  std::string rows;
  for (const LabelsMessage& labels : series->labels_set) rows += Row(labels, range);
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
  router->AddAnswerer("GET", "/", FrontPage);
  router->AddAnswerer("GET", "/flame", FlamePage);
  router->AddAnswerer("GET", "/diff", DiffPage);
  router->AddAnswerer("GET", "/pprof", PprofFile);
}

}  // namespace dolerite::host
