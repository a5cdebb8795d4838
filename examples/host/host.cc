// What starts first stops last: threads and tenants before the servers that use them.
#include "host.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <thread>
#include <utility>

#include "otlp_push.h"
#include "pages.h"
#include "pyroscope_push.h"
#include "querier.h"

namespace dolerite::host {
namespace {

constexpr size_t kWaitingTasks = 4096;
constexpr size_t kStoringThreads = 4;
constexpr std::chrono::milliseconds kStopFlush{20};

size_t ThreadsOf(const HostOptions& options) {
  if (options.threads > 0) return options.threads;
  return std::max<size_t>(2, std::thread::hardware_concurrency());
}

class RunningHost : public Host {
 public:
  RunningHost(ObjectStore* store, const HostOptions& options)
      : options_(options),
        io_(1),
        storing_(kStoringThreads, SIZE_MAX),
        pushes_(ThreadsOf(options), kWaitingTasks),
        queries_(ThreadsOf(options), kWaitingTasks),
        reports_(1, kWaitingTasks),
        tenants_(store, options.tenant,
                 {.executor = &queries_,
                  .later = [this](int64_t nanos, auto task) { Later(nanos, std::move(task)); },
                  .ingest_bytes = &ingest_bytes_,
                  .cache = MakeArchiveCache(options.metadata_bytes, options.reader_bytes)},
                 options.open_tenants) {}
  // NOLINTNEXTLINE(bugprone-exception-escape): who can't stop its threads can only end the program.
  ~RunningHost() override { Stop(); }

  absl::Status Listen() {
    AddRoutes();
    const HttpParts parts{&io_, &router_, &tenants_, &pushes_, &queries_, &reports_, &metrics_};
    auto http = HttpServer::Start(options_.http_address, options_.http, parts);
    if (!http.ok()) return http.status();
    http_ = *std::move(http);
    http_address_ = http_->address();
    if (!options_.grpc_address.empty()) {
      auto grpc =
          GrpcServer::Start(options_.grpc_address, options_.grpc, &tenants_, &pushes_, &metrics_);
      if (!grpc.ok()) return grpc.status();
      grpc_ = *std::move(grpc);
    }
    io_thread_ = std::thread([this] { io_.run(); });
    housekeeping_ = std::make_unique<Housekeeping>(&tenants_, &metrics_, options_.housekeeping);
    return absl::OkStatus();
  }

  std::string http_address() const override { return http_address_; }
  int grpc_port() const override { return grpc_ == nullptr ? 0 : grpc_->port(); }

  void Stop() override {
    if (std::exchange(stopped_, true)) return;
    housekeeping_.reset();
    if (io_thread_.joinable()) Drain();
    // Nobody brings new work now. What was taken runs to its end.
    pushes_.Stop();
    queries_.Stop();
    reports_.Stop();
    tenants_.Flush();
    storing_.Stop();
    boost::asio::post(io_, [this] { http_ ? http_->Close() : void(); });
    io_guard_.reset();
    io_.stop();
    if (io_thread_.joinable()) io_thread_.join();
  }

 private:
  void Drain() {
    // Shared, as the promise may be kept after the wait was given up.
    const auto drained = std::make_shared<std::promise<void>>();
    boost::asio::post(io_, [this, drained] { http_->Drain([drained] { drained->set_value(); }); });
    std::future<void> http = drained->get_future();
    std::future<void> grpc = std::async(std::launch::async, [this] {
      if (grpc_ != nullptr) grpc_->Stop(options_.stop_time);
    });
    // Pushes need not wait for others now; some may still be decoded.
    const auto end = std::chrono::steady_clock::now() + options_.stop_time;
    const auto under_way = [&] {
      const auto now = std::future_status::ready;
      return http.wait_for(kStopFlush) != now || grpc.wait_for(kStopFlush) != now;
    };
    do {
      tenants_.Flush();
    } while (under_way() && std::chrono::steady_clock::now() < end);
  }

  void Later(int64_t nanos, std::function<void()> task) {
    auto timer = std::make_shared<boost::asio::steady_timer>(io_, std::chrono::nanoseconds(nanos));
    timer->async_wait(
        [this, timer, task = std::move(task)](const boost::system::error_code& error) {
          if (!error) storing_.Post(task);
        });
  }

  void AddRoutes() {
    AddOtlpRoutes(&router_);
    AddPushRoutes(&router_);
    AddIngestRoutes(&router_);
    AddQuerierRoutes(&router_);
    AddRenderRoutes(&router_);
    AddPages(&router_);
    router_.AddReport("/ready", [] { return Response{.body = "ready\n"}; });
    router_.AddReport("/metrics", [this] {
      return Response{.content_type = "text/plain; version=0.0.4", .body = metrics_.Text()};
    });
    metrics_.AddGauge("open_tenants", [this] { return tenants_.open(); });
    metrics_.AddGauge("ingest_bytes", [this] { return ingest_bytes_.load(); });
    metrics_.AddGauge("ingest_unstored_segments",
                      [this] { return tenants_.ingested().unstored_segments; });
  }

  const HostOptions options_;
  std::atomic<size_t> ingest_bytes_{0};
  Metrics metrics_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> io_guard_{
      io_.get_executor()};
  Workers storing_, pushes_, queries_, reports_;
  Tenants tenants_;
  Router router_;
  std::unique_ptr<HttpServer> http_;
  std::string http_address_;
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<Housekeeping> housekeeping_;
  std::thread io_thread_;
  bool stopped_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Host>> Host::Start(ObjectStore* store, const HostOptions& options) {
  auto host = std::make_unique<RunningHost>(store, options);
  if (absl::Status status = host->Listen(); !status.ok()) return status;
  return host;
}

}  // namespace dolerite::host
