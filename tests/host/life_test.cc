// What a host has acknowledged is there, once, however the host ends.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "host/host_support.h"
#include "support/must.h"

namespace dolerite::testing {
namespace {

// Pushes profiles of values that no other has, until the host is gone.
class Load {
 public:
  void Start(const std::string& address, int clients) {
    for (int c = 0; c < clients; ++c) {
      threads_.emplace_back([this, address] { Run(address); });
    }
  }
  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::set<int64_t> acknowledged, sent;
  std::atomic<int> answers{0};
  std::atomic<int> strange{0};  // answers that are neither yes nor "later"

 private:
  void Run(const std::string& address) {
    RawClient client(address);
    for (;;) {
      int64_t value;
      {
        std::lock_guard<std::mutex> lock(mutex_);
        value = ++last_;
        sent.insert(value);
      }
      client.Send(TextOf({.target = "/ingest?name=cart&format=pprof", .body = SmallPprof(value)}));
      const auto response = client.Read();
      if (!response) return;
      ++answers;
      if (response->status == 503) continue;
      if (response->status != 200) ++strange;
      std::lock_guard<std::mutex> lock(mutex_);
      acknowledged.insert(value);
    }
  }

  std::mutex mutex_;
  int64_t last_ = 0;
  std::vector<std::thread> threads_;
};

// The values in a store, each once.
std::set<int64_t> ValuesIn(ObjectStore* store) {
  std::set<int64_t> values;
  for (const std::string& profile : Stored(store)) {
    const size_t end = profile.rfind(" @"), begin = profile.rfind(' ', end - 1) + 1;
    if (profile == "none") break;
    CHECK(values.insert(std::stoll(profile.substr(begin, end - begin))).second);
  }
  return values;
}

void CheckKept(const Load& load, const std::set<int64_t>& values) {
  CHECK(std::includes(values.begin(), values.end(), load.acknowledged.begin(),
                      load.acknowledged.end()));
  CHECK(std::includes(load.sent.begin(), load.sent.end(), values.begin(), values.end()));
}

TEST_CASE("an address is an IP address and a port") {
  for (const std::string good : {"127.0.0.1:0", "127.0.0.1:65535", "[::1]:4040"}) {
    CHECK(host::ParseAddress(good).ok());
  }
  for (const std::string bad : {"", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                                "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:8o", "host:80"}) {
    INFO(bad);
    CHECK(absl::IsInvalidArgument(host::ParseAddress(bad).status()));
  }
}

TEST_CASE("a host that stops under load answers what it has taken, and loses nothing") {
  TestHost host;
  Load load;
  load.Start(host.address(), 8);
  while (load.answers < 40) std::this_thread::yield();
  (*host).Stop();
  load.Join();
  CHECK(load.strange == 0);
  CheckKept(load, ValuesIn(host.store()));
}

TEST_CASE("a full ingester pushes clients back, and a stop stores what waits") {
  host::HostOptions options = SmallHost();
  options.tenant.flush_nanos = int64_t{3600} * 1'000'000'000;
  options.tenant.ingest_bytes = 1;
  TestHost host(options);
  RawClient first(host.address());
  const std::string target = "/ingest?name=cart&format=pprof";
  first.Send(TextOf({.target = target, .body = SmallPprof(1)}));
  // Until the first one has come through, there is room.
  const auto full = [&] {
    const RawResponse metrics = host.Ask({.method = "GET", .target = "/metrics"});
    return metrics.body.find("ingest_bytes 0") == std::string::npos;
  };
  while (!full()) std::this_thread::yield();
  RawResponse refused = host.Ask({.target = target, .body = SmallPprof(2)});
  CHECK(refused.status == 429);
  CHECK(refused.headers["retry-after"] == "1");
  (*host).Stop();
  const auto answer = first.Read();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(ValuesIn(host.store()) == std::set<int64_t>{1});
}

// dolerite-host as a process.
class Process {
 public:
  explicit Process(const std::string& directory) {
    int out[2];
    Must(pipe(out) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(out[1], 1);
      execl(DOLERITE_HOST_PROGRAM, "dolerite-host", "--store", directory.c_str(), "--http",
            "127.0.0.1:0", "--grpc", "", "--flush", "20", static_cast<char*>(nullptr));
      _exit(127);
    }
    ::close(out[1]);
    FILE* lines = fdopen(out[0], "r");
    char line[200] = "";
    Must(std::fgets(line, sizeof(line), lines) != nullptr);
    std::fclose(lines);
    address_ = std::string(line).substr(7);
    address_.pop_back();
  }
  const std::string& address() const { return address_; }
  // The exit code, or minus the signal.
  int End(int signal) {
    kill(pid_, signal);
    int status = 0;
    waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = 0;
  std::string address_;
};

constexpr int kFewKills = 3;

// DOLERITE_HOST_KILLS, which tests/long.sh sets, or few.
int Kills() {
  const char* kills = std::getenv("DOLERITE_HOST_KILLS");
  return kills == nullptr ? kFewKills : std::atoi(kills);
}

TEST_CASE("hosts that are killed keep each acknowledged profile once") {
  const std::string directory =
      (std::filesystem::temp_directory_path() / ("host_kills-" + std::to_string(getpid())))
          .string();
  std::mt19937 random(7);
  Load load;
  for (int kill = 0; kill < Kills(); ++kill) {
    INFO("kill " << kill);
    Process host(directory);
    load.answers = 0;
    load.Start(host.address(), 4);
    const int until = static_cast<int>(random() % 60);
    while (load.answers < until) std::this_thread::yield();
    CHECK(host.End(SIGKILL) == -SIGKILL);
    load.Join();
  }
  CHECK(load.strange == 0);
  {
    Process host(directory);
    load.answers = 0;
    load.Start(host.address(), 4);
    while (load.answers < 10) std::this_thread::yield();
    CHECK(host.End(SIGTERM) == 0);
    load.Join();
  }
  const auto store = OpenLocalStore(directory);
  REQUIRE(store.ok());
  CheckKept(load, ValuesIn(store->get()));
  std::filesystem::remove_all(directory);
  if (std::getenv("DOLERITE_HOST_KILLS") != nullptr) {
    std::printf("%d kills of hosts, %zu acknowledged profiles\n", Kills(),
                load.acknowledged.size());
  }
}

TEST_CASE("two hosts on one store keep what each has acknowledged, also when one is killed") {
  const std::string directory =
      (std::filesystem::temp_directory_path() / ("host_pair-" + std::to_string(getpid()))).string();
  const int64_t in_both = 1'000'000;
  Load load;
  {
    Process first(directory), second(directory);
    for (const Process* host : {&first, &second}) {
      CHECK(Ask(host->address(),
                {.target = "/ingest?name=cart&format=pprof", .body = SmallPprof(in_both)})
                .status == 200);
      load.Start(host->address(), 4);
    }
    while (load.answers < 40) std::this_thread::yield();
    CHECK(first.End(SIGKILL) == -SIGKILL);
    while (load.answers < 80) std::this_thread::yield();
    CHECK(second.End(SIGTERM) == 0);
    load.Join();
  }
  CHECK(load.strange == 0);
  const auto store = OpenLocalStore(directory);
  REQUIRE(store.ok());
  std::set<int64_t> values = ValuesIn(store->get());
  CHECK(values.erase(in_both) == 1);
  CheckKept(load, values);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace dolerite::testing
