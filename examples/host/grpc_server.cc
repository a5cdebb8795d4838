// gRPC's own threads read and write; a call is decoded on the host's workers. gRPC does not
// decompress, since it would not bound what comes out: the library does both.
#include "grpc_server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clock.h"
#include "dolerite/decompress.h"
#include "otlp_push.h"

namespace dolerite::host {
namespace {

constexpr char kExport[] =
    "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export";

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
          RpcStatus(status, false)};
}

std::string_view ToStd(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// What the calls of a server share.
struct Shared {
  GrpcOptions options;
  Tenants* tenants = nullptr;
  Workers* pushes = nullptr;
  Metrics* metrics = nullptr;
  std::atomic<size_t> pending_bytes{0};
};

// Shared by the call and those who work for it, as a client may cancel a call that is under way.
struct Flight {
  std::string body, tenant;
  std::vector<std::string> versions;
  std::chrono::system_clock::time_point deadline;
  std::atomic<bool> cancelled{false};

  CallContext Context(const std::shared_ptr<Flight>& self) const {
    return {.check =
                [self] {
                  if (self->cancelled) return absl::CancelledError("the client has left");
                  if (std::chrono::system_clock::now() > self->deadline) {
                    return absl::DeadlineExceededError("the call took too long");
                  }
                  return absl::OkStatus();
                },
            .purpose = "push"};
  }
};

// One call: reads one message, pushes it, writes one answer. gRPC deletes nothing; OnDone does.
class ExportCall : public grpc::ServerGenericBidiReactor {
 public:
  ExportCall(grpc::GenericCallbackServerContext* context, Shared* shared)
      : context_(context), shared_(*shared), flight_(std::make_shared<Flight>()) {
    if (context->method() != kExport) {
      Finish({grpc::StatusCode::UNIMPLEMENTED,
              absl::StrCat("this host has only the method ", kExport)});
      return;
    }
    StartRead(&message_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish({grpc::StatusCode::INVALID_ARGUMENT, "the call has no message"});
    const size_t held = shared_.pending_bytes += message_.Length();
    held_ = message_.Length();
    std::vector<grpc::Slice> slices;
    message_.Dump(&slices);
    for (const grpc::Slice& slice : slices) {
      flight_->body.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    message_.Clear();
    ReadMetadata();
    const bool taken =
        held <= shared_.options.pending_bytes && shared_.pushes->Post([this] { Push(); });
    if (!taken) End({absl::ResourceExhaustedError("the host has too much to do")});
  }

  void OnWriteDone(bool) override {}
  void OnCancel() override { flight_->cancelled = true; }
  void OnDone() override {
    shared_.pending_bytes -= held_;
    delete this;
  }

 private:
  void ReadMetadata() {
    flight_->deadline = std::min(context_->deadline(),
                                 std::chrono::system_clock::now() + shared_.options.answer_time);
    for (const auto& [name, value] : context_->client_metadata()) {
      if (ToStd(name) == "otlp-profiles-development-version") {
        flight_->versions.emplace_back(ToStd(value));
      }
      if (ToStd(name) == "x-scope-orgid") {
        if (!flight_->tenant.empty()) two_tenants_ = true;
        flight_->tenant = std::string(ToStd(value));
      }
    }
  }

  // On a worker.
  void Push() {
    try {
      if (two_tenants_) return End({absl::InvalidArgumentError("x-scope-orgid is there twice")});
      auto tenant = shared_.tenants->Get(flight_->tenant);
      if (!tenant.ok()) return End({tenant.status()});
      // The call may end, and delete itself, before PushOtlp returns.
      const std::shared_ptr<Flight> flight = flight_;
      const std::vector<std::string_view> versions(flight->versions.begin(),
                                                   flight->versions.end());
      PushOtlp(flight->body, versions, NowNanos(), **tenant, flight->Context(flight),
               [this, tenant = *tenant](const PushResult& result) { End(result); });
      // What waits for the store waits without the message.
      flight->body = std::string();
    } catch (const std::exception& e) {
      End({absl::InternalError(absl::StrCat("the host has failed: ", e.what()))});
    }
  }

  // Once: an exception after the answer must not answer again.
  void End(const PushResult& result) {
    if (ended_.exchange(true)) return;
    shared_.metrics->Add("grpc_calls_total",
                         absl::StrCat("code=\"", static_cast<int>(result.status.code()), "\""));
    if (!result.status.ok()) return Finish(ToGrpc(result.status));
    const grpc::Slice slice(OtlpResponse(result, false));
    answer_ = grpc::ByteBuffer(&slice, 1);
    StartWriteAndFinish(&answer_, {}, grpc::Status::OK);
  }

  grpc::GenericCallbackServerContext* const context_;
  Shared& shared_;
  const std::shared_ptr<Flight> flight_;
  grpc::ByteBuffer message_, answer_;
  size_t held_ = 0;
  bool two_tenants_ = false;
  std::atomic<bool> ended_{false};
};

class Server : public GrpcServer, public grpc::CallbackGenericService {
 public:
  Server(const GrpcOptions& options, Tenants* tenants, Workers* pushes, Metrics* metrics) {
    shared_.options = options;
    shared_.tenants = tenants;
    shared_.pushes = pushes;
    shared_.metrics = metrics;
  }

  absl::Status Listen(const std::string& address) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(this);
    builder.SetMaxReceiveMessageSize(static_cast<int>(shared_.options.message_bytes));
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) {
      return absl::UnavailableError(absl::StrCat(address, ": gRPC can't listen there"));
    }
    return absl::OkStatus();
  }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new ExportCall(context, &shared_);
  }

  int port() const override { return port_; }
  void Stop(std::chrono::milliseconds grace) override {
    server_->Shutdown(std::chrono::system_clock::now() + grace);
  }

 private:
  Shared shared_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const std::string& address,
                                                              const GrpcOptions& options,
                                                              Tenants* tenants, Workers* pushes,
                                                              Metrics* metrics) {
  auto server = std::make_unique<Server>(options, tenants, pushes, metrics);
  if (absl::Status status = server->Listen(address); !status.ok()) return status;
  return server;
}

}  // namespace dolerite::host
