#include <atomic>
#include <functional>
#include <utility>

#include "store/store_support.h"

namespace dolerite {
namespace {

// A store of objects below a cache, with counts of what reaches the store.
struct Cached {
  std::unique_ptr<ObjectStore> memory = MakeMemoryStore();
  std::unique_ptr<AccountingStore> counted = MakeAccountingStore(memory.get());
  std::unique_ptr<CachingStore> store;

  explicit Cached(const CacheOptions& options = {}) {
    REQUIRE(memory->Put("k", "0123456789").ok());
    Reopen(options);
  }
  void Reopen(const CacheOptions& options) {
    auto made = MakeCachingStore(counted.get(), options);
    REQUIRE(made.ok());
    store = *std::move(made);
  }
  uint64_t requests() const { return counted->accounts().total().requests; }
};

TEST_CASE("a range is read once") {
  Cached cached;
  ObjectStore& store = *cached.store;
  const auto first = store.Read("k", ByteRange::Last(4)),
             again = store.Read("k", ByteRange::Last(4));
  REQUIRE((first.ok() && again.ok()));
  CHECK(again->slice.bytes == "6789");
  CHECK(again->offset == first->offset);
  CHECK(again->object_size == 10);
  CHECK(again->version == first->version);
  CHECK(cached.requests() == 1);
  // Another range, and the same one of a version, are other entries.
  CHECK(store.Read("k", ByteRange::At(6, 4))->slice.bytes == "6789");
  CHECK(store.Read("k", ByteRange::Last(4), {.version = first->version})->slice.bytes == "6789");
  CHECK(cached.requests() == 3);
  CHECK(absl::IsFailedPrecondition(store.Read("k", ByteRange::Last(4), {.version = "x"}).status()));
  CHECK(absl::IsNotFound(store.Read("none", ByteRange::All()).status()));
  const CacheCounts counts = cached.store->counts();
  CHECK(counts.memory_hits == 1);
  CHECK(counts.misses == 3);
  CHECK(counts.hit_bytes == 4);
  CHECK(counts.missed_bytes == 12);
}

TEST_CASE("of many ranges only those are read that are missing") {
  Cached cached;
  const ByteRange some[] = {{0, 2}, {4, 0}, {5, 3}}, more[] = {{5, 3}, {8, 2}, {0, 2}};
  REQUIRE(cached.store->ReadMany("k", some).ok());
  const auto read = cached.store->ReadMany("k", more);
  REQUIRE(read.ok());
  CHECK(read->slices[0].bytes == "567");
  CHECK(read->slices[1].bytes == "89");
  CHECK(read->slices[2].bytes == "01");
  CHECK(read->requests == 1);
  CHECK(read->bytes_read == 2);
  CHECK(cached.store->ReadMany("k", more)->requests == 0);
  // A single read of such a range gets size and version all the same.
  CHECK(cached.store->Read("k", ByteRange::At(5, 3))->object_size == 10);
}

TEST_CASE("what may change is not kept") {
  Cached cached({.immutable = [](std::string_view key) { return key != "k"; }});
  for (const char* content : {"one", "two"}) {
    REQUIRE(cached.memory->Put("k", content, {.mode = PutMode::kReplace}).ok());
    CHECK(Content(*cached.store, "k") == content);
  }
  // Put and Delete through the cache forget what it has of their key, and of no other.
  Cached all;
  REQUIRE(all.store->Put("k.", "neighbour").ok());
  CHECK(Content(*all.store, "k.") == "neighbour");
  CHECK(Content(*all.store, "k") == "0123456789");
  REQUIRE(all.store->Put("k", "new", {.mode = PutMode::kReplace}).ok());
  CHECK(Content(*all.store, "k") == "new");
  REQUIRE(all.store->Delete("k").ok());
  CHECK(absl::IsNotFound(all.store->Read("k", ByteRange::All()).status()));
  const uint64_t requests = all.requests();
  CHECK(Content(*all.store, "k.") == "neighbour");
  CHECK(all.requests() == requests);
}

TEST_CASE("what was used least recently goes first, and bounds hold") {
  Cached cached({.memory_bytes = 1300, .longest_entry = 50});
  for (const char* key : {"a", "b", "c"}) {
    REQUIRE(cached.memory->Put(key, std::string(45, key[0])).ok());
  }
  REQUIRE(cached.memory->Put("long", std::string(51, 'x')).ok());
  const auto requests_of = [&](std::string_view key) {
    const uint64_t before = cached.requests();
    REQUIRE(cached.store->Read(key, ByteRange::All()).ok());
    CHECK(cached.store->counts().memory_bytes <= 1300);
    return cached.requests() - before;
  };
  CHECK(requests_of("a") == 1);
  CHECK(requests_of("b") == 1);
  CHECK(requests_of("a") == 0);
  CHECK(requests_of("c") == 1);  // b goes
  CHECK(requests_of("a") == 0);
  CHECK(requests_of("b") == 1);
  CHECK(requests_of("long") == 1);
  CHECK(requests_of("long") == 1);
}

TEST_CASE("entries on the disk outlive the process, and only sound ones answer") {
  auto disk = MakeMemoryStore();
  const CacheOptions options{.disk_bytes = 1000, .disk = disk.get()};
  Cached cached(options);
  CHECK(Content(*cached.store, "k") == "0123456789");
  const auto files = disk->ListAll("");
  REQUIRE(files->size() == 1);
  const std::string name = files->front().key, sound = Content(*disk, name);

  cached.Reopen(options);
  CHECK(cached.store->counts().disk_bytes == sound.size());
  CHECK(Content(*cached.store, "k") == "0123456789");
  CHECK(cached.requests() == 1);
  CHECK(cached.store->counts().disk_hits == 1);

  // Each cut and each flipped bit costs the entry, never the answer.
  std::vector<std::string> damaged = {sound + "x"};
  for (size_t i = 0; i < sound.size(); ++i) {
    damaged.push_back(sound.substr(0, i));
    damaged.push_back(sound);
    damaged.back()[i] ^= static_cast<char>(1 << i % 8);
  }
  for (const std::string& bytes : damaged) {
    REQUIRE(disk->Put(name, bytes, {.mode = PutMode::kReplace}).ok());
    cached.Reopen(options);
    const uint64_t before = cached.requests();
    CHECK(Content(*cached.store, "k") == "0123456789");
    CHECK(cached.requests() == before + 1);
    CHECK(cached.store->counts().damaged == 1);
    CHECK(Content(*disk, name) == sound);  // written again
  }

  // The entry of another key under this name is not taken.
  REQUIRE(cached.memory->Put("other", "9876543210").ok());
  CHECK(Content(*cached.store, "other") == "9876543210");
  std::string others;
  const auto both = disk->ListAll("");
  for (const ObjectInfo& file : *both) {
    if (file.key != name) others = Content(*disk, file.key);
  }
  REQUIRE(disk->Put(name, others, {.mode = PutMode::kReplace}).ok());
  cached.Reopen(options);
  CHECK(Content(*cached.store, "k") == "0123456789");
}

TEST_CASE("a disk that fails costs entries, never an answer") {
  auto memory = MakeMemoryStore();
  auto disk = MakeFaultStore(memory.get());
  Cached cached({.memory_bytes = 0, .disk = disk.get()});
  disk->Arm({.sticky = true, .code = absl::StatusCode::kResourceExhausted});
  CHECK(Content(*cached.store, "k") == "0123456789");
  CHECK(cached.store->counts().not_written == 1);
  disk->Heal();
  CHECK(Content(*cached.store, "k") == "0123456789");
  CHECK(memory->ListAll("")->size() == 1);
  disk->Arm({.sticky = true});
  CHECK(Content(*cached.store, "k") == "0123456789");
  // A directory that can't be listed is an error of the host's.
  CHECK(absl::IsUnavailable(MakeCachingStore(memory.get(), {.disk = disk.get()}).status()));
}

TEST_CASE("the disk's bound holds, also for what was there before") {
  auto disk = MakeMemoryStore();
  Cached cached({.disk = disk.get()});
  for (uint64_t i = 0; i < 9; ++i) REQUIRE(cached.store->Read("k", ByteRange::At(i, 1)).ok());
  CHECK(disk->ListAll("")->size() == 9);
  const uint64_t all = cached.store->counts().disk_bytes;
  cached.Reopen({.disk_bytes = all / 2, .disk = disk.get()});
  CHECK(cached.store->counts().disk_bytes <= all / 2);
  CHECK(disk->ListAll("")->size() == 4);
  REQUIRE(cached.store->Read("k", ByteRange::At(0, 9)).ok());
  CHECK(cached.store->counts().disk_bytes <= all / 2);
  REQUIRE(cached.store->Delete("k").ok());
  CHECK(disk->ListAll("")->empty());
}

// Calls `during` once, in the next read, when the inner store has answered.
class SlowStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  mutable std::function<void()> during = [] {};

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    auto read = ForwardingStore::DoRead(key, range, options);
    std::exchange(during, [] {})();
    return read;
  }
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    auto read = ForwardingStore::DoReadMany(key, ranges, options);
    std::exchange(during, [] {})();
    return read;
  }
};

TEST_CASE("what is replaced while it is read is not kept") {
  for (const bool on_disk : {false, true}) {
    const auto memory = MakeMemoryStore(), disk = MakeMemoryStore();
    SlowStore slow(memory.get());
    const auto cache = MakeCachingStore(
        &slow, {.memory_bytes = on_disk ? 0u : 10'000u, .disk = on_disk ? disk.get() : nullptr});
    REQUIRE(cache.ok());
    ObjectStore& store = **cache;
    REQUIRE(store.Put("k", "old").ok());
    const auto replace = [&](const char* bytes) {
      slow.during = [&store, bytes] {
        REQUIRE(store.Put("k", bytes, {.mode = PutMode::kReplace}).ok());
      };
    };
    replace("new");
    CHECK(Content(store, "k") == "old");
    CHECK(Content(store, "k") == "new");
    const ByteRange all[] = {ByteRange::At(0, 3)};
    replace("two");
    CHECK(store.ReadMany("k", all)->slices[0].bytes == "new");
    CHECK(store.ReadMany("k", all)->slices[0].bytes == "two");
    CHECK(disk->ListAll("")->size() == (on_disk ? 1 : 0));
  }
}

TEST_CASE("many threads share a cache") {
  ScratchDirectory scratch;
  auto disk = OpenLocalStore(scratch.path().string(), {.sync = false});
  REQUIRE(disk.ok());
  Cached cached({.memory_bytes = 3000, .disk_bytes = 1000, .disk = disk->get()});
  std::atomic<int> right{0};
  RunOnThreads(4, [&](int thread) {
    for (uint64_t i = 0; i < 100; ++i) {
      const uint64_t at = (i + static_cast<uint64_t>(thread)) % 10;
      auto read = cached.store->Read("k", ByteRange::At(at, 1));
      right += read.ok() && read->slice.bytes == std::to_string(at);
    }
  });
  CHECK(right == 400);
}

}  // namespace
}  // namespace dolerite
