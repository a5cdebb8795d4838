// The laws of an archive over the stores of the library. tests/s3 has them over buckets.
#include "archive/laws.h"

#include <list>

#include "dolerite/accounting_store.h"
#include "dolerite/stores.h"
#include "store/store_support.h"

namespace dolerite::testing {
namespace {

TEST_CASE("archive laws hold in memory") { CheckArchiveLaws(MakeMemoryStore, 60); }

TEST_CASE("archive laws hold in directories") {
  ScratchDirectory directory;
  int count = 0;
  CheckArchiveLaws([&] {
    auto store =
        OpenLocalStore((directory.path() / std::to_string(count++)).string(), {.sync = false});
    REQUIRE(store.ok());
    return *std::move(store);
  });
}

// As a host puts them together: a prefix of a shared store, behind the stores that repeat
// and count.
TEST_CASE("archive laws hold behind wrappers") {
  const std::unique_ptr<ObjectStore> shared = MakeMemoryStore();
  std::list<std::unique_ptr<ObjectStore>> kept;
  int count = 0;
  CheckArchiveLaws([&]() -> std::unique_ptr<ObjectStore> {
    auto part = MakePrefixStore(shared.get(), "tenant" + std::to_string(count++) + "/");
    REQUIRE(part.ok());
    kept.push_back(*std::move(part));
    kept.push_back(
        MakeRetryStore(kept.back().get(), {.wait = [](uint64_t) { return absl::OkStatus(); }}));
    return MakeAccountingStore(kept.back().get());
  });
}

}  // namespace
}  // namespace dolerite::testing
