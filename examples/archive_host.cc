// A backend in one file: two writers, a compactor and a reader on one archive. Threads, clock and
// random numbers are the host's own; each could as well be a machine of its own.
//
//   archive_host                              in a directory that goes away at the end
//   archive_host DIRECTORY
//   archive_host URL BUCKET PREFIX [REGION]   on S3, with AWS_ACCESS_KEY_ID and
//   AWS_SECRET_ACCESS_KEY
#include "dolerite/archive.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "dolerite/ingester.h"
#include "dolerite/query.h"
#include "dolerite/stores.h"
#include "sample_profile.h"
#ifdef DOLERITE_EXAMPLE_HAS_S3
#include "dolerite/s3.h"
#endif

namespace {

constexpr int kProfiles = 120;  // that each writer sends
constexpr int64_t kSecond = 1'000'000'000;
constexpr size_t kBudget = size_t{64} << 20;

int64_t Now() {
  return std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// Of each thread its own. Numbers must differ between hosts and runs, hence the device.
uint64_t Random() {
  thread_local std::random_device device;
  return uint64_t{device()} << 32 | device();
}

// What the threads tell each other: when to stop, and what must be seen by now.
class Shift {
 public:
  explicit Shift(int writers) : writers_(writers) {}

  void WriterDone() {
    std::lock_guard<std::mutex> lock(mutex_);
    --writers_;
    changed_.notify_all();
  }
  // Waits, but not if all writers are done. False: they are.
  bool Wait(std::chrono::milliseconds time) {
    std::unique_lock<std::mutex> lock(mutex_);
    return !changed_.wait_for(lock, time, [&] { return writers_ == 0; });
  }
  // Keeps the first error, which ends the program.
  void Report(const char* who, const absl::Status& status) {
    if (status.ok()) return;
    std::fprintf(stderr, "%s: %s\n", who, status.ToString().c_str());
    failed_ = true;
  }
  bool failed() const { return failed_; }

  std::atomic<uint64_t> durable{0};  // profiles that the archive has acknowledged

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int writers_;
  std::atomic<bool> failed_{false};
};

// A profile each second of the past, say as an agent sends them, for one service.
absl::Status Write(dolerite::Archive* archive, const std::string& service, Shift* shift) {
  // Small segments, so that there is something to compact. A real host keeps the defaults.
  auto made = dolerite::Ingester::Make(archive, {.segment_bytes = 1 << 10});
  if (!made.ok()) return made.status();
  dolerite::Ingester& ingester = **made;
  // Counts what has become durable. A segment that can't be stored now is kept, and the next Tick
  // tries it again; only what failed for good is lost.
  const auto settle = [&](const absl::Status& stored) {
    for (const dolerite::IngestResult& result : ingester.TakeResults()) {
      if (!result.status.ok()) return result.status;
      shift->durable += result.last - result.first + 1;
    }
    return stored;
  };
  const int64_t begin = Now() - kProfiles * kSecond;
  for (int i = 0; i < kProfiles; ++i) {
    const dolerite::Profile profile = examples::MakeProfile(
        {{{"main", "serve", service}, 400'000'000}, {{"main", "collect garbage"}, 90'000'000 + i}},
        begin + i * kSecond);
    const dolerite::LabelSet series{{"service_name", service}, {"kind", "cpu"}};
    absl::Status added = ingester.Add(series, profile, Now()).status();
    // Too much waits for the store: store it first. A server would push its own clients back.
    if (absl::IsResourceExhausted(added)) {
      if (absl::Status status = settle(ingester.Flush(Now())); !status.ok()) return status;
      added = ingester.Add(series, profile, Now()).status();
    }
    if (!added.ok()) return added;
    const absl::Status stored = settle(ingester.Tick(Now()));
    if (!stored.ok() && !absl::IsUnavailable(stored)) return stored;
  }
  return settle(ingester.Flush(Now()));
}

// What may be done is planned, done, and collected. Others may have been quicker with a job.
absl::Status CompactOnce(dolerite::Archive* archive, uint64_t segments) {
  absl::StatusOr<dolerite::Snapshot> snapshot = archive->TakeSnapshot();
  if (!snapshot.ok()) return snapshot.status();
  dolerite::CompactionPolicy policy;
  policy.segments = segments;
  auto jobs = archive->PlanCompaction(*snapshot, policy);
  if (!jobs.ok()) return jobs.status();
  for (const dolerite::CompactionJob& job : *jobs) {
    const absl::Status done = archive->Compact(job, kBudget).status();
    if (!done.ok() && !absl::IsFailedPrecondition(done)) return done;
  }
  return archive->Collect().status();
}

struct Seen {
  uint64_t profiles = 0;
  int64_t cpu_nanos = 0;
};

// Any question can be asked of a snapshot; here it is a flame graph, of which the root is shown.
absl::StatusOr<Seen> Ask(const dolerite::Archive& archive) {
  absl::StatusOr<dolerite::Snapshot> snapshot = archive.TakeSnapshot();
  if (!snapshot.ok()) return snapshot.status();
  dolerite::TreeQuery query({.selection = {.profile_type = "cpu"}});
  if (absl::Status status = snapshot->AddTo(&query); !status.ok()) return status;
  Seen seen{query.cost().profiles};
  if (seen.profiles == 0) return seen;
  absl::StatusOr<dolerite::Tree> tree = std::move(query).Finish({.max_nodes = 8192});
  if (!tree.ok()) return tree.status();
  seen.cpu_nanos = tree->columns[0].total[0];
  return seen;
}

// What was acknowledged before a snapshot is in it, once.
absl::Status ReadOnce(const dolerite::Archive& archive, const Shift& shift) {
  const uint64_t durable = shift.durable;
  absl::StatusOr<Seen> seen = Ask(archive);
  if (!seen.ok()) return seen.status();
  if (seen->profiles >= durable) return absl::OkStatus();
  return absl::DataLossError(std::to_string(durable) + " profiles are acknowledged, but " +
                             std::to_string(seen->profiles) + " are seen");
}

absl::Status Run(dolerite::ObjectStore* store) {
  const dolerite::ArchiveHost host{.random = Random, .now_nanos = Now};
  const absl::Status created = dolerite::Archive::Create(store, host);
  if (!created.ok() && !absl::IsAlreadyExists(created)) return created;
  absl::StatusOr<dolerite::Archive> archive = dolerite::Archive::Open(store, host);
  if (!archive.ok()) return archive.status();

  Shift shift(2);
  std::vector<std::thread> threads;
  for (const char* service : {"cart", "checkout"}) {
    threads.emplace_back([&, service] {
      shift.Report("writer", Write(&*archive, service, &shift));
      shift.WriterDone();
    });
  }
  threads.emplace_back([&] {
    while (shift.Wait(std::chrono::milliseconds(20))) {
      shift.Report("compactor", CompactOnce(&*archive, 4));
    }
    shift.Report("compactor", CompactOnce(&*archive, 1));
  });
  threads.emplace_back([&] {
    while (shift.Wait(std::chrono::milliseconds(10))) {
      shift.Report("reader", ReadOnce(*archive, shift));
    }
  });
  for (std::thread& thread : threads) thread.join();

  absl::StatusOr<dolerite::Snapshot> snapshot = archive->TakeSnapshot();
  if (!snapshot.ok()) return snapshot.status();
  absl::StatusOr<Seen> seen = Ask(*archive);
  if (!seen.ok()) return seen.status();
  std::printf("%llu profiles, %.1f s of CPU time; %llu blocks, %llu segments waiting\n",
              static_cast<unsigned long long>(seen->profiles), seen->cpu_nanos / 1e9,
              static_cast<unsigned long long>(snapshot->summary().blocks),
              static_cast<unsigned long long>(snapshot->summary().segments));
  if (shift.failed()) return absl::InternalError("one of the threads failed, see above");
  return absl::OkStatus();
}

#ifdef DOLERITE_EXAMPLE_HAS_S3
absl::StatusOr<std::unique_ptr<dolerite::ObjectStore>> OpenS3(int argc, char** argv) {
  dolerite::S3Options options;
  options.endpoint = argv[1];
  options.bucket = argv[2];
  options.prefix = std::string(argv[3]) + "/";
  if (argc > 4) options.region = argv[4];
  options.path_style = true;
  options.unix_seconds = [] { return Now() / kSecond; };
  options.credentials = []() -> absl::StatusOr<dolerite::S3Credentials> {
    const char *key = std::getenv("AWS_ACCESS_KEY_ID"),
               *secret = std::getenv("AWS_SECRET_ACCESS_KEY");
    if (key == nullptr || secret == nullptr) {
      return absl::UnauthenticatedError("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set");
    }
    return dolerite::S3Credentials{key, secret};
  };
  return dolerite::MakeS3Store(options);
}
#else
absl::StatusOr<std::unique_ptr<dolerite::ObjectStore>> OpenS3(int, char**) {
  return absl::UnimplementedError("built without libcurl");
}
#endif

// Requests to a store that is busy, or that a network loses, are repeated.
std::unique_ptr<dolerite::ObjectStore> Patient(dolerite::ObjectStore* store) {
  dolerite::RetryOptions options;
  options.wait = [](uint64_t millis) {
    std::this_thread::sleep_for(std::chrono::milliseconds(millis));
    return absl::OkStatus();
  };
  options.random = [] { return static_cast<double>(Random() >> 11) / 9007199254740992.0; };
  return dolerite::MakeRetryStore(store, options);
}

}  // namespace

int main(int argc, char** argv) {
  const bool temporary = argc < 2;
  std::string directory = argc < 2 ? "" : argv[1];
  if (temporary) {
    directory =
        std::filesystem::temp_directory_path() / ("archive_host-" + std::to_string(Random()));
  }
  auto store = argc > 3 ? OpenS3(argc, argv) : dolerite::OpenLocalStore(directory);
  absl::Status status = store.status();
  if (status.ok()) status = Run(argc > 3 ? Patient(store->get()).get() : store->get());
  if (temporary) std::filesystem::remove_all(directory);
  if (status.ok()) return 0;
  std::fprintf(stderr, "archive_host: %s\n", status.ToString().c_str());
  return 1;
}
