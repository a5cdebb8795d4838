// All parts of the host together: a program, or a test, starts and stops it.
#ifndef DOLERITE_EXAMPLES_HOST_HOST_H_
#define DOLERITE_EXAMPLES_HOST_HOST_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpc_server.h"
#include "housekeeping.h"
#include "http_server.h"
#include "tenants.h"

namespace dolerite::host {

struct HostOptions {
  std::string http_address = "127.0.0.1:4040";
  std::string grpc_address = "127.0.0.1:4317";  // "": no gRPC
  HttpOptions http;
  GrpcOptions grpc;
  TenantOptions tenant;
  HousekeepingOptions housekeeping;
  size_t open_tenants = 1000;
  // Of all tenants together, for later queries: lists of blocks, and open blocks.
  size_t metadata_bytes = size_t{64} << 20;
  size_t reader_bytes = size_t{128} << 20;
  size_t threads = 0;  // of pushes, and as many of queries; 0: one a core, and two at least
  // After Stop, what is not answered by then is given up.
  std::chrono::milliseconds stop_time{20'000};
};

class Host {
 public:
  // The store must outlive the host.
  static absl::StatusOr<std::unique_ptr<Host>> Start(ObjectStore* store,
                                                     const HostOptions& options);
  // Stops.
  virtual ~Host() = default;

  virtual std::string http_address() const = 0;  // with the port that was taken
  virtual int grpc_port() const = 0;             // 0 without gRPC

  // Takes nothing more, stores what waits, and answers every request that was taken.
  virtual void Stop() = 0;
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_HOST_H_
