#include <algorithm>

#include "store/broken_store.h"
#include "store/store_support.h"

namespace dolerite {
namespace {

const std::vector<std::string> kNone;

// Hides traits, so that the base class has to make up for them.
class PoorStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  StoreTraits traits() const override {
    StoreTraits traits = ForwardingStore::traits();
    traits.suffix_ranges = false;
    return traits;
  }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    CHECK_FALSE(range.from_end);
    return ForwardingStore::DoRead(key, range, options);
  }
};

TEST_CASE("memory store conforms") {
  auto store = MakeMemoryStore();
  CHECK(FailedClauses(store.get()) == kNone);
  CHECK(store->ListAll("")->empty());
}

TEST_CASE("local store conforms") {
  ScratchDirectory scratch;
  for (bool sync : {true, false}) {
    auto store = OpenLocalStore(scratch.path().string(), {.sync = sync});
    REQUIRE(store.ok());
    CHECK(FailedClauses(store->get()) == kNone);
    CHECK((*store)->ListAll("")->empty());
  }
}

TEST_CASE("wrappers conform") {
  auto memory = MakeMemoryStore();
  const auto accounting = MakeAccountingStore(memory.get());
  CHECK(FailedClauses(accounting.get()) == kNone);
  const auto fault = MakeFaultStore(memory.get());
  CHECK(FailedClauses(fault.get()) == kNone);
  auto retry = MakeRetryStore(memory.get(), {.wait = [](uint64_t) { return absl::OkStatus(); }});
  CHECK(FailedClauses(retry.get()) == kNone);
  PoorStore poor(memory.get());
  CHECK(FailedClauses(&poor) == kNone);
  auto bounded = MakeBoundedStore(memory.get(), 2);
  REQUIRE(bounded.ok());
  CHECK(FailedClauses(bounded->get()) == kNone);
  // The suite changes its objects, so that none of them is immutable.
  auto cache =
      MakeCachingStore(memory.get(), {.immutable = [](std::string_view) { return false; }});
  REQUIRE(cache.ok());
  CHECK(FailedClauses(cache->get()) == kNone);
  auto prefix = MakePrefixStore(accounting.get(), "tenant/a/");
  REQUIRE(prefix.ok());
  CHECK(FailedClauses(prefix->get(), {.longest_key = 1024 - 9}) == kNone);
}

TEST_CASE("the suite tells which clause a broken store breaks") {
  for (std::string_view clause : ConformanceClauses()) {
    auto memory = MakeMemoryStore();
    BrokenStore broken(memory.get(), clause);
    const std::vector<std::string> failed = FailedClauses(&broken);
    INFO(clause);
    CHECK(std::count(failed.begin(), failed.end(), clause) == 1);
  }
}

TEST_CASE("a probe names the vital clause that a store breaks") {
  for (std::string_view clause :
       {"create-once", "create-race", "if-match", "pinned-read", "list-after-write"}) {
    auto memory = MakeMemoryStore();
    BrokenStore broken(memory.get(), clause);
    const absl::Status status = ProbeStore(&broken, {.run_parallel = RunOnThreads});
    INFO(clause << ": " << status.ToString());
    CHECK(absl::IsFailedPrecondition(status));
    CHECK(status.message().find(std::string(clause)) != absl::string_view::npos);
  }
}

TEST_CASE("a probe passes sound stores, leaves nothing, and passes on a store's own error") {
  auto memory = MakeMemoryStore();
  CHECK(ProbeStore(memory.get()).ok());
  CHECK(ProbeStore(memory.get(), {.prefix = "p/", .run_parallel = RunOnThreads}).ok());
  CHECK(memory->ListAll("")->empty());
  auto fault = MakeFaultStore(memory.get());
  fault->Arm({.sticky = true, .code = absl::StatusCode::kPermissionDenied});
  CHECK(absl::IsPermissionDenied(ProbeStore(fault.get())));
}

TEST_CASE("the suite leaves other keys alone") {
  auto store = MakeMemoryStore();
  REQUIRE(store->Put("conformance", "1").ok());
  REQUIRE(store->Put("conformanceX/y", "2").ok());
  CHECK(CheckStoreConformance(store.get()).empty());
  CHECK(store->ListAll("")->size() == 2);
}

}  // namespace
}  // namespace dolerite
