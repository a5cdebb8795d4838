// Requests that real clients have sent, as they were captured: the corpus has what each file is.
#include "host/host_support.h"
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

TEST_CASE("captured pushes: each is stored once, under the names of Pyroscope; JFR is refused") {
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

}  // namespace
}  // namespace dolerite::testing
