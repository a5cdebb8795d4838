// Phases: Populate makes hosts and what each of them does in its life; Run lets them live on a
// failing store; Settle heals the store, compacts and collects what is left, and looks at all of
// it. Laws are judged whenever a reader has an answer, and at the end.
#include "archive/simulation.h"

#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "archive/manifest.h"
#include "archive/simulation_model.h"
#include "archive/simulation_sight.h"
#include "archive/simulation_store.h"
#include "base/checksum.h"
#include "dolerite/ingester.h"

namespace dolerite::testing {
namespace {

constexpr int64_t kYear = 365 * kDay;

std::string CodeOf(const absl::Status& status) { return status.ToString(); }

// One simulated host: its process may die and begin anew, its store fails, its clock is wrong.
struct Host {
  std::unique_ptr<SimulatedStore> network;
  std::unique_ptr<ObjectStore> retrying;  // of half of the hosts
  std::optional<Archive> archive;
  int64_t clock_offset = 0;
  bool clock_jumps = false;
  BlockOptions blocks;
};

class Simulation {
 public:
  Simulation(uint64_t seed, bool keep_log)
      : scheduler_(seed),
        store_(MakeMemoryStore()),
        faulty_(MakeFaultStore(store_.get())),
        keep_log_(keep_log) {
    network_.scheduler = &scheduler_;
    network_.store = faulty_.get();
    network_.log = [this](const std::string& line) { Log(line); };
    network_.after = [this](std::string_view call, std::string_view) {
      now_ += random().Below(random().OneIn(50) ? 5 * kHour : 3 * kMinute);
      if (call == "Put" || call == "Finish" || call == "Delete") CheckNamed();
    };
    // In some lives deletions are forgotten at once. Then nothing may be sent again late, as
    // nobody could know it.
    forgets_ = random().OneIn(4);
    pages_ = random().OneIn(2);
    // In some lives jobs take a label away. A profile that is sent again is the same all the same.
    rules_ = random().OneIn(3);
    network_.segments_land_later = !forgets_;
    network_.one_fault_in = random().OneIn(4) ? 100'000 : 8 + random().Below(40);
  }

  SimulationResult Run() {
    const absl::Status created = Archive::Create(store_.get(), RawHost(), {.probe = false});
    if (!created.ok()) Violate("create: " + CodeOf(created));
    Populate();
    for (std::string& failure : scheduler_.Run()) Violate(std::move(failure));
    Settle();
    result_.requests = network_.requests;
    result_.faults = network_.faults;
    result_.deaths = network_.deaths;
    return std::move(result_);
  }

 private:
  Random& random() { return scheduler_.random(); }

  void Log(const std::string& line) {
    const std::string numbered = std::to_string(scheduler_.steps()) + " " + line;
    result_.trace = Checksum64(numbered + std::to_string(result_.trace));
    if (keep_log_) result_.log.push_back(numbered);
  }
  void Violate(std::string what) {
    Log("VIOLATION: " + what);
    result_.violations.push_back(std::move(what));
  }

  // ---- Hosts.

  ArchiveHost MakeHost(Host* host) {
    auto numbers = std::make_shared<Random>(random()());
    ArchiveHost made;
    made.random = [numbers] { return (*numbers)(); };
    made.now_nanos = [this, host] { return Now(host); };
    // In half of the lives nearly all blocks are in pages.
    if (pages_) made.page_entries = 1 + random().Below(3);
    return made;
  }
  ArchiveHost RawHost() {
    raw_.emplace_back();
    return MakeHost(&raw_.back());
  }
  int64_t Now(const Host* host) {
    const int64_t jump =
        host->clock_jumps ? static_cast<int64_t>(random().Below(2 * kYear)) - kYear : 0;
    return now_ + host->clock_offset + jump;
  }

  // `act` so many times, each time with an open archive.
  void AddHost(const std::string& name, std::function<void(Host*)> act) {
    Host* host = &hosts_.emplace_back();
    host->network = std::make_unique<SimulatedStore>(&network_);
    if (random().OneIn(2)) {
      host->retrying =
          MakeRetryStore(host->network.get(), {.wait = [](uint64_t) { return absl::OkStatus(); }});
    }
    constexpr int64_t kOffsets[] = {0, 0, kYear, -kYear};
    host->clock_offset = kOffsets[random().Below(4)];
    host->clock_jumps = random().OneIn(5);
    // Hosts of other versions and with other options share the archive.
    if (random().OneIn(3)) host->blocks.samples_per_chunk = 1 + random().Below(3);
    if (random().OneIn(3)) host->blocks.profiles_per_group = 1;
    const int rounds = 3 + static_cast<int>(random().Below(5));
    scheduler_.Add(name, [this, host, rounds, act = std::move(act)] {
      for (int i = 0; i < rounds; ++i) {
        if (Opened(host)) act(host);
        if (!host->network->dead()) continue;
        host->archive.reset();
        host->network->Revive();
      }
    });
  }

  bool Opened(Host* host) {
    ObjectStore* store = host->retrying ? host->retrying.get() : host->network.get();
    for (int attempt = 0; attempt < 10 && !host->archive; ++attempt) {
      auto archive = Archive::Open(store, MakeHost(host));
      Expect("open", archive.status());
      if (archive.ok()) host->archive = *std::move(archive);
    }
    return host->archive.has_value();
  }

  void Populate() {
    const auto some = [&](const char* name, uint64_t least, uint64_t most,
                          void (Simulation::*act)(Host*)) {
      const uint64_t count = least + random().Below(most - least + 1);
      for (uint64_t i = 0; i < count; ++i) {
        AddHost(name + std::to_string(i), [this, act](Host* host) { (this->*act)(host); });
      }
    };
    some("writer", 1, 3, &Simulation::Write);
    some("compactor", 1, 3, &Simulation::Compact);
    some("deleter", 0, 2, &Simulation::Delete);
    some("retainer", 0, 1, &Simulation::Retain);
    some("collector", 1, 2, &Simulation::Collect);
    some("reader", 1, 2, &Simulation::Read);
  }

  // A call may fail as its store does, and in no other way.
  void Expect(const std::string& call, const absl::Status& status, bool may_be_void = false) {
    Log(scheduler_.name() + " " + call + " = " +
        std::string(absl::StatusCodeToString(status.code())));
    using Code = absl::StatusCode;
    switch (status.code()) {
      case Code::kOk:
      case Code::kUnavailable:
      case Code::kResourceExhausted:
      case Code::kAborted:
      case Code::kPermissionDenied:
      case Code::kCancelled:
      case Code::kDeadlineExceeded:
      case Code::kDataLoss:  // bits that were flipped on the way
        return;
      case Code::kFailedPrecondition:
      case Code::kAlreadyExists:  // a request that took place twice; the job is planned again
        if (may_be_void) return;
        [[fallthrough]];
      default:
        Violate(scheduler_.name() + " " + call + ": " + CodeOf(status));
    }
  }

  // ---- What hosts do.

  std::vector<int> Numbers() {
    std::vector<int> numbers;
    const uint64_t count = 1 + random().Below(3);
    // One in four was sent before, in whatever company.
    for (uint64_t i = 0; i < count; ++i) {
      const bool again = next_number_ > 0 && random().OneIn(4);
      const int number = again ? static_cast<int>(random().Below(next_number_)) : next_number_++;
      if (forgets_ && model_.MayBeRemoved(number)) continue;
      if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) {
        numbers.push_back(number);
      }
    }
    return numbers;
  }

  static Input InputOf(int number) {
    const ModelProfile profile(number);
    Input input = World::Numbered(number, profile.time_nanos, profile.service);
    const std::string batch = std::to_string(number % 3);
    std::vector<LabelSet::Pair> labels(input.series.pairs().begin(), input.series.pairs().end());
    labels.emplace_back("batch", batch);
    input.series = *LabelSet::Make(std::move(labels));
    return input;
  }

  void Write(Host* host) {
    const std::vector<int> numbers = Numbers();
    if (numbers.empty()) return;
    for (int number : numbers) ++in_flight_[number];
    model_.Send(numbers);
    if (random().OneIn(4)) {
      Ingest(host, numbers);
    } else {
      Append(host, numbers);
    }
    for (int number : numbers) --in_flight_[number];
  }

  // The same bytes with the same time until it is clear that they are stored, or the host gives up.
  void Append(Host* host, const std::vector<int>& numbers) {
    std::vector<Input> inputs;
    for (int number : numbers) inputs.push_back(InputOf(number));
    const std::string bytes = Build(inputs, host->blocks);
    const int64_t created = Now(host);
    const bool missing_only = random().OneIn(4);
    for (uint64_t attempt = 0, last = random().Below(4); attempt <= last; ++attempt) {
      const absl::Status status =
          missing_only ? host->archive->AppendMissing(bytes, created, host->blocks).status()
                       : host->archive->Append(bytes, created).status();
      Expect("append", status);
      if (status.ok()) return Acknowledge(numbers);
    }
  }

  void Acknowledge(const std::vector<int>& numbers) {
    std::string line = "acknowledged:";
    for (int number : numbers) line += " " + std::to_string(number);
    Log(line);
    model_.Acknowledge(numbers);
  }

  void Ingest(Host* host, const std::vector<int>& numbers) {
    auto ingester =
        Ingester::Make(&*host->archive, {.segment_datasets = 2, .blocks = host->blocks});
    if (!ingester.ok()) return Violate("ingester: " + CodeOf(ingester.status()));
    std::map<IngestTicket, int> tickets;
    for (int number : numbers) {
      const Input input = InputOf(number);
      const auto ticket = (*ingester)->Add(input.series, input.profile, Now(host));
      Expect("add", ticket.status());
      if (ticket.ok()) tickets[*ticket] = number;
    }
    for (uint64_t attempt = 0, last = random().Below(4); attempt <= last; ++attempt) {
      Expect("flush", (*ingester)->Flush(Now(host)));
      for (const IngestResult& result : (*ingester)->TakeResults()) {
        if (!result.status.ok()) continue;
        std::vector<int> durable;
        for (IngestTicket t = result.first; t <= result.last; ++t) durable.push_back(tickets[t]);
        Acknowledge(durable);
      }
    }
  }

  CompactionPolicy Policy() {
    CompactionPolicy policy;
    policy.segments = 1 + random().Below(4);
    if (random().OneIn(3)) policy.job_bytes = 1 + random().Below(20'000);
    if (random().OneIn(3)) policy.window_nanos = {kHour, 5 * kHour, kDay};
    return policy;
  }

  // Its own jobs, or what another host planned long ago.
  void Compact(Host* host) {
    auto snapshot = host->archive->TakeSnapshot();
    Expect("snapshot", snapshot.status());
    if (!snapshot.ok()) return;
    auto planned = host->archive->PlanCompaction(*snapshot, Policy());
    Expect("plan", planned.status());
    if (!planned.ok()) return;
    for (CompactionJob& job : *planned) {
      if (random().OneIn(5)) {
        jobs_left_.push_back(std::move(job));
        continue;
      }
      RunJob(host, job);
    }
    if (jobs_left_.empty() || !random().OneIn(3)) return;
    const CompactionJob old = jobs_left_[random().Below(jobs_left_.size())];
    RunJob(host, old);
  }

  void RunJob(Host* host, const CompactionJob& job) {
    const size_t budget = random().OneIn(10) ? 2'000 : kBudget;
    CompactionRules rules;
    if (rules_ && random().OneIn(2)) rules.drop_labels = {"batch"};
    auto result = host->archive->Compact(job, budget, host->blocks, {}, rules);
    Expect("compact", result.status(), true);
  }

  void Delete(Host* host) {
    if (next_number_ == 0) return;
    Removal removal;
    DeleteRequest request;
    const int number = static_cast<int>(random().Below(next_number_ + 2));
    if (forgets_ || random().OneIn(2)) {
      if (forgets_ && (in_flight_[number] > 0 || model_.sent().count(number) == 0)) return;
      removal.numbers = {number};
      request = World::Request(number);
    } else {
      const ModelProfile profile(number);
      removal.service = profile.service;
      removal.start_nanos = request.start_nanos = profile.time_nanos - kHour;
      removal.end_nanos = profile.time_nanos + 1;
      request.matchers = {{"service_name", LabelMatcher::Op::kEqual, profile.service}};
    }
    // Said, as the clock of the host may be wrong.
    request.end_nanos = removal.end_nanos;
    const size_t index = model_.Remove(removal);
    Log(scheduler_.name() + " deletes like " + std::to_string(number));
    for (uint64_t attempt = 0, last = random().Below(3); attempt <= last; ++attempt) {
      const absl::Status status = host->archive->Delete(request).status();
      Expect("delete", status);
      if (status.ok()) return model_.Ascertain(index);
    }
  }

  void Retain(Host* host) {
    Removal removal;
    std::optional<std::string> dataset;
    if (random().OneIn(2)) dataset = removal.service = ModelProfile(random().Below(8)).service;
    removal.end_nanos = kBegin + random().Below(next_number_ + 1) * 4 * kMinute;
    const size_t index = model_.Remove(removal);
    const absl::Status status = host->archive->Retain(dataset, removal.end_nanos);
    Expect("retain", status);
    if (status.ok()) model_.Ascertain(index);
  }

  void Collect(Host* host) {
    constexpr int64_t kGraces[] = {0, 0, 15 * kMinute, kDay};
    CollectOptions options;
    options.grace_nanos = kGraces[random().Below(4)];
    options.tombstone_nanos = forgets_ ? random().Below(2) * kHour : INT64_MAX;
    options.rehearse = random().OneIn(8);
    Expect("collect", host->archive->Collect(options).status());
  }

  void Read(Host* host) {
    const Model::Bounds bounds = model_.Begin();
    auto snapshot = host->archive->TakeSnapshot();
    Expect("snapshot", snapshot.status());
    if (!snapshot.ok()) return;
    // Kept for a while.
    for (uint64_t i = random().Below(3) * random().Below(40); i > 0; --i) scheduler_.Pause();
    const auto sight = Look(*snapshot);
    Expect("look", sight.status());
    if (sight.ok()) Judge("a reader", bounds, *sight);
  }

  // ---- Laws.

  void Judge(const std::string& who, const Model::Bounds& bounds, const Sight& sight) {
    ++result_.answers;
    std::string wrong = model_.Judge(bounds, sight.seen);
    int64_t total = 0;
    for (const auto& [number, times] : sight.seen) total += number + 1;
    if (wrong.empty() && total != sight.total) {
      wrong = "the tree's total is " + std::to_string(sight.total) + " and not " +
              std::to_string(total);
    }
    if (!wrong.empty()) Violate(who + ": " + wrong);
  }

  // What the newest manifest names is in the store (L1). Of `missing`: what is not.
  std::set<std::string> NamedBlocks() {
    const auto named = NamedKeys(store_.get());
    if (!named.ok())
      return Violate("the newest manifest: " + CodeOf(named.status())), std::set<std::string>();
    result_.commits = named->first;
    return named->second;
  }
  void CheckNamed() {
    for (const std::string& key : NamedBlocks()) {
      if (!store_->Head(key).ok()) Violate(key + " is live and gone");
    }
  }

  // ---- The end.

  // A host on the sound store, whose clock is ahead of all others'.
  Archive* Keeper() {
    now_ += 3 * kYear;
    auto archive = Archive::Open(store_.get(), RawHost());
    if (!archive.ok()) return Violate("open: " + CodeOf(archive.status())), nullptr;
    keeper_ = *std::move(archive);
    return &*keeper_;
  }

  Sight Settled(const std::string& when) {
    const Model::Bounds bounds = model_.Begin();
    auto snapshot = keeper_->TakeSnapshot();
    if (!snapshot.ok()) return Violate(when + ": " + CodeOf(snapshot.status())), Sight();
    auto sight = Look(*snapshot);
    if (!sight.ok()) return Violate(when + ": " + CodeOf(sight.status())), Sight();
    Judge(when, bounds, *sight);
    return *std::move(sight);
  }

  void Settle() {
    faulty_->Heal();
    // What is on its way lands, or never will.
    if (!random().OneIn(4)) faulty_->Land();
    if (Keeper() == nullptr) return;
    const Sight healed = Settled("after the faults");
    CompactAll();
    if (Settled("compacted") != healed) Violate("compaction changed what is seen");
    for (int i = 0; i < 6; ++i) {
      now_ += kDay;
      const absl::Status collected = keeper_->Collect(World::Impatient()).status();
      if (!collected.ok()) Violate("collect: " + CodeOf(collected));
      // Something is committed now and then in a live archive, and lets floors rise.
      const absl::Status retained = keeper_->Retain(std::nullopt, INT64_MIN);
      if (!retained.ok()) Violate("retain: " + CodeOf(retained));
    }
    if (Settled("collected") != healed) Violate("the collector changed what is seen");
    CheckNoGarbage();
  }

  void CompactAll() {
    CompactionPolicy policy;
    policy.segments = 1;
    for (int round = 0; round < 20; ++round) {
      auto snapshot = keeper_->TakeSnapshot();
      if (!snapshot.ok()) return Violate("snapshot: " + CodeOf(snapshot.status()));
      auto jobs = keeper_->PlanCompaction(*snapshot, policy);
      if (!jobs.ok()) return Violate("plan: " + CodeOf(jobs.status()));
      if (jobs->empty()) return;
      for (const CompactionJob& job : *jobs) {
        const absl::Status status = keeper_->Compact(job, kBudget).status();
        std::string line = "keeper compacts";
        for (const std::string& input : job.inputs) line += " " + input;
        Log(line);
        // A job's commit may drop a block that lies before a cut, which another job has planned
        // with.
        if (!status.ok() && !absl::IsFailedPrecondition(status)) {
          Violate("compact: " + CodeOf(status));
        }
      }
    }
    Violate("compaction does not come to an end");
  }

  void CheckNoGarbage() {
    const std::set<std::string> named = NamedBlocks();
    size_t manifests = 0;
    const auto objects = store_->ListAll("");
    for (const ObjectInfo& object : *objects) {
      manifests += Begins(object.key, "manifest/");
      const bool known =
          object.key == "archive" || Begins(object.key, "manifest/") || named.count(object.key) > 0;
      if (!known) Violate(object.key + " is garbage that the collector does not find");
    }
    if (manifests > 20) Violate(std::to_string(manifests) + " manifests are left");
    CheckNamed();
  }

  Scheduler scheduler_;
  std::unique_ptr<ObjectStore> store_;
  std::unique_ptr<FaultStore> faulty_;
  SimulatedNetwork network_;
  const bool keep_log_;
  bool forgets_ = false, pages_ = false, rules_ = false;
  int64_t now_ = kBegin + 30 * kDay;
  std::list<Host> hosts_, raw_;  // hosts stay where they are
  std::optional<Archive> keeper_;
  Model model_;
  int next_number_ = 0;
  std::map<int, int> in_flight_;  // by number: how many writers are sending it
  std::vector<CompactionJob> jobs_left_;
  SimulationResult result_;
};

}  // namespace

SimulationResult Simulate(uint64_t seed, bool keep_log) { return Simulation(seed, keep_log).Run(); }

}  // namespace dolerite::testing
