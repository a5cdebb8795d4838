// What the base class does for every store: keys, checks, plans of reads.
#include <algorithm>
#include <random>

#include "store/store_support.h"

namespace dolerite {
namespace {

TEST_CASE("keys") {
  const std::string segment(255, 's');
  for (const std::string& key : {std::string("a"), std::string("a/b.c_d~e-F0"), std::string("..."),
                                 std::string(".a/b."), segment, segment + "/" + segment}) {
    INFO(key);
    CHECK(ValidateKey(key).ok());
  }
  std::string longest = segment + "/" + segment + "/" + segment + "/" + segment + "/x";
  CHECK(longest.size() == 1025);
  const std::string bad[] = {"",
                             "/",
                             "/a",
                             "a/",
                             "a//b",
                             ".",
                             "..",
                             "a/..",
                             "../a",
                             "a/./b",
                             "a b",
                             "a\\b",
                             "%2e",
                             "a\n",
                             "\xc3\xa4",
                             "a:b",
                             "#tmp",
                             "a+b",
                             std::string("a\0b", 3),
                             segment + "s",
                             longest,
                             std::string(100'000, 'a')};
  auto store = MakeMemoryStore();
  for (const std::string& key : bad) {
    INFO(key.substr(0, 50));
    CHECK(absl::IsInvalidArgument(ValidateKey(key)));
    CHECK(absl::IsInvalidArgument(store->Put(key, "x").status()));
    CHECK(absl::IsInvalidArgument(store->Read(key, ByteRange::All()).status()));
    CHECK(absl::IsInvalidArgument(store->Head(key).status()));
    CHECK(absl::IsInvalidArgument(store->Delete(key)));
  }
}

TEST_CASE("arguments that no store needs to see") {
  auto store = MakeMemoryStore();
  REQUIRE(store->Put("k", "0123456789").ok());
  CHECK(absl::IsInvalidArgument(store->Read("k", ByteRange::At(3, 0)).status()));
  CHECK(absl::IsInvalidArgument(store->Read("k", ByteRange::Last(0)).status()));
  CHECK(absl::IsOutOfRange(store->Read("k", ByteRange::At(UINT64_MAX, 2)).status()));
  CHECK(absl::IsOutOfRange(store->Read("k", ByteRange::At(2, UINT64_MAX)).status()));
  const ByteRange last[] = {ByteRange::Last(2)}, huge[] = {{0, 1}, {UINT64_MAX, UINT64_MAX}};
  CHECK(absl::IsInvalidArgument(store->ReadMany("k", last).status()));
  CHECK(absl::IsOutOfRange(store->ReadMany("k", huge).status()));
  CHECK(absl::IsInvalidArgument(store->Put("k", "", {.mode = PutMode::kIfMatch}).status()));
  CHECK(absl::IsInvalidArgument(store->Put("x", "", {.version = "m1"}).status()));
  CHECK(absl::IsInvalidArgument(store->List("", {.limit = 0}).status()));
  CHECK(absl::IsInvalidArgument(store->List("a\\").status()));
}

TEST_CASE("a call is ended by its check, before anything is done") {
  auto store = MakeMemoryStore();
  REQUIRE(store->Put("k", "1").ok());
  CallOptions options;
  int asked = 0;
  options.context.check = [&] { return ++asked, absl::CancelledError(); };
  const ByteRange range[] = {{0, 1}};
  CHECK(absl::IsCancelled(store->Read("k", range[0], options).status()));
  CHECK(absl::IsCancelled(store->ReadMany("k", range, options).status()));
  CHECK(absl::IsCancelled(store->Put("new", "2", {}, options).status()));
  CHECK(absl::IsCancelled(store->Head("k", options).status()));
  CHECK(absl::IsCancelled(store->List("", {}, options).status()));
  CHECK(absl::IsCancelled(store->Delete("k", options)));
  CHECK(asked == 6);
  CHECK(store->ListAll("")->size() == 1);
}

TEST_CASE("pages of a whole list grow") {
  auto memory = MakeMemoryStore();
  constexpr size_t kObjects = 10'000;
  for (size_t i = 0; i < kObjects; ++i) REQUIRE(memory->Put("k" + std::to_string(i), "").ok());
  const auto counted = MakeAccountingStore(memory.get());
  const auto all = counted->ListAll("k");
  REQUIRE(all.ok());
  CHECK(all->size() == kObjects);
  CHECK(counted->accounts().total().requests == 3);  // of 1,000, 8,000 and the rest
}

TEST_CASE("memory slices outlive their object") {
  auto store = MakeMemoryStore();
  REQUIRE(store->Put("k", "content").ok());
  auto read = store->Read("k", ByteRange::At(3, 4));
  REQUIRE(read.ok());
  REQUIRE(store->Delete("k").ok());
  store.reset();
  CHECK(read->slice.bytes == "tent");
}

TEST_CASE("hole and request sizes follow the traits") {
  const auto traits = [](uint64_t micros, uint64_t bytes_per_second) {
    return StoreTraits{.first_byte_micros = micros, .bytes_per_second = bytes_per_second};
  };
  CHECK(traits(0, 1 << 30).hole_bytes() == 8 << 10);
  CHECK(traits(1'000'000, 1 << 30).hole_bytes() == 4 << 20);
  CHECK(traits(10'000, 100'000'000).hole_bytes() == 1'000'000);
  CHECK(traits(10'000, 100'000'000).request_bytes() == 9'000'000);
  CHECK(traits(0, 0).request_bytes() == 1 << 20);
  CHECK(traits(UINT64_MAX, UINT64_MAX).request_bytes() == 16 << 20);
}

TEST_CASE("a plan joins across a hole and not beyond") {
  const StoreTraits traits{.first_byte_micros = 0};  // 8 KiB, 1 MiB
  const uint64_t hole = 8 << 10, most = 1 << 20;
  const auto requests = [&](std::vector<ByteRange> ranges) {
    return PlanReads(ranges, traits).requests;
  };
  using Ranges = std::vector<ByteRange>;
  CHECK(requests({}) == Ranges{});
  CHECK(requests({{5, 0}, {9, 0}}) == Ranges{});
  CHECK(requests({{0, 10}, {10 + hole, 5}}) == Ranges{{0, 15 + hole}});
  CHECK(requests({{0, 10}, {11 + hole, 5}}) == Ranges{{0, 10}, {11 + hole, 5}});
  CHECK(requests({{50, 10}, {0, 100}, {20, 5}}) == Ranges{{0, 100}});
  CHECK(requests({{0, most - 10}, {most - 10, 10}}) == Ranges{{0, most}});
  CHECK(requests({{0, most - 10}, {most - 10, 11}}) == Ranges{{0, most - 10}, {most - 10, 11}});
  CHECK(requests({{0, 3 * most}, {7, 2 * most}}) == Ranges{{0, 3 * most}});
  CHECK(requests({{UINT64_MAX - 9, 9}, {UINT64_MAX - 1, 1}}) == Ranges{{UINT64_MAX - 9, 9}});
}

TEST_CASE("reading many ranges gives what reading each gives") {
  std::mt19937_64 random(1);
  std::string content(3 << 20, '\0');
  for (char& c : content) c = static_cast<char>(random());
  auto memory = MakeMemoryStore();
  REQUIRE(memory->Put("k", content).ok());
  const auto counting = MakeFaultStore(memory.get());
  FaultStore& counter = *counting;
  for (int round = 0; round < 200; ++round) {
    std::vector<ByteRange> ranges(random() % 30);
    const uint64_t longest = uint64_t{1} << random() % 20;
    for (ByteRange& range : ranges) {
      range.offset = random() % content.size();
      range.length = random() % std::min(longest, content.size() - range.offset);
    }
    counter.Heal();
    auto many = counter.ReadMany("k", ranges);
    REQUIRE(many.ok());
    const ReadPlan plan = PlanReads(ranges, memory->traits());
    CHECK(many->requests == plan.requests.size());
    CHECK(counter.calls() == plan.requests.size());
    uint64_t bytes = 0;
    for (size_t i = 0; i < plan.requests.size(); ++i) {
      bytes += plan.requests[i].length;
      if (i > 0) CHECK(plan.requests[i].offset >= plan.requests[i - 1].offset);
    }
    CHECK(many->bytes_read == bytes);
    for (size_t i = 0; i < ranges.size(); ++i) {
      CHECK(many->slices[i].bytes ==
            std::string_view(content).substr(ranges[i].offset, ranges[i].length));
    }
  }
}

// Replaces the object after the first read.
class ReplacingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    auto result = ForwardingStore::DoRead(key, range, options);
    auto put = inner()->Put(key, std::string(100'000, 'b'), {.mode = PutMode::kReplace});
    return put.ok() ? result : put.status();
  }
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    return ObjectStore::DoReadMany(key, ranges, options);
  }
};

// Says that its bytes are from one byte further on.
class ShiftedStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    auto result = ForwardingStore::DoRead(key, range, options);
    if (result.ok()) ++result->offset;
    return result;
  }
};

TEST_CASE("bytes of another place than was asked for are not taken") {
  auto memory = MakeMemoryStore();
  REQUIRE(memory->Put("k", "0123456789").ok());
  ShiftedStore store(memory.get());
  CHECK(absl::IsUnavailable(store.Read("k", ByteRange::At(2, 3)).status()));
  CHECK(absl::IsUnavailable(store.Read("k", ByteRange::Last(3)).status()));
}

TEST_CASE("many ranges are of one version") {
  auto memory = MakeMemoryStore();
  REQUIRE(memory->Put("k", std::string(100'000, 'a')).ok());
  ReplacingStore store(memory.get());
  const ByteRange ranges[] = {{0, 10}, {90'000, 10}};
  CHECK(absl::IsFailedPrecondition(store.ReadMany("k", ranges).status()));
}

}  // namespace
}  // namespace dolerite
