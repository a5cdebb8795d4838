// What google/pprof says of files and of merged groups.
#include <set>

#include "dolerite/top.h"
#include "query/naive.h"

namespace dolerite::testing {
namespace {

std::vector<std::string> SplitAt(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + separator.size();
  }
  return parts;
}

// "flat: name=5 | name=4": the heaviest, with their values.
std::vector<std::pair<std::string, int64_t>> Heaviest(const std::string& field) {
  std::vector<std::pair<std::string, int64_t>> out;
  for (const std::string& item : SplitAt(field.substr(field.find(": ") + 2), " | ")) {
    const size_t equals = item.rfind('=');
    out.emplace_back(item.substr(0, equals), std::stoll(item.substr(equals + 1)));
  }
  return out;
}

// google/pprof names a frame after the function, or after the mapping and address where there is
// none; those rows have no counterpart here.
bool IsFunction(const std::string& name) {
  return !name.empty() && name != "<unknown>" && name[0] != '[' && name.compare(0, 2, "0x") != 0;
}

void CheckGolden(const std::vector<std::string>& row, const std::string& block,
                 const Selection& selection) {
  for (const std::string& total : SplitAt(row[2], " ")) {
    // Types with a space in their name do not come apart: the first golden column is no help then.
    if (total.find('/') == std::string::npos || row[2].find("memory holes") != std::string::npos) {
      continue;
    }
    const size_t slash = total.find('/'), equals = total.rfind('=');
    Selection one = selection;
    one.sample_type = total.substr(0, slash);
    const Tree tree = Ask({block}, {.selection = one, .kinds = {}});
    CHECK(tree.columns[0].total[0] == std::stoll(total.substr(equals + 1)));
    CHECK(tree.unit == total.substr(slash + 1, equals - slash - 1));
  }
  std::map<std::string, std::pair<int64_t, int64_t>> ours;
  // Its functions are by the last sample type, whatever the profile's default.
  Selection last = selection;
  const std::string type = SplitAt(row[2], " ").back();
  if (row[2].find("memory holes") == std::string::npos) {
    last.sample_type = type.substr(0, type.find('/'));
  }
  for (const TopRow& top : Top(Ask({block}, {.selection = last, .kinds = {}})))
    ours[top.name] = {top.flat[0], top.cum[0]};
  for (const std::string& field : row) {
    const bool flat = field.compare(0, 6, "flat: ") == 0, cum = field.compare(0, 5, "cum: ") == 0;
    if (!flat && !cum) continue;
    for (const auto& [name, value] : Heaviest(field)) {
      if (!IsFunction(name)) continue;
      INFO(row[0] << " " << (flat ? "flat " : "cum ") << name);
      CHECK((flat ? ours[name].first : ours[name].second) == value);
    }
  }
}

TEST_CASE("single files have google/pprof's totals and heaviest functions") {
  if (!CorpusPresent()) return;
  size_t checked = 0;
  for (const std::vector<std::string>& row : ReadCorpusTsv("GOLDEN.tsv")) {
    if (row.size() < 3 || row[1] != "profiles=1") continue;
    INFO(row[0]);
    const absl::StatusOr<Profile> profile = ReadPprof(ReadCorpusFile(row[0]));
    REQUIRE(profile.ok());
    CheckGolden(row, Build({{{}, *profile}}, {.zstd_level = 1}), {});
    ++checked;
  }
  CHECK(checked > 25);
}

TEST_CASE("merged groups have google/pprof's totals and heaviest functions") {
  if (!CorpusPresent()) return;
  const std::string checkout = Build(ReadSeries("checkout")), parca = Build(ReadSeries("parca"));
  size_t checked = 0;
  for (const std::vector<std::string>& row : ReadCorpusTsv("series/GOLDEN.tsv")) {
    const std::vector<std::string> key = SplitAt(row[0], "/");
    REQUIRE(key.size() == 4);
    Selection selection{.matchers = {{"version", LabelMatcher::Op::kEqual, key[1]}},
                        .profile_type = key[3]};
    if (key[2] != "ALL") selection.matchers.push_back({"pod", LabelMatcher::Op::kEqual, key[2]});
    const std::string& block = key[0] == "checkout" ? checkout : parca;
    CheckGolden(row, block, selection);

    ProfileQuery query({selection});
    REQUIRE(query.Add(OpenBytes(block)).ok());
    CHECK("profiles=" + std::to_string(query.cost().profiles) == row[1]);
    const absl::StatusOr<Profile> merged = std::move(query).Finish();
    REQUIRE(merged.ok());
    INFO(row[0]);
    // Merged profiles are without span and trace ids, which google/pprof keeps apart as labels.
    const bool linked = key[0] == "checkout" && (key[3] == "cpu" || key[3] == "goroutine");
    if (!linked) CHECK("samples=" + std::to_string(merged->samples.size()) == row[3]);
    CHECK("locations=" + std::to_string(merged->symbols.locations.size()) == row[4]);
    CHECK("functions=" + std::to_string(merged->symbols.functions.size() - 1) == row[5]);
    // It drops mappings that no location lies in.
    const std::vector<MappingId>& of_locations = merged->symbols.locations.mapping;
    const std::set<MappingId> mappings(of_locations.begin(), of_locations.end());
    CHECK("mappings=" + std::to_string(mappings.size()) == row[6]);
    CHECK("time=" + std::to_string(merged->time_nanos) == row[7]);
    CHECK("duration=" + std::to_string(merged->duration_nanos) == row[8]);
    CHECK("period=" + std::to_string(merged->period) == row[9]);
    ++checked;
  }
  CHECK(checked == 18);
}

}  // namespace
}  // namespace dolerite::testing
