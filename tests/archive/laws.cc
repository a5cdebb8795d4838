#include "archive/laws.h"

#include "archive/world.h"
#include "query/every_question.h"

namespace dolerite::testing {
namespace {

// Where profiles lie is no part of what they are.
std::string Placeless(std::vector<ListedProfile> profiles) {
  const auto nowhere = std::make_shared<const std::string>();
  for (ListedProfile& profile : profiles) profile.block = nowhere, profile.index = 0;
  return Text(profiles);
}
template <class Answer>
std::string Placeless(const Answer& answer) {
  return Text(answer);
}

// Every question's answer as text; `add` fills a query.
template <class Add>
std::string Answers(const Selection& selection, const Add& add) {
  std::string out;
  AskEvery(selection, [&](auto question, const typename decltype(question)::Finish& how) {
    Query<decltype(question)> query(question);
    const absl::Status added = add(&query);
    INFO(added);
    REQUIRE(added.ok());
    const auto answer = std::move(query).Finish(how);
    INFO(answer.status());
    REQUIRE(answer.ok());
    out += Placeless(*answer) + "\n----\n";
  });
  return out;
}

std::string AnswersOf(Actor* host, const Selection& selection = {}) {
  const auto snapshot = (*host)->TakeSnapshot();
  INFO(snapshot.status());
  REQUIRE(snapshot.ok());
  return Answers(selection, [&](auto* query) { return snapshot->AddTo(query); });
}

std::string AnswersOf(const std::vector<Input>& inputs) {
  const std::string block = Build(inputs);
  const BlockReader reader = OpenBytes(block);
  return Answers({}, [&](auto* query) { return query->Add(reader); });
}

// Executed one by one, as by workers, and merged in another order.
std::string AnswersOfSplits(Actor* host) {
  const auto snapshot = (*host)->TakeSnapshot();
  REQUIRE(snapshot.ok());
  return Answers({}, [&](auto* query) -> absl::Status {
    using Whole = std::remove_reference_t<decltype(*query)>;
    const auto plan = snapshot->Plan(query->question());
    if (!plan.ok()) return plan.status();
    std::vector<std::string> partials;
    for (const Split& split : plan->splits) {
      auto partial = Execute(*host->store, split.bytes);
      if (!partial.ok()) return partial.status();
      partials.insert(partials.begin(), *std::move(partial));
    }
    for (const std::string& partial : partials) {
      auto parsed = Whole::Parse(partial);
      if (!parsed.ok()) return parsed.status();
      const absl::Status merged = query->Merge(*std::move(parsed));
      if (!merged.ok()) return merged;
    }
    return absl::OkStatus();
  });
}

// Profiles that use everything, of several services, over some hours.
std::vector<Input> Profiles(size_t count) {
  std::vector<Input> inputs = Generated(7, count, {.samples = 8});
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].profile.time_nanos = kBegin + static_cast<int64_t>(i) * 11 * kMinute;
  }
  return inputs;
}

// Appends the profiles in segments as the seed deals them; some of them twice.
void AppendDealt(World* world, std::vector<Actor>* writers, const std::vector<Input>& inputs,
                 uint64_t seed) {
  Random random(seed);
  std::vector<Input> order;
  for (const Input& input : inputs) {
    order.insert(order.begin() + random.Below(order.size() + 1), input);
    if (random.OneIn(4)) order.insert(order.begin() + random.Below(order.size() + 1), input);
  }
  for (size_t begin = 0; begin < order.size();) {
    const size_t count = std::min<size_t>(1 + random.Below(9), order.size() - begin);
    std::vector<Input> batch;
    // A block has no profile twice.
    for (size_t i = begin; i < begin + count; ++i) {
      const bool there = std::any_of(batch.begin(), batch.end(), [&](const Input& other) {
        return other.profile.time_nanos == order[i].profile.time_nanos;
      });
      if (!there) batch.push_back(order[i]);
    }
    begin += count;
    BlockOptions options;
    if (random.OneIn(3)) options.samples_per_chunk = 1 + random.Below(40);
    Actor& writer = (*writers)[random.Below(writers->size())];
    const absl::Status status = writer->Append(Build(batch, options), world->now()).status();
    INFO(status);
    REQUIRE(status.ok());
  }
}

void Settle(World* world, Actor* keeper) {
  for (int i = 0; i < 3; ++i) {
    REQUIRE(World::CompactAll(keeper).ok());
    world->Advance(kHour);
    REQUIRE(World::Collect(keeper).ok());
  }
}

struct Hosts {
  explicit Hosts(World* world) : keeper(world->Host(9)) {
    for (uint64_t i = 1; i < 4; ++i) writers.push_back(world->Host(i));
  }
  std::vector<Actor> writers;
  Actor keeper;
};

// Any split into segments by any writers in any order with any duplicates; before and after
// compaction and collection.
void AnswersDependOnProfilesAlone(const StoreFactory& make, size_t size) {
  const std::vector<Input> inputs = Profiles(size);
  const std::string right = AnswersOf(inputs);
  for (uint64_t seed : {1, 2}) {
    INFO("dealt by " << seed);
    World world(make());
    Hosts hosts(&world);
    AppendDealt(&world, &hosts.writers, inputs, seed);
    CHECK(AnswersOf(&hosts.keeper) == right);
    CHECK(AnswersOfSplits(&hosts.keeper) == right);
    REQUIRE(World::CompactAll(&hosts.keeper).ok());
    CHECK(AnswersOf(&hosts.keeper) == right);
    // What is sent again is there already.
    AppendDealt(&world, &hosts.writers, {inputs.begin(), inputs.begin() + 5}, seed);
    CHECK(AnswersOf(&hosts.keeper) == right);
    Settle(&world, &hosts.keeper);
    CHECK(AnswersOf(&hosts.keeper) == right);
    CHECK(AnswersOfSplits(&hosts.keeper) == right);
    world.CheckNoGarbage();
  }
}

// A deletion or a cut is as if the profiles had never been there.
void RemovedProfilesWereNeverThere(const StoreFactory& make, size_t size) {
  const std::vector<Input> inputs = Profiles(size);
  World world(make());
  Hosts hosts(&world);
  AppendDealt(&world, &hosts.writers, inputs, 3);
  REQUIRE(World::CompactAll(&hosts.keeper).ok());
  AppendDealt(&world, &hosts.writers, inputs, 4);
  DeleteRequest request;
  request.matchers = {{"pod", LabelMatcher::Op::kEqual, "pod1"}};
  request.start_nanos = kBegin + kHour;
  REQUIRE(hosts.keeper->Delete(request).ok());
  const int64_t before = kBegin + static_cast<int64_t>(size) * 2 * kMinute;
  REQUIRE(hosts.keeper->Retain(std::nullopt, before).ok());
  std::vector<Input> left;
  for (const Input& input : inputs) {
    const bool deleted =
        input.series.Get("pod") == "pod1" && input.profile.time_nanos >= request.start_nanos;
    if (!deleted && input.profile.time_nanos >= before) left.push_back(input);
  }
  REQUIRE(left.size() < inputs.size());
  REQUIRE(left.size() > 1);
  const std::string right = AnswersOf(left);
  CHECK(AnswersOf(&hosts.keeper) == right);
  CHECK(AnswersOfSplits(&hosts.keeper) == right);
  Settle(&world, &hosts.keeper);
  CHECK(AnswersOf(&hosts.keeper) == right);
  world.CheckNoGarbage();
}

// A compacted block has the bytes that a builder makes of the same profiles.
void CompactedBlocksAreBuiltOnes(const StoreFactory& make, size_t size) {
  const std::vector<Input> inputs = Profiles(size);
  World world(make());
  Hosts hosts(&world);
  AppendDealt(&world, &hosts.writers, inputs, 5);
  Settle(&world, &hosts.keeper);
  size_t found = 0;
  const auto objects = world.store().ListAll("blocks/");
  REQUIRE(objects.ok());
  for (const ObjectInfo& object : *objects) {
    const auto read = world.store().Read(object.key, ByteRange::All());
    REQUIRE(read.ok());
    const std::string bytes(read->slice.bytes);
    const BlockReader block = OpenBytes(bytes);
    int64_t min = INT64_MAX, max = INT64_MIN;
    std::set<std::string> names;
    for (const DatasetSummary& dataset : block.summary().datasets) {
      min = std::min(min, dataset.min_time_nanos), max = std::max(max, dataset.max_time_nanos);
      names.insert(dataset.name);
    }
    std::vector<Input> within;
    for (const Input& input : inputs) {
      const int64_t time = input.profile.time_nanos;
      const std::string service(input.series.Get("service_name").value_or(""));
      if (time >= min && time <= max && names.count(service) > 0) within.push_back(input);
    }
    CHECK(Build(within) == bytes);
    found += within.size();
  }
  CHECK(found == inputs.size());
}

// Hosts of all kinds, one call after the other.
void HostsLiveTogether(const StoreFactory& make) {
  World world(make());
  Actor writer = world.Host(1), other = world.Host(2), keeper = world.Host(3);
  REQUIRE(world.Append(&writer, {1, 2}).ok());
  REQUIRE(world.Append(&other, {3, 4}, "cart").ok());
  REQUIRE(World::CompactAll(&keeper).ok());
  REQUIRE(world.Append(&writer, {2, 5}).ok());
  REQUIRE(world.Delete(&keeper, 4).ok());
  const auto missing = other->AppendMissing(world.Segment({5, 6, 7}), world.now());
  REQUIRE(missing.ok());
  CHECK(missing->added == 2);
  world.Acknowledge({6, 7});
  world.CheckLaws();
  REQUIRE(World::CompactAll(&keeper).ok());
  for (int i = 0; i < 2; ++i) {
    world.Advance(kHour);
    REQUIRE(World::Collect(&keeper).ok());
  }
  world.CheckLaws();
  world.CheckNoGarbage();
  world.CheckLaws();
}

}  // namespace

void CheckArchiveLaws(const StoreFactory& make, size_t size) {
  HostsLiveTogether(make);
  AnswersDependOnProfilesAlone(make, size);
  RemovedProfilesWereNeverThere(make, size);
  CompactedBlocksAreBuiltOnes(make, size);
}

}  // namespace dolerite::testing
