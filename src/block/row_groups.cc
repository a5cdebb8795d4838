// Two passes over profiles in the order of the table, by (series, time, id):
//
//   1. the profiles of a series are cut into windows of time, and these into row groups where a
//      group would hold too much, or the sums of its totals leave 63 bits;
//   2. groups are sorted by (type, window), keeping the order of series, and dealt out to chunks,
//      which end where they are large enough to be read alone, or would pass a bound.
#include "block/row_groups.h"

#include <algorithm>
#include <tuple>

namespace dolerite {

namespace {

// Division that rounds down: C++ rounds towards 0, which would make the window around 0 twice as
// long.
// The window that a time lies in: windows begin at multiples of their length.
int64_t WindowOf(int64_t time, int64_t length) {
  const int64_t quotient = time / length;
  return quotient - (time % length < 0);
}

// From this many profiles on, one row group is smaller than a group for each profile.
constexpr uint32_t kWorthGrouping = 4;

struct PlacedGroup {
  uint32_t type;
  int64_t window;
  RowGroup group;
  ChunkLoad load;
};

// The sum of all totals, each without its sign: where no value is negative, no sum of some values
// is larger.
__int128 MagnitudeOf(const ProfileRow& row) {
  __int128 magnitude = 0;
  for (const ProfileRow::Total& total : row.totals) {
    magnitude += total.value() < 0 ? -total.value() : total.value();
  }
  return magnitude;
}

// Where groups and chunks end: at the bounds of the format, and where payloads and timestamps pass
// the bytes of a stripe, so that those of one profile are read without many others.
uint64_t CutAt(size_t part, const BlockOptions& options, const FormatBounds& bounds) {
  const uint64_t bound = BoundOf(static_cast<ChunkLoad::Part>(part), bounds);
  if (part == ChunkLoad::kPayloads) return std::min<uint64_t>(bound, options.stripe_bytes);
  if (part == ChunkLoad::kTimes) return std::min(bound, options.stripe_bytes / kMost64);
  return bound;
}

// Whether a chunk that has one load takes another one too.
bool FitTogether(const ChunkLoad& a, const ChunkLoad& b, const BlockOptions& options,
                 const FormatBounds& bounds) {
  for (size_t i = 0; i < ChunkLoad::kParts; ++i) {
    // A part that only one of them has is as large with the other as alone.
    if (a.most[i] > 0 && b.most[i] > 0 && a.most[i] + b.most[i] > CutAt(i, options, bounds))
      return false;
  }
  return true;
}

// The two passes, as the top of the file says.
class Grouping {
 public:
  Grouping(const BlockOptions& options, const FormatBounds& bounds, const LoadOfProfile& load_of,
           ProfileTable* table)
      : options_(options), bounds_(bounds), load_of_(load_of), table_(*table) {}

  void Run() {
    CutIntoGroups();
    // A stable sort keeps series, and in them profiles, in order.
    std::stable_sort(placed_.begin(), placed_.end(),
                     [](const PlacedGroup& a, const PlacedGroup& b) {
                       return std::tie(a.type, a.window) < std::tie(b.type, b.window);
                     });
    DealOut();
  }

 private:
  int64_t Window(uint32_t p) const {
    return WindowOf(table_.profiles[p].time_nanos, options_.group_window_nanos);
  }

  void CutIntoGroups() {
    const uint32_t n = static_cast<uint32_t>(table_.profiles.size());
    for (uint32_t begin = 0, end = 0; begin < n; begin = end) {
      const uint32_t series = table_.profiles[begin].series;
      const int64_t window = Window(begin);
      while (end < n && table_.profiles[end].series == series && Window(end) == window) ++end;
      CutWindow(begin, end, window);
    }
  }

  // Profiles [begin, end) are of one series and window.
  void CutWindow(uint32_t begin, uint32_t end, int64_t window) {
    // 0 means: group where it pays.
    uint32_t most = options_.profiles_per_group;
    if (most == 0) most = end - begin >= kWorthGrouping ? UINT32_MAX : 1;
    const uint32_t type = table_.series[table_.profiles[begin].series].type;
    __int128 magnitude = 0;
    // A profile opens a new group if the last one is full: by profiles, samples, magnitude or load.
    // The first profile of a window always does.
    for (uint32_t p = begin; p < end; ++p) {
      const __int128 own = MagnitudeOf(table_.profiles[p]);
      const ChunkLoad load = load_of_(p);
      magnitude += own;
      // Sums of a run stay within 64 bits where the whole group's do.
      const bool full =
          p == begin || placed_.back().group.profiles >= most ||
          placed_.back().load.most[ChunkLoad::kSamples] + load.most[ChunkLoad::kSamples] >
              options_.samples_per_group ||
          magnitude > INT64_MAX || !FitTogether(placed_.back().load, load, options_, bounds_);
      if (full) {
        placed_.push_back({type, window, {p, 0, 0}, {}});
        magnitude = own;
      }
      ++placed_.back().group.profiles;
      placed_.back().load += load;
    }
  }

  // Pass 2. Groups come in order; a chunk never mixes types.
  void DealOut() {
    ChunkLoad load;
    for (const PlacedGroup& p : placed_) {
      if (table_.chunks.empty() || table_.chunks.back().type != p.type ||
          load.most[ChunkLoad::kSamples] >= options_.samples_per_chunk ||
          !FitTogether(load, p.load, options_, bounds_)) {
        table_.chunks.push_back({static_cast<uint32_t>(table_.groups.size()), 0, p.type});
        load = {};
      }
      ++table_.chunks.back().groups;
      table_.groups.push_back(p.group);
      load += p.load;
    }
  }

  const BlockOptions& options_;
  const FormatBounds& bounds_;
  const LoadOfProfile& load_of_;
  ProfileTable& table_;
  std::vector<PlacedGroup> placed_;
};

}  // namespace

void MakeRowGroups(const BlockOptions& options, const FormatBounds& bounds,
                   const LoadOfProfile& load_of, ProfileTable* table) {
  Grouping(options, bounds, load_of, table).Run();
}

// The bound must hold for every order of profiles, since it is taken before they are sorted.
uint64_t MostChunks(const BlockOptions& options, const FormatBounds& bounds, uint64_t profiles,
                    uint64_t types, const ChunkLoad& sum) {
  // A chunk ends with its type, or with enough samples, or since it and the next one together
  // pass a bound, so that two chunks have more than the bound.
  uint64_t chunks = types + sum.most[ChunkLoad::kSamples] / options.samples_per_chunk;
  for (size_t i = 0; i < ChunkLoad::kParts; ++i) {
    const uint64_t cut = CutAt(i, options, bounds);
    chunks += cut == 0 ? profiles : 2 * sum.most[i] / cut;
  }
  return std::min(profiles, chunks);
}

}  // namespace dolerite
