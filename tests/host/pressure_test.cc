// A host that has more to do than it can: each client is told, and nobody waits for others' work.
#include <thread>

#include "host/gated_store.h"
#include "host/host_support.h"

namespace dolerite::testing {
namespace {

const std::string kPushCart = "/ingest?name=cart&format=pprof";
const std::string kQuery = "/pprof?type=process_cpu:cpu:nanoseconds:cpu:nanoseconds&match={}";

RawRequest PushOf(const std::string& tenant, int64_t value) {
  return {.target = kPushCart,
          .headers = "X-Scope-OrgID: " + tenant + "\r\n",
          .body = SmallPprof(value)};
}

std::string Metrics(const TestHost& host) {
  return host.Ask({.method = "GET", .target = "/metrics"}).body;
}

void AwaitMetric(const TestHost& host, const std::string& line) {
  while (Metrics(host).find("dolerite_host_" + line + "\n") == std::string::npos) {
    std::this_thread::yield();
  }
}

// One thread for queries, and a profile to ask about.
struct GatedHost {
  GatedHost() : options(SmallHost()) {
    options.threads = 1;
    auto gated = std::make_unique<GatedStore>();
    gate = gated.get();
    host = std::make_unique<TestHost>(options, std::move(gated));
    CHECK(host->Ask({.target = kPushCart, .body = SmallPprof(5)}).status == 200);
  }

  host::HostOptions options;
  GatedStore* gate = nullptr;
  std::unique_ptr<TestHost> host;
};

TEST_CASE("reports and pushes are answered while all threads of queries are busy") {
  GatedHost gated;
  RawClient asking(gated.host->address());
  asking.Send(TextOf({.method = "GET", .target = kQuery}));
  gated.gate->AwaitReader();
  CHECK(gated.host->Ask({.method = "GET", .target = "/ready"}).body == "ready\n");
  CHECK(Metrics(*gated.host).find("open_tenants 1") != std::string::npos);
  CHECK(gated.host->Ask({.target = kPushCart, .body = SmallPprof(6)}).status == 200);
  gated.gate->Open();
  const auto answer = asking.Read();
  REQUIRE(answer);
  CHECK(answer->status == 200);
}

TEST_CASE("a query whose client leaves is stopped") {
  GatedHost gated;
  RawClient leaving(gated.host->address());
  leaving.Send(TextOf({.method = "GET", .target = kQuery}));
  gated.gate->AwaitReader();
  leaving.Close();
  CHECK(absl::IsCancelled(gated.gate->AwaitStopped()));
  // Its thread is free for others.
  gated.gate->Open();
  CHECK(gated.host->Ask({.method = "GET", .target = kQuery}).status == 200);
}

TEST_CASE("tenants past the limit wait until others are idle") {
  host::HostOptions options = SmallHost();
  options.open_tenants = 2;
  {
    TestHost host(options);
    for (const std::string tenant : {"a", "b", "c", "d"}) {
      CHECK(host.Ask(PushOf(tenant, 1)).status == 200);
      CHECK(Stored(host.store(), tenant).size() == 1);
    }
    CHECK(Metrics(host).find("open_tenants 2") != std::string::npos);
  }
  options.tenant.flush_nanos = int64_t{3600} * 1'000'000'000;
  TestHost host(options);
  RawClient a(host.address()), b(host.address());
  a.Send(TextOf(PushOf("a", 1)));
  b.Send(TextOf(PushOf("b", 2)));
  AwaitMetric(host, "open_tenants 2");
  RawResponse refused = host.Ask(PushOf("c", 3));
  CHECK(refused.status == 429);
  CHECK(refused.headers["retry-after"] == "1");
  // No tenant is opened for those who watch the host.
  CHECK(host.Ask({.method = "GET", .target = "/ready"}).status == 200);
  (*host).Stop();
  CHECK(a.Read()->status == 200);
  CHECK(b.Read()->status == 200);
  CHECK(Stored(host.store(), "c") == std::vector<std::string>{"none"});
}

TEST_CASE("questions of tenants that never pushed leave nothing in the store or the host") {
  TestHost host;
  CHECK(host.Ask(PushOf("known", 1)).status == 200);
  const auto objects = [&] { return host.store()->ListAll("")->size(); };
  const size_t stored = objects();
  for (int i = 0; i < 50; ++i) {
    const std::string tenant = "X-Scope-OrgID: invented-" + std::to_string(i) + "\r\n";
    CHECK(host.Ask({.method = "GET", .target = kQuery, .headers = tenant}).status == 200);
    // Bytes that are no profile.
    CHECK(host.Ask({.target = kPushCart, .headers = tenant, .body = "x"}).status == 422);
  }
  CHECK(objects() == stored);
  // The last one is closed when another one is opened.
  CHECK(Metrics(host).find("open_tenants 2\n") != std::string::npos);
}

TEST_CASE("the profiles of all tenants that wait for the store have one bound") {
  host::HostOptions options = SmallHost();
  options.tenant.flush_nanos = int64_t{3600} * 1'000'000'000;
  options.tenant.all_ingest_bytes = 1;
  TestHost host(options);
  RawClient first(host.address());
  first.Send(TextOf(PushOf("a", 1)));
  while (Metrics(host).find("ingest_bytes 0\n") != std::string::npos) std::this_thread::yield();
  CHECK(host.Ask(PushOf("b", 2)).status == 429);
  (*host).Stop();
  CHECK(first.Read()->status == 200);
}

}  // namespace
}  // namespace dolerite::testing
