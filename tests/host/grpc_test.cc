// OTLP over gRPC, by a client of gRPC's own.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <future>
#include <protozero/pbf_reader.hpp>
#include <thread>

#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "formats/wire/inflate.h"
#include "host/host_support.h"
#include "support/corpus.h"

namespace dolerite::testing {
namespace {

constexpr char kExport[] =
    "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export";

struct Call {
  std::string method = kExport, body;
  std::vector<std::pair<std::string, std::string>> metadata = {};
  bool gzip = false;
};

class GrpcHost : public TestHost {
 public:
  explicit GrpcHost(host::HostOptions options = SmallHost())
      : TestHost((options.grpc_address = "127.0.0.1:0", options)) {}

  grpc::Status Export(const Call& call, std::string* answer = nullptr) {
    grpc::GenericStub stub(grpc::CreateChannel("127.0.0.1:" + std::to_string((**this).grpc_port()),
                                               grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    for (const auto& [name, value] : call.metadata) context.AddMetadata(name, value);
    if (call.gzip) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    const grpc::Slice slice(call.body);
    grpc::ByteBuffer request(&slice, 1), response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, call.method, {}, &request, &response,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    grpc::Status status = done.get_future().get();
    std::vector<grpc::Slice> slices;
    if (answer != nullptr && response.Valid()) response.Dump(&slices);
    for (const grpc::Slice& s : slices) {
      answer->append(reinterpret_cast<const char*>(s.begin()), s.size());
    }
    return status;
  }
};

std::string Message(int64_t value) {
  SeriesProfile profile{{{"service_name", "cart"}}, *ReadPprof(SmallPprof(value))};
  return *WriteOtlp({&profile, 1});
}

TEST_CASE("gRPC takes profiles, plain and compressed, for a tenant") {
  GrpcHost host;
  std::string answer = "nothing yet";
  CHECK(host.Export({.body = Message(3)}, &answer).ok());
  CHECK(answer == "nothing yet");  // an empty message
  CHECK(host.Export({.body = Message(3), .gzip = true}).ok());
  CHECK(host.Export({.body = Message(4),
                     .metadata = {{"x-scope-orgid", "team-a"},
                                  {"otlp-profiles-development-version", "1"}}})
            .ok());
  CHECK(Stored(host.store()) ==
        std::vector<std::string>{R"({__name__="process_cpu", service_name="cart"} 3 @1700000000)"});
  CHECK(Stored(host.store(), "team-a").size() == 1);
}

TEST_CASE("gRPC's errors say what is wrong, and what to do") {
  host::HostOptions options = SmallHost();
  options.grpc.message_bytes = size_t{64} << 10;
  GrpcHost host(options);
  CHECK(host.Export({.method = "/a.b/C", .body = Message(1)}).error_code() ==
        grpc::StatusCode::UNIMPLEMENTED);
  CHECK(host.Export({.body = "\xff\xff"}).error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(host.Export({.body = std::string(70'000, 'x')}).error_code() ==
        grpc::StatusCode::RESOURCE_EXHAUSTED);
  for (const char* version : {"2", "x"}) {
    const grpc::Status refused = host.Export(
        {.body = Message(1), .metadata = {{"otlp-profiles-development-version", version}}});
    CHECK(refused.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
    CHECK(refused.error_message().find("version 1") != std::string::npos);
    CHECK(!refused.error_details().empty());
  }
  CHECK(host.Export(
                {.body = Message(1), .metadata = {{"x-scope-orgid", "a"}, {"x-scope-orgid", "b"}}})
            .error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  // gRPC itself does not decompress, so a bomb meets the library's limits.
  CHECK(host.Export({.body = std::string(60'000'000, '\0'), .gzip = true}).error_code() ==
        grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(Stored(host.store()) == std::vector<std::string>{"none"});
}

TEST_CASE("gRPC says when to come back, and a stop answers calls that wait") {
  host::HostOptions options = SmallHost();
  options.tenant.flush_nanos = int64_t{3600} * 1'000'000'000;
  options.tenant.ingest_bytes = 1;
  GrpcHost host(options);
  grpc::Status first;
  std::thread waiting([&] { first = host.Export({.body = Message(1)}); });
  const auto full = [&] {
    const RawResponse metrics = host.Ask({.method = "GET", .target = "/metrics"});
    return metrics.body.find("ingest_bytes 0\n") == std::string::npos;
  };
  while (!full()) std::this_thread::yield();
  const grpc::Status refused = host.Export({.body = Message(2)});
  (*host).Stop();
  waiting.join();
  CHECK(refused.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(refused.error_details().find("google.rpc.RetryInfo") != std::string::npos);
  CHECK(first.ok());
  CHECK(Stored(host.store()).size() == 1);
}

TEST_CASE("gRPC stores what is sound of a message, and says what was refused") {
  GrpcHost host;
  std::string answer;
  CHECK(host.Export({.body = OtlpWithUnsound()}, &answer).ok());
  protozero::pbf_reader response(answer);
  REQUIRE(response.next(1));
  protozero::pbf_reader partial = response.get_message();
  REQUIRE(partial.next(1));
  CHECK(partial.get_int64() == 1);
  REQUIRE(partial.next(2));
  CHECK(partial.get_string().find("type_strindex") != std::string::npos);
  CHECK(Stored(host.store()).size() == 1);
}

TEST_CASE("a captured call of the Collector stores what its request by HTTP stores") {
  if (!CorpusPresent()) return;
  GrpcHost host;
  // A flag and four bytes of length, then the compressed message.
  const std::string frame = ReadCorpusFile("clients/otelcol-grpc.body");
  Inflater inflater;
  const auto message = inflater.Inflate(std::string_view(frame).substr(5), ReadLimits{});
  REQUIRE(message.ok());
  CHECK(host.Export({.body = std::string(*message),
                     .metadata = {{"otlp-profiles-development-version", "1"}},
                     .gzip = true})
            .ok());
  const std::string json = ReadCorpusFile("clients/otelcol-http-json.body");
  CHECK(host.Ask({.target = "/v1development/profiles",
                  .headers = "Content-Type: application/json\r\n",
                  .body = json})
            .status == 200);
  CHECK(Stored(host.store()) ==
        std::vector<std::string>{
            R"({__name__="process_cpu", service_name="payments"} 30000000 @1795000000)"});
}

}  // namespace
}  // namespace dolerite::testing
