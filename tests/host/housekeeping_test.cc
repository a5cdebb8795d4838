// Compaction and retention, by the host's own ticks.
#include <atomic>
#include <thread>

#include "host/host_support.h"

namespace dolerite::testing {
namespace {

// A tick each millisecond; two segments are enough to compact.
host::HostOptions Ticking() {
  host::HostOptions options = SmallHost();
  options.tenant.flush_nanos = 1'000'000;
  options.housekeeping.tick_nanos = 1'000'000;
  options.housekeeping.list_nanos = 1'000'000;
  options.housekeeping.maintain.look_nanos = 1'000'000;
  options.housekeeping.maintain.policy.segments = 2;
  return options;
}

void PushTwo(const TestHost& host, const std::string& tenant) {
  for (const int64_t value : {1, 2}) {
    CHECK(host.Ask({.target = "/ingest?name=cart&format=pprof",
                    .headers = "X-Scope-OrgID: " + tenant + "\r\n",
                    .body = SmallPprof(value)})
              .status == 200);
  }
}

void AwaitBlock(TestHost* host, const std::string& tenant) {
  const std::string blocks = "tenants/" + tenant + "/blocks/";
  while (host->store()->ListAll(blocks)->empty()) std::this_thread::yield();
}

TEST_CASE("a host compacts the segments of each tenant, and answers stay the same") {
  TestHost host(Ticking());
  for (const std::string tenant : {"a", "b"}) PushTwo(host, tenant);
  for (const std::string tenant : {"a", "b"}) {
    AwaitBlock(&host, tenant);
    CHECK(
        Stored(host.store(), tenant) ==
        std::vector<std::string>{R"({__name__="process_cpu", service_name="cart"} 1 @1700000000)",
                                 R"({__name__="process_cpu", service_name="cart"} 2 @1700000000)"});
  }
  const std::string metrics = host.Ask({.method = "GET", .target = "/metrics"}).body;
  CHECK(metrics.find("housekeeping_total{did=\"compacted\"}") != std::string::npos);
  CHECK(metrics.find("housekeeping_errors_total") == std::string::npos);
}

TEST_CASE("a host frees unfinished uploads as often as it collects") {
  host::HostOptions options = Ticking();
  options.housekeeping.maintain.collect_nanos = 1'000'000;
  options.housekeeping.maintain.collect.grace_nanos = int64_t{3600} * 1'000'000'000;
  const auto calls = std::make_shared<std::atomic<int>>(0);
  const auto hour_old = std::make_shared<std::atomic<bool>>(true);
  options.housekeeping.abort_uploads = [=](int64_t started_before) {
    const int64_t now =
        std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
    if (started_before > now - int64_t{3599} * 1'000'000'000) *hour_old = false;
    ++*calls;
    return absl::OkStatus();
  };
  TestHost host(options);
  while (*calls < 2) std::this_thread::yield();
  CHECK(*hour_old);
}

TEST_CASE("a host hides what is older than it retains") {
  host::HostOptions options = Ticking();
  options.housekeeping.maintain.retain_nanos = int64_t{3600} * 1'000'000'000;
  TestHost host(options);
  PushTwo(host, "a");
  while (!Stored(host.store(), "a").empty()) std::this_thread::yield();
  // Those of another time stay.
  const int64_t now =
      std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  CHECK(host.Ask({.target = "/ingest?name=cart&format=pprof",
                  .headers = "X-Scope-OrgID: a\r\n",
                  .body = SmallPprof(3, now)})
            .status == 200);
  CHECK(Stored(host.store(), "a").size() == 1);
}

}  // namespace
}  // namespace dolerite::testing
