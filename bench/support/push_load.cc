#include "support/push_load.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace dolerite::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kExport[] =
    "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export";

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<double> seconds;
  int under_way = 0, failed = 0;
};

// One push on its way; deletes itself.
struct Push {
  grpc::ClientContext context;
  grpc::ByteBuffer request, response;
  Clock::time_point begin;
};

void Send(grpc::GenericStub* stub, const std::string& message, Answers* answers) {
  auto* push = new Push;
  const grpc::Slice slice(message);
  push->request = grpc::ByteBuffer(&slice, 1);
  push->begin = Clock::now();
  {
    std::lock_guard<std::mutex> lock(answers->mutex);
    ++answers->under_way;
  }
  stub->UnaryCall(&push->context, kExport, {}, &push->request, &push->response,
                  [push, answers](const grpc::Status& status) {
                    std::lock_guard<std::mutex> lock(answers->mutex);
                    answers->seconds.push_back(SecondsSince(push->begin));
                    if (!status.ok()) ++answers->failed;
                    --answers->under_way;
                    answers->changed.notify_all();
                    delete push;
                  });
}

std::vector<std::unique_ptr<grpc::GenericStub>> Connect(const std::string& address, int count) {
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  for (int i = 0; i < count; ++i) {
    grpc::ChannelArguments own;
    own.SetInt("connection", i);  // so that channels do not share one
    stubs.push_back(std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), own)));
  }
  return stubs;
}

}  // namespace

LoadResult PushTo(const std::string& grpc_address, const Load& load,
                  const std::function<std::string(int)>& message) {
  const auto stubs = Connect(grpc_address, load.connections);
  Answers answers;
  const auto begin = Clock::now();
  for (int i = 0; i < load.pushes; ++i) {
    std::this_thread::sleep_until(begin +
                                  std::chrono::nanoseconds(int64_t{1'000'000'000} * i / load.rate));
    Send(stubs[static_cast<size_t>(i % load.connections)].get(), message(i), &answers);
  }
  std::unique_lock<std::mutex> lock(answers.mutex);
  answers.changed.wait(lock, [&] { return answers.under_way == 0; });
  std::sort(answers.seconds.begin(), answers.seconds.end());
  const size_t n = answers.seconds.size();
  return {.rate = static_cast<double>(n) / SecondsSince(begin),
          .failed = answers.failed,
          .median = answers.seconds[n / 2],
          .p99 = answers.seconds[n * 99 / 100],
          .most = answers.seconds.back()};
}

}  // namespace dolerite::bench
