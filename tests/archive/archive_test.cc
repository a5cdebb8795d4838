// What an archive promises when nothing goes wrong.
#include "archive/world.h"

namespace dolerite::testing {
namespace {

std::string FoldedTree(const Snapshot& snapshot, const TreeQuestion& question = {}) {
  TreeQuery query(question);
  const absl::Status added = snapshot.AddTo(&query);
  INFO(added);
  REQUIRE(added.ok());
  const absl::StatusOr<Tree> tree = std::move(query).Finish();
  INFO(tree.status());
  REQUIRE(tree.ok());
  std::string out;
  for (size_t i = 0; i < tree->size(); ++i) {
    out += std::string(tree->names[tree->name[i]]) + " " + std::to_string(tree->parent[i]) + " " +
           std::to_string(tree->columns[0].total[i]) + "\n";
  }
  return out;
}

TEST_CASE("an archive is made once, and opened by its id") {
  auto store = MakeMemoryStore();
  auto now = std::make_shared<int64_t>(kBegin);
  const ArchiveHost host = World::HostOf(1, now);
  CHECK(absl::IsNotFound(Archive::Open(store.get(), host).status()));
  CHECK(absl::IsInvalidArgument(Archive::Create(store.get(), {}, {})));
  CHECK(absl::IsInvalidArgument(Archive::Create(store.get(), host, {.dataset_label = ""})));
  REQUIRE(Archive::Create(store.get(), host, {.dataset_label = "service.name"}).ok());
  CHECK(absl::IsAlreadyExists(Archive::Create(store.get(), host)));
  auto archive = Archive::Open(store.get(), host);
  REQUIRE(archive.ok());
  CHECK(archive->options().dataset_label == "service.name");
  auto reader = Archive::OpenForReading(store.get(), host);
  REQUIRE(reader.ok());
  World world;
  CHECK(absl::IsFailedPrecondition(reader->Append(world.Segment({1}), 0).status()));
  CHECK(absl::IsFailedPrecondition(reader->Retain(std::nullopt, 0)));
  CHECK(absl::IsFailedPrecondition(reader->Collect().status()));
  CHECK(absl::IsFailedPrecondition(reader->Delete(World::Request(1)).status()));
}

TEST_CASE("a new archive is empty, and answers") {
  World world;
  Actor reader = world.Host(1);
  const Snapshot snapshot = Take(&reader);
  CHECK(snapshot.summary().manifest == 1);
  CHECK(snapshot.summary().segments == 0);
  CHECK(World::Seen(snapshot)->empty());
  CHECK(FoldedTree(snapshot) == FoldedTree(snapshot));
}

TEST_CASE("what is appended is seen at once, and only whole blocks are") {
  World world;
  Actor writer = world.Host(1);
  REQUIRE(world.Append(&writer, {1, 2, 3}).ok());
  REQUIRE(world.Append(&writer, {4}, "cart").ok());
  world.CheckLaws();
  CHECK(absl::IsDataLoss(writer->Append("rubbish", 0).status()));
  CHECK(absl::IsInvalidArgument(writer->Append(Build({}), 0).status()));
  std::string damaged = world.Segment({9});
  damaged.pop_back();
  CHECK(absl::IsDataLoss(writer->Append(damaged, 0).status()));
  // The same bytes again are the same segment.
  REQUIRE(world.Append(&writer, {4}, "cart").ok());
  CHECK(world.store().ListAll("segments/")->size() == 2);
}

TEST_CASE("answers stay the same bytes over any split, compaction and collection") {
  World world;
  Actor writer = world.Host(1);
  std::vector<Input> all;
  for (int i = 0; i < 24; ++i) {
    all.push_back(
        World::Numbered(i, kBegin - 8 * kHour + i * 7 * kMinute, i % 3 == 0 ? "cart" : "shop"));
  }
  const std::string one = Build(all);
  const BlockReader whole = OpenBytes(one);
  TreeQuery expected({});
  REQUIRE(expected.Add(whole).ok());
  const Tree right = *std::move(expected).Finish();
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.size(), begin + 1 + begin % 4);
    const std::vector<Input> part(all.begin() + begin, all.begin() + end);
    REQUIRE(writer->Append(Build(part), world.now()).ok());
    world.Advance(kSecond);
    begin = end;
  }
  const std::string before = FoldedTree(Take(&writer));
  CHECK(std::count(before.begin(), before.end(), '\n') == static_cast<int>(right.size()));

  REQUIRE(World::CompactAll(&writer).ok());
  const Snapshot compacted = Take(&writer);
  CHECK(compacted.summary().segments == 0);
  CHECK(compacted.summary().blocks == 3);  // hours
  CHECK(FoldedTree(compacted) == before);
  // The hours become a day.
  REQUIRE(World::CompactAll(&writer).ok());
  const Snapshot day = Take(&writer);
  CHECK(day.summary().blocks == 1);
  CHECK(FoldedTree(day) == before);
  // The compacted block has the bytes of one that was built of the same profiles.
  const auto blocks = world.store().ListAll("blocks/");
  int same = 0;
  for (const ObjectInfo& block : *blocks) {
    same += world.store().Read(block.key, ByteRange::All())->slice.bytes == one;
  }
  CHECK(same == 1);

  world.Advance(kHour);
  REQUIRE(World::Collect(&writer).ok());
  CHECK(FoldedTree(Take(&writer)) == before);
  CHECK(world.store().ListAll("segments/")->empty());
  world.CheckNoGarbage();
}

TEST_CASE("a snapshot opens what a question can need, and nothing else") {
  World world;
  Actor writer = world.Host(1);
  REQUIRE(world.Append(&writer, {1}).ok());
  REQUIRE(world.Append(&writer, {100'000}).ok());  // a day later
  REQUIRE(World::CompactAll(&writer).ok());
  REQUIRE(world.Append(&writer, {2}, "cart").ok());
  const Snapshot snapshot = Take(&writer);
  Selection all, early, cart;
  early.end_nanos = kBegin + kHour;
  cart.matchers = {{"service_name", LabelMatcher::Op::kEqual, "cart"}};
  CHECK(snapshot.Open({&all})->readers.size() == 3);
  CHECK(snapshot.Open({&early})->readers.size() == 2);
  CHECK(snapshot.Open({&cart})->readers.size() == 1);
  CHECK(snapshot.Open({&cart})->pruned == 2);
  CHECK(snapshot.Open({&cart, &all})->readers.size() == 3);
  CHECK(snapshot.Open({&cart})->cost.requests == 1);
}

TEST_CASE("profiles that are there twice count once") {
  World world;
  Actor writer = world.Host(1);
  REQUIRE(world.Append(&writer, {1, 2, 3}).ok());
  REQUIRE(world.Append(&writer, {3, 4}).ok());
  world.CheckLaws();
  REQUIRE(World::CompactAll(&writer).ok());
  world.CheckLaws();
  // Sent once more, against the compacted block now.
  REQUIRE(world.Append(&writer, {2, 5}).ok());
  world.CheckLaws();
  const Snapshot snapshot = Take(&writer);
  TreeQuery query({});
  REQUIRE(snapshot.AddTo(&query).ok());
  CHECK(std::move(query).Finish()->columns[0].total[0] == 2 + 3 + 4 + 5 + 6);
  auto jobs = writer->PlanCompaction(snapshot, World::Eager());
  REQUIRE(jobs->size() == 1);
  jobs->front().inputs.push_back(world.store().ListAll("blocks/")->front().key);
  const auto result = writer->Compact(jobs->front(), size_t{64} << 20);
  REQUIRE(result.ok());
  CHECK(result->profiles == 5);
  CHECK(result->left_out == 1);
  world.CheckLaws();
}

TEST_CASE("a host that keeps readers opens each block once") {
  World world;
  Actor writer = world.Host(1);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  REQUIRE(world.Append(&writer, {3}).ok());
  for (const uint64_t reader_bytes : {uint64_t{0}, uint64_t{7'000}, uint64_t{1} << 20}) {
    ArchiveHost host{.random = [] { return 1; },
                     .now_nanos = [] { return kBegin; },
                     .reader_bytes = reader_bytes};
    const auto archive = Archive::OpenForReading(&world.store(), host);
    REQUIRE(archive.ok());
    const Snapshot snapshot = *archive->TakeSnapshot();
    const Selection all;
    const auto first = snapshot.Open({&all}), second = snapshot.Open({&all});
    REQUIRE(second.ok());
    CHECK(first->cost.requests == 2);
    // Nothing, one of the two, or both are kept.
    const uint64_t opened = reader_bytes == 0 ? 2 : reader_bytes == 7'000 ? 1 : 0;
    CHECK(second->cost.requests == opened);
    CHECK(second->objects.size() == 2);
    TreeQuery query({});
    REQUIRE(query.Add(second->views).ok());
    CHECK(std::move(query).Finish()->columns[0].total[0] == 2 + 3 + 4);
  }
}

TEST_CASE("archives share a cache and its bound, and none sees another's blocks") {
  World a, b;
  Actor writer_a = a.Host(1), writer_b = b.Host(1);
  // Equal objects, under equal names.
  REQUIRE(a.Append(&writer_a, {1, 2}).ok());
  REQUIRE(b.Append(&writer_b, {1, 2}).ok());
  // Room for one reader.
  ArchiveHost host{.random = [] { return 1; },
                   .now_nanos = [] { return kBegin; },
                   .cache = MakeArchiveCache(0, 7'000)};
  auto first = Archive::OpenForReading(&a.store(), host);
  const auto second = Archive::OpenForReading(&b.store(), host);
  const auto requests = [](const Archive& archive) {
    const Selection all;
    return archive.TakeSnapshot()->Open({&all})->cost.requests;
  };
  CHECK(requests(*first) == 1);
  CHECK(requests(*first) == 0);
  CHECK(requests(*second) == 1);
  CHECK(requests(*second) == 0);
  CHECK(requests(*first) == 1);
  // What an archive has in the cache goes with it.
  const Selection all;
  const std::weak_ptr<const BlockReader> kept = first->TakeSnapshot()->Open({&all})->readers[0];
  CHECK(!kept.expired());
  first = absl::CancelledError();
  CHECK(kept.expired());
  CHECK(requests(*second) == 1);
}

// As when a request is sent again: the name differs by time, the content does not.
TEST_CASE("segments of equal content are opened as one") {
  World world;
  Actor writer = world.Host(1);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  *writer.now += kSecond;
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  const Snapshot snapshot = Take(&writer);
  REQUIRE(snapshot.summary().segments == 2);
  const Selection all;
  const auto opened = snapshot.Open({&all});
  REQUIRE(opened.ok());
  CHECK(opened->readers.size() == 1);
  CHECK(opened->objects.size() == 1);
  REQUIRE(opened->views.blocks.size() == 1);
  CHECK(opened->views.blocks[0].block == opened->readers[0].get());
}

TEST_CASE("what is deleted is gone at once, and for good") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1, 2, 3}).ok());
  REQUIRE(World::CompactAll(&host).ok());
  REQUIRE(world.Append(&host, {4, 5}).ok());
  const auto rehearsed = host->RehearseDelete(World::Request(2));
  REQUIRE(rehearsed.ok());
  CHECK(rehearsed->profiles == 1);
  CHECK(rehearsed->blocks == 1);
  CHECK(rehearsed->tombstone == 0);
  CHECK(World::Seen(Take(&host))->size() == 5);
  REQUIRE(world.Delete(&host, 2).ok());
  REQUIRE(world.Delete(&host, 5).ok());
  world.CheckLaws();
  CHECK(World::Seen(Take(&host))->size() == 3);
  // Sent again by a client that did not hear of it: still deleted.
  REQUIRE(host->Append(world.Segment({2}), world.now()).ok());
  world.CheckLaws();
  for (int round = 0; round < 3; ++round) {
    REQUIRE(World::CompactAll(&host).ok());
    world.Advance(kHour);
    REQUIRE(World::Collect(&host).ok());
    world.CheckLaws();
  }
  // The bytes are gone, and so is the tombstone.
  CHECK(Take(&host).summary().tombstones == 0);
  CHECK(World::Seen(Take(&host))->size() == 3);
  world.CheckNoGarbage();

  CHECK(absl::IsInvalidArgument(host->Delete({}).status()));
  DeleteRequest bad;
  bad.matchers = {{"a", LabelMatcher::Op::kMatch, "("}};
  CHECK(absl::IsInvalidArgument(host->Delete(bad).status()));
}

TEST_CASE("one profile is deleted by its id") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1, 2}).ok());
  ListQuery query({});
  REQUIRE(Take(&host).AddTo(&query).ok());
  const auto listed = std::move(query).Finish();
  REQUIRE(listed->size() == 2);
  DeleteRequest request;
  request.profile_ids = {listed->front().id};
  REQUIRE(host->Delete(request).ok());
  CHECK(*World::Seen(Take(&host)) == std::map<int, int>{{2, 1}});
}

TEST_CASE("a deletion has an end: what comes later stays") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(host->Append(Build({World::Numbered(1, world.now()), World::Numbered(2, world.now())}),
                       world.now())
              .ok());
  DeleteRequest request;
  request.matchers = {{"service_name", LabelMatcher::Op::kEqual, "shop"}};
  REQUIRE(host->Delete(request).ok());
  CHECK(World::Seen(Take(&host))->empty());
  world.Advance(kSecond);
  REQUIRE(host->Append(Build({World::Numbered(3, world.now())}), world.now()).ok());
  CHECK(*World::Seen(Take(&host)) == std::map<int, int>{{3, 1}});
}

TEST_CASE("cuts hide what is older, of a dataset or of all, and only grow") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1, 4000}).ok());
  REQUIRE(world.Append(&host, {2, 4001}, "cart").ok());
  REQUIRE(World::CompactAll(&host).ok());
  CHECK(Take(&host).summary().blocks == 2);
  REQUIRE(host->Retain("cart", kBegin + 100 * kSecond).ok());
  CHECK(*World::Seen(Take(&host)) == std::map<int, int>{{1, 1}, {4000, 1}, {4001, 1}});
  REQUIRE(host->Retain("cart", kBegin).ok());  // does not bring it back
  CHECK(World::Seen(Take(&host))->count(2) == 0);
  // The hour has no other dataset then, so that its block goes by commit alone.
  REQUIRE(host->Retain(std::nullopt, kBegin + kHour).ok());
  CHECK(*World::Seen(Take(&host)) == std::map<int, int>{{4000, 1}, {4001, 1}});
  CHECK(Take(&host).summary().blocks == 1);
  // What turns up late lies before the cut too.
  REQUIRE(host->Append(world.Segment({3}), world.now()).ok());
  CHECK(World::Seen(Take(&host))->size() == 2);
  world.Advance(kHour);
  REQUIRE(World::Collect(&host).ok());
  CHECK(world.store().ListAll("blocks/")->size() == 1);
}

TEST_CASE("splits know their snapshot and what it leaves out") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1, 2}).ok());
  REQUIRE(world.Append(&host, {2, 3}).ok());
  REQUIRE(world.Delete(&host, 1).ok());
  const Snapshot old = Take(&host);
  const auto partials_of = [&](const Snapshot& snapshot) {
    const auto plan = snapshot.Plan(TreeQuestion{});
    REQUIRE(plan.ok());
    std::vector<std::string> partials;
    for (const Split& split : plan->splits) {
      auto partial = Execute(*host.store, split.bytes);
      INFO(partial.status());
      REQUIRE(partial.ok());
      partials.push_back(*std::move(partial));
    }
    return partials;
  };
  const std::vector<std::string> before = partials_of(old);
  REQUIRE(before.size() == 2);
  const std::vector<std::string_view> views(before.begin(), before.end());
  const auto merged = MergePartials(views);
  REQUIRE(merged.ok());
  CHECK(std::move(*TreeQuery::Parse(*merged)).Finish()->columns[0].total[0] == 3 + 4);

  REQUIRE(World::CompactAll(&host).ok());
  const std::vector<std::string> after = partials_of(Take(&host));
  REQUIRE(after.size() == 1);
  const std::string_view mixed[] = {before[0], after[0]};
  CHECK(absl::IsInvalidArgument(MergePartials(mixed).status()));
  TreeQuery query({});
  REQUIRE(old.AddTo(&query).ok());
  CHECK(absl::IsInvalidArgument(Take(&host).AddTo(&query)));
}

TEST_CASE("an old snapshot answers whole or not at all") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1}).ok());
  REQUIRE(world.Append(&host, {2}).ok());
  const Snapshot old = Take(&host);
  REQUIRE(World::CompactAll(&host).ok());
  CHECK(World::Seen(old)->size() == 2);  // within the grace
  world.Advance(kHour);
  REQUIRE(World::Collect(&host).ok());
  const absl::Status status = World::Seen(old).status();
  CHECK(absl::IsAborted(status));
  CHECK(std::string(status.message()).find("too old") != std::string::npos);
}

TEST_CASE("jobs from outside are checked") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1}).ok());
  const std::string segment = world.store().ListAll("segments/")->front().key;
  const CompactionJob good{0, {segment}, 1, kHour};
  for (const auto& inputs : std::vector<std::vector<std::string>>{
           {}, {segment, segment}, {"archive"}, {"../x"}, {segment + "0"}}) {
    CompactionJob job = good;
    job.inputs = inputs;
    CHECK(absl::IsInvalidArgument(host->Compact(job, size_t{1} << 30).status()));
  }
  CompactionJob job = good;
  job.window_nanos = 0;
  CHECK(absl::IsInvalidArgument(host->Compact(job, size_t{1} << 30).status()));
  job = good;
  job.inputs = {BlockName{3, {}}.key()};
  CHECK(absl::IsFailedPrecondition(host->Compact(job, size_t{1} << 30).status()));
  REQUIRE(host->Compact(good, size_t{1} << 30).ok());
  CHECK(absl::IsFailedPrecondition(host->Compact(good, size_t{1} << 30).status()));
  world.CheckLaws();
}

TEST_CASE("an import reads what it has appended itself not at all, and the rest once") {
  World world;
  Actor other = world.Host(1), importer = world.Host(2);
  for (int i = 0; i < 3; ++i) REQUIRE(world.Append(&other, {i}).ok());
  std::map<std::string, int> reads;
  importer.store->before = [&](std::string_view call, std::string_view key) {
    if (call == "Read" && Begins(key, "segments/")) ++reads[std::string(key)];
  };
  for (int i = 0; i < 20; ++i) {
    // One of the other's, one of the own, one that is new.
    const std::string block = world.Segment({i % 3, 10 + i, 11 + i});
    const auto result = importer->AppendMissing(block, world.now());
    INFO(result.status());
    REQUIRE(result.ok());
    CHECK(result->added == (i == 0 ? 2 : 1));
    CHECK(result->known == (i == 0 ? 1 : 2));
  }
  CHECK(reads.size() == 3);
  for (const auto& [key, times] : reads) CHECK(times == 1);
  for (int i = 10; i < 31; ++i) world.Acknowledge({i});
  world.CheckLaws();
}

TEST_CASE("damage in what an archive holds is named, and stops no import") {
  World world;
  Actor host = world.Host(1), importer = world.Host(2);
  REQUIRE(world.Append(&host, {1, 2}).ok());
  const auto torn = host->Append(world.Segment({3}), world.now());
  REQUIRE(torn.ok());
  std::string bytes(world.store().Read(*torn, ByteRange::All())->slice.bytes);
  bytes.resize(bytes.size() / 2);
  REQUIRE(world.store().Put(*torn, bytes, {PutMode::kReplace}).ok());
  for (int i = 0; i < 2; ++i) {
    const auto result = importer->AppendMissing(world.Segment({1, 3, 4 + i}), world.now());
    INFO(result.status());
    REQUIRE(result.ok());
    // The first import brings back what was lost, and the second one knows it.
    CHECK(result->known == (i == 0 ? 1 : 2));
    CHECK(result->added == (i == 0 ? 2 : 1));
    REQUIRE(result->damaged.size() == 1);
    CHECK(result->damaged[0].place == *torn);
    CHECK(absl::IsDataLoss(result->damaged[0].status));
  }
  // Another error than damage does stop it.
  world.faults().Arm({.sticky = true});
  CHECK_FALSE(importer->AppendMissing(world.Segment({9}), world.now()).ok());
  world.faults().Heal();
}

TEST_CASE("a block goes in without what is there, or was deleted") {
  World world;
  Actor host = world.Host(1);
  REQUIRE(world.Append(&host, {1, 2, 3}).ok());
  REQUIRE(World::CompactAll(&host).ok());
  REQUIRE(world.Append(&host, {4}).ok());
  REQUIRE(world.Delete(&host, 3).ok());
  const auto none = host->AppendMissing(world.Segment({1, 3, 4}), world.now());
  REQUIRE(none.ok());
  CHECK(none->key.empty());
  CHECK(none->added == 0);
  CHECK(none->known == 3);
  CHECK(world.store().ListAll("segments/")->size() == 2);
  const auto some = host->AppendMissing(world.Segment({2, 5, 6}), world.now());
  REQUIRE(some.ok());
  CHECK(some->added == 2);
  CHECK(some->known == 1);
  const auto stored = world.store().Read(some->key, ByteRange::All());
  REQUIRE(stored.ok());
  CHECK(stored->slice.bytes == world.Segment({5, 6}));
  CHECK(some->bytes == stored->slice.bytes.size());
  world.Acknowledge({5, 6});
  world.CheckLaws();
  // All of it is new: the bytes are as they came.
  const auto all = host->AppendMissing(world.Segment({90'000}), world.now());
  REQUIRE(all.ok());
  CHECK(world.store().Read(all->key, ByteRange::All())->slice.bytes == world.Segment({90'000}));
  CHECK(absl::IsInvalidArgument(host->AppendMissing(Build({}), 0).status()));
}

}  // namespace
}  // namespace dolerite::testing
