// Requests that real clients have sent, as they were captured: the corpus has what each file is.
#include <map>

#include "hex.h"
#include "host/host_support.h"
#include "host/querier_support.h"
#include "support/corpus.h"

namespace dolerite::testing {
namespace {

// The request line and headers in the file NAME.http, then the body in NAME.body.
std::string CapturedRequest(const std::string& name) {
  std::string head = ReadCorpusFile("clients/" + name + ".http");
  const std::string body = ReadCorpusFile("clients/" + name + ".body");
  while (head.ends_with('\n')) head.pop_back();
  std::string out;
  for (const char c : head) out += c == '\n' ? "\r\n" : std::string(1, c);
  // A body that was sent in chunks was captured in one piece.
  if (head.find("Content-Length:") == std::string::npos) {
    out += "\r\nContent-Length: " + std::to_string(body.size());
  }
  return out + "\r\n\r\n" + body;
}

RawResponse Replay(const TestHost& host, const std::string& name) {
  RawClient client(host.address());
  client.Send(CapturedRequest(name));
  return client.Read().value_or(RawResponse{});
}

// Pushes by HTTP, in the order of the manifest.
std::vector<std::string> CapturedPushes() {
  std::vector<std::string> names;
  for (const auto& row : ReadCorpusTsv("clients/MANIFEST.tsv")) {
    const std::string& path = row[2];
    if (path.starts_with("/ingest") || path.starts_with("/push.") || path.starts_with("/v1dev")) {
      names.push_back(row[0]);
    }
  }
  return names;
}

// A series as text: its type and the scope of the SDK that sent it, then `rest`.
std::string Series(const std::string& type, const std::string& scope, const std::string& rest) {
  return "{__name__=\"" + type + "\", otel.scope.name=\"com.grafana.pyroscope/" + scope + rest;
}
std::string GoSeries(const std::string& type, const std::string& scope,
                     const std::string& version) {
  return Series(type, scope,
                "\", otel.scope.version=\"" + version +
                    "\", process.runtime.name=\"go\", process.runtime.version=\"go1.26.8\", "
                    "pyroscope_spy=\"gospy\", region=\"eu\", service_name=\"checkout.service\"} ");
}
std::string NodeSeries(const std::string& type) {
  return Series(type, "nodejs",
                "\", otel.scope.version=\"0.6.4\", process.runtime.name=\"nodejs\", "
                "process.runtime.version=\"20.20.2\", pyroscope_spy=\"nodespy\", region=\"eu\", "
                "service_name=\"web.frontend\"} ");
}

// Totals are those of google/pprof.
std::vector<std::string> TenantsProfiles() {
  const std::string python = Series(
      "process_cpu", "python",
      "\", otel.scope.version=\"1.4.0\", process.runtime.name=\"cpython\", "
      "process.runtime.version=\"3.11.7\", region=\"eu\", service_name=\"orders.service\"} ");
  return {
      GoSeries("block", "godeltaprof", "v0.1.12") + "7812843818 @1795696770",
      GoSeries("goroutines", "go", "v1.5.0") + "11 @1795696770",
      GoSeries("memory", "godeltaprof", "v0.1.12") + "3316055 @1795696770",
      NodeSeries("memory") + "1925944 @1795696730",
      GoSeries("mutex", "godeltaprof", "v0.1.12") + "1779037244 @1795696770",
      GoSeries("process_cpu", "go", "v1.5.0") + "2310000000 @1795696767",
      python + "9650000000 @1795696713",
      R"({__name__="process_cpu", region="eu", service_name="pushed"} 2310000000 @1795696767)",
      NodeSeries("wall") + "2199954631 @1795696730",
  };
}

TEST_CASE("captured pushes: each is stored once, under the names of Pyroscope, JFR is refused") {
  if (!CorpusPresent()) return;
  TestHost host;
  const std::vector<std::string> names = CapturedPushes();
  CHECK(names.size() == 14);
  for (int round = 0; round < 2; ++round) {
    for (const std::string& name : names) {
      INFO(name);
      const bool jfr = name.starts_with("pyroscope-java");
      CHECK(Replay(host, name).status == (jfr ? 415 : 200));
    }
    // The Collector, which sends without a tenant, sent one profile in two forms.
    CHECK(Stored(host.store()) ==
          std::vector<std::string>{
              R"({__name__="process_cpu", service_name="payments"} 30000000 @1795000000)"});
    CHECK(Stored(host.store(), "team-a") == TenantsProfiles());
  }
}

// Two profiles of what the captured questions are about: a span, its trace, and a profile's id.
void PushWhatQuestionsName(const TestHost& host) {
  Profile first = CpuProfile({{{"main"}, 10}, {{"main", "work"}, 20}}, 1'768'472'000'000'000'000);
  first.links.trace_id.push_back(*host::FromHex<16>("4bf92f3577b34da6a3ce929d0e0e4736"));
  first.links.span_id.push_back(*host::FromHex<8>("00000bac2a5ab0c7"));
  first.samples.link = {{0}, {static_cast<uint32_t>(first.links.size() - 1)}};
  const Profile second = CpuProfile({{{"main", "rest"}, 5}}, 1'768'474'000'000'000'000);
  PushAll(host, {{.profile = first, .id = "7c9e6679-7425-40de-944b-e07fc1f90ae7"},
                 {.label = {"pod", "b"}, .profile = second}});
}

template <class Message>
std::string JsonOfProto(const std::string& proto) {
  const auto message = host::ReadMessage<Message>(host::Form::kProto, proto);
  return message.ok() ? host::WriteMessage(host::Form::kJson, *message) : "not a message";
}

// An answer in protobuf, as JSON.
std::string AnswerAsJson(const std::string& method, const std::string& proto) {
  if (method == "ProfileTypes") return JsonOfProto<host::ProfileTypesResponse>(proto);
  if (method == "LabelNames" || method == "LabelValues") {
    return JsonOfProto<host::NamesResponse>(proto);
  }
  if (method == "Series") return JsonOfProto<host::SeriesResponse>(proto);
  if (method == "GetProfileStats") return JsonOfProto<host::StatsResponse>(proto);
  if (method == "SelectMergeProfile") return JsonOfProto<host::Pprof>(proto);
  if (method == "SelectSeries") return JsonOfProto<host::SelectSeriesResponse>(proto);
  if (method == "SelectHeatmap") return JsonOfProto<host::SelectHeatmapResponse>(proto);
  if (method == "Diff") return JsonOfProto<host::DiffResponse>(proto);
  return JsonOfProto<host::StacktracesResponse>(proto);
}

// Flame graphs of what is asked for; the rest of each answer follows from these by other tests.
const std::map<std::string, std::string>& ExpectedAnswers() {
  static const auto& expected = *new std::map<std::string, std::string>{
      {"ProfileTypes", R"({"profileTypes":[{"ID":"process_cpu:cpu:nanoseconds:cpu:nanoseconds",)"
                       R"("name":"process_cpu","periodType":"cpu","periodUnit":"nanoseconds",)"
                       R"("sampleType":"cpu","sampleUnit":"nanoseconds"}]})"},
      {"LabelNames",
       R"({"names":["__name__","__period_type__","__period_unit__","__profile_type__",)"
       R"("__service_name__","__type__","__unit__","pod","service_name"]})"},
      {"LabelValues", R"({"names":["checkout"]})"},
      {"Series", R"({"labelsSet":[{"labels":[{"name":"__profile_type__",)"
                 R"("value":"process_cpu:cpu:nanoseconds:cpu:nanoseconds"},)"
                 R"({"name":"service_name","value":"checkout"}]}]})"},
      {"GetProfileStats", R"({"dataIngested":true,"newestProfileTime":"1768474000000",)"
                          R"("oldestProfileTime":"1768472000000"})"},
      {"flamegraph",
       R"({"flamegraph":{"levels":[{"values":["0","35","0","0"]},{"values":["0","35","10","1"]},)"
       R"({"values":["10","5","5","2","0","20","20","3"]}],"maxSelf":"20",)"
       R"("names":["total","main","rest","work"],"total":"35"}})"},
      {"call-site",
       R"({"flamegraph":{"levels":[{"values":["0","35","0","0"]},{"values":["0","35","10","1"]},)"
       R"({"values":["10","5","5","2","0","20","20","3"]}],"maxSelf":"20",)"
       R"("names":["total","main","rest","work"],"total":"35"}})"},
      {"span",
       R"({"flamegraph":{"levels":[{"values":["0","20","0","0"]},{"values":["0","20","0","1"]},)"
       R"({"values":["0","20","20","2"]}],"maxSelf":"20","names":["total","main","work"],)"
       R"("total":"20"}})"},
      {"profile-id",
       R"({"flamegraph":{"levels":[{"values":["0","30","0","0"]},{"values":["0","30","10","1"]},)"
       R"({"values":["10","20","20","2"]}],"maxSelf":"20","names":["total","main","work"],)"
       R"("total":"30"}})"},
      {"Diff",
       R"({"flamegraph":{"leftTicks":"30","levels":[{"values":["0","30","0","0","5","0","0"]},)"
       R"({"values":["0","30","10","0","5","0","1"]},)"
       R"({"values":["10","0","0","0","5","5","2","0","20","20","0","0","0","3"]}],)"
       R"("maxSelf":"20","names":["total","main","rest","work"],"rightTicks":"5","total":"35"}})"},
  };
  return expected;
}

TEST_CASE("captured questions: protobuf and JSON get the same answer, and the right one") {
  if (!CorpusPresent()) return;
  TestHost host;
  PushWhatQuestionsName(host);
  std::map<std::string, std::string> answers;
  for (const auto& row : ReadCorpusTsv("clients/MANIFEST.tsv")) {
    const std::string service = "/querier.v1.QuerierService/";
    if (!row[0].starts_with("connect-json-") || !row[2].starts_with(service)) continue;
    const std::string name = row[0].substr(std::string("connect-json-").size());
    INFO(name);
    const RawResponse json = Replay(host, row[0]), proto = Replay(host, "connect-proto-" + name);
    CHECK(json.status == 200);
    CHECK(proto.status == 200);
    CHECK(json.body.size() > 2);
    CHECK(AnswerAsJson(row[2].substr(service.size()), proto.body) == json.body);
    answers[name] = json.body;
  }
  CHECK(answers.size() == 18);
  for (const auto& [name, expected] : ExpectedAnswers()) CHECK(answers[name] == expected);
  // Ways to ask for the same.
  CHECK(answers["trace"] == answers["span"]);
  CHECK(answers["SelectMergeSpanProfile"] == answers["span"]);
  CHECK(R"({"pprof":{"profile":)" + answers["SelectMergeProfile"] + "}}" == answers["pprof"]);
}

}  // namespace
}  // namespace dolerite::testing
