// What `build` sees in files.
#include <catch2/catch.hpp>
#include <string>

#include "foreign.h"
#include "kind_of_file.h"
#include "limit_flags.h"
#include "overlaps.h"

namespace dolerite::cli {
namespace {

Profile ProfileOf(const std::vector<std::string>& sample_types) {
  Profile profile;
  for (const std::string& type : sample_types) {
    profile.sample_types.push_back({profile.symbols.strings.Add(type), {}});
  }
  return profile;
}

TEST_CASE("the kind is the well-known word of a file's name, if the profile has its sample types") {
  const Profile contentions = ProfileOf({"contentions", "delay"});
  CHECK(KindOfFile("x/0001.mutex.pb.gz", contentions) == "mutex");
  CHECK(KindOfFile("block.pb.gz", contentions) == "block");
  CHECK(KindOfFile("go126_block.pb.gz", contentions) == "block");
  CHECK(KindOfFile("Checkout-MUTEX-3.pprof", contentions) == "mutex");
  CHECK(KindOfFile("mutex/0001.pb.gz", contentions) == "");  // folders have --path-labels
  CHECK(KindOfFile("block-service.mutex.pb.gz", contentions) == "");
  CHECK(KindOfFile("blocks.pb.gz", contentions) == "");
  CHECK(KindOfFile("", contentions) == "");
  const Profile cpu = ProfileOf({"samples", "cpu"});
  CHECK(KindOfFile("block-service.0001.pb.gz", cpu) == "");
  CHECK(KindOfFile("block-service.cpu.pb.gz", cpu) == "");
  CHECK(KindOfFile("cpu.prof", cpu) == "cpu");
  const Profile heap = ProfileOf({"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"});
  CHECK(KindOfFile("go126_allocs.pb.gz", heap) == "allocs");
  CHECK(KindOfFile("go126_heap.pb.gz", heap) == "heap");
}

TEST_CASE("files of other tools are named") {
  using namespace std::string_literals;
  const auto named = [](const std::string& bytes, const std::string& name) {
    INFO(bytes);
    CHECK(NameOfForeign(bytes).find(name) != std::string::npos);
  };
  named("FLR\0\0\2"s, "JFR");
  named("PERFILE2....", "perf.data");
  named("heap_v2/524288\n", "jemalloc");
  named("DOLERITE....", "Dolerite block");
  named("main;f 12\nmain;g 3\n", "folded stacks");
  named("main;f 12", "folded stacks");
  named("main;f 12\r\nmain;g 3\r\n", "folded stacks");
  for (const char* text :
       {"", "rubbish", "two words\n", "1\n2\n", "{}", R"({"resourceProfiles":[]})"}) {
    INFO(text);
    CHECK(NameOfForeign(text).empty());
  }
}

TEST_CASE("limits are set by name") {
  ReadLimits limits;
  REQUIRE(SetLimits({"stack_depth=20000", "profile_bytes=64MiB"}, &limits).ok());
  CHECK(limits.stack_depth == 20000);
  CHECK(limits.profile_bytes == size_t{64} << 20);
  for (const char* text :
       {"", "stack_depth", "stack_depth=", "stack_depth=-1", "stack_depth=1x", "nosuch=1",
        "stack_depth=99999999999999999999", "depth=99999999999GiB"}) {
    INFO(text);
    CHECK(absl::IsInvalidArgument(SetLimits({text}, &limits)));
  }
}

// Each profile begins at `time` and lasts `duration`.
uint64_t OverlapsOf(const std::vector<std::pair<int64_t, int64_t>>& windows) {
  static const ProfileType kType;
  static const LabelSet kSeries;
  BlockReader::Listing listing;
  for (const auto& [time, duration] : windows) {
    ProfileSummary& profile = listing.profiles.emplace_back();
    profile.type = &kType, profile.series = &kSeries;
    profile.time_nanos = time, profile.duration_nanos = duration;
  }
  return FindOverlaps(listing).profiles;
}

TEST_CASE("profiles that share most of their time overlap") {
  CHECK(OverlapsOf({}) == 0);
  CHECK(OverlapsOf({{0, 10}, {10, 10}, {20, 10}}) == 0);
  CHECK(OverlapsOf({{0, 10}, {9, 10}}) == 0);  // windows that follow each other, a little late
  CHECK(OverlapsOf({{0, 10}, {1, 10}}) == 1);
  CHECK(OverlapsOf({{0, 100}, {50, 2}, {90, 2}}) == 2);
  CHECK(OverlapsOf({{5, 0}, {5, 0}, {2'000'000'000, 0}}) == 1);
  CHECK(OverlapsOf({{0, 0}, {25'000'000, 0}}) == 1);  // snapshots taken one after the other
  CHECK(OverlapsOf({{INT64_MIN, 1}, {INT64_MAX, 1}, {INT64_MAX, INT64_MAX}}) == 0);
}

}  // namespace
}  // namespace dolerite::cli
