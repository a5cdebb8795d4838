// dolerite-host: receives profiles and answers questions about them.
//   dolerite-host --store DIRECTORY --http 127.0.0.1:4040 --grpc 127.0.0.1:4317
#include <grpc/support/log.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "host.h"
#include "store.h"

namespace {

using dolerite::host::HostOptions;
using dolerite::host::StoreOptions;

struct Flags {
  StoreOptions store;
  HostOptions host;
  int64_t flush_ms = 500, idle_s = 600, sending_s = 30, answer_s = 60, retain_h = 0;
};

struct Bounds {
  int64_t least = 1, most = 0;
};
constexpr Bounds kBytes{.most = int64_t{1} << 40}, kCount{.most = 1'000'000'000};
constexpr Bounds kTime{.most = 1'000'000'000};  // seconds, or shorter
constexpr Bounds kThreads{.least = 0, .most = 1000}, kHours{.least = 0, .most = 1'000'000};

// CLI11 alone takes -5 for a very large number.
template <class T>
void AddNumber(CLI::App* app, const char* name, T* value, const char* help, const Bounds& bounds) {
  app->add_option(name, *value, help)
      ->capture_default_str()
      ->check(CLI::Range(bounds.least, bounds.most).description(""));
}

void AddServerFlags(CLI::App* app, Flags* flags) {
  HostOptions& host = flags->host;
  app->add_option("--http", host.http_address, "Address and port of HTTP")->capture_default_str();
  app->add_option("--grpc", host.grpc_address, "Address and port of gRPC; \"\": none")
      ->capture_default_str();
  AddNumber(app, "--threads", &host.threads,
            "Threads of pushes, and as many of queries; 0: one a core, two at least", kThreads);
  AddNumber(app, "--header-limit", &host.http.header_bytes, "Bytes of a request's headers", kBytes);
  AddNumber(app, "--body-limit", &host.http.body_bytes,
            "Bytes of a request's body, before and after decompression", kBytes);
  AddNumber(app, "--pending-limit", &host.http.pending_bytes,
            "Bytes of all requests that have no answer yet", kBytes);
  AddNumber(app, "--connection-limit", &host.http.connections, "Connections of HTTP", kCount);
  AddNumber(app, "--idle-time", &flags->idle_s, "Seconds between requests of a connection", kTime);
  AddNumber(app, "--sending-time", &flags->sending_s, "Seconds to send a request", kTime);
  AddNumber(app, "--request-time", &flags->answer_s, "Seconds to answer a request", kTime);
}

void AddStoreFlags(CLI::App* app, Flags* flags) {
  HostOptions& host = flags->host;
  app->add_option("--store", flags->store.place, "A directory, or s3://BUCKET/PREFIX")->required();
  app->add_option("--s3-endpoint", flags->store.s3_endpoint, "Server of s3:// places; else AWS");
  app->add_option("--s3-region", flags->store.s3_region, "Of the bucket")->capture_default_str();
  app->add_flag("--s3-path-style", flags->store.s3_path_style, "The bucket in the path of URLs");
  AddNumber(app, "--flush", &flags->flush_ms,
            "Milliseconds that a push may wait for others, to be stored with them", kTime);
  AddNumber(app, "--ingest-limit", &host.tenant.ingest_bytes,
            "Bytes of a tenant's profiles that are not stored yet", kBytes);
  AddNumber(app, "--all-ingest-limit", &host.tenant.all_ingest_bytes,
            "Bytes of all tenants' profiles that are not stored yet", kBytes);
  AddNumber(app, "--query-limit", &host.tenant.query_bytes, "Bytes that a query may hold", kBytes);
  AddNumber(app, "--cache-limit", &host.reader_bytes,
            "Bytes of all tenants' open blocks that are kept for later queries", kBytes);
  AddNumber(app, "--tenant-limit", &host.open_tenants, "Tenants that are open at once", kCount);
  AddNumber(app, "--retain", &flags->retain_h, "Hours to keep profiles; 0: for ever", kHours);
  AddNumber(app, "--housekeeping-limit", &host.housekeeping.memory_bytes,
            "Bytes that compaction may hold", kBytes);
}

void Apply(Flags* flags) {
  HostOptions& host = flags->host;
  host.tenant.flush_nanos = flags->flush_ms * 1'000'000;
  host.http.idle_time = std::chrono::seconds(flags->idle_s);
  host.http.sending_time = std::chrono::seconds(flags->sending_s);
  host.http.answer_time = host.grpc.answer_time = std::chrono::seconds(flags->answer_s);
  host.grpc.message_bytes = host.http.body_bytes;
  if (flags->retain_h > 0) {
    host.housekeeping.maintain.retain_nanos = flags->retain_h * 3'600'000'000'000;
  }
}

// As many descriptors as the system grants: each connection takes one.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int Serve(const Flags& flags) {
  auto store = dolerite::host::OpenStore(flags.store);
  if (!store.ok()) {
    std::fprintf(stderr, "dolerite-host: %s\n", store.status().ToString().c_str());
    return 1;
  }
  // Blocked before any thread starts, so that all threads leave them to this one.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  // gRPC would log each broken request, with bytes of its sender.
  gpr_set_log_function([](gpr_log_func_args*) {});
  dolerite::host::HostOptions options = flags.host;
  options.housekeeping.abort_uploads = store->abort_uploads;
  auto host = dolerite::host::Host::Start(store->store.get(), options);
  if (!host.ok()) {
    std::fprintf(stderr, "dolerite-host: %s\n", host.status().ToString().c_str());
    return 1;
  }
  std::printf("http://%s\n", (*host)->http_address().c_str());
  if ((*host)->grpc_port() != 0) std::printf("gRPC on port %d\n", (*host)->grpc_port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  (*host)->Stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Receives profiles by OTLP and Pyroscope's protocols, and answers questions");
  Flags flags;
  AddStoreFlags(&app, &flags);
  AddServerFlags(&app, &flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  Apply(&flags);
  RaiseDescriptorLimit();
  return Serve(flags);
}
