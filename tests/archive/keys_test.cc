#include "archive/world.h"

namespace dolerite::testing {
namespace {

TEST_CASE("names read back, and sort as what they say") {
  for (int64_t time : {INT64_MIN, int64_t{-1}, int64_t{0}, int64_t{1}, kBegin, INT64_MAX}) {
    const int32_t minute = MinuteOf(time);
    const SegmentName name{time, minute, minute, {1, 2, 3}};
    CHECK(SegmentName::Parse(name.key()) == name);
    CHECK(name.min_time_nanos() <= time);
    CHECK(name.max_time_nanos() >= time);
    CHECK(ValidateKey(name.key()).ok());
  }
  CHECK((SegmentName{-5, 0, 0, {}}.key() < SegmentName{5, 0, 0, {}}.key()));
  const BlockName block{77, {9, 8, 7}};
  CHECK(BlockName::Parse(block.key()) == block);
  CHECK(ParseManifestKey(ManifestKey(1)) == 1);
  CHECK(ParseManifestKey(ManifestKey(UINT64_MAX)) == UINT64_MAX);
  CHECK(ManifestKey(11) < ManifestKey(10));  // the newest comes first
}

TEST_CASE("no other text is a name") {
  const std::string segment = SegmentName{1, 2, 3, {4}}.key();
  const std::string block = BlockName{1, {2}}.key(), manifest = ManifestKey(5);
  for (const std::string& good : {segment, block, manifest}) {
    for (size_t i = 0; i <= good.size(); ++i) {
      std::string cut = good.substr(0, i), changed = good, longer = good;
      if (i < good.size()) changed[i] = changed[i] == '.' ? '-' : 'A';
      longer.insert(i, "0");
      for (const std::string& bad : {cut, changed, longer}) {
        if (bad == good) continue;
        INFO(bad);
        CHECK_FALSE(SegmentName::Parse(bad));
        CHECK_FALSE(BlockName::Parse(bad));
        CHECK_FALSE(ParseManifestKey(bad));
      }
    }
  }
  // Times that no profile has, and that end before they begin.
  CHECK_FALSE(SegmentName::Parse(SegmentName{0, 3, 2, {}}.key()));
  CHECK_FALSE(SegmentName::Parse(SegmentName{0, INT32_MIN, 0, {}}.key()));
  CHECK_FALSE(SegmentName::Parse(SegmentName{0, 0, INT32_MAX, {}}.key()));
}

}  // namespace
}  // namespace dolerite::testing
