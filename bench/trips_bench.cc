// How long does a flame graph of a day take from a store whose answers each come 30 ms late? Trips
// are counted on a clock that goes on only when all threads wait for the store, so that they are
// exact; the same is then timed with real pauses.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "dolerite/archive.h"
#include "dolerite/forwarding_store.h"
#include "dolerite/query.h"
#include "dolerite/stores.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

constexpr int64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;
constexpr int64_t kMidnight = int64_t{1'700'006'400} * kSecond;
constexpr double kPause = 0.030;
constexpr size_t kThreads = 32;

// Counts in trips to the store. It goes on when all threads that take part wait.
class TripClock {
 public:
  // One trip later.
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    const int wake = now_ + 1;
    waiting_.insert(wake);
    GoOn();
    changed_.wait(lock, [&] { return now_ >= wake; });
  }
  // Threads take part from before they begin until they have ended.
  void Join(size_t threads) {
    const std::lock_guard<std::mutex> lock(mutex_);
    threads_ += threads;
  }
  void Leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    --threads_;
    GoOn();
  }
  int now() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return now_;
  }

 private:
  void GoOn() {
    if (waiting_.empty() || waiting_.size() < threads_) return;
    now_ = *waiting_.begin();
    waiting_.erase(now_);
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  size_t threads_ = 1;  // the one that asks
  int now_ = 0;
  std::multiset<int> waiting_;  // times to wake at
};

// Threads that take part in a clock, if there is one.
class Threads : public Executor {
 public:
  explicit Threads(TripClock* clock) : clock_(clock) {}

  size_t width() const override { return kThreads; }
  void Run(size_t tasks, const std::function<void(size_t)>& task) override {
    // The caller waits for them: its part goes to one of them, and comes back from the last.
    if (clock_ != nullptr) clock_->Join(tasks - 1);
    std::atomic<size_t> left{tasks};
    std::vector<std::thread> threads;
    for (size_t i = 0; i < tasks; ++i) {
      threads.emplace_back([&, i] {
        task(i);
        if (--left > 0 && clock_ != nullptr) clock_->Leave();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  TripClock* const clock_;
};

// A store like S3, each of whose requests calls `pause` first.
class DistantStore : public ForwardingStore {
 public:
  DistantStore(ObjectStore* inner, std::function<void()> pause)
      : ForwardingStore(inner), pause_(std::move(pause)) {}

  StoreTraits traits() const override {
    return {.first_byte_micros = 30'000, .bytes_per_second = uint64_t{80} << 20};
  }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    pause_();
    return inner()->Read(key, range, options);
  }
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    return ObjectStore::DoReadMany(key, ranges, options);
  }
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    pause_();
    return inner()->List(prefix, list, options);
  }

 private:
  const std::function<void()> pause_;
};

ArchiveHost HostOf(const int64_t* now, Executor* executor) {
  ArchiveHost host;
  host.random = [state = uint64_t{1}]() mutable { return state = state * 6364136223846793005 + 1; };
  host.now_nanos = [now] { return *now; };
  host.executor = executor;
  return host;
}

// An archive of three services that send a profile a minute each; a segment a minute, compacted as
// a policy says.
class Services {
 public:
  explicit Services(Sources sources) : sources_(sources), profiles_(ReadProfiles(sources)) {
    Must(Archive::Create(store_.get(), HostOf(&now_, nullptr)));
    archive_ = std::make_unique<Archive>(Must(Archive::Open(store_.get(), HostOf(&now_, nullptr))));
  }

  void SendUntil(int64_t end, const CompactionPolicy& policy) {
    while (now_ < kMidnight + end) {
      BlockBuilder builder = Must(BlockBuilder::Make());
      for (const char* service : {"cart", "checkout", "shop"}) {
        const size_t i = next_++ % profiles_.size();
        LabelSet labels = sources_[i].labels;
        labels.Set("service_name", service);
        profiles_[i].time_nanos = now_, profiles_[i].id = {};
        Must(builder.Add(labels, profiles_[i]));
      }
      now_ += kMinute;
      Must(archive_->Append(Must(std::move(builder).Finish()), now_));
      Compact(policy);
    }
  }
  void RestUntil(int64_t end, const CompactionPolicy& policy) {
    for (; now_ < kMidnight + end; now_ += 10 * kMinute) Compact(policy);
  }

  ObjectStore* store() const { return store_.get(); }

 private:
  void Compact(const CompactionPolicy& policy) {
    for (;;) {
      const Snapshot snapshot = Must(archive_->TakeSnapshot());
      const auto jobs = Must(archive_->PlanCompaction(snapshot, policy));
      for (const CompactionJob& job : jobs) Must(archive_->Compact(job, size_t{256} << 20));
      if (jobs.empty()) return;
    }
  }

  const Sources sources_;
  std::vector<Profile> profiles_;
  std::unique_ptr<ObjectStore> store_ = MakeMemoryStore();
  std::unique_ptr<Archive> archive_;
  int64_t now_ = kMidnight;
  size_t next_ = 0;
};

// Asks for a flame graph; `listed` is called in between, when the snapshot is there.
int64_t Ask(ObjectStore* store, size_t suffix, Executor* executor,
            const std::function<void()>& listed, QueryCost* cost) {
  const int64_t now = kMidnight + 30 * kHour;
  ArchiveHost host = HostOf(&now, executor);
  host.reading.suffix_bytes = suffix;
  const Archive archive = Must(Archive::OpenForReading(store, host));
  const Snapshot snapshot = Must(archive.TakeSnapshot());
  listed();
  Selection selection;
  selection.profile_type = "cpu";
  selection.matchers = {{"service_name", LabelMatcher::Op::kEqual, "checkout"}};
  selection.start_nanos = kMidnight, selection.end_nanos = kMidnight + 24 * kHour;
  TreeQuery query({selection}, {.executor = executor});
  Must(snapshot.AddTo(&query));
  *cost = query.cost();
  return Must(std::move(query).Finish()).columns[0].total[0];
}

// The least time of some runs, from the snapshot on.
double LeastSeconds(ObjectStore* store, size_t suffix, int64_t total) {
  Threads threads(nullptr);
  double least = 1e9;
  for (int run = 0; run < 5; ++run) {
    auto begin = std::chrono::steady_clock::now();
    QueryCost cost;
    const auto listed = [&] { begin = std::chrono::steady_clock::now(); };
    Require(Ask(store, suffix, &threads, listed, &cost) == total, "answers differ");
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    least = std::min(least, seconds.count());
  }
  return least;
}

void Answer(const std::string& what, ObjectStore* store, size_t suffix) {
  TripClock clock;
  int listed = 0;
  QueryCost cost;
  DistantStore counted(store, [&] { clock.Wait(); });
  Threads by_clock(&clock);
  const int64_t total = Ask(
      &counted, suffix, &by_clock, [&] { listed = clock.now(); }, &cost);
  const int trips = clock.now() - listed;
  Print({what + ", trips beyond the listing", std::to_string(trips),
         Text("%llu blocks, %llu requests", static_cast<unsigned long long>(cost.blocks),
              static_cast<unsigned long long>(cost.requests)),
         "-", "2.5"});

  DistantStore near(store, [] {});
  DistantStore far(store,
                   [] { std::this_thread::sleep_for(std::chrono::duration<double>(kPause)); });
  const double without = LeastSeconds(&near, suffix, total);
  const double with = LeastSeconds(&far, suffix, total);
  Print({what + ", time", Time(with), "without pauses: " + Time(without),
         Text("%.1f pauses", (with - without) / kPause), "2.5"});
}

// The second time as if blocks were 16 times as large as the first read.
void Answer(const std::string& what, ObjectStore* store) {
  Answer(what, store, size_t{256} << 10);
  Answer(what + ", first read 16 KiB", store, size_t{16} << 10);
}

}  // namespace

int main() {
  Title("A flame graph of a day from a store that is 30 ms away");
  const Series* series = FindSeries("checkout-whole");
  if (series == nullptr) return 0;
  Services services(series->sources);
  CompactionPolicy hours;  // and not yet days
  hours.window_nanos = {kHour, kHour}, hours.small_bytes = 0;
  services.SendUntil(12 * kHour + 37 * kMinute, hours);
  Answer("a day that goes on", services.store());
  services.SendUntil(24 * kHour, hours);
  services.RestUntil(25 * kHour, hours);
  Answer("24 blocks of an hour", services.store());
  services.RestUntil(26 * kHour, {});
  Answer("a block of a day", services.store());
  return 0;
}
