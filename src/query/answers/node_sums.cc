// Values are made in three steps: entries are put in the order of groups and of the tree's nodes;
// along each group the sums so far are kept, one for each divisor; what these add up to is rounded
// at each node.
#include "query/answers/node_sums.h"

#include <algorithm>
#include <array>

#include "base/pace.h"
#include "base/sort_asking.h"
#include "base/status.h"
#include "query/answers/best_profiles.h"
#include "query/answers/sum_bounds.h"
#include "query/question_fields.h"

namespace dolerite {

namespace {

// What an entry of a map of labels takes beside them.
size_t MemoryOf(const NodeSums::Key& key) {
  return 160 + key.first.memory_bytes() + key.second.memory_bytes();
}
size_t MemoryOfSeries(const LabelSet& series) { return 128 + series.memory_bytes(); }

}  // namespace

uint32_t NodeSums::RowOf(const Key& key) {
  const auto [at, is_new] = rows_.try_emplace(key, static_cast<uint32_t>(rows_.size()));
  if (is_new) label_bytes_ += MemoryOf(key);
  return at->second;
}

// Sums are kept in 128 bits, whatever their number.
void NodeSums::Add(uint32_t row, uint32_t node, __int128 sum) {
  sums_.Add({row, node}, std::array<__int128, 1>{sum});
}

void NodeSums::CountProfiles(const LabelSet& series, uint64_t profiles) {
  const auto [at, is_new] = profiles_.try_emplace(series, 0);
  if (is_new) label_bytes_ += MemoryOfSeries(series);
  at->second += profiles;
}

// Rows of `from` get rows here first; sums then add up by row and node. Each step can be undone.
absl::Status NodeSums::Merge(const NodeSums& from, const std::vector<uint32_t>& nodes,
                             const CallContext& call) {
  const Size before = size();
  absl::Status status;
  Pace pace;
  std::vector<uint32_t> rows(from.rows_.size());
  for (auto at = from.rows_.begin(); at != from.rows_.end() && status.ok(); ++at) {
    rows[at->second] = RowOf(at->first);
    status = pace.Check(call);
  }
  auto counted = from.profiles_.begin();
  for (; counted != from.profiles_.end() && status.ok(); ++counted) {
    CountProfiles(counted->first, counted->second);
    status = pace.Check(call);
  }
  const auto key_of = [&](KeyedSums::Key key) {
    return KeyedSums::Key{rows[key.first], nodes[key.second]};
  };
  if (status.ok()) status = sums_.Merge(from.sums_, key_of, call);
  if (status.ok()) return status;
  TakeBackProfiles(from, counted);
  ForgetRows(before.rows);
  return status;
}

void NodeSums::TakeBack(const NodeSums& from, const std::vector<uint32_t>& nodes,
                        const Size& before) {
  std::vector<uint32_t> rows(from.rows_.size());
  for (const auto& [key, row] : from.rows_) rows[row] = RowOf(key);
  const auto key_of = [&](KeyedSums::Key key) {
    return KeyedSums::Key{rows[key.first], nodes[key.second]};
  };
  sums_.TakeBack(from.sums_, from.sums_.size(), key_of, before.sums);
  TakeBackProfiles(from, from.profiles_.end());
  ForgetRows(before.rows);
}

void NodeSums::ForgetRows(size_t before) {
  for (auto at = rows_.begin(); at != rows_.end();) {
    if (at->second < before) {
      ++at;
      continue;
    }
    label_bytes_ -= MemoryOf(at->first);
    at = rows_.erase(at);
  }
}

// A series has a profile at least, so one that is left without any was new.
void NodeSums::TakeBackProfiles(const NodeSums& from, Profiles::const_iterator end) {
  for (auto taken = from.profiles_.begin(); taken != end; ++taken) {
    const auto at = profiles_.find(taken->first);
    at->second -= taken->second;
    if (at->second > 0) continue;
    label_bytes_ -= MemoryOfSeries(at->first);
    profiles_.erase(at);
  }
}

size_t NodeSums::memory_bytes() const { return sums_.memory_bytes() + label_bytes_; }

void NodeSums::Encode(PartialWriter* wire) const {
  (*wire)(rows_, profiles_, uint64_t{sums_.size()});
  for (size_t i = 0; i < sums_.size(); ++i) {
    (*wire)(sums_.key(i).first, sums_.key(i).second, sums_.values(i)[0]);
  }
}

// Rows must be a permutation of 0 .. n - 1, nodes lie in the tree, each pair occurs once: then Add
// and Values need no checks.
void NodeSums::Decode(PartialReader* wire, size_t nodes) {
  std::map<Key, uint32_t> rows;
  std::map<LabelSet, uint64_t> profiles;
  (*wire)(rows, profiles);
  if (!wire->ok()) return;
  std::vector<const Key*> keys(rows.size());
  for (const auto& [key, row] : rows) {
    if (row >= keys.size() || keys[row] != nullptr) {
      return wire->Fail("a group has a number that is too large or that another group has");
    }
    keys[row] = &key;
  }
  for (const Key* key : keys) RowOf(*key);
  for (const auto& [series, count] : profiles) {
    if (!IsCount(count)) return wire->Fail("a series has no profiles, or too many");
    CountProfiles(series, count);
  }
  size_t count = 0;
  for (size_t n = wire->Count(); n > 0 && wire->ok(); --n) {
    const uint32_t row = wire->Below(keys.size()), node = wire->Below(nodes);
    __int128 sum = 0;
    (*wire)(sum);
    if (!wire->ok()) return;
    if (!IsSum(sum)) return wire->Fail("a sum is larger than profiles can add up to");
    Add(row, node, sum);
    if (sums_.size() != ++count) return wire->Fail("a node has two sums in one group");
  }
}

namespace {

// A sum of fractions that grows. Numerators are kept by divisor: fractions of equal divisors add up
// exactly. Only the parts that are left over are rounded, to 2^-32.
class FractionSum {
 public:
  // Takes back what the divisor's sum counted before and counts the new one.
  void Add(__int128 numerator, uint64_t divisor) {
    __int128& sum = numerators_[divisor];
    Count(sum, divisor, -1);
    sum += numerator;
    Count(sum, divisor, 1);
  }
  __int128 Rounded() const {
    constexpr __int128 kHalf = kParts / 2;
    return whole_ + (parts_ + kHalf) / kParts;
  }

 private:
  static constexpr __int128 kParts = __int128{1} << 32;

  // Rounds towards minus infinity first, so that the rest is never negative.
  void Count(__int128 sum, uint64_t divisor, int sign) {
    __int128 whole = sum / divisor, rest = sum % divisor;
    if (rest < 0) --whole, rest += divisor;
    whole_ += sign * whole;
    parts_ += sign * ((rest * kParts + divisor / 2) / divisor);
  }

  std::map<uint64_t, __int128> numerators_;  // by divisor
  // What they add up to: never negative parts of 2^-32.
  __int128 whole_ = 0, parts_ = 0;
};

// A sum of one series at one node.
struct Entry {
  uint32_t group = 0, place = 0;  // of the node in the tree's order
  uint32_t node = 0;
  uint64_t divisor = 1;
  __int128 sum = 0;

  auto order() const { return std::pair(group, place); }
};

// The values of one group, whose entries lie together, by place. The sum from the first node up to
// each node is rounded, and a node's value is by how much that grows.
NodeSums::NodeValues ValuesOf(std::vector<Entry>::const_iterator* at,
                              std::vector<Entry>::const_iterator end) {
  NodeSums::NodeValues out;
  FractionSum sum;
  __int128 before = 0;
  for (const uint32_t group = (*at)->group; *at != end && (*at)->group == group;) {
    const Entry& first = **at;
    for (; *at != end && (*at)->order() == first.order(); ++*at) {
      sum.Add((*at)->sum, (*at)->divisor);
    }
    const __int128 now = sum.Rounded();
    if (now != before) out.emplace_back(first.node, now - before);
    before = now;
  }
  return out;
}

}  // namespace

// Three phases, as at the top of the file.
absl::StatusOr<std::map<LabelSet, NodeSums::NodeValues>> NodeSums::Values(
    const FrameTree& tree, int64_t scale, bool average, const CallContext& call) const {
  // What each row means: rows of one group follow each other.
  std::vector<const Key*> keys(rows_.size());
  std::vector<uint32_t> groups(rows_.size());
  std::vector<uint64_t> divisors(rows_.size(), 1);
  const LabelSet* last = nullptr;
  uint32_t group_count = 0;
  for (const auto& [key, row] : rows_) {
    if (last == nullptr || *last != key.first) ++group_count;
    last = &key.first;
    keys[row] = &key, groups[row] = group_count;
    if (!average) continue;
    const auto profiles = profiles_.find(key.second);
    if (profiles == profiles_.end()) {
      return DataLoss("partial: ", key.second.ToString(), " has values but no profiles");
    }
    divisors[row] = profiles->second;
  }

  DOLERITE_ASSIGN_OR_RETURN(const std::vector<uint32_t> places, tree.Places(call));
  // Phase 2: entries in the order of groups and places.
  std::vector<Entry> entries;
  entries.reserve(sums_.size());
  std::vector<const LabelSet*> labels(group_count + 1);
  Pace pace;
  for (size_t i = 0; i < sums_.size(); ++i) {
    if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
    const auto [row, node] = sums_.key(i);
    entries.push_back({groups[row], places[node], node, divisors[row], sums_.values(i)[0] / scale});
    labels[groups[row]] = &keys[row]->first;
  }
  const auto before = [](const Entry& a, const Entry& b) { return a.order() < b.order(); };
  DOLERITE_RETURN_IF_ERROR(SortUnlessStopped(&entries, 0, before, call));

  // Phase 3: each group's entries lie together now.
  std::map<LabelSet, NodeValues> out;
  for (auto at = entries.cbegin(); at != entries.cend();) {
    DOLERITE_RETURN_IF_ERROR(call.Check());
    const LabelSet& group = *labels[at->group];
    out[group] = ValuesOf(&at, entries.cend());
  }
  return out;
}

}  // namespace dolerite
