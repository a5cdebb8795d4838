// The example profiles of a point or a cell: those of the largest values.
#ifndef DOLERITE_QUERY_ANSWERS_BEST_PROFILES_H_
#define DOLERITE_QUERY_ANSWERS_BEST_PROFILES_H_

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status.h"
#include "dolerite/profile_type.h"
#include "dolerite/time_series.h"
#include "model/attribute_index.h"

namespace dolerite {

// So many can be named for a point or a cell.
inline constexpr uint32_t kMaxExemplars = 1000;
inline absl::Status CheckExemplars(uint32_t exemplars) {
  if (exemplars <= kMaxExemplars) return absl::OkStatus();
  return InvalidArgument(exemplars, " exemplars are too many; at most ", kMaxExemplars);
}

// An exemplar whose value need not fit 64 bits yet.
struct BestProfile {
  __int128 value = 0;
  int64_t time_nanos = 0;
  ProfileId id{};
  LabelSet series;
  LinkBytes span{};  // not in partials: spans have their own keys there

  auto profile() const { return std::tie(time_nanos, id, series, span); }
  // The largest value comes first, then the earliest profile.
  friend bool operator<(const BestProfile& a, const BestProfile& b) {
    return a.value != b.value ? a.value > b.value : a.profile() < b.profile();
  }
};

template <class Wire>
void Fields(Wire& wire, BestProfile& b) {
  wire(b.value, b.time_nanos, b.id, b.series);
}

// Keeps the first `most` of different profiles, or spans of profiles. In whatever order they come,
// the same are left.
inline void KeepBest(BestProfile profile, size_t most, std::vector<BestProfile>* best) {
  if (most == 0 || (best->size() >= most && best->back() < profile)) return;
  for (auto at = best->begin(); at != best->end(); ++at) {
    if (at->profile() != profile.profile()) continue;
    if (*at < profile) return;
    best->erase(at);
    break;
  }
  best->insert(std::upper_bound(best->begin(), best->end(), profile), std::move(profile));
  if (best->size() > most) best->pop_back();
}

// OutOfRange if a value leaves 64 bits.
inline absl::StatusOr<std::vector<Exemplar>> ToExemplars(const std::vector<BestProfile>& best) {
  std::vector<Exemplar> out;
  for (const BestProfile& b : best) {
    if (b.value != static_cast<int64_t>(b.value)) {
      return OutOfRange("the value of a profile that is named leaves 64 bits");
    }
    Exemplar& to = out.emplace_back();
    to = {b.id, b.time_nanos, static_cast<int64_t>(b.value), b.series, {}, {}};
    std::copy_n(b.span.begin(), to.trace_id.size(), to.trace_id.begin());
    std::copy_n(b.span.begin() + to.trace_id.size(), to.span_id.size(), to.span_id.begin());
  }
  return out;
}

// About what an entry of an ordered map takes besides its key and value.
inline constexpr size_t kMapEntryBytes = 64;

// About what an allocation takes besides its bytes.
inline constexpr size_t kAllocation = 32;

// Bytes of a profile type that shares its memory with no other.
inline size_t MemoryOf(const ProfileType& type) {
  size_t bytes = kAllocation + sizeof type + type.name.size() + type.default_sample_type.size();
  for (const ProfileType::Value& v : type.sample_types) {
    bytes += sizeof v + v.type.size() + v.unit.size();
  }
  return bytes;
}

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_BEST_PROFILES_H_
