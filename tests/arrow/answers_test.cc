// Tables of answers against the answers.
#include <catch2/catch.hpp>
#include <cerrno>

#include "arrow/read_stream.h"
#include "dolerite/diff_table.h"
#include "dolerite/top.h"
#include "query/naive.h"

namespace dolerite::testing {
namespace {

std::string Of(double value) { return std::to_string(value); }

// A tree of two columns: a calls b and c.
Tree Small() {
  Tree tree;
  tree.type = "cpu", tree.unit = "nanoseconds";
  for (const char* name : {"a", "b", "c\xff"}) tree.names.Add(name);
  tree.name = {{0}, {1}, {2}, {3}};
  tree.parent = {0, 0, 1, 1};
  tree.columns.resize(2);
  tree.columns[0].self = {0, 1, 5, 0};
  tree.columns[1].self = {0, 2, 0, 7};
  REQUIRE(tree.SumTotals().ok());
  return tree;
}

TEST_CASE("a table of functions has the rows of Top") {
  const Tree tree = Small();
  ArrowArrayStream stream;
  const absl::StatusOr<ArrowReport> report = TopToArrow(tree, &stream);
  REQUIRE(report.ok());
  CHECK(report->replaced_texts == 1);
  const TextTable table = ReadStream(&stream);
  CHECK(table.names ==
        std::vector<std::string>{"name", "base_flat", "against_flat", "base_cum", "against_cum"});
  CHECK(table.formats == std::vector<std::string>{"u", "l", "l", "l", "l"});
  CHECK(table.metadata ==
        std::map<std::string, std::string>{{"type", "cpu"}, {"unit", "nanoseconds"}});
  CHECK(table.units.at("base_cum") == "nanoseconds");
  const std::vector<std::vector<std::string>> expected = {
      {"c\xef\xbf\xbd", "0", "7", "0", "7"}, {"a", "1", "2", "6", "9"}, {"b", "5", "0", "5", "0"}};
  CHECK(table.rows == expected);

  REQUIRE(TopToArrow(tree, &stream, 2).ok());
  CHECK(ReadStream(&stream).rows == std::vector(expected.begin(), expected.begin() + 2));

  Tree one = tree;
  one.columns.pop_back();
  REQUIRE(TopToArrow(one, &stream).ok());
  const TextTable single = ReadStream(&stream, true);
  CHECK(single.names == std::vector<std::string>{"name", "flat", "cum"});
  CHECK(single.rows[0] == std::vector<std::string>{"b", "5", "5"});
  CHECK(DiffToArrow(one, ChangeOf::kShare, &stream).status().code() ==
        absl::StatusCode::kInvalidArgument);
}

TEST_CASE("a table of a difference has the rows of DiffTable") {
  const Tree tree = Small();
  ArrowArrayStream stream;
  REQUIRE(DiffToArrow(tree, ChangeOf::kShare, &stream).ok());
  const TextTable table = ReadStream(&stream);
  std::vector<std::vector<std::string>> expected;
  for (const DiffRow& row : DiffTable(tree)) {
    expected.push_back({row.name == "c\xff" ? "c\xef\xbf\xbd" : row.name,
                        std::to_string(row.base_flat), std::to_string(row.against_flat),
                        std::to_string(row.base_cum), std::to_string(row.against_cum),
                        Of(row.base_flat_share), Of(row.against_flat_share), Of(row.base_cum_share),
                        Of(row.against_cum_share), Of(row.score)});
  }
  CHECK(table.rows == expected);
  REQUIRE(DiffToArrow(tree, ChangeOf::kShare, &stream, 1).ok());
  CHECK(ReadStream(&stream).rows == std::vector(expected.begin(), expected.begin() + 1));
}

TEST_CASE("a table of a series has its points, exemplars and labels") {
  TimeSeries series;
  series.type = "cpu", series.unit = "nanoseconds", series.aggregate = "sum";
  series.step_nanos = 10, series.exact = true;
  Exemplar exemplar;
  exemplar.id[0] = 0xab;
  series.lines = {{{{"pod", "p1"}, {"time", "noon"}}, {{100, 2.5, 3, {exemplar}}, {110, 4, 4, {}}}},
                  {{{"pod", ""}}, {{100, 1, 1, {}}}}};
  ArrowArrayStream stream;
  REQUIRE(SeriesToArrow(series, &stream).ok());
  const TextTable table = ReadStream(&stream);
  CHECK(table.names ==
        std::vector<std::string>{"time", "value", "integer", "exemplars", "pod", "label.time"});
  CHECK(table.formats[0] == "tsn:UTC");
  const std::string id = "ab" + std::string(30, '0');
  const std::vector<std::vector<std::string>> expected = {
      {"100", Of(2.5), "3", "[" + id + "]", "p1", "noon"},
      {"110", Of(4), "4", "[]", "p1", "noon"},
      {"100", Of(1), "1", "[]", "null", "null"}};
  CHECK(table.rows == expected);
  CHECK(table.metadata.at("step_nanos") == "10");

  series.exact = false;
  for (auto& line : series.lines) {
    for (auto& point : line.points) point.exemplars.clear();
  }
  REQUIRE(SeriesToArrow(series, &stream).ok());
  const TextTable rates = ReadStream(&stream, true);
  CHECK(rates.names.size() == 5);
  for (const std::string& integer : rates.Values("integer")) CHECK(integer == "null");
  REQUIRE(SeriesToArrow({}, &stream).ok());
  CHECK(ReadStream(&stream).rows.empty());
}

TEST_CASE("a table of a heatmap has its cells, and refuses cells outside its rows") {
  Heatmap heatmap;
  heatmap.type = "cpu", heatmap.unit = "ns", heatmap.observed = "profiles";
  heatmap.start_nanos = 1000, heatmap.step_nanos = 10, heatmap.columns = 3;
  heatmap.edges = {0, 5, 9};
  heatmap.groups = {{{{"pod", "p"}}, {{0, 1, 4, 30, {}}, {2, 0, 1, 3, {}}}}};
  ArrowArrayStream stream;
  REQUIRE(HeatmapToArrow(heatmap, &stream).ok());
  const TextTable table = ReadStream(&stream);
  CHECK(table.names == std::vector<std::string>{"time", "low", "high", "count", "sum", "pod"});
  const std::vector<std::vector<std::string>> expected = {{"1000", "5", "9", "4", "30", "p"},
                                                          {"1020", "0", "5", "1", "3", "p"}};
  CHECK(table.rows == expected);
  // Exemplars of spans have three ids each.
  heatmap.observed = "spans";
  Exemplar& exemplar = heatmap.groups[0].cells[1].exemplars.emplace_back();
  exemplar.id[0] = 1, exemplar.trace_id[0] = 2, exemplar.span_id[0] = 3;
  REQUIRE(HeatmapToArrow(heatmap, &stream).ok());
  const TextTable spans = ReadStream(&stream);
  CHECK(spans.Values("exemplars") ==
        std::vector<std::string>{"[]", "[01" + std::string(30, '0') + "]"});
  CHECK(spans.Values("exemplar_traces")[1] == "[02" + std::string(30, '0') + "]");
  CHECK(spans.Values("exemplar_spans")[1] == "[03" + std::string(14, '0') + "]");
  heatmap.groups[0].cells[0].row = 2;
  CHECK(HeatmapToArrow(heatmap, &stream).status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("a table of profiles has a total for each sample type that some profile has") {
  std::vector<Input> inputs = Generated(4, 6);
  Profile& other = inputs[5].profile;
  other.sample_types[1].type = other.symbols.strings.Add("another");
  const std::string block = Build(inputs);
  ListQuery query({});
  REQUIRE(query.Add(OpenBytes(block)).ok());
  const auto profiles = std::move(query).Finish();
  REQUIRE(profiles.ok());
  ArrowArrayStream stream;
  REQUIRE(ProfilesToArrow(*profiles, &stream).ok());
  const TextTable table = ReadStream(&stream);
  REQUIRE(table.rows.size() == profiles->size());
  size_t others = 0;
  for (size_t i = 0; i < profiles->size(); ++i) {
    const ListedProfile& p = (*profiles)[i];
    const auto& row = table.rows[i];
    CHECK(row[table.column("time")] == std::to_string(p.time_nanos));
    CHECK(row[table.column("samples")] == std::to_string(p.samples));
    CHECK(row[table.column("index")] == std::to_string(p.index));
    CHECK(row[table.column("pod")] == p.series.Get("pod").value_or("null"));
    const bool is_other = p.type->sample_types[1].type == "another";
    others += is_other;
    const std::string total = p.totals.empty() ? "null" : std::to_string(p.totals[1]);
    CHECK(row[table.column("another/unit1")] == (is_other ? total : "null"));
    CHECK(row[table.column("type1/unit1")] == (is_other ? "null" : total));
  }
  CHECK(others == 1);
}

TEST_CASE("names that are no text or are taken are mended, and stay apart") {
  TimeSeries series;
  series.lines = {{{{std::string_view("a\0b", 3), "1"}, {"value", "2"}, {"label.value", "3"}},
                   {{1, 1, 1, {}}}}};
  ArrowArrayStream stream;
  const auto report = SeriesToArrow(series, &stream);
  REQUIRE(report.ok());
  CHECK(report->replaced_texts == 1);
  const TextTable table = ReadStream(&stream);
  CHECK(table.names == std::vector<std::string>{"time", "value", "integer",
                                                "a\xef\xbf\xbd"
                                                "b",
                                                "label.value", "label.label.value"});
}

}  // namespace
}  // namespace dolerite::testing
