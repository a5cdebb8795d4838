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

}  // namespace
}  // namespace dolerite
