// Pages, and /pyroscope/render.
#include <numeric>

#include "host/querier_support.h"
#include "http_message.h"
#include "parameters.h"

namespace dolerite::testing {
namespace {

constexpr int64_t kPageMillis = 1'768'471'200'000;
constexpr int64_t kPageNanos = kPageMillis * 1'000'000;

RawResponse GetPage(const TestHost& host, const std::string& target) {
  return host.Ask({.method = "GET", .target = target, .headers = "X-Scope-OrgID: team-a\r\n"});
}

std::string QueryOf(const std::string& selector, int64_t from_seconds, int64_t until_seconds,
                    const std::vector<std::string>& names = {"query", "from", "until"}) {
  return names[0] + "=" + host::PercentEncode(kCpuType + selector) + "&" + names[1] + "=" +
         std::to_string(kPageMillis + from_seconds * 1000) + "&" + names[2] + "=" +
         std::to_string(kPageMillis + until_seconds * 1000);
}

std::string PageOf(const std::string& page, const std::string& selector) {
  return "/" + page + "?type=" + host::PercentEncode(kCpuType) +
         "&match=" + host::PercentEncode(selector) + "&from=" + std::to_string(kPageMillis) +
         "&until=" + std::to_string(kPageMillis + 600'000);
}

// Pods a and b, one profile every 20 seconds each.
void PushTenMinutes(const TestHost& host) {
  std::vector<PushedSample> pushed;
  for (int64_t i = 0; i < 30; ++i) {
    const int64_t time = kPageNanos + i * 20'000'000'000 + 1'000'000;
    pushed.push_back({.profile = CpuProfile({{{"main", "work"}, 10}}, time)});
    pushed.push_back(
        {.label = {"pod", "b"}, .profile = CpuProfile({{{"main", "<rest>"}, 1}}, time)});
  }
  PushAll(host, pushed);
}

TEST_CASE("render: a flame graph, and a timeline of the same sum") {
  TestHost host;
  PushTenMinutes(host);
  const std::string question =
      "/pyroscope/render?" + QueryOf("{service_name=\"checkout\"}", 0, 600);
  const RawResponse answer = GetPage(host, question + "&groupBy=pod");
  REQUIRE(answer.status == 200);
  const auto page = nlohmann::json::parse(answer.body);
  CHECK(page["version"] == 1);
  CHECK(page["flamebearer"]["names"] ==
        nlohmann::json::parse(R"(["total","main","<rest>","work"])"));
  CHECK(page["flamebearer"]["levels"] ==
        nlohmann::json::parse("[[0,330,0,0],[0,330,0,1],[0,30,30,2,0,300,300,3]]"));
  CHECK(page["flamebearer"]["numTicks"] == 330);
  CHECK(page["metadata"] ==
        nlohmann::json::parse(R"({"format":"single","name":"cpu","sampleRate":1000000000,
                                  "spyName":"","units":"samples"})"));
  const auto sum = [](const nlohmann::json& timeline) {
    const auto samples = timeline["samples"].get<std::vector<int64_t>>();
    return std::accumulate(samples.begin(), samples.end(), int64_t{0});
  };
  CHECK(page["timeline"]["startTime"] == kPageMillis / 1000);
  CHECK(page["timeline"]["durationDelta"] == 15);
  CHECK(page["timeline"]["samples"].size() == 42);
  CHECK(sum(page["timeline"]) == 330);
  CHECK(page["groups"].size() == 2);
  CHECK(sum(page["groups"]["a"]) == 300);
  CHECK(sum(page["groups"]["b"]) == 30);

  CHECK(GetPage(host, question + "&format=dot").body.starts_with("digraph"));
  const auto cut = nlohmann::json::parse(GetPage(host, question + "&maxNodes=2").body);
  CHECK(cut["flamebearer"]["names"] == nlohmann::json::parse(R"(["total","main","other"])"));
}

TEST_CASE("render-diff: both sides of a flame graph") {
  TestHost host;
  PushTenMinutes(host);
  const RawResponse answer = GetPage(
      host, "/pyroscope/render-diff?" +
                QueryOf("{pod=\"a\"}", 0, 300, {"leftQuery", "leftFrom", "leftUntil"}) + "&" +
                QueryOf("{pod=\"b\"}", 0, 600, {"rightQuery", "rightFrom", "rightUntil"}));
  REQUIRE(answer.status == 200);
  const auto page = nlohmann::json::parse(answer.body);
  CHECK(page["metadata"]["format"] == "double");
  CHECK(page["leftTicks"] == 150);
  CHECK(page["rightTicks"] == 30);
  CHECK(page["flamebearer"]["levels"] ==
        nlohmann::json::parse("[[0,150,0,0,30,0,0],[0,150,0,0,30,0,1],"
                              "[0,0,0,0,30,30,2,0,150,150,0,0,0,3]]"));
}

TEST_CASE("pages: what was pushed, with names escaped") {
  TestHost host;
  CHECK(GetPage(host, "/").body.find("No profile was pushed yet") != std::string::npos);
  PushAll(host, {{.label = {"pod", "p"},
                  .profile = CpuProfile({{{"main", "</script>"}, 10}}, kPageNanos + 1)}});
  const std::string ingest = "/ingest?name=" + host::PercentEncode("<b>\"'&") +
                             "&from=1768471201&until=1768471201&format=folded";
  REQUIRE(host.Ask({.target = ingest, .headers = "X-Scope-OrgID: team-a\r\n", .body = "main 3\n"})
              .status == 200);
  const std::string front = GetPage(host, "/").body;
  CHECK(front.find("<td>checkout<td>" + std::string(kCpuType)) != std::string::npos);
  CHECK(front.find("<td>&lt;b&gt;&quot;&#39;&amp;<td>") != std::string::npos);
  CHECK(front.find("<b>") == std::string::npos);

  // Each link of the page shows something.
  size_t links = 0;
  const std::string begin = "<a href=\"";
  for (size_t at = front.find(begin); at != std::string::npos; at = front.find(begin, at + 1)) {
    std::string target = front.substr(at + begin.size());
    target.resize(target.find('"'));
    for (size_t amp = target.find("&amp;"); amp != std::string::npos; amp = target.find("&amp;")) {
      target.replace(amp, 5, "&");
    }
    INFO(target);
    const RawResponse page = GetPage(host, target);
    CHECK(page.status == 200);
    CHECK(page.headers.at("content-type") ==
          (target.starts_with("/pprof") ? "application/octet-stream" : "text/html; charset=utf-8"));
    ++links;
  }
  CHECK(links == 6);
  // Data of a page lies in a script, which a name must not end.
  const std::string flame = GetPage(host, PageOf("flame", "{pod=\"p\"}")).body;
  CHECK(flame.find("main") != std::string::npos);
  CHECK(flame.find("</script>\"") == std::string::npos);
}

TEST_CASE("/pprof: the samples of the question, as pprof") {
  TestHost host;
  PushTenMinutes(host);
  const RawResponse answer = GetPage(host, PageOf("pprof", "{pod=\"a\"}"));
  REQUIRE(answer.status == 200);
  const absl::StatusOr<Profile> profile = ReadPprof(answer.body);
  REQUIRE(profile.ok());
  CHECK(profile->samples.values == std::vector<int64_t>{300});
}

TEST_CASE("pages: without times they are about all profiles, however old these are") {
  TestHost host;
  PushTenMinutes(host);
  const std::string rest = "?type=" + host::PercentEncode(kCpuType);
  const auto total = [&](const std::string& parameters) {
    const absl::StatusOr<Profile> profile =
        ReadPprof(GetPage(host, "/pprof" + rest + parameters).body);
    REQUIRE(profile.ok());
    const std::vector<int64_t>& values = profile->samples.values;
    return std::accumulate(values.begin(), values.end(), int64_t{0});
  };
  CHECK(total("") == 330);
  CHECK(total("&from=" + std::to_string(kPageMillis + 300'000)) == 165);
  CHECK(total("&until=" + std::to_string(kPageMillis + 300'000)) == 165);
  CHECK(total("&from=now-1h") == 0);
  CHECK(total("&until=1000000000") == 0);
  const std::string flame = GetPage(host, "/flame" + rest).body;
  CHECK(flame.find("everything, from 2026-01-15T10:00:00.001Z to 2026-01-15T10:09:40.002Z") !=
        std::string::npos);
  // Of the profiles that match, whenever others are.
  PushAll(host, {{.label = {"pod", "late"},
                  .profile = CpuProfile({{{"main"}, 7}}, kPageNanos + 3'600'000'000'000)}});
  CHECK(total("") == 337);
  const std::string late = GetPage(host, "/flame" + rest + "&match=%7Bpod=%22late%22%7D").body;
  CHECK(late.find(", from 2026-01-15T11:00:00Z to 2026-01-15T11:00:00.001Z") != std::string::npos);
}

TEST_CASE("/diff: halves of the time, or what is said of the base") {
  TestHost host;
  PushTenMinutes(host);
  const std::string rest = "/diff?type=" + host::PercentEncode(kCpuType);
  const auto has = [&](const std::string& parameters, const std::string& subtitle) {
    const RawResponse page = GetPage(host, rest + parameters);
    return page.status == 200 && page.body.find(subtitle) != std::string::npos;
  };
  CHECK(has("&from=1768471200&until=1768471800",
            "everything, from 2026-01-15T10:00:00Z to 2026-01-15T10:05:00Z and "
            "everything, from 2026-01-15T10:05:00Z to 2026-01-15T10:10:00Z"));
  CHECK(has("&from=1768471200&until=1768471800&base_match=%7Bpod=~%22a%22%7D",
            ", from 2026-01-15T10:00:00Z to 2026-01-15T10:10:00Z and "
            "everything, from 2026-01-15T10:00:00Z to 2026-01-15T10:10:00Z"));
  CHECK(has("&from=1768471500&until=1768471800&base_from=1768471200&base_until=1768471320",
            "everything, from 2026-01-15T10:00:00Z to 2026-01-15T10:02:00Z and "
            "everything, from 2026-01-15T10:05:00Z to 2026-01-15T10:10:00Z"));
  // Both halves have profiles: the same function has a value on either side.
  const auto page = GetPage(host, rest).body;
  CHECK(page.find("from 2026-01-15T10:00:00.001Z to 2026-01-15T10:04:50.001Z and ") !=
        std::string::npos);
}

TEST_CASE("/diff: each profile is in one half, however near to the middle") {
  TestHost host;
  // The middle is at 300 s; names tell the profiles apart.
  const int64_t middle = kPageNanos + 300'000'000'000;
  PushAll(host, {{.profile = CpuProfile({{{"first"}, 1}}, kPageNanos)},
                 {.profile = CpuProfile({{{"before"}, 10}}, middle - 1)},
                 {.profile = CpuProfile({{{"at"}, 100}}, middle)},
                 {.profile = CpuProfile({{{"after"}, 1000}}, middle + 1)},
                 {.profile = CpuProfile({{{"later"}, 10000}}, middle + 999'999)},
                 {.profile = CpuProfile({{{"last"}, 100000}}, kPageNanos + 599'999'000'000)}});
  const std::string page =
      GetPage(host, "/diff?type=" + host::PercentEncode(kCpuType) + "&until=1768471800").body;
  const size_t begin = page.find("{\"type\""), end = page.find("</script>", begin);
  REQUIRE(end != std::string::npos);
  const nlohmann::json data = nlohmann::json::parse(page.substr(begin, end - begin));
  const auto self = data["self"].get<std::vector<std::vector<int64_t>>>();
  REQUIRE(self.size() == 2);
  const auto sum = [](const std::vector<int64_t>& values) {
    return std::accumulate(values.begin(), values.end(), int64_t{0});
  };
  CHECK(sum(self[0]) == 111);
  CHECK(sum(self[1]) == 111000);
}

TEST_CASE("pages: parameters that are not valid are refused") {
  TestHost host;
  PushTenMinutes(host);
  const std::string type = "?type=" + host::PercentEncode(kCpuType);
  for (const std::string& target : {
           std::string("/flame"),
           "/flame" + type + "&from=yesterday",
           "/pprof" + type + "&from=2000000000&until=1000000000",
           "/pprof" + type + "&match=%7B",
           "/diff" + type + "&base_from=x",
           "/flame" + type + "&max_nodes=-1",
           "/flame" + type + "&max_nodes=many",
           std::string("/pyroscope/render?query=cpu"),
           "/pyroscope/render?" + QueryOf("{", 0, 600),
           "/pyroscope/render-diff?" + QueryOf("{}", 0, 600),
       }) {
    INFO(target);
    const RawResponse answer = GetPage(host, target);
    CHECK(answer.status == 400);
    CHECK(answer.headers.at("content-type") == "text/plain; charset=utf-8");
  }
}

TEST_CASE("times: the number of digits tells the unit") {
  constexpr int64_t kNow = 1'700'000'000'123'456'789;
  const auto read = [](const std::string& text) { return host::ReadTime(text, kNow); };
  const std::vector<std::string> same = {"1700000000", "1700000000000", "1700000000000000",
                                         "1700000000000000000"};
  for (const std::string& text : same) CHECK(read(text) == 1'700'000'000'000'000'000);
  CHECK(read("0") == 0);
  CHECK(read("now") == kNow);
  CHECK(read("now-90s") == kNow - 90'000'000'000);
  CHECK(read("now-2w") == kNow - int64_t{14 * 24 * 3600} * 1'000'000'000);
  for (const std::string text :
       {"", "-1", "1.5", "now-", "now-h", "now-1", "now-1y", "now+1h", "now--1h", "9999999999",
        "9999999999999", "99999999999999999999", "now-9999999999999w", "12 "}) {
    INFO(text);
    CHECK(read(text) == std::nullopt);
  }
}

}  // namespace
}  // namespace dolerite::testing
