// What answers say that they cost, beside what the store was asked for; and damage that is passed
// over.
#include "archive/world.h"
#include "dolerite/accounting_store.h"

namespace dolerite::testing {
namespace {

TEST_CASE("the costs of a snapshot's answers are all that the store was asked") {
  for (const size_t entries : {size_t{4096}, size_t{1}}) {
    World world;
    world.page_entries = entries;
    Actor writer = world.Host(1);
    REQUIRE(world.Append(&writer, {1, 2}).ok());
    REQUIRE(world.Append(&writer, {100'000}).ok());
    REQUIRE(World::CompactAll(&writer).ok());
    REQUIRE(world.Append(&writer, {2, 3}).ok());
    const auto store = MakeAccountingStore(&world.store());
    const ArchiveHost host = World::HostOf(2, std::make_shared<int64_t>(kBegin));
    const auto archive = Archive::OpenForReading(store.get(), host);
    REQUIRE(archive.ok());
    const IoAccount opened = store->accounts().total();
    const auto snapshot = archive->TakeSnapshot();
    REQUIRE(snapshot.ok());
    QueryCost sum;
    // The first question pays for the snapshot and its pages.
    for (int i = 0; i < 2; ++i) {
      TreeQuery query({});
      REQUIRE(snapshot->AddTo(&query).ok());
      CHECK(query.cost().requests >= 3);
      sum += query.cost();
    }
    const auto plan = snapshot->Plan(TreeQuestion{});
    REQUIRE(plan.ok());
    CHECK(plan->planning_requests >= 3);
    const IoAccount all = store->accounts().total();
    CHECK(sum.requests + plan->planning_requests == all.requests - opened.requests);
    CHECK(sum.bytes_read + plan->planning_bytes == all.bytes_read - opened.bytes_read);
  }
}

TEST_CASE("a question that passes over damage passes over whole blocks, lost ones too") {
  for (const bool lost : {true, false}) {
    World world;
    Actor host = world.Host(1);
    REQUIRE(world.Append(&host, {1, 2}).ok());
    REQUIRE(world.Append(&host, {3}, "cart").ok());
    if (lost) REQUIRE(World::CompactAll(&host).ok());
    const std::string key = world.store().ListAll(lost ? "blocks/" : "segments/")->front().key;
    if (lost) {
      const Snapshot before = Take(&host);
      REQUIRE(world.store().Delete(key).ok());
      ListQuery query({}, {.skip_damaged = true});
      REQUIRE(before.AddTo(&query).ok());
      REQUIRE(query.damage().size() == 1);
      CHECK(query.damage()[0].place == key);
      CHECK(std::move(query).Finish()->size() < 3);
    } else {
      REQUIRE(world.store().Put(key, "no block", {.mode = PutMode::kReplace}).ok());
      const Snapshot snapshot = Take(&host);
      ListQuery whole({}), query({}, {.skip_damaged = true});
      CHECK(absl::IsDataLoss(snapshot.AddTo(&whole)));
      REQUIRE(snapshot.AddTo(&query).ok());
      REQUIRE(query.damage().size() == 1);
      CHECK(query.damage()[0].place == key);
      CHECK(std::move(query).Finish()->size() < 3);
    }
  }
}

}  // namespace
}  // namespace dolerite::testing
