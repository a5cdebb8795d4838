// Merged profiles of a host beside those of google/pprof, over real profiles.
#include <map>
#include <set>
#include <sstream>

#include "host/querier_support.h"
#include "support/corpus.h"

namespace dolerite::testing {
namespace {

std::vector<std::string> SplitAt(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

// Pushes a group of MANIFEST.tsv, such as checkout/v1.6.0/g/cpu, as profiles of the type `cpu`.
// Returns the period's type, such as `cpu:nanoseconds`.
std::string PushGroup(const TestHost& host, const std::vector<std::string>& group) {
  host::PushRequest request;
  std::string period;
  for (const std::vector<std::string>& row : ReadCorpusTsv("series/MANIFEST.tsv")) {
    if (row[1] != group[0] || row[3] != group[1] || row[4] != group[3]) continue;
    if (group[2] != "ALL" && row[2] != group[2]) continue;
    host::RawProfileSeries series;
    series.labels = {{"__name__", row[4]}, {"service_name", row[1]}, {"pod", row[2]}};
    series.samples = {{.raw_profile = {ReadCorpusFile("series/" + row[0])}, .id = ""}};
    request.series.push_back(std::move(series));
    period = row[12].substr(0, row[12].find(':'));
  }
  const RawResponse answer = host.Ask({.target = "/push.v1.PusherService/Push",
                                       .headers = "Content-Type: application/proto\r\n",
                                       .body = host::WriteMessage(host::Form::kProto, request)});
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  return period.replace(period.find('/'), 1, ":");
}

struct Sums {
  int64_t total = 0;
  std::map<std::string, int64_t> flat, cum;  // by function
};

// The first sample type, added up stack by stack.
Sums SumsOf(const Profile& profile) {
  Sums sums;
  const Symbols& s = profile.symbols;
  for (size_t i = 0; i < profile.samples.size(); ++i) {
    const int64_t value = profile.samples.values[i * profile.sample_types.size()];
    const uint32_t row = profile.samples.stack[i].value;
    std::set<std::string> names;
    bool leaf = true;
    for (auto at = profile.stacks.begin(row); at != profile.stacks.end(row); ++at) {
      const Lists<Line>& lines = s.locations.lines;
      for (auto line = lines.begin(at->value); line != lines.end(at->value); ++line) {
        const std::string name(s.strings[s.functions.name[line->function.value]]);
        if (leaf) sums.flat[name] += value;
        leaf = false;
        names.insert(name);
      }
    }
    for (const std::string& name : names) sums.cum[name] += value;
    sums.total += value;
  }
  return sums;
}

// `flat: a=5 | b=4`: each of these functions has that value.
void CheckHeaviest(const std::string& field, const std::map<std::string, int64_t>& ours) {
  std::string text = field.substr(field.find(": ") + 2);
  for (size_t at = text.find(" | "); at != std::string::npos; at = text.find(" | ")) {
    text.replace(at, 3, "\t");
  }
  for (const std::string& item : SplitAt(text, '\t')) {
    const size_t equals = item.rfind('=');
    INFO(item);
    CHECK(ours.at(item.substr(0, equals)) == std::stoll(item.substr(equals + 1)));
  }
}

// One sample type of a group, by the ways to ask for a profile.
void CheckType(const TestHost& host, const std::string& type, const std::string& total,
               const std::vector<std::string>& golden) {
  const host::StacktracesRequest question{.profile_type = type, .end = 4'000'000'000'000};
  const RawResponse merged = host.Ask({.target = "/querier.v1.QuerierService/SelectMergeProfile",
                                       .headers = "Content-Type: application/proto\r\n",
                                       .body = host::WriteMessage(host::Form::kProto, question)});
  const RawResponse page =
      host.Ask({.method = "GET", .target = "/pprof?type=" + host::PercentEncode(type)});
  INFO(type);
  for (const std::string& body : {merged.body, page.body}) {
    const absl::StatusOr<Profile> profile = ReadPprof(body);
    REQUIRE(profile.ok());
    const Sums sums = SumsOf(*profile);
    CHECK(std::to_string(sums.total) == total);
    for (const std::string& field : golden) {
      if (field.starts_with("flat: ")) CheckHeaviest(field, sums.flat);
      if (field.starts_with("cum: ")) CheckHeaviest(field, sums.cum);
    }
  }
}

TEST_CASE("SelectMergeProfile and /pprof have google/pprof's totals and heaviest functions") {
  if (!CorpusPresent()) return;
  const std::set<std::string> groups = {"checkout/v1.6.0/g/cpu", "checkout/v1.6.0/ALL/heap",
                                        "checkout/v1.6.0/ALL/mutex"};
  size_t checked = 0;
  for (const std::vector<std::string>& row : ReadCorpusTsv("series/GOLDEN.tsv")) {
    if (!groups.contains(row[0])) continue;
    INFO(row[0]);
    TestHost host;
    const std::vector<std::string> group = SplitAt(row[0], '/');
    const std::string period = PushGroup(host, group);
    const std::vector<std::string> totals = SplitAt(row[2], ' ');
    for (const std::string& total : totals) {
      const size_t slash = total.find('/'), equals = total.find('=');
      const std::string type = group[3] + ":" + total.substr(0, slash) + ":" +
                               total.substr(slash + 1, equals - slash - 1) + ":" + period;
      // google/pprof lists functions by the last sample type.
      CheckType(host, type, total.substr(equals + 1),
                total == totals.back() ? row : std::vector<std::string>());
      ++checked;
    }
  }
  CHECK(checked == 8);
}

}  // namespace
}  // namespace dolerite::testing
