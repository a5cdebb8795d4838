// What blocks hold.
#ifndef DOLERITE_CATALOG_H_
#define DOLERITE_CATALOG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dolerite/block_reader.h"
#include "dolerite/labels.h"
#include "dolerite/profile.h"
#include "dolerite/profile_type.h"

namespace dolerite {

struct ListedSeries {
  std::shared_ptr<const ProfileType> type;  // never null; series of one type mostly share it
  LabelSet labels;
  uint64_t profiles = 0;
  int64_t min_time_nanos = 0, max_time_nanos = 0;  // of profiles, both inclusive
};

// Profile types, series and labels of a selection.
struct Catalog {
  std::vector<ListedSeries> series;  // by type, then by labels
  // Values of samples' labels by name, as text; only if they were asked for.
  std::map<std::string, std::set<std::string>> sample_labels;

  std::vector<ProfileType> ProfileTypes() const;
  // Values by name, of series.
  std::map<std::string, std::set<std::string>> SeriesLabels() const;
};

// One profile of a block, by what its dataset's table says of it. Type and
// key are never null. Profiles share them, so that a list of a million is small.
struct ListedProfile {
  int64_t time_nanos = 0;
  LabelSet series;
  ProfileId id{};
  std::shared_ptr<const ProfileType> type;
  int64_t duration_nanos = 0;
  uint64_t samples = 0;
  ProfileTotals totals;                      // empty if a sum leaves 64 bits
  std::shared_ptr<const std::string> block;  // key of the block
  size_t index = 0;                          // in it, for BlockReader::ReadProfile
};

}  // namespace dolerite

#endif  // DOLERITE_CATALOG_H_
