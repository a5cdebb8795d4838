// One archive object, used by all kinds of hosts on threads of their own at once. The thread
// sanitizer looks at it; here the laws are looked at.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "archive/simulation_model.h"
#include "archive/world.h"
#include "dolerite/ingester.h"
#include "support/executors.h"

namespace dolerite::testing {
namespace {

// What all threads use. Catch2's macros are no use on threads: failures are noted and told at the
// end.
class Everyone {
 public:
  Everyone() : store_(MakeMemoryStore()) {
    ArchiveHost host;
    host.random = [this] {
      std::lock_guard<std::mutex> lock(mutex_);
      return random_();
    };
    host.now_nanos = [this] { return kBegin + ++ticks_ * kMinute; };
    host.executor = &executor_;
    REQUIRE(Archive::Create(store_.get(), host).ok());
    archive_ = *Archive::Open(store_.get(), host);
    auto ingester =
        Ingester::Make(&*archive_, {.segment_age_nanos = 3 * kMinute, .executor = &executor_});
    REQUIRE(ingester.ok());
    ingester_ = *std::move(ingester);
  }

  void Append(int first, int end) {
    for (int i = first; i < end; i += 2) {
      const absl::Status status = archive_->Append(SegmentOf(i), kBegin + i).status();
      Expect("append", status);
      std::lock_guard<std::mutex> lock(mutex_);
      if (status.ok()) appended_.insert({i, i + 1});
    }
  }
  void Ingest(int first) {
    for (int i = first; i < first + 20; ++i) {
      const Input input = InputOf(i);
      Expect("add", ingester_->Add(input.series, input.profile, kBegin + ++ticks_).status());
      Expect("tick", ingester_->Tick(kBegin + ++ticks_ * kMinute));
      stored_ += Stored();
    }
    Expect("flush", ingester_->Flush(0));
    stored_ += Stored();
  }
  void Compact() {
    for (int i = 0; i < 6; ++i) {
      const auto snapshot = archive_->TakeSnapshot();
      Expect("snapshot", snapshot.status());
      if (!snapshot.ok()) continue;
      const auto jobs = archive_->PlanCompaction(*snapshot, World::Eager());
      Expect("plan", jobs.status());
      for (const CompactionJob& job : *jobs) {
        Expect("compact", archive_->Compact(job, size_t{64} << 20).status());
      }
    }
  }
  void Collect() {
    for (int i = 0; i < 6; ++i) Expect("collect", archive_->Collect(World::Impatient()).status());
  }
  void Delete() {
    for (int number : kToDelete) {
      DeleteRequest request = World::Request(number);
      request.end_nanos = INT64_MAX;
      const bool was_there = Copy(appended_).count(number) > 0;
      absl::Status status;
      do {
        status = archive_->Delete(request).status();
      } while (absl::IsAborted(status));  // lost all its races: once more
      Expect("delete", status);
      if (was_there) {
        std::lock_guard<std::mutex> lock(mutex_);
        gone_.insert(number);
      }
      Expect("retain", archive_->Retain("none", kBegin));
    }
  }
  void Maintain() {
    MaintainOptions options;
    options.policy = World::Eager();
    options.collect = World::Impatient();
    for (int i = 0; i < 6; ++i) {
      Expect("maintain",
             archive_->Maintain(kBegin + ++ticks_ * kMinute, size_t{64} << 20, options).status());
    }
  }
  // Of an archive that is sound it changes nothing; it takes what it meets of others' work as it
  // is.
  void Repair() {
    for (int i = 0; i < 3; ++i) Expect("repair", archive_->Repair().status());
  }
  void Verify() {
    for (int i = 0; i < 3; ++i) Expect("verify", archive_->Verify().status());
  }
  void Read() {
    for (int i = 0; i < 8; ++i) {
      const std::set<int> gone = Copy(gone_);
      const auto snapshot = archive_->TakeSnapshot();
      Expect("snapshot", snapshot.status());
      if (!snapshot.ok()) continue;
      const auto seen = World::Seen(*snapshot);
      Expect("look", seen.status());
      if (!seen.ok()) continue;
      for (const auto& [number, times] : *seen) {
        if (times != 1) Fail("profile " + std::to_string(number) + " is seen twice");
        if (gone.count(number) > 0) Fail("profile " + std::to_string(number) + " was deleted");
      }
    }
  }

  // Each profile once, but for those that were deleted. What comes after its deletion may stay: an
  // impatient collector has forgotten the deletion.
  void CheckEnd() {
    for (const std::string& failure : failures_) FAIL_CHECK(failure);
    CHECK(stored_ == 40);
    const auto seen = World::Seen(*archive_->TakeSnapshot());
    REQUIRE(seen.ok());
    CHECK(gone_.count(kToDelete[0]) == 1);
    size_t expected = 0;
    for (int first : {0, 100, 200, 300}) {
      for (int i = first; i < first + 20; ++i) {
        INFO(i);
        const bool may_be_gone = std::count(std::begin(kToDelete), std::end(kToDelete), i) > 0;
        if (gone_.count(i) > 0) {
          CHECK(seen->count(i) == 0);
        } else if (!may_be_gone) {
          CHECK(seen->count(i) == 1);
        }
        expected += seen->count(i);
      }
    }
    CHECK(seen->size() == expected);
  }

 private:
  // The first one is there before any thread.
  static constexpr int kToDelete[] = {0, 100, 200, 1};

  std::set<int> Copy(const std::set<int>& numbers) {
    std::lock_guard<std::mutex> lock(mutex_);
    return numbers;
  }

  static Input InputOf(int number) {
    const ModelProfile profile(number);
    return World::Numbered(number, profile.time_nanos, profile.service);
  }

  // Building asserts by Catch2, so one thread at a time.
  std::string SegmentOf(int first) {
    std::lock_guard<std::mutex> lock(mutex_);
    return Build({InputOf(first), InputOf(first + 1)});
  }

  uint64_t Stored() {
    uint64_t count = 0;
    for (const IngestResult& result : ingester_->TakeResults()) {
      Expect("result", result.status);
      count += result.last - result.first + 1;
    }
    return count;
  }

  void Fail(const std::string& what) {
    std::lock_guard<std::mutex> lock(mutex_);
    failures_.push_back(what);
  }
  // Losing a race is no failure.
  void Expect(const std::string& call, const absl::Status& status) {
    if (status.ok() || absl::IsAborted(status) || absl::IsFailedPrecondition(status)) return;
    Fail(call + ": " + status.ToString());
  }

  std::mutex mutex_;  // of what is below
  Random random_{1};
  std::vector<std::string> failures_;
  std::set<int> appended_;  // numbers of profiles
  std::set<int> gone_;      // that were appended, then deleted
  std::atomic<int64_t> ticks_{0};
  std::atomic<uint64_t> stored_{0};  // by the ingester
  Threads executor_{2};
  std::unique_ptr<ObjectStore> store_;
  std::optional<Archive> archive_;
  std::unique_ptr<Ingester> ingester_;
};

TEST_CASE("archive: hosts on threads share one object") {
  Everyone everyone;
  std::vector<std::thread> threads;
  everyone.Append(0, 2);
  threads.emplace_back([&] { everyone.Append(2, 20); });
  threads.emplace_back([&] { everyone.Append(100, 120); });
  threads.emplace_back([&] { everyone.Ingest(200); });
  threads.emplace_back([&] { everyone.Ingest(300); });
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] { everyone.Compact(); });
    threads.emplace_back([&] { everyone.Collect(); });
    threads.emplace_back([&] { everyone.Read(); });
  }
  threads.emplace_back([&] { everyone.Delete(); });
  threads.emplace_back([&] { everyone.Maintain(); });
  threads.emplace_back([&] { everyone.Repair(); });
  threads.emplace_back([&] { everyone.Verify(); });
  for (std::thread& thread : threads) thread.join();
  everyone.CheckEnd();
}

}  // namespace
}  // namespace dolerite::testing
