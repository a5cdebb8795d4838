// A host within the test, and what its store holds.
#ifndef DOLERITE_TESTS_HOST_HOST_SUPPORT_H_
#define DOLERITE_TESTS_HOST_HOST_SUPPORT_H_

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "dolerite/stores.h"
#include "host.h"
#include "host/raw_client.h"

namespace dolerite::testing {

// Small times, no gRPC.
host::HostOptions SmallHost();

class TestHost {
 public:
  explicit TestHost(const host::HostOptions& options = SmallHost(),
                    std::unique_ptr<ObjectStore> store = MakeMemoryStore())
      : store_(std::move(store)) {
    auto started = host::Host::Start(store_.get(), options);
    REQUIRE(started.ok());
    host_ = *std::move(started);
  }

  host::Host& operator*() { return *host_; }
  ObjectStore* store() { return store_.get(); }
  std::string address() const { return host_->http_address(); }
  RawResponse Ask(const RawRequest& request) const { return testing::Ask(address(), request); }

 private:
  std::unique_ptr<ObjectStore> store_;
  std::unique_ptr<host::Host> host_;
};

// A CPU profile of one stack, as pprof.
std::string SmallPprof(int64_t value, int64_t time_nanos = int64_t{1'700'000'000} * 1'000'000'000);
// Sample types `contentions` and `delay`, as Go's mutex and block profiles have.
std::string ContentionPprof();

// OTLP as JSON: a CPU profile of 7 ns of the service `cart`, and one whose type is not in the
// dictionary.
std::string OtlpWithUnsound();

// All profiles of a tenant: its series and total of the default sample type, sorted. "none" alone
// if the tenant does not exist.
std::vector<std::string> Stored(ObjectStore* store, const std::string& tenant = "anonymous");

std::string Multipart(const std::vector<std::pair<std::string, std::string>>& parts);
inline constexpr char kMultipartHeader[] =
    "Content-Type: multipart/form-data; boundary=\"frontier\"\r\n";

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_HOST_HOST_SUPPORT_H_
