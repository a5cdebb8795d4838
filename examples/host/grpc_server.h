// OTLP over gRPC: the Export call, on raw bytes, so that no code is generated.
#ifndef DOLERITE_EXAMPLES_HOST_GRPC_SERVER_H_
#define DOLERITE_EXAMPLES_HOST_GRPC_SERVER_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "metrics.h"
#include "tenants.h"
#include "workers.h"

namespace dolerite::host {

struct GrpcOptions {
  size_t message_bytes = size_t{32} << 20;        // before decompression
  size_t pending_bytes = size_t{256} << 20;       // of all calls that have no answer yet
  std::chrono::milliseconds answer_time{60'000};  // or what the client grants, if that is less
};

class GrpcServer {
 public:
  // The parts must outlive the server. Port 0 takes any that is free.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const std::string& address,
                                                           const GrpcOptions& options,
                                                           Tenants* tenants, Workers* pushes,
                                                           Metrics* metrics);
  virtual ~GrpcServer() = default;
  virtual int port() const = 0;
  // Takes no calls any more, and returns when those under way are answered, or ends them after
  // `grace`.
  virtual void Stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_GRPC_SERVER_H_
