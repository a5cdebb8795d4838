// Whether profiles of one series and time were stored: the sign of labels that are missing, by
// which different things became one series.
#include "overlaps.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "output.h"

namespace dolerite::cli {
namespace {

// A profile without a duration is a snapshot. Nobody takes two of one process within a second; two
// kinds that nothing tells apart often come so.
constexpr int64_t kSnapshotNanos = 1'000'000'000;

int64_t EndOf(const ProfileSummary& profile) {
  const int64_t duration = profile.duration_nanos > 0 ? profile.duration_nanos : kSnapshotNanos;
  // Never past the last time there is.
  return profile.time_nanos > INT64_MAX - duration ? INT64_MAX : profile.time_nanos + duration;
}

bool SameSeries(const ProfileSummary& a, const ProfileSummary& b) {
  return *a.type == *b.type && *a.series == *b.series;
}

// `later` does not begin before `earlier`. Windows that follow each other may share a little.
bool MostlyInside(const ProfileSummary& later, const ProfileSummary& earlier) {
  if (EndOf(earlier) <= later.time_nanos) return false;
  const int64_t shared = std::min(EndOf(later), EndOf(earlier)) - later.time_nanos;
  const int64_t shorter =
      std::min(EndOf(later) - later.time_nanos, EndOf(earlier) - earlier.time_nanos);
  // Half of the shorter one: agents' windows overlap by what the clock drifts.
  return shared > shorter / 2;
}

}  // namespace

Overlaps FindOverlaps(const BlockReader::Listing& listing) {
  std::vector<const ProfileSummary*> profiles;
  for (const ProfileSummary& profile : listing.profiles) profiles.push_back(&profile);
  // By series and then by time, so that one pass finds overlaps.
  std::sort(profiles.begin(), profiles.end(), [](const auto* a, const auto* b) {
    return std::tie(*a->type, *a->series, a->time_nanos) <
           std::tie(*b->type, *b->series, b->time_nanos);
  });
  Overlaps found;
  const ProfileSummary* longest = nullptr;  // of those before, the one that ends last
  for (const ProfileSummary* profile : profiles) {
    if (longest != nullptr && !SameSeries(*profile, *longest)) longest = nullptr;
    // The first is the example that the warning names.
    if (longest != nullptr && MostlyInside(*profile, *longest) && found.profiles++ == 0) {
      found.example = profile->type->name + " " + profile->series->ToString();
    }
    if (longest == nullptr || EndOf(*profile) > EndOf(*longest)) longest = profile;
  }
  return found;
}

}  // namespace dolerite::cli
