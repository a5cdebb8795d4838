// A host stops a call: the call returns the host's status, and the reader goes on working.
#include <functional>
#include <map>

#include "block/block_support.h"
#include "dolerite/accounting_store.h"
#include "dolerite/stores.h"
#include "support/waiting_store.h"

namespace dolerite::testing {
namespace {

// A check that is not OK from its `at`-th answer on.
class Stop {
 public:
  explicit Stop(uint64_t at) : at_(at) {}

  CallContext context() {
    return {.check = [this] { return ++asked_ >= at_ ? status() : absl::OkStatus(); },
            .purpose = "test"};
  }
  // A code that no call passes on unchanged by chance.
  static absl::Status status() { return absl::ResourceExhaustedError("stopped by the host"); }
  uint64_t asked() const { return asked_; }

 private:
  uint64_t at_, asked_ = 0;
};

BlockReader::Options SmallSuffix() {
  BlockReader::Options options;
  options.suffix_bytes = 100;  // so that footer and sections are fetched one by one
  return options;
}

using Call = std::function<absl::Status(const BlockReader&, const CallContext&)>;

const std::map<std::string, Call>& Calls() {
  static const std::map<std::string, Call> calls = {
      {"ListProfiles",
       [](const BlockReader& r, const CallContext& c) { return r.ListProfiles(c).status(); }},
      {"ReadProfile",
       [](const BlockReader& r, const CallContext& c) { return r.ReadProfile(1, c).status(); }},
      {"ReadProfiles",
       [](const BlockReader& r, const CallContext& c) {
         const std::vector<size_t> some = {0, 2};
         return r.ReadProfiles(
             some, [](size_t, const Profile&) { return absl::OkStatus(); }, c);
       }},
      {"Verify",
       [](const BlockReader& r, const CallContext& c) {
         const auto damage = r.Verify(c);
         CHECK((!damage.ok() || damage->empty()));
         return damage.status();
       }},
      {"Usage", [](const BlockReader& r, const CallContext& c) { return r.Usage(c).status(); }},
      {"Dump", [](const BlockReader& r, const CallContext& c) { return r.Dump(4, c).status(); }},
  };
  return calls;
}

// Stops `call` at each place where it asks. It must end with the host's status each time.
void StopEverywhere(const std::function<absl::Status(const CallContext&)>& call) {
  Stop never(UINT64_MAX);
  REQUIRE(call(never.context()).ok());
  REQUIRE(never.asked() > 0);
  for (uint64_t at = 1; at <= never.asked(); ++at) {
    Stop stop(at);
    CHECK(call(stop.context()) == Stop::status());
  }
  CHECK(call({}).ok());
}

TEST_CASE("each call on a block ends with its host's status wherever it is stopped") {
  const std::string bytes = Build(Generated(11, 6));
  const std::unique_ptr<ObjectStore> store = MakeMemoryStore();
  REQUIRE(store->Put("block", bytes).ok());
  StopEverywhere([&](const CallContext& call) {
    return BlockReader::Open(store.get(), "block", SmallSuffix(), call).status();
  });
  StopEverywhere(
      [&](const CallContext& call) { return BlockReader::FromBytes(bytes, {}, call).status(); });
  const BlockReader in_memory = OpenBytes(bytes);
  const auto in_store = BlockReader::Open(store.get(), "block", SmallSuffix());
  REQUIRE(in_store.ok());
  for (const auto& named : Calls()) {
    for (const BlockReader* reader : {&in_memory, &*in_store}) {
      INFO(named.first << (reader == &in_memory ? " in memory" : " in a store"));
      StopEverywhere([&](const CallContext& context) { return named.second(*reader, context); });
    }
  }
  CHECK(Describe(*in_store) == Describe(in_memory));
}

// A profile with a payload of so many bytes that do not compress.
Profile Large(size_t payload) {
  Profile p;
  p.payload.resize(payload);
  Random random(1);
  for (char& c : p.payload) c = static_cast<char>(random());
  return p;
}

TEST_CASE("long work asks between parts of it") {
  constexpr size_t kMany = 40'000;  // rows: three stretches of 2^14
  const auto asked = [](const std::string& block, const std::string& call) {
    Stop never(UINT64_MAX);
    const BlockReader reader = OpenBytes(block);
    const absl::Status status = Calls().at(call)(reader, never.context());
    INFO(status);
    CHECK(status.ok());
    return never.asked();
  };
  // Ids are derived for many profiles.
  std::vector<Input> inputs(kMany, {{}, Profile()});
  for (size_t i = 0; i < kMany; ++i) inputs[i].profile.time_nanos = static_cast<int64_t>(i);
  CHECK(asked(Build(inputs), "ListProfiles") >= asked(Build({inputs[0]}), "ListProfiles") + 2);
  // The bytes of a large section are hashed.
  CHECK(asked(Build({{{}, Large(5 << 20)}}), "Verify") >=
        asked(Build({{{}, Large(10)}}), "Verify") + 5);
}

TEST_CASE("a call is stopped while its store waits") {
  const std::unique_ptr<ObjectStore> memory = MakeMemoryStore();
  REQUIRE(memory->Put("block", Build(Generated(12, 3))).ok());
  const WaitingStore store(memory.get());
  const auto reader = BlockReader::Open(&store, "block", SmallSuffix());
  REQUIRE(reader.ok());
  for (const auto& [name, call] : Calls()) {
    INFO(name);
    Stop stop(1000);
    CHECK(call(*reader, stop.context()) == Stop::status());
  }
}

TEST_CASE("all requests of a call have its purpose") {
  const std::unique_ptr<ObjectStore> memory = MakeMemoryStore();
  REQUIRE(memory->Put("block", Build(Generated(13, 4))).ok());
  const auto store = MakeAccountingStore(memory.get());
  Stop never(UINT64_MAX);
  const auto reader = BlockReader::Open(store.get(), "block", SmallSuffix(), never.context());
  REQUIRE(reader.ok());
  for (const auto& [name, call] : Calls()) {
    INFO(name);
    const uint64_t before = store->accounts().of("test").requests;
    CHECK(call(*reader, never.context()).ok());
    CHECK(store->accounts().of("test").requests > before);
  }
  CHECK(store->accounts().by_purpose.size() == 1);
}

}  // namespace
}  // namespace dolerite::testing
