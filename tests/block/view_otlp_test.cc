// Blocks of profiles that share the tables of a message of OTLP are those of the profiles alone.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "block/block_support.h"
#include "block/bounded_builder.h"
#include "dolerite/otlp.h"
#include "model/shared_remap.h"
#include "support/corpus.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

BlockBuilder NewBuilder() { return *BlockBuilder::Make(); }

// Each profile added as ReadOtlp gives it, with tables of its own.
std::string BlockOfRead(const std::string& message) {
  BlockBuilder builder = NewBuilder();
  const auto profiles = ReadOtlp(message);
  REQUIRE(profiles.ok());
  for (const SeriesProfile& p : *profiles) REQUIRE(builder.Add(p.series, p.profile).ok());
  return *std::move(builder).Finish();
}

std::string BlockOfView(const std::string& message) {
  BlockBuilder builder = NewBuilder();
  REQUIRE(ViewOtlp(message, [&](const LabelSet& series, const Profile& profile) {
            return builder.Add(series, profile);
          }).ok());
  return *std::move(builder).Finish();
}

// Profiles of all kinds of samples, of services that take turns.
std::string Message(uint64_t seed, size_t profiles, size_t services) {
  std::vector<SeriesProfile> message;
  for (size_t i = 0; i < profiles; ++i) {
    const std::string service = "s" + std::to_string(i * 7 % services);
    message.push_back({{{"service_name", service}}, GenerateProfile(seed + i)});
  }
  return *WriteOtlp(message);
}

TEST_CASE("a block of viewed profiles has the bytes of one of profiles that were read") {
  const uint64_t seed = GENERATE(range<uint64_t>(0, 12));
  const size_t services = GENERATE(1, 3);
  const std::string message = Message(100 * seed, 8, services);
  CHECK(BlockOfView(message) == BlockOfRead(message));
}

TEST_CASE("the same holds for one reader of messages of several profiles and of one") {
  OtlpReader reader;
  BlockBuilder viewed = NewBuilder(), read = NewBuilder();
  const auto add_to = [](BlockBuilder* builder) {
    return [builder](const LabelSet& series, const Profile& profile) {
      return builder->Add(series, profile);
    };
  };
  uint64_t seed = 0;
  for (const size_t profiles : {5, 1, 8, 1, 1, 3}) {
    const std::string message = Message(seed += 100, profiles, 1);
    const auto own = ReadOtlp(message);
    REQUIRE(own.ok());
    for (const SeriesProfile& p : *own) REQUIRE(read.Add(p.series, p.profile).ok());
    REQUIRE(reader
                .View(message,
                      [&](const LabelSet& series, const Profile& profile) {
                        // A mark of the message before would name other tables.
                        CHECK((profile.tables_mark.identity() != nullptr) == (own->size() > 1));
                        return viewed.Add(series, profile);
                      })
                .ok());
    if (profiles != 8) continue;
    // What can't be read leaves nothing behind, nor does a view that fails.
    CHECK(absl::IsInvalidArgument(
        reader.View(message.substr(0, message.size() - 1), add_to(&viewed))));
    CHECK(absl::IsCancelled(reader.View(
        message, [](const LabelSet&, const Profile&) { return absl::CancelledError(); })));
  }
  const std::string of_view = *std::move(viewed).Finish(), of_read = *std::move(read).Finish();
  CHECK((of_view == of_read));
}

TEST_CASE("the same holds for real messages of every layout") {
  if (!CorpusPresent()) return;
  for (const char* folder : {"otlp", "otlp-derived"}) {
    for (const std::string& name : ListCorpus(folder)) {
      const std::string message = ReadCorpusFile(name);
      if (!ReadOtlp(message).ok()) continue;
      INFO(name);
      CHECK((BlockOfView(message) == BlockOfRead(message)));
    }
  }
}

// A profile whose stack lies in the mappings that start at `starts`, which differ in nothing else.
Profile InMappings(const std::vector<uint64_t>& starts) {
  Profile p;
  Symbols& s = p.symbols;
  p.sample_types = {{s.strings.Add("cpu"), s.strings.Add("nanoseconds")}};
  const StringId file = s.strings.Add("anonymous");
  for (uint64_t start : starts) {
    const MappingId mapping = s.AddMapping(start, start + 0x1000, 0, file, {});
    p.stacks.items.push_back(s.AddLocation(mapping, start + 0x10));
  }
  p.stacks.Close();
  p.samples.stack.push_back({1});
  p.samples.attributes.push_back({});
  p.samples.values.push_back(static_cast<int64_t>(starts.size()));
  return p;
}

TEST_CASE("equal mappings of a process are numbered by what each profile has of them") {
  std::vector<SeriesProfile> profiles;
  for (const std::vector<uint64_t>& starts : std::vector<std::vector<uint64_t>>{
           {0x1000, 0x2000}, {0x2000}, {0x3000, 0x1000}, {0x2000, 0x1000}, {0x3000}}) {
    profiles.push_back({{{"service_name", "s"}}, InMappings(starts)});
  }
  const std::string message = *WriteOtlp(profiles);
  CHECK(BlockOfView(message) == BlockOfRead(message));
}

TEST_CASE("viewed profiles may come between others, and into builders that are merged or reset") {
  const std::string first = Message(1, 5, 2), second = Message(50, 6, 2);
  BlockBuilder builder = NewBuilder(), other = NewBuilder(), expected = NewBuilder();
  size_t turn = 0;
  for (const std::string* message : {&first, &second, &first}) {
    const auto read = ReadOtlp(*message);
    REQUIRE(read.ok());
    for (const SeriesProfile& p : *read) REQUIRE(expected.Add(p.series, p.profile).ok());
    size_t i = 0;
    REQUIRE(ViewOtlp(*message, [&](const LabelSet& series, const Profile& profile) {
              BlockBuilder& to = ++turn % 3 == 0 ? other : builder;
              const Profile& alone = (*read)[i++].profile;
              return to.Add(series, turn % 4 == 0 ? alone : profile);
            }).ok());
  }
  const absl::Status merged = builder.Merge(std::move(other));
  REQUIRE(merged.ok());
  const std::string mixed = *std::move(builder).Finish();
  const std::string alone = *std::move(expected).Finish();
  CHECK((mixed == alone));
  // NOLINTNEXTLINE(bugprone-use-after-move): a finished or merged builder may be reset
  for (BlockBuilder* again : {&builder, &other}) {
    again->Reset();
    REQUIRE(ViewOtlp(first, [&](const LabelSet& series, const Profile& profile) {
              return again->Add(series, profile);
            }).ok());
    const std::string block = *std::move(*again).Finish();
    CHECK((block == BlockOfRead(first)));
  }
}

TEST_CASE("only what a profile reaches of shared tables is merged, and each row once") {
  std::vector<SeriesProfile> profiles;
  for (int i = 0; i < 6; ++i) {
    SeriesProfile p;
    Symbols& s = p.profile.symbols;
    p.profile.sample_types = {{s.strings.Add("cpu"), s.strings.Add("nanoseconds")}};
    const StringId name = s.strings.Add("function " + std::to_string(i / 2));
    s.locations.lines.items.push_back({s.AddFunction(name, name, {}, 0), 1});
    p.profile.stacks.items.push_back(s.AddLocation({}, 0));
    p.profile.stacks.Close();
    p.profile.samples.stack.push_back({1});
    p.profile.samples.attributes.push_back({});
    p.profile.samples.values.push_back(i + 1);
    profiles.push_back(std::move(p));
  }
  SymbolMerger merger;
  SharedRemap shared;
  std::vector<size_t> functions;
  std::set<uint32_t> nodes;
  REQUIRE(ViewOtlp(*WriteOtlp(profiles), [&](const LabelSet&, const Profile& profile) {
            CHECK(profile.symbols.functions.size() == 1 + 3);
            shared.Add(profile, &merger);
            functions.push_back(merger.tables().symbols.functions.size() - 1);
            nodes.insert(shared.node(profile.samples.stack[0]).value);
            return absl::OkStatus();
          }).ok());
  CHECK((functions == std::vector<size_t>{1, 1, 2, 2, 3, 3}));
  CHECK(nodes.size() == 3);
}

// Near a bound, tables that would not fit as a whole are copied as far as a profile reaches them.
TEST_CASE("a dataset takes as many viewed profiles as profiles that were read") {
  const std::string message = Message(7, 12, 4);
  FormatBounds bounds = kFormatBounds;
  bounds.table_rows = GENERATE(60, 120, 250, 500);
  const auto add = [](BlockBuilder* builder, const LabelSet& series, const Profile& profile) {
    const absl::Status status = builder->Add(series, profile);
    CHECK((status.ok() || absl::IsResourceExhausted(status)));
    return status.ok();
  };
  BlockBuilder read = *BoundedBuilder::Make({}, bounds), view = *BoundedBuilder::Make({}, bounds);
  std::vector<bool> taken, viewed;
  const auto profiles = ReadOtlp(message);
  REQUIRE(profiles.ok());
  for (const SeriesProfile& p : *profiles) {
    taken.push_back(add(&read, p.series, p.profile));
  }
  REQUIRE(ViewOtlp(message, [&](const LabelSet& series, const Profile& profile) {
            viewed.push_back(add(&view, series, profile));
            return absl::OkStatus();
          }).ok());
  CHECK(std::count(taken.begin(), taken.end(), true) > 0);
  CHECK((viewed == taken));
  const std::string of_view = *std::move(view).Finish(), of_read = *std::move(read).Finish();
  CHECK((of_view == of_read));
}

TEST_CASE("nothing is viewed of an input that cannot be read, and an error ends the viewing") {
  const std::string message = Message(3, 4, 1);
  size_t views = 0;
  const auto count = [&](const LabelSet&, const Profile&) {
    ++views;
    return absl::OkStatus();
  };
  CHECK(absl::IsInvalidArgument(ViewOtlp(message.substr(0, message.size() - 1), count)));
  CHECK(views == 0);
  const absl::Status stop = ViewOtlp(message, [&](const LabelSet&, const Profile&) {
    return ++views == 2 ? absl::CancelledError() : absl::OkStatus();
  });
  CHECK(absl::IsCancelled(stop));
  CHECK(views == 2);
}

TEST_CASE("a viewed profile says what one that was read says, and a copy of it has no mark") {
  const std::string message = Message(11, 5, 2);
  const auto read = ReadOtlp(message);
  REQUIRE(read.ok());
  size_t i = 0;
  REQUIRE(ViewOtlp(message, [&](const LabelSet& series, const Profile& profile) {
            CHECK(series == (*read)[i].series);
            CHECK(profile.tables_mark.identity() != nullptr);
            const Profile copy = profile;
            CHECK(copy.tables_mark.identity() == nullptr);
            CHECK(copy.Validate().ok());
            CHECK(copy.samples.values == (*read)[i].profile.samples.values);
            ++i;
            return absl::OkStatus();
          }).ok());
  CHECK(i == read->size());
}

}  // namespace
}  // namespace dolerite::testing
