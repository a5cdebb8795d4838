// Pushes CPU profiles to a running dolerite-host by gRPC at a steady rate, as agents would, and
// says how long acknowledgements took; before that, what the library alone takes of the same
// messages.
//   host_load PORT PROFILE.pb.gz [RATE [SECONDS [CONNECTIONS [distinct]]]]
// With `distinct` no message comes twice, as an hour's load would have it; making them takes time,
// so that it suits some hundred pushes a second.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "dolerite/archive.h"
#include "dolerite/ingester.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "dolerite/stores.h"
#include "formats/wire/inflate.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr char kExport[] =
    "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export";
constexpr int kMessages = 1000;
constexpr int64_t kNow = int64_t{1'700'000'000} * 1'000'000'000;

double Seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }

dolerite::Profile ProfileIn(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  auto profile = dolerite::ReadPprof(bytes);
  if (!profile.ok()) std::fprintf(stderr, "%s\n", profile.status().ToString().c_str()), exit(1);
  return *std::move(profile);
}

// The profile at the time of a number, in gzip, which both read as it is.
std::string MessageOf(const dolerite::Profile& profile, int number, int level) {
  dolerite::SeriesProfile one{{{"service_name", "load-" + std::to_string(number % 8)}}, profile};
  one.profile.time_nanos += number * int64_t{1'000'000'000};
  return *dolerite::Gzip(*dolerite::WriteOtlp({&one, 1}), level);
}

// Decoded, batched and stored in memory, on one thread.
double LibraryRate(const std::vector<std::string>& messages) {
  const auto store = dolerite::MakeMemoryStore();
  uint64_t random = 0;
  const dolerite::ArchiveHost host{.random = [&] { return ++random; },
                                   .now_nanos = [] { return kNow; }};
  if (!dolerite::Archive::Create(store.get(), host).ok()) exit(1);
  auto archive = dolerite::Archive::Open(store.get(), host);
  dolerite::IngesterOptions options;
  options.blocks.try_encodings = false;
  auto ingester = dolerite::Ingester::Make(&*archive, options);
  const auto begin = Clock::now();
  for (const std::string& message : messages) {
    const auto profiles = dolerite::ReadOtlp(message);
    for (const dolerite::SeriesProfile& p : *profiles) {
      const auto added = (*ingester)->Add(p.series, p.profile, kNow);
      if (!added.ok()) std::fprintf(stderr, "%s\n", added.status().ToString().c_str()), exit(1);
    }
    if (!(*ingester)->Tick(kNow).ok()) exit(1);
  }
  if (!(*ingester)->Flush(kNow).ok()) exit(1);
  return static_cast<double>(messages.size()) / Seconds(Clock::now() - begin);
}

// One push on its way; deletes itself.
struct Push {
  grpc::ClientContext context;
  grpc::ByteBuffer request, response;
  Clock::time_point begin;
};

struct Results {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<double> times;
  int under_way = 0, failed = 0;
};

void Send(grpc::GenericStub* stub, const std::string& message, Results* results) {
  auto* push = new Push;
  const grpc::Slice slice(message);
  push->request = grpc::ByteBuffer(&slice, 1);
  push->begin = Clock::now();
  {
    std::lock_guard<std::mutex> lock(results->mutex);
    ++results->under_way;
  }
  stub->UnaryCall(&push->context, kExport, {}, &push->request, &push->response,
                  [push, results](const grpc::Status& status) {
                    std::lock_guard<std::mutex> lock(results->mutex);
                    results->times.push_back(Seconds(Clock::now() - push->begin));
                    if (!status.ok()) ++results->failed;
                    --results->under_way;
                    results->changed.notify_all();
                    delete push;
                  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr,
                 "host_load PORT PROFILE.pb.gz [RATE [SECONDS [CONNECTIONS [distinct]]]]\n");
    return 2;
  }
  const int rate = argc > 3 ? std::atoi(argv[3]) : 2000;
  const int seconds = argc > 4 ? std::atoi(argv[4]) : 10;
  const int connections = argc > 5 ? std::atoi(argv[5]) : 8;
  const bool distinct = argc > 6;
  const dolerite::Profile profile = ProfileIn(argv[2]);
  std::vector<std::string> messages;
  for (int i = 0; i < kMessages; ++i) messages.push_back(MessageOf(profile, i, 6));
  std::printf("library alone: %.0f pushes/s of %zu bytes on one thread\n", LibraryRate(messages),
              messages[0].size());
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  for (int i = 0; i < connections; ++i) {
    grpc::ChannelArguments own;
    own.SetInt("connection", i);  // so that channels do not share one
    stubs.push_back(std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(
        std::string("127.0.0.1:") + argv[1], grpc::InsecureChannelCredentials(), own)));
  }
  Results results;
  const auto begin = Clock::now();
  for (int i = 0; i < rate * seconds; ++i) {
    std::this_thread::sleep_until(begin +
                                  std::chrono::nanoseconds(int64_t{1'000'000'000} * i / rate));
    std::string& message = messages[static_cast<size_t>(i % kMessages)];
    Send(stubs[static_cast<size_t>(i % connections)].get(), message, &results);
    if (distinct) message = MessageOf(profile, i + kMessages, 1);
  }
  std::unique_lock<std::mutex> lock(results.mutex);
  results.changed.wait(lock, [&] { return results.under_way == 0; });
  std::sort(results.times.begin(), results.times.end());
  const size_t n = results.times.size();
  std::printf(
      "host: %.0f pushes/s, %d failed; acknowledged after %.0f ms (p50), %.0f (p99), %.0f (most)\n",
      static_cast<double>(n) / Seconds(Clock::now() - begin), results.failed,
      results.times[n / 2] * 1e3, results.times[n * 99 / 100] * 1e3, results.times.back() * 1e3);
  return results.failed > 0 ? 1 : 0;
}
