// Processes that work on an archive in a directory are killed, or find the disk full, wherever they
// change a file. The next one goes on, and the laws hold.
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <iostream>

#include "archive/simulation_model.h"
#include "store/store_support.h"
#include "support/killed_child.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

namespace fs = std::filesystem;

constexpr size_t kNumbers = 256;

// What processes have been told by the archive. It lies in memory that they share, so that it
// outlives them and noting costs no system call.
struct Ledger {
  std::atomic<bool> sent[kNumbers], acknowledged[kNumbers];
  std::atomic<bool> deleting[kNumbers], deleted[kNumbers];
  std::atomic<uint64_t> processes, now_seconds;

  Model model() const {
    Model model;
    for (int i = 0; i < static_cast<int>(kNumbers); ++i) {
      if (sent[i]) model.Send({i});
      if (acknowledged[i]) model.Acknowledge({i});
      if (!deleting[i]) continue;
      const size_t removal = model.Remove({.numbers = {i}});
      if (deleted[i]) model.Ascertain(removal);
    }
    return model;
  }
};

class SharedLedger {
 public:
  SharedLedger() {
    void* memory =
        mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    ledger_ = new (memory) Ledger();
  }
  ~SharedLedger() { munmap(ledger_, sizeof(Ledger)); }
  SharedLedger(const SharedLedger&) = delete;
  SharedLedger& operator=(const SharedLedger&) = delete;

  Ledger* operator->() { return ledger_; }
  Ledger& operator*() { return *ledger_; }

 private:
  Ledger* ledger_ = nullptr;
};

// A new directory, in memory where the system has such a place: flushes cost nothing there.
class KillDirectory {
 public:
  KillDirectory() {
    const fs::path memory = "/dev/shm";
    std::error_code error;
    const fs::path parent = fs::is_directory(memory, error) ? memory : fs::temp_directory_path();
    std::string name = (parent / "dolerite-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~KillDirectory() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// One process at work. Its calls return false where it can't go on.
class Worker {
 public:
  Worker(const fs::path& root, Ledger* ledger)
      : root_(root), ledger_(*ledger), random_(++ledger->processes) {}

  bool Open() {
    auto store = OpenLocalStore(root_.string());
    if (!Said(store.status())) return false;
    store_ = *std::move(store);
    ArchiveHost host;
    host.random = [this] { return random_(); };
    host.now_nanos = [this] {
      return kBegin + static_cast<int64_t>(++ledger_.now_seconds) * kSecond;
    };
    const absl::Status created = Archive::Create(store_.get(), host, {.probe = false});
    if (!absl::IsAlreadyExists(created) && !Said(created)) return false;
    auto archive = Archive::Open(store_.get(), host);
    if (!Said(archive.status())) return false;
    archive_ = *std::move(archive);
    return true;
  }

  // The same name whenever it is sent, so that a repetition adds nothing.
  bool Append(const std::vector<int>& numbers) {
    std::vector<Input> inputs;
    for (int number : numbers) {
      const ModelProfile profile(number);
      inputs.push_back(World::Numbered(number, profile.time_nanos, profile.service));
      ledger_.sent[number] = true;
    }
    if (!Said(archive_->Append(Build(inputs), kBegin + numbers[0]).status())) return false;
    for (int number : numbers) ledger_.acknowledged[number] = true;
    return true;
  }
  bool Delete(int number) {
    ledger_.deleting[number] = true;
    DeleteRequest request = World::Request(number);
    request.end_nanos = INT64_MAX;
    if (!Repeat([&] { return archive_->Delete(request).status(); })) return false;
    ledger_.deleted[number] = true;
    return true;
  }
  // Others may compact the same at once, which is no failure.
  bool Compact() {
    return Repeat([&] { return CompactOnce(); });
  }
  bool Collect() {
    return Repeat([&] {
      return archive_->Collect({.grace_nanos = 0, .tombstone_nanos = INT64_MAX}).status();
    });
  }
  bool Touch() { return Said(archive_->Retain(std::nullopt, INT64_MIN)); }

  Archive& archive() { return *archive_; }
  ObjectStore& store() { return *store_; }

 private:
  // Collectors without a grace take what other processes are reading: those begin anew.
  static bool Repeat(const std::function<absl::Status()>& call) {
    absl::Status status;
    for (int attempt = 0; attempt < 20; ++attempt) {
      status = call();
      if (!absl::IsAborted(status)) break;
    }
    return Said(status);
  }
  // A child has no test to report to.
  static bool Said(const absl::Status& status) {
    if (!status.ok()) std::cerr << status << "\n";
    return status.ok();
  }

  absl::Status CompactOnce() {
    const auto snapshot = archive_->TakeSnapshot();
    if (!snapshot.ok()) return snapshot.status();
    const auto jobs = archive_->PlanCompaction(*snapshot, World::Eager());
    if (!jobs.ok()) return jobs.status();
    for (const CompactionJob& job : *jobs) {
      const absl::Status status = archive_->Compact(job, kBudget).status();
      if (!status.ok() && !absl::IsFailedPrecondition(status)) return status;
    }
    return absl::OkStatus();
  }

  const fs::path root_;
  Ledger& ledger_;
  Random random_;
  std::unique_ptr<ObjectStore> store_;
  std::optional<Archive> archive_;
};

// All that an archive does, once. 0 if all of it could be done.
int Live(const fs::path& root, Ledger* ledger) {
  Worker worker(root, ledger);
  return worker.Open() && worker.Append({1, 2}) && worker.Append({3, 5, 9}) && worker.Compact() &&
                 worker.Append({2, 4}) && worker.Delete(5) && worker.Delete(2) &&
                 worker.Append({6, 22}) && worker.Compact() && worker.Collect() && worker.Touch() &&
                 worker.Collect() && worker.Append({7}) && worker.Collect()
             ? 0
             : 1;
}

void CheckLaws(Worker* worker, Ledger& ledger) {
  const auto snapshot = worker->archive().TakeSnapshot();
  INFO(snapshot.status());
  REQUIRE(snapshot.ok());
  const auto seen = World::Seen(*snapshot);
  INFO(seen.status());
  REQUIRE(seen.ok());
  const Model model = ledger.model();
  CHECK(model.Judge(model.Begin(), *seen) == "");
}

// What is live, and nothing else, not even a file that is no object.
void CheckNoGarbage(Worker* worker, const fs::path& root) {
  for (int i = 0; i < 6; ++i) {
    REQUIRE(worker->Collect());
    REQUIRE(worker->Touch());
  }
  const auto snapshot = worker->archive().TakeSnapshot();
  REQUIRE(snapshot.ok());
  CHECK(worker->store().ListAll("blocks/")->size() == snapshot->summary().blocks);
  CHECK(worker->store().ListAll("segments/")->size() == snapshot->summary().segments);
  CHECK(worker->store().ListAll("manifest/")->size() <= 20);
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) files += entry.is_regular_file();
  CHECK(files == worker->store().ListAll("")->size());
}

void CheckGoesOn(const fs::path& root, Ledger* ledger) {
  {
    Worker worker(root, ledger);
    REQUIRE(worker.Open());
    CheckLaws(&worker, *ledger);
  }
  // The whole life once more, now in peace.
  CHECK(Live(root, ledger) == 0);
  Worker worker(root, ledger);
  REQUIRE(worker.Open());
  CheckLaws(&worker, *ledger);
  CheckNoGarbage(&worker, root);
  CheckLaws(&worker, *ledger);
}

// How many calls a life in peace makes.
uint64_t CallsOfALife() {
  KillDirectory directory;
  SharedLedger ledger;
  const ChildEnd end = RunInterrupted({}, [&] { return Live(directory.path(), &*ledger); });
  REQUIRE(end.result == 0);
  CHECK(end.calls > 100);
  return end.calls;
}

// Interrupts a life at each of its calls; of `step` calls one.
uint64_t InterruptAtEachCall(Interruption interruption, size_t step) {
  const uint64_t calls = CallsOfALife();
  uint64_t interrupted = 0;
  for (interruption.call = 1; interruption.call <= calls; interruption.call += step) {
    INFO("kind " << static_cast<int>(interruption.kind) << ", error " << interruption.error
                 << ", call " << interruption.call);
    KillDirectory directory;
    SharedLedger ledger;
    const ChildEnd end =
        RunInterrupted(interruption, [&] { return Live(directory.path(), &*ledger); });
    interrupted += end.killed || end.result != 0;
    CheckGoesOn(directory.path(), &*ledger);
  }
  return interrupted;
}

TEST_CASE("kills: a process dies at each system call that changes a file") {
  if (!CanInterrupt()) return;
  const size_t step = ShareDivisor();
  const uint64_t before = InterruptAtEachCall({.kind = Interruption::Kind::kKillBefore}, step);
  const uint64_t after = InterruptAtEachCall({.kind = Interruption::Kind::kKillAfter}, 2 * step);
  CHECK(before + after > 150 / step);
}

TEST_CASE("kills: each system call that changes a file fails") {
  if (!CanInterrupt()) return;
  using Kind = Interruption::Kind;
  const size_t step = ShareDivisor();
  CHECK(InterruptAtEachCall({.kind = Kind::kFailAll, .error = ENOSPC}, 2 * step) > 50 / step);
  CHECK(InterruptAtEachCall({.kind = Kind::kFail, .error = EIO}, 4 * step) > 15 / step);
}

// Writers, deleters, compactors and collectors at once, killed at any moment.
class Mayhem {
 public:
  // Starts two processes and waits until both are dead or done. How many were killed.
  uint64_t Round(uint64_t seed) {
    Random random(seed);
    const int first = next_;
    next_ += 8;
    const pid_t writer = StartMortal(random.Below(8'000), [&] { return Write(first); });
    const pid_t keeper = StartMortal(random.Below(8'000), [&] { return Keep(); });
    const ChildEnd ends[] = {WaitFor(writer), WaitFor(keeper)};
    for (const ChildEnd& end : ends) CHECK((end.killed || end.result == 0));
    Worker worker(directory_.path(), &*ledger_);
    REQUIRE(worker.Open());
    CheckLaws(&worker, *ledger_);
    return ends[0].killed + ends[1].killed;
  }

  void End() {
    Worker worker(directory_.path(), &*ledger_);
    REQUIRE(worker.Open());
    REQUIRE(worker.Compact());
    CheckNoGarbage(&worker, directory_.path());
    CheckLaws(&worker, *ledger_);
  }

  bool over() const { return next_ + 8 > static_cast<int>(kNumbers); }

 private:
  int Write(int first) {
    Worker worker(directory_.path(), &*ledger_);
    if (!worker.Open()) return 1;
    for (int i = first; i < first + 8; i += 2) {
      if (!worker.Append({i, i + 1})) return 2;
      if (i % 4 == 0 && !worker.Delete(i)) return 3;
    }
    return 0;
  }
  int Keep() {
    Worker worker(directory_.path(), &*ledger_);
    if (!worker.Open()) return 1;
    for (int i = 0; i < 3; ++i) {
      if (!worker.Compact()) return 2;
      if (!worker.Collect()) return 3;
    }
    return 0;
  }

  KillDirectory directory_;
  SharedLedger ledger_;
  int next_ = 0;
};

uint64_t KillAtRandom(uint64_t kills, uint64_t seed) {
  uint64_t killed = 0;
  while (killed < kills) {
    Mayhem mayhem;
    while (!mayhem.over() && killed < kills) killed += mayhem.Round(seed++);
    mayhem.End();
  }
  return killed;
}

TEST_CASE("kills: processes die at random moments") {
  CHECK(KillAtRandom(ShareOf(800, 20), 1) >= ShareOf(800, 20));
}

// For tests/long.sh.
TEST_CASE("kills: as many as are asked for", "[.long]") {
  const char* text = std::getenv("DOLERITE_KILLS");
  const uint64_t wanted = text == nullptr ? 100 : std::strtoull(text, nullptr, 10);
  std::cout << KillAtRandom(wanted, 1'000'000) << " kills at random moments\n";
}

}  // namespace
}  // namespace dolerite::testing
