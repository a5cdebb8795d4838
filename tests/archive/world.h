// An archive in memory, with actors whose steps a test can interleave, and the laws that must hold.
#ifndef DOLERITE_TESTS_ARCHIVE_WORLD_H_
#define DOLERITE_TESTS_ARCHIVE_WORLD_H_

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "archive/block_list.h"
#include "archive/commits.h"
#include "archive/keys.h"
#include "block/block_support.h"
#include "dolerite/archive.h"
#include "dolerite/fault_store.h"
#include "dolerite/forwarding_store.h"
#include "dolerite/query.h"
#include "dolerite/stores.h"

namespace dolerite::testing {

constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;
constexpr int64_t kBegin = int64_t{1'700'000'000} * kSecond;
// For compactions.
constexpr size_t kBudget = size_t{64} << 20;

inline bool Begins(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix);
}

// Calls a hook before each call, which may run other actors to their end.
class HookStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  // `call` is "Put", "Read", "List", "Delete" or "Head".
  std::function<void(std::string_view call, std::string_view key)> before;
  // Deletions of keys that begin so fail; "-": none.
  std::string undeletable = "-";

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    Call("Read", key);
    return inner()->Read(key, range, options);
  }
  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    Call("Put", key);
    return inner()->Put(key, bytes, put, options);
  }
  // Blocks are uploaded: their hook is called by the Put that creates them.
  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override {
    return ObjectStore::DoStartUpload(key, options);
  }
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    Call("List", prefix);
    return inner()->List(prefix, list, options);
  }
  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    Call("Delete", key);
    if (Begins(key, undeletable))
      return absl::UnavailableError("the deletion did not come through");
    return inner()->Delete(key, options);
  }

 private:
  void Call(std::string_view call, std::string_view key) const {
    // Not while a hook runs: other actors have stores of their own.
    if (before) before(call, key);
  }
};

// One host with its own store, clock and random numbers.
struct Actor {
  std::unique_ptr<HookStore> store;
  std::shared_ptr<int64_t> now;
  std::optional<Archive> archive;

  Archive* operator->() { return &*archive; }
  // Runs `what` once, before the first call of this kind to a key that begins so.
  void Before(std::string call, std::string key, std::function<void()> what) {
    auto done = std::make_shared<bool>(false);
    store->before = [=](std::string_view c, std::string_view k) {
      if (*done || c != call || !Begins(k, key)) return;
      *done = true;
      what();
    };
  }
};

inline Snapshot Take(Actor* reader) {
  auto snapshot = (*reader)->TakeSnapshot();
  INFO(snapshot.status());
  REQUIRE(snapshot.ok());
  return *std::move(snapshot);
}

// Commits a change of the manifest by hand.
inline absl::Status Commit(Actor* actor, const ManifestChange& change) {
  ArchiveAccess access;
  access.store = actor->store.get();
  const auto now = actor->now;
  access.host.now_nanos = [now] { return *now; };
  access.host.random = [random = std::make_shared<Random>(4711)] { return (*random)(); };
  const auto header = actor->store->Read(kArchiveKey, ByteRange::All());
  REQUIRE(header.ok());
  access.header = *DecodeArchiveHeader(header->slice.bytes);
  return CommitChange(access, change, {}).status();
}

// The number of the newest manifest, and the keys of the blocks, pages and quarantined inputs that
// it names.
inline absl::StatusOr<std::pair<uint64_t, std::set<std::string>>> NamedKeys(ObjectStore* store) {
  std::pair<uint64_t, std::set<std::string>> named;
  const auto newest = store->List(kManifests, {.limit = 1});
  if (!newest.ok() || newest->objects.empty()) return named;
  const auto read = store->Read(newest->objects[0].key, ByteRange::All());
  if (!read.ok()) return read.status();
  const auto manifest = DecodeManifest(read->slice.bytes);
  if (!manifest.ok()) return manifest.status();
  named.first = manifest->number;
  for (const PageEntry& page : manifest->pages) named.second.insert(PageKey(page.name));
  // A segment that came back broken twice stays, though another read of it may be sound.
  for (const QuarantinedInput& input : manifest->quarantined) named.second.insert(input.key);
  ArchiveAccess access;
  access.store = store;
  const auto blocks = ReadBlocks(access, *manifest, AllPages, NoneUnread, {});
  if (!blocks.ok()) return blocks.status();
  for (const BlockEntry& block : *blocks) named.second.insert(block.name.key());
  return named;
}

class World {
 public:
  explicit World(std::unique_ptr<ObjectStore> store = MakeMemoryStore(), uint64_t seed = 0)
      : store_(std::move(store)), faults_(MakeFaultStore(store_.get())) {
    REQUIRE(Archive::Create(store_.get(), HostOf(seed, now_), {.probe = false}).ok());
  }

  ObjectStore& store() { return *store_; }
  FaultStore& faults() { return *faults_; }
  int64_t now() const { return *now_; }
  void Advance(int64_t nanos) { *now_ += nanos; }

  Actor Host(uint64_t seed) {
    Actor actor;
    actor.store = std::make_unique<HookStore>(faults_.get());
    actor.now = now_;
    ArchiveHost host = HostOf(seed, now_);
    host.page_entries = page_entries;
    auto archive = Archive::Open(actor.store.get(), std::move(host));
    INFO(archive.status());
    REQUIRE(archive.ok());
    actor.archive = *std::move(archive);
    return actor;
  }

  // Of hosts that are made from now on.
  size_t page_entries = ArchiveHost().page_entries;

  static ArchiveHost HostOf(uint64_t seed, std::shared_ptr<int64_t> now) {
    auto random = std::make_shared<Random>(seed);
    ArchiveHost host;
    host.random = [random] { return (*random)(); };
    host.now_nanos = [now] { return *now; };
    return host;
  }

  // A profile with a number by which it is known, and its series.
  static Input Numbered(int number, int64_t time_nanos, const std::string& service = "shop") {
    Input input;
    input.series = {{"service_name", service}, {"number", std::to_string(number)}};
    Profile& p = input.profile;
    p.sample_types.push_back({p.symbols.strings.Add("cpu"), p.symbols.strings.Add("count")});
    const StringId name = p.symbols.strings.Add("f" + std::to_string(number % 7));
    p.symbols.locations.lines.items.push_back({p.symbols.AddFunction(name, name, name, 1), 1, 1});
    p.stacks.items.push_back(p.symbols.AddLocation({}, 4096 + static_cast<uint64_t>(number % 7)));
    p.stacks.Close();
    p.samples.stack.push_back({1});
    p.samples.attributes.push_back({});
    p.samples.values.push_back(number + 1);
    p.time_nanos = time_nanos;
    return input;
  }

  std::string Segment(const std::vector<int>& numbers, const std::string& service = "shop") {
    std::vector<Input> inputs;
    for (int number : numbers) {
      inputs.push_back(Numbered(number, kBegin + number * kSecond, service));
    }
    return Build(inputs);
  }

  // Appends profiles; once it is OK they are acknowledged.
  absl::Status Append(Actor* writer, const std::vector<int>& numbers,
                      const std::string& service = "shop") {
    const absl::Status status = (*writer)->Append(Segment(numbers, service), *now_).status();
    if (status.ok()) Acknowledge(numbers);
    return status;
  }

  void Acknowledge(const std::vector<int>& numbers) {
    promises_.profiles.insert(numbers.begin(), numbers.end());
  }
  absl::Status Delete(Actor* deleter, int number) {
    deleting_.insert(number);
    const auto result = (*deleter)->Delete(Request(number));
    if (result.ok()) promises_.deleted.insert(number);
    return result.status();
  }
  static DeleteRequest Request(int number) {
    DeleteRequest request;
    request.matchers = {{"number", LabelMatcher::Op::kEqual, std::to_string(number)}};
    return request;
  }

  // All jobs of a policy that compacts at once.
  static absl::Status CompactAll(Actor* compactor) {
    auto snapshot = (*compactor)->TakeSnapshot();
    if (!snapshot.ok()) return snapshot.status();
    auto jobs = (*compactor)->PlanCompaction(*snapshot, Eager());
    if (!jobs.ok()) return jobs.status();
    for (const CompactionJob& job : *jobs) {
      const absl::Status status = (*compactor)->Compact(job, size_t{64} << 20).status();
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }
  static CompactionPolicy Eager() {
    CompactionPolicy policy;
    policy.segments = 1;
    return policy;
  }
  // A grace that is always over.
  static CollectOptions Impatient() { return {.grace_nanos = 0, .tombstone_nanos = 0}; }
  static absl::Status Collect(Actor* collector) {
    return (*collector)->Collect(Impatient()).status();
  }

  // How often each profile is seen by a snapshot; an error if it can't be read.
  static absl::StatusOr<std::map<int, int>> Seen(const Snapshot& snapshot) {
    ListQuery query({});
    absl::Status added = snapshot.AddTo(&query);
    if (!added.ok()) return added;
    auto listed = std::move(query).Finish();
    if (!listed.ok()) return listed.status();
    std::map<int, int> seen;
    for (const ListedProfile& profile : *listed) {
      ++seen[std::stoi(std::string(*profile.series.Get("number")))];
    }
    return seen;
  }

  // The laws, over a snapshot taken now.
  void CheckLaws() {
    faults_->Heal();
    Actor reader = Host(999);
    auto snapshot = reader->TakeSnapshot();
    INFO(snapshot.status());
    REQUIRE(snapshot.ok());
    const auto seen = Seen(*snapshot);
    INFO(seen.status());
    REQUIRE(seen.ok());
    CheckSeen(*seen);
  }

  // What was acknowledged, of profiles and of deletions.
  struct Promises {
    std::set<int> profiles, deleted;
  };
  const Promises& promises() const { return promises_; }

  void CheckSeen(const std::map<int, int>& seen) { CheckSeen(seen, promises_); }
  // Of a snapshot that may be as old as these promises.
  void CheckSeen(const std::map<int, int>& seen, const Promises& promised) {
    for (int number : promised.profiles) {
      INFO("profile " << number);
      if (deleting_.count(number) == 0) CHECK(seen.count(number) == 1);
    }
    for (const auto& [number, times] : seen) {
      INFO("profile " << number);
      CHECK(times == 1);
      CHECK(promised.deleted.count(number) == 0);
    }
  }

  // After enough quiet runs of the collector the store holds what the newest manifest names, and
  // waiting segments.
  void CheckNoGarbage() {
    faults_->Heal();
    Actor collector = Host(998);
    for (int i = 0; i < 6; ++i) {
      Advance(kHour);
      REQUIRE(Collect(&collector).ok());
      // Something is committed now and then in a live archive, and lets floors rise.
      REQUIRE(collector->Retain(std::nullopt, INT64_MIN).ok());
    }
    auto snapshot = collector->TakeSnapshot();
    REQUIRE(snapshot.ok());
    CHECK(store_->ListAll("blocks/")->size() == snapshot->summary().blocks);
    CHECK(store_->ListAll("segments/")->size() == snapshot->summary().segments);
    CHECK(store_->ListAll("manifest/")->size() <= 20);
  }

 private:
  std::shared_ptr<int64_t> now_ = std::make_shared<int64_t>(kBegin + 30 * 24 * kHour);
  std::unique_ptr<ObjectStore> store_;
  std::unique_ptr<FaultStore> faults_;
  Promises promises_;
  std::set<int> deleting_;  // by calls that may have failed, too
};

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_ARCHIVE_WORLD_H_
