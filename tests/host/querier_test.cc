// Pyroscope's questions to a host. replay_test.cc asks those that clients have sent.
#include <map>
#include <random>

#include "dolerite/pprof.h"
#include "hex.h"
#include "host/querier_support.h"

namespace dolerite::testing {
namespace {

constexpr int64_t kStartMillis = 1'768'471'200'000;
constexpr int64_t kStart = kStartMillis * 1'000'000;
constexpr int64_t kSeconds = 1'000'000'000;

const std::string kRange = R"("start":"1768471200000","end":"1768474800000")";
const std::string kAsk = R"({"profileTypeID":")" + std::string(kCpuType) + R"(",)" + kRange;

host::StacktracesRequest StacksRequest(const std::string& selector = "{}") {
  return {.profile_type = kCpuType,
          .label_selector = selector,
          .start = kStartMillis,
          .end = kStartMillis + 3'600'000};
}

// By stack, leaf first, the sums of the first value.
std::map<std::string, int64_t> StackSums(const Profile& profile) {
  std::map<std::string, int64_t> sums;
  const Symbols& s = profile.symbols;
  for (size_t i = 0; i < profile.samples.size(); ++i) {
    const uint32_t row = profile.samples.stack[i].value;
    std::string text;
    for (auto at = profile.stacks.begin(row); at != profile.stacks.end(row); ++at) {
      const Lists<Line>& lines = s.locations.lines;
      for (auto line = lines.begin(at->value); line != lines.end(at->value); ++line) {
        text += std::string(s.strings[s.functions.name[line->function.value]]) + ";";
      }
    }
    sums[text] += profile.samples.values[i * profile.sample_types.size()];
  }
  return sums;
}

TEST_CASE("questions that make no sense are refused by their code") {
  TestHost host;
  PushAll(host, {{.profile = CpuProfile({{{"main"}, 10}}, kStart + kSeconds)}});
  const std::string type = R"("profileTypeID":")" + std::string(kCpuType) + R"(",)";
  struct Refused {
    const char* method;
    std::string body;
    int status;
    std::string code;
  };
  const std::vector<Refused> all = {
      {"SelectMergeStacktraces", "{" + type + R"("start":"2000","end":"1000"})", 400,
       "invalid_argument"},
      {"SelectSeries", "{" + type + R"("start":"2000","end":"1000","step":15})", 400,
       "invalid_argument"},
      {"Series", R"({"start":"2000","end":"1000"})", 400, "invalid_argument"},
      {"SelectMergeStacktraces", kAsk + R"(,"maxNodes":"-1"})", 400, "invalid_argument"},
      {"SelectMergeStacktraces", kAsk + R"(,"spanSelector":["xyz"]})", 400, "invalid_argument"},
      {"SelectMergeStacktraces", kAsk + R"(,"traceIdSelector":["00"]})", 400, "invalid_argument"},
      {"SelectMergeStacktraces", kAsk + R"(,"profileIdSelector":["no"]})", 400, "invalid_argument"},
      {"SelectMergeStacktraces", kAsk + R"(,"labelSelector":"{a="})", 400, "invalid_argument"},
      {"SelectMergeStacktraces", kAsk + R"(,"labelSelector":"{__unit__=~\"(\"}"})", 400,
       "invalid_argument"},
      {"SelectMergeStacktraces", R"({"profileTypeID":"cpu"})", 400, "invalid_argument"},
      {"SelectMergeStacktraces", kAsk + R"(,"format":9})", 400, "invalid_argument"},
      {"SelectMergeStacktraces", kAsk + R"(,"async":{"type":"ASYNC_QUERY_TYPE_FORCE"}})", 501,
       "unimplemented"},
      {"SelectMergeSpanProfile", kAsk + R"(,"format":"PROFILE_FORMAT_DOT"})", 400,
       "invalid_argument"},
      {"SelectSeries", kAsk + R"(,"step":0})", 400, "invalid_argument"},
      {"SelectSeries", kAsk + R"(,"step":-15})", 400, "invalid_argument"},
      {"SelectSeries", kAsk + R"(,"step":15,"limit":"-2"})", 400, "invalid_argument"},
      {"SelectSeries", kAsk + R"(,"step":15,"exemplarType":"EXEMPLAR_TYPE_SPAN"})", 501,
       "unimplemented"},
      {"SelectHeatmap", kAsk + R"(,"step":1e300})", 400, "invalid_argument"},
      {"LabelValues", "{}", 400, "invalid_argument"},
      {"LabelNames", R"({"matchers":{}})", 400, "invalid_argument"},
      {"LabelNames", std::string(1000, '['), 400, "invalid_argument"},
      {"LabelNames", "", 400, "invalid_argument"},
      {"LabelNames", std::string((size_t{1} << 20) + 1, ' '), 429, "resource_exhausted"},
  };
  for (const Refused& one : all) {
    INFO(one.method << " " << one.body);
    const RawResponse answer = AskQuerier(host, one.method, one.body);
    CHECK(answer.status == one.status);
    const auto error = nlohmann::json::parse(answer.body, nullptr, false);
    REQUIRE(error.is_object());
    CHECK(error["code"] == one.code);
    CHECK(error["message"].get<std::string>() != "");
  }
  CHECK(host.Ask({.target = "/querier.v1.QuerierService/LabelNames",
                  .headers = "Content-Type: text/plain\r\n",
                  .body = "{}"})
            .status == 415);
}

TEST_CASE("private labels are computed, and serve as any label does") {
  TestHost host;
  Profile heap = CpuProfile({{{"main"}, 10}}, kStart + kSeconds);
  StringTable& strings = heap.symbols.strings;
  heap.sample_types = {{strings.Add("alloc_objects"), strings.Add("count")},
                       {strings.Add("alloc_space"), strings.Add("bytes")}};
  heap.samples.values = {1, 10};
  PushAll(host, {{.profile = heap}, {.profile = CpuProfile({{{"main"}, 7}}, kStart + kSeconds)}});

  const auto values = [&](const std::string& rest) {
    return AskQuerier(host, "LabelValues", "{" + kRange + "," + rest + "}").body;
  };
  CHECK(values(R"("name":"__type__")") == R"({"names":["alloc_objects","alloc_space","cpu"]})");
  CHECK(values(R"("name":"__unit__","matchers":["{__type__=~\"alloc_.*\"}"])") ==
        R"({"names":["bytes","count"]})");
  CHECK(values(R"("name":"__service_name__")") == R"({"names":["checkout"]})");
  CHECK(values(R"("name":"__type__","matchers":["{__unit__=\"bytes\"}","{__type__=\"cpu\"}"])") ==
        R"({"names":["alloc_space","cpu"]})");
  CHECK(values(R"("name":"service_name","matchers":["{__service_name__=\"other\"}"])") == "{}");

  const auto total = [&](const std::string& selector) {
    return AskFor<host::StacktracesResponse>(host, "SelectMergeStacktraces",
                                             StacksRequest(selector))
        .flamegraph->total;
  };
  CHECK(total("{__unit__=\"nanoseconds\", __service_name__=\"checkout\"}") == 7);
  CHECK(total("{__unit__=\"bytes\"}") == 0);
  CHECK(total("{__profile_type__=\"" + std::string(kCpuType) + "\"}") == 7);

  const auto series = nlohmann::json::parse(
      AskQuerier(host, "SelectSeries",
                 kAsk + R"(,"step":3600,"groupBy":["__unit__","__service_name__","pod"]})")
          .body);
  CHECK(series["series"][0]["labels"] ==
        nlohmann::json::parse(R"([{"name":"__service_name__","value":"checkout"},
            {"name":"__unit__","value":"nanoseconds"},{"name":"pod","value":"a"}])"));
}

// What the facts of the protocol say of a point, added up anew.
TEST_CASE("SelectSeries: each point is the sum of the step that ends at it") {
  constexpr int64_t kStep = 15 * kSeconds;
  std::mt19937_64 random(7);
  TestHost host;
  std::vector<PushedSample> pushed;
  std::map<std::string, std::map<int64_t, std::vector<int64_t>>> expected;  // by pod, by time
  for (int64_t i = 0; i < 60; ++i) {
    // On the edges of steps too, and before and after the range, which is 4 minutes.
    int64_t time = kStart + static_cast<int64_t>(random() % 300) * kSeconds - 30 * kSeconds;
    if (i % 3 == 0) time += static_cast<int64_t>(random() % 1000) * 1'000'000;
    const int64_t value = 1 + static_cast<int64_t>(random() % 1000);
    const std::string pod = i % 2 == 0 ? "a" : "b";
    pushed.push_back({.label = {"pod", pod}, .profile = CpuProfile({{{"main"}, value}}, time + i)});
    if (time + i > kStart + 240 * kSeconds || time + i <= kStart - kStep) continue;
    int64_t point = kStart;
    while (point < time + i) point += kStep;
    expected[pod][point / 1'000'000].push_back(value);
  }
  PushAll(host, pushed);

  host::SelectSeriesRequest request{.profile_type = kCpuType,
                                    .start = kStartMillis,
                                    .end = kStartMillis + 240'000,
                                    .group_by = {"pod"},
                                    .step = 15};
  for (const auto aggregation : {host::Aggregation::kSum, host::Aggregation::kAverage}) {
    request.aggregation = aggregation;
    const auto answer = AskFor<host::SelectSeriesResponse>(host, "SelectSeries", request);
    REQUIRE(answer.series.size() == 2);
    for (const host::SeriesMessage& series : answer.series) {
      REQUIRE(series.labels.size() == 1);
      const auto& points = expected[series.labels[0].value];
      REQUIRE(series.points.size() == points.size());
      auto at = points.begin();
      for (const host::PointMessage& point : series.points) {
        double sum = 0;
        for (const int64_t value : at->second) sum += static_cast<double>(value);
        if (aggregation == host::Aggregation::kAverage) {
          sum /= static_cast<double>(at->second.size());
        }
        CHECK(point.timestamp == at->first);
        CHECK(point.value == Approx(sum));
        ++at;
      }
    }
  }
  request.limit = 1;
  CHECK(AskFor<host::SelectSeriesResponse>(host, "SelectSeries", request).series.size() == 1);
}

TEST_CASE("exemplars name profiles, and their ids select them") {
  TestHost host;
  PushAll(host, {{.profile = CpuProfile({{{"main"}, 5}}, kStart + 1 * kSeconds)},
                 {.profile = CpuProfile({{{"main"}, 9}}, kStart + 2 * kSeconds)}});
  host::SelectSeriesRequest request{.profile_type = kCpuType,
                                    .start = kStartMillis,
                                    .end = kStartMillis + 60'000,
                                    .step = 60,
                                    .exemplar_type = host::ExemplarType::kIndividual};
  const auto series = AskFor<host::SelectSeriesResponse>(host, "SelectSeries", request);
  REQUIRE(series.series.size() == 1);
  REQUIRE(series.series[0].points.size() == 1);
  REQUIRE(series.series[0].points[0].exemplars.size() == 1);
  const host::ExemplarMessage& exemplar = series.series[0].points[0].exemplars[0];
  CHECK(exemplar.value == 9);
  CHECK(exemplar.timestamp == kStartMillis + 2000);
  host::StacktracesRequest stacks = StacksRequest();
  stacks.profile_ids = {exemplar.profile_id};
  CHECK(
      AskFor<host::StacktracesResponse>(host, "SelectMergeStacktraces", stacks).flamegraph->total ==
      9);
}

TEST_CASE("exemplars of a heatmap of spans name the span and its trace, and their ids select it") {
  TestHost host;
  Profile profile =
      CpuProfile({{{"main", "a"}, 10}, {{"main", "b"}, 200}, {{"main"}, 4}}, kStart + 2 * kSeconds);
  const auto trace = *host::FromHex<16>("4bf92f3577b34da6a3ce929d0e0e4736");
  profile.links.trace_id.insert(profile.links.trace_id.end(), {trace, trace});
  profile.links.span_id.push_back(*host::FromHex<8>("00000bac2a5ab0c7"));
  profile.links.span_id.push_back(*host::FromHex<8>("00000bac2a5ab0c8"));
  const auto links = static_cast<uint32_t>(profile.links.size());
  profile.samples.link = {{links - 2}, {links - 1}, {0}};
  PushAll(host, {{.profile = profile}});
  host::SelectHeatmapRequest request{.profile_type = kCpuType,
                                     .start = kStartMillis,
                                     .end = kStartMillis + 60'000,
                                     .step = 60,
                                     .query_type = host::HeatmapQueryType::kSpan,
                                     .exemplar_type = host::ExemplarType::kSpan};
  const auto map = AskFor<host::SelectHeatmapResponse>(host, "SelectHeatmap", request);
  REQUIRE(map.series.size() == 1);
  REQUIRE(map.series[0].slots.size() == 1);
  const std::vector<host::ExemplarMessage>& exemplars = map.series[0].slots[0].exemplars;
  REQUIRE(exemplars.size() == 2);
  CHECK(exemplars[0].span_id == "00000bac2a5ab0c7");
  CHECK(exemplars[1].span_id == "00000bac2a5ab0c8");
  for (const host::ExemplarMessage& exemplar : exemplars) {
    CHECK(exemplar.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(!exemplar.profile_id.empty());
    host::StacktracesRequest stacks = StacksRequest();
    stacks.span_ids = {exemplar.span_id};
    CHECK(AskFor<host::StacktracesResponse>(host, "SelectMergeStacktraces", stacks)
              .flamegraph->total == exemplar.value);
  }
  // Of profiles, no span.
  request.query_type = host::HeatmapQueryType::kIndividual;
  request.exemplar_type = host::ExemplarType::kIndividual;
  const auto profiles = AskFor<host::SelectHeatmapResponse>(host, "SelectHeatmap", request);
  REQUIRE(profiles.series.at(0).slots.at(0).exemplars.size() == 1);
  CHECK(profiles.series[0].slots[0].exemplars[0].span_id.empty());
}

TEST_CASE("SelectMergeProfile gives the stacks that were pushed, summed up") {
  TestHost host;
  const Profile first = CpuProfile({{{"main", "work"}, 10}, {{"main"}, 5}}, kStart + kSeconds);
  const Profile second =
      CpuProfile({{{"main", "work"}, 1}, {{"main", "rest"}, 2}}, kStart + 2 * kSeconds);
  PushAll(host, {{.profile = first}, {.profile = second}});
  auto expected = StackSums(first);
  for (const auto& [stack, value] : StackSums(second)) expected[stack] += value;

  const RawResponse answer =
      host.Ask({.target = "/querier.v1.QuerierService/SelectMergeProfile",
                .headers = "Content-Type: application/proto\r\nX-Scope-OrgID: team-a\r\n",
                .body = host::WriteMessage(host::Form::kProto, StacksRequest())});
  const absl::StatusOr<Profile> merged = ReadPprof(answer.body);
  REQUIRE(merged.ok());
  CHECK(StackSums(*merged) == expected);
  CHECK(merged->symbols.strings[merged->sample_types[0].type] == "cpu");
}

TEST_CASE("names that are not UTF-8 have U+FFFD in protobuf too, which its readers insist on") {
  TestHost host;
  PushAll(host, {{.label = {"pod", "\xff"},
                  .profile = CpuProfile({{{"ma\xff\xc3\xa9in"}, 10}}, kStart + kSeconds)}});
  const auto pprof = AskFor<host::Pprof>(host, "SelectMergeProfile", StacksRequest());
  const std::string mended = "ma\xef\xbf\xbd\xc3\xa9in";
  CHECK(std::count(pprof.string_table.begin(), pprof.string_table.end(), mended) == 1);
  host::LabelValuesRequest pods;
  pods.name = "pod";
  const auto values = AskFor<host::NamesResponse>(host, "LabelValues", pods);
  CHECK(values.names == std::vector<std::string>{"\xef\xbf\xbd"});
}

TEST_CASE("profiles with other sample types beside the one that is asked for go together") {
  TestHost host;
  const Profile single = CpuProfile({{{"main", "work"}, 10}}, kStart + kSeconds);
  Profile with_counts = CpuProfile({{{"main", "work"}, 3}, {{"main"}, 4}}, kStart + 2 * kSeconds);
  StringTable& strings = with_counts.symbols.strings;
  with_counts.sample_types.insert(with_counts.sample_types.begin(),
                                  {strings.Add("samples"), strings.Add("count")});
  with_counts.samples.values = {1, 3, 2, 4};
  PushAll(host, {{.profile = single}, {.label = {"pod", "b"}, .profile = with_counts}});
  host::StacktracesRequest request = StacksRequest();
  const auto ask = [&] {
    return AskFor<host::StacktracesResponse>(host, "SelectMergeStacktraces", request);
  };
  CHECK(ask().flamegraph->total == 17);
  request.format = host::ProfileFormat::kPprof;
  const absl::StatusOr<Profile> merged = ReadPprof(ask().pprof->profile.data);
  REQUIRE(merged.ok());
  CHECK(StackSums(*merged) == std::map<std::string, int64_t>{{"work;main;", 13}, {"main;", 4}});
  request.profile_type = "process_cpu:samples:count:cpu:nanoseconds";
  request.format = host::ProfileFormat::kUnspecified;
  CHECK(ask().flamegraph->total == 3);
}

TEST_CASE("stacks: call site, fewest frames for compilers, graphs, cuts") {
  TestHost host;
  PushAll(host, {{.profile = CpuProfile({{{"main", "work", "leaf"}, 10},
                                         {{"other", "work", "leaf"}, 5},
                                         {{"main", "\"quoted\""}, 1}},
                                        kStart + kSeconds)}});
  const auto ask = [&](const host::StacktracesRequest& request) {
    return AskFor<host::StacktracesResponse>(host, "SelectMergeStacktraces", request);
  };
  host::StacktracesRequest request = StacksRequest();
  request.stacks = host::StackTraceSelector{.call_site = {{"main"}, {"work"}}};
  CHECK(ask(request).flamegraph->total == 10);

  request.stacks = host::StackTraceSelector{.go_pgo = host::GoPgo{.keep_locations = 2}};
  request.format = host::ProfileFormat::kPprof;
  const absl::StatusOr<Profile> pgo = ReadPprof(ask(request).pprof->profile.data);
  REQUIRE(pgo.ok());
  CHECK(StackSums(*pgo) ==
        std::map<std::string, int64_t>{{"leaf;work;", 15}, {"\"quoted\";main;", 1}});

  request = StacksRequest();
  request.format = host::ProfileFormat::kDot;
  const std::string dot = ask(request).dot;
  CHECK(dot.starts_with("digraph \"cpu\" {\n"));
  CHECK(dot.find(R"(label="\"quoted\"")") != std::string::npos);
  request.max_nodes = 2;
  CHECK(ask(request).dot.find("other") == std::string::npos);

  request.format = host::ProfileFormat::kFlamegraph;
  const host::FlameGraphMessage cut = *ask(request).flamegraph;
  CHECK(cut.total == 16);
  CHECK(std::count(cut.names.begin(), cut.names.end(), "other") == 1);
  CHECK(std::count(cut.names.begin(), cut.names.end(), "leaf") == 0);
}

TEST_CASE("a tenant is asked about its own profiles alone") {
  TestHost host;
  PushAll(host, {{.profile = CpuProfile({{{"main"}, 5}}, kStart + kSeconds)}});
  CHECK(AskQuerier(host, "GetProfileStats", "{}").body ==
        R"({"dataIngested":true,"newestProfileTime":"1768471201000",)"
        R"("oldestProfileTime":"1768471201000"})");
  for (const std::string other : {"team-b", "TEAM-A", "team-a/"}) {
    CHECK(AskQuerier(host, "GetProfileStats", "{}", other).body == "{}");
    CHECK(AskQuerier(host, "SelectMergeStacktraces", kAsk + "}", other).body ==
          R"({"flamegraph":{"levels":[{"values":["0","0","0","0"]}],"names":["total"]}})");
  }
}

}  // namespace
}  // namespace dolerite::testing
