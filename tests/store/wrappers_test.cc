#include <atomic>

#include "store/store_support.h"

namespace dolerite {
namespace {

CallOptions For(const char* purpose) { return {.context = {.purpose = purpose}}; }

TEST_CASE("accounts by purpose") {
  auto memory = MakeMemoryStore();
  const auto accounting = MakeAccountingStore(memory.get());
  AccountingStore& store = *accounting;
  REQUIRE(store.Put("k", std::string(100'000, 'x'), {}, For("compaction")).ok());
  REQUIRE(store.Read("k", ByteRange::Last(10), For("open")).ok());
  const ByteRange ranges[] = {{0, 10}, {1010, 5}, {90'000, 7}};
  REQUIRE(store.ReadMany("k", ranges, For("query")).ok());
  CHECK_FALSE(store.Head("none").ok());
  REQUIRE(store.List("").ok());
  REQUIRE(store.Delete("k").ok());
  const IoAccounts accounts = store.accounts();
  CHECK(accounts.of("compaction") == IoAccount{.requests = 1, .bytes_written = 100'000});
  CHECK(accounts.of("open") == IoAccount{.requests = 1, .bytes_wanted = 10, .bytes_read = 10});
  CHECK(accounts.of("query") == IoAccount{.requests = 2, .bytes_wanted = 22, .bytes_read = 1022});
  CHECK(accounts.of("") == IoAccount{.requests = 3, .failures = 1});
  CHECK(accounts.of("unheard of") == IoAccount{});
  CHECK(accounts.total().requests == 7);
}

TEST_CASE("prefixes keep tenants apart") {
  auto memory = MakeMemoryStore();
  auto a = MakePrefixStore(memory.get(), "t/a/"), ab = MakePrefixStore(memory.get(), "t/ab/");
  REQUIRE((a.ok() && ab.ok()));
  REQUIRE((*a)->Put("k", "of a").ok());
  REQUIRE((*ab)->Put("k", "of ab").ok());
  CHECK(Content(**a, "k") == "of a");
  CHECK(Content(*memory, "t/ab/k") == "of ab");
  CHECK((*a)->ListAll("")->size() == 1);
  CHECK((*a)->ListAll("")->front().key == "k");
  CHECK((*a)->Head("k")->key == "k");
  REQUIRE((*a)->Delete("k").ok());
  CHECK(Content(**ab, "k") == "of ab");
  for (const char* prefix : {"", "/", "a", "../", "a//", "a b/"}) {
    CHECK(absl::IsInvalidArgument(MakePrefixStore(memory.get(), prefix).status()));
  }
}

TEST_CASE("faults come at the call that was named") {
  auto memory = MakeMemoryStore();
  const auto faulty = MakeFaultStore(memory.get());
  FaultStore& store = *faulty;
  store.Arm({.kind = Fault::Kind::kFailBefore, .call = 2, .code = absl::StatusCode::kAborted});
  CHECK(store.Put("a", "1").ok());
  CHECK(absl::IsAborted(store.Put("b", "1").status()));
  CHECK(store.Put("b", "1").ok());
  store.Arm({.kind = Fault::Kind::kFailAfter, .sticky = true});
  CHECK(absl::IsUnavailable(store.Put("c", "1").status()));
  CHECK(absl::IsUnavailable(store.Delete("a")));
  CHECK(Content(*memory, "c") == "1");
  CHECK(absl::IsNotFound(memory->Head("a").status()));
  store.Arm({.kind = Fault::Kind::kSkip, .sticky = true});
  CHECK(store.Put("d", "1").ok());
  CHECK(store.Delete("c").ok());
  CHECK(memory->ListAll("")->size() == 2);
  store.Arm({.kind = Fault::Kind::kShortRead});
  CHECK(absl::IsUnavailable(store.Read("c", ByteRange::All()).status()));
  store.Arm({.kind = Fault::Kind::kFlipBit, .bit = 1});
  CHECK(Content(store, "c") == "3");
  store.Heal();
  CHECK(Content(store, "c") == "1");
}

struct Waits {
  std::vector<uint64_t> millis;
  RetryOptions options() {
    return {.wait = [this](uint64_t n) { return millis.push_back(n), absl::OkStatus(); }};
  }
};

TEST_CASE("retries wait twice as long each time, and end") {
  auto memory = MakeMemoryStore();
  REQUIRE(memory->Put("k", "1").ok());
  const auto faulty = MakeFaultStore(memory.get());
  FaultStore& fault = *faulty;
  Waits waits;
  RetryOptions options = waits.options();
  options.longest_wait_millis = 1000;
  auto store = MakeRetryStore(&fault, options);
  fault.Arm({.kind = Fault::Kind::kFailBefore, .sticky = true});
  CHECK(absl::IsUnavailable(store->Head("k").status()));
  CHECK(fault.calls() == 10);
  CHECK(waits.millis == std::vector<uint64_t>{100, 200, 400, 800, 1000, 1000, 1000, 1000, 1000});

  options.all_waits_millis = 750;
  options.random = [] { return 0.5; };
  waits.millis.clear();
  CHECK_FALSE(MakeRetryStore(&fault, options)->Head("k").ok());
  CHECK(waits.millis == std::vector<uint64_t>{75, 150, 300});

  options.wait = [](uint64_t) { return absl::DeadlineExceededError(""); };
  CHECK(absl::IsDeadlineExceeded(MakeRetryStore(&fault, options)->Head("k").status()));
}

TEST_CASE("retries repeat what may pass and nothing else") {
  auto memory = MakeMemoryStore();
  REQUIRE(memory->Put("k", "1").ok());
  const auto faulty = MakeFaultStore(memory.get());
  FaultStore& fault = *faulty;
  Waits waits;
  auto store = MakeRetryStore(&fault, waits.options());
  for (auto kind : {Fault::Kind::kFailBefore, Fault::Kind::kFailAfter, Fault::Kind::kShortRead}) {
    fault.Arm({.kind = kind});
    CHECK(Content(*store, "k") == "1");
    CHECK(fault.calls() == 2);
  }
  for (auto code : {absl::StatusCode::kNotFound, absl::StatusCode::kPermissionDenied,
                    absl::StatusCode::kFailedPrecondition, absl::StatusCode::kCancelled,
                    absl::StatusCode::kDataLoss}) {
    fault.Arm({.kind = Fault::Kind::kFailBefore, .code = code});
    CHECK(store->Read("k", ByteRange::All()).status().code() == code);
    CHECK(fault.calls() == 1);
  }
}

TEST_CASE("a repeated put knows its own first attempt") {
  auto memory = MakeMemoryStore();
  const auto faulty = MakeFaultStore(memory.get());
  FaultStore& fault = *faulty;
  Waits waits;
  auto store = MakeRetryStore(&fault, waits.options());
  fault.Arm({.kind = Fault::Kind::kFailAfter});
  auto version = store->Put("k", "mine");
  REQUIRE(version.ok());
  CHECK(*version == memory->Head("k")->version);

  fault.Arm({.kind = Fault::Kind::kFailAfter});
  auto second = store->Put("k", "mine too", {.mode = PutMode::kIfMatch, .version = *version});
  REQUIRE(second.ok());
  CHECK(*second == memory->Head("k")->version);

  // Not its own: other bytes, or no attempt before.
  fault.Arm({.kind = Fault::Kind::kFailBefore});
  CHECK(absl::IsAlreadyExists(store->Put("k", "other").status()));
  fault.Heal();
  CHECK(absl::IsAlreadyExists(store->Put("k", "mine too").status()));
}

// Notes which Do call was reached.
class RecordingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  mutable std::string called;

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    called = "Read";
    return ForwardingStore::DoRead(key, range, options);
  }
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    auto result = ForwardingStore::DoReadMany(key, ranges, options);
    called = "ReadMany";
    return result;
  }
  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override {
    called = "StartUpload";
    return ForwardingStore::DoStartUpload(key, options);
  }
  StoreTraits traits() const override {
    StoreTraits traits = ForwardingStore::traits();
    traits.streamed_uploads = true;
    return traits;
  }
};

TEST_CASE("no wrapper loses a call that has a default") {
  auto memory = MakeMemoryStore();
  RecordingStore store(memory.get());
  Waits waits;
  std::vector<std::unique_ptr<ObjectStore>> wrappers;
  wrappers.push_back(MakeAccountingStore(&store));
  wrappers.push_back(MakeRetryStore(&store, waits.options()));
  wrappers.push_back(*MakePrefixStore(&store, "p/"));
  wrappers.push_back(*MakeBoundedStore(&store, 1));
  wrappers.push_back(*MakeCachingStore(&store));
  wrappers.push_back(std::make_unique<ForwardingStore>(&store));
  wrappers.push_back(MakeFaultStore(&store));  // last: it has no ReadMany, on purpose
  const ByteRange ranges[] = {{0, 1}, {1, 1}};
  for (size_t i = 0; i < wrappers.size(); ++i) {
    INFO(i);
    ObjectStore& wrapper = *wrappers[i];
    const std::string key = "k" + std::to_string(i);
    CHECK(wrapper.traits().streamed_uploads);
    store.called.clear();
    auto upload = wrapper.StartUpload(key);
    REQUIRE(upload.ok());
    CHECK(store.called == "StartUpload");
    REQUIRE((*upload)->Append("abc").ok());
    REQUIRE((*upload)->Finish().ok());
    REQUIRE(wrapper.ReadMany(key, ranges).ok());
    CHECK(store.called == (i + 1 < wrappers.size() ? "ReadMany" : "Read"));
  }
}

TEST_CASE("changes land later") {
  auto memory = MakeMemoryStore();
  const auto store = MakeFaultStore(memory.get());
  REQUIRE(memory->Put("old", "1").ok());
  store->Arm({.kind = Fault::Kind::kLandLater, .delay = 2});
  CHECK(absl::IsUnavailable(store->Put("a", "1").status()));
  CHECK(absl::IsNotFound(store->Head("a").status()));
  CHECK(store->Head("a").ok());

  store->Arm({.kind = Fault::Kind::kLandLater, .delay = 100});
  CHECK(absl::IsUnavailable(store->Delete("old")));
  CHECK(store->Head("old").ok());
  store->Land();
  CHECK(absl::IsNotFound(store->Head("old").status()));

  auto upload = store->StartUpload("u");
  REQUIRE(upload.ok());
  REQUIRE((*upload)->Append("bytes").ok());
  store->Arm({.kind = Fault::Kind::kLandLater});
  CHECK(absl::IsUnavailable((*upload)->Finish().status()));
  CHECK(absl::IsNotFound(memory->Head("u").status()));
  // It lands although the upload is gone.
  upload->reset();
  store->Land();
  CHECK(Content(*memory, "u") == "bytes");
}

TEST_CASE("changes take place twice") {
  auto memory = MakeMemoryStore();
  const auto store = MakeFaultStore(memory.get());
  store->Arm({.kind = Fault::Kind::kTwice, .sticky = true});
  CHECK(absl::IsAlreadyExists(store->Put("a", "1").status()));
  CHECK(Content(*memory, "a") == "1");
  CHECK(store->Delete("a").ok());
}

TEST_CASE("each call of an upload goes wrong, once or for good") {
  for (auto kind : {Fault::Kind::kFailBefore, Fault::Kind::kFailAfter, Fault::Kind::kLandLater}) {
    for (uint64_t call = 1; call <= 4; ++call) {
      auto memory = MakeMemoryStore();
      const auto fault = MakeFaultStore(memory.get());
      Waits waits;
      const auto store = MakeRetryStore(fault.get(), waits.options());
      fault->Arm({.kind = kind, .call = call});
      INFO(static_cast<int>(kind) << " at call " << call);
      auto upload = store->StartUpload("k");
      REQUIRE(upload.ok());
      REQUIRE((*upload)->Append("one ").ok());
      REQUIRE((*upload)->Append("two").ok());
      auto version = (*upload)->Finish();
      REQUIRE(version.ok());
      CHECK(*version == memory->Head("k")->version);
      CHECK(Content(*memory, "k") == "one two");
      CHECK(absl::IsFailedPrecondition((*upload)->Append("more")));
      CHECK(absl::IsFailedPrecondition((*upload)->Finish().status()));

      fault->Arm({.kind = Fault::Kind::kFailBefore, .call = call, .sticky = true});
      auto lost = store->StartUpload("lost");
      absl::Status status = lost.status();
      if (status.ok()) status = (*lost)->Append("one ");
      if (status.ok()) status = (*lost)->Append("two");
      if (status.ok()) status = (*lost)->Finish().status();
      CHECK(absl::IsUnavailable(status));
      CHECK(memory->ListAll("")->size() == 1);
    }
  }
}

TEST_CASE("an upload that fails for good is over") {
  auto memory = MakeMemoryStore();
  const auto store = MakeFaultStore(memory.get());
  auto upload = store->StartUpload("k");
  REQUIRE(upload.ok());
  store->Arm({.code = absl::StatusCode::kPermissionDenied});
  CHECK(absl::IsPermissionDenied((*upload)->Append("x")));
  CHECK(absl::IsFailedPrecondition((*upload)->Append("x")));
  CHECK(absl::IsFailedPrecondition((*upload)->Finish().status()));
  CHECK((*upload)->size() == 0);

  CallOptions stopped;
  stopped.context.check = [] { return absl::CancelledError("enough"); };
  auto another = store->StartUpload("k");
  REQUIRE(another.ok());
  CHECK(absl::IsCancelled((*another)->Append("x", stopped)));
  CHECK(absl::IsCancelled((*another)->Finish(stopped).status()));
  CHECK(absl::IsCancelled(store->StartUpload("k", stopped).status()));
}

TEST_CASE("uploads are accounted for") {
  for (bool streamed : {false, true}) {
    auto memory = MakeMemoryStore();
    RecordingStore streaming(memory.get());
    ObjectStore* inner = streamed ? static_cast<ObjectStore*>(&streaming) : memory.get();
    const auto store = MakeAccountingStore(inner);
    auto upload = store->StartUpload("k", For("compaction"));
    REQUIRE(upload.ok());
    REQUIRE((*upload)->Append("abc", For("compaction")).ok());
    REQUIRE((*upload)->Append("de", For("compaction")).ok());
    REQUIRE((*upload)->Finish(For("compaction")).ok());
    const IoAccount account = store->accounts().of("compaction");
    CHECK(account.requests == (streamed ? 4 : 1));
    CHECK(account.bytes_written == 5);
  }
}

// Waits in each Read until so many calls are in it.
class CrowdedStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  mutable std::atomic<int> inside{0}, most{0};
  std::atomic<bool> open{false};

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    const int now = ++inside;
    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
    }
    while (!open) std::this_thread::yield();
    --inside;
    return ForwardingStore::DoRead(key, range, options);
  }
};

TEST_CASE("so many calls are under way at once, and no more") {
  auto memory = MakeMemoryStore();
  REQUIRE(memory->Put("k", "1").ok());
  CrowdedStore crowded(memory.get());
  auto store = MakeBoundedStore(&crowded, 2);
  REQUIRE(store.ok());
  std::atomic<int> stopped{0}, done{0};
  RunOnThreads(9, [&](int i) {
    if (i == 0) {  // asks for a turn that it does not get
      while (crowded.inside < 2) std::this_thread::yield();
      CallOptions impatient;
      int asked = 0;
      impatient.context.check = [&] {
        return ++asked > 2 ? absl::DeadlineExceededError("late") : absl::OkStatus();
      };
      stopped += absl::IsDeadlineExceeded((*store)->Head("k", impatient).status());
      crowded.open = true;
    } else {
      done += (*store)->Read("k", ByteRange::All()).ok();
    }
  });
  CHECK(crowded.most == 2);
  CHECK(stopped == 1);
  CHECK(done == 8);
  CHECK(absl::IsInvalidArgument(MakeBoundedStore(memory.get(), 0).status()));
}

}  // namespace
}  // namespace dolerite
