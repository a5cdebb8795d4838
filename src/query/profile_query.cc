#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "base/checksum.h"
#include "base/status.h"
#include "block/assemble.h"
#include "dolerite/query.h"
#include "model/canonical.h"
#include "model/row_set.h"
#include "query/scan.h"

namespace dolerite {

namespace {

// Where a mapping lies in the merged profile: where its lowest process had it.
struct Placement {
  bool main = false;  // some process' main binary
  uint64_t start = 0;
};

struct MergedHeader {
  bool any = false;
  int64_t time = 0, duration = 0, period = 0;
  std::set<std::string> comments, drop_frames, keep_frames, doc_urls;
};

// The one that all agree on, else the first by bytes that is not empty.
std::string First(const std::set<std::string>& texts) {
  for (const std::string& text : texts) {
    if (!text.empty()) return text;
  }
  return "";
}

// Sums by stack and label set. They are exact, and checked in the end: it does not matter in
// which order values come.
class LabelledSums {
 public:
  struct Key {
    uint32_t stack, labels;
    friend bool operator==(Key, Key) = default;
  };

  LabelledSums() : seed_(SeedFor(this)) {}

  // As many values each time.
  template <class Values>
  void Add(Key key, const Values& values) {
    const uint32_t row = rows_.FindOrAdd(
        MixHash(seed_, (uint64_t{key.stack} << 32) | key.labels),
        [&](uint32_t r) { return keys_[r] == key; },
        [&] {
          keys_.push_back(key);
          sums_.resize(sums_.size() + values.size());
          return static_cast<uint32_t>(keys_.size() - 1);
        });
    for (size_t v = 0; v < values.size(); ++v) sums_[row * values.size() + v] += values[v];
  }

  size_t size() const { return keys_.size(); }
  Key key(size_t row) const { return keys_[row]; }
  std::span<const __int128> values(size_t row) const {
    const size_t n = sums_.size() / keys_.size();
    return {sums_.data() + row * n, n};
  }

 private:
  uint64_t seed_;
  RowSet rows_;
  std::vector<Key> keys_;
  std::vector<__int128> sums_;
};

}  // namespace

struct ProfileQuery::State {
  Selection selection;
  QueryOptions options;
  std::optional<ProfileType> type;
  std::unique_ptr<SymbolMerger> merger = std::make_unique<SymbolMerger>();
  LabelledSums rows;                         // of the merged tables
  std::map<uint32_t, Placement> placements;  // by mapping
  MergedHeader header;
  QueryCost cost;

  void Place(uint32_t mapping, Placement placement) {
    const auto [at, is_new] = placements.try_emplace(mapping, placement);
    if (is_new) return;
    at->second.main = at->second.main || placement.main;
    at->second.start = std::min(at->second.start, placement.start);
  }

  void AddHeader(const ProfileHeader& from, const ProfileRow& row);
  void MergeHeader(const MergedHeader& other);
  absl::Status AddDataset(const DatasetScan& dataset);
  void AddTables(const MergedTables& tables, const LabelledSums& from,
                 const std::map<uint32_t, Placement>& from_placements);
};

void ProfileQuery::State::MergeHeader(const MergedHeader& other) {
  if (!other.any) return;
  header.time = header.any ? std::min(header.time, other.time) : other.time;
  header.period = header.any ? std::max(header.period, other.period) : other.period;
  header.any = true;
  // A duration is for people to divide by: one that leaves 64 bits stays at the end.
  if (__builtin_add_overflow(header.duration, other.duration, &header.duration)) {
    header.duration = INT64_MAX;
  }
  header.comments.insert(other.comments.begin(), other.comments.end());
  header.drop_frames.insert(other.drop_frames.begin(), other.drop_frames.end());
  header.keep_frames.insert(other.keep_frames.begin(), other.keep_frames.end());
  header.doc_urls.insert(other.doc_urls.begin(), other.doc_urls.end());
}

void ProfileQuery::State::AddHeader(const ProfileHeader& from, const ProfileRow& row) {
  MergedHeader one;
  one.any = true;
  one.time = row.time_nanos;
  one.duration = row.duration_nanos;
  one.period = from.period;
  one.comments.insert(from.comments.begin(), from.comments.end());
  one.drop_frames.insert(from.drop_frames);
  one.keep_frames.insert(from.keep_frames);
  one.doc_urls.insert(from.doc_url);
  MergeHeader(one);
}

// Takes rows whose ids are those of `tables`.
void ProfileQuery::State::AddTables(const MergedTables& tables, const LabelledSums& from,
                                    const std::map<uint32_t, Placement>& from_placements) {
  SymbolMerger::Remap remap;
  merger->Add(tables.symbols, &remap);
  const StackTree& stacks = tables.stacks;
  std::vector<char> wanted(stacks.size(), 0);
  for (size_t row = 0; row < from.size(); ++row) wanted[from.key(row).stack] = 1;
  for (size_t i = stacks.size(); i-- > 1;) {
    if (wanted[i]) wanted[stacks.parent[i]] = 1;
  }
  std::vector<StackId> nodes(stacks.size());
  for (size_t i = 1; i < stacks.size(); ++i) {
    if (!wanted[i]) continue;
    nodes[i] = merger->AddChild(nodes[stacks.parent[i]], remap.locations[stacks.location[i].value]);
  }
  for (size_t row = 0; row < from.size(); ++row) {
    const LabelledSums::Key key = from.key(row);
    rows.Add({nodes[key.stack].value, remap.label_sets[key.labels].value}, from.values(row));
  }
  for (const auto& [mapping, placement] : from_placements) {
    Place(remap.mappings[mapping].value, placement);
  }
}

absl::Status ProfileQuery::State::AddDataset(const DatasetScan& dataset) {
  State sums;
  SampleScan samples(&dataset, options.heads, &cost);
  DOLERITE_RETURN_IF_ERROR(
      samples.AddByLabels([&](uint32_t stack, uint32_t labels, const std::vector<int64_t>& values) {
        sums.rows.Add({stack, labels}, values);
        return absl::OkStatus();
      }));
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, dataset.reader->Everything());
  std::set<uint32_t> layouts;
  const ProfileTable& table = *dataset.table;
  for (size_t p = 0; p < table.profiles.size(); ++p) {
    if (!dataset.selected[p]) continue;
    const ProfileRow& row = table.profiles[p];
    if (row.layout >= tables->layouts.size()) {
      return DataLoss(dataset.reader->block().Place(), ": a profile's layout is not there");
    }
    layouts.insert(row.layout);
    AddHeader(table.headers[row.header], row);
    ++cost.profiles;
  }
  for (uint32_t layout : layouts) {
    const LayoutEntry* begin = tables->layouts.begin(layout);
    for (const LayoutEntry* e = begin; e != tables->layouts.end(layout); ++e) {
      sums.Place(e->mapping.value, {e == begin, e->start});
    }
  }
  AddTables(*tables, sums.rows, sums.placements);
  return absl::OkStatus();
}

ProfileQuery::ProfileQuery(Selection selection, const QueryOptions& options) : state_(new State) {
  state_->selection = std::move(selection);
  state_->options = options;
}
ProfileQuery::~ProfileQuery() = default;
ProfileQuery::ProfileQuery(ProfileQuery&&) noexcept = default;
ProfileQuery& ProfileQuery::operator=(ProfileQuery&&) noexcept = default;

const QueryCost& ProfileQuery::cost() const { return state_->cost; }

absl::Status ProfileQuery::Add(const BlockReader& block) {
  DOLERITE_ASSIGN_OR_RETURN(const SelectionFilter filter, SelectionFilter::Make(state_->selection));
  BlockDatasets datasets(block);
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<DatasetScan> scan, ScanBlock(&datasets, filter));
  std::vector<ProfileType> types = TypesOf(scan);
  if (types.empty()) return absl::OkStatus();
  Measure measure;
  DOLERITE_RETURN_IF_ERROR(ChooseMeasure(state_->selection, types, &measure));
  if (types.size() > 1 || (state_->type && *state_->type != types[0])) {
    return InvalidArgument(block.internal().Place(), ": profiles of \"", types[0].name,
                           "\" differ in their sample types and do not merge");
  }
  // A part of its own first, so that an error leaves this one as it was.
  State part;
  part.options = state_->options;
  part.type = types[0];
  for (const DatasetScan& dataset : scan) {
    DOLERITE_RETURN_IF_ERROR(part.AddDataset(dataset));
  }
  part.cost.requests = datasets.io().requests;
  part.cost.bytes_read = datasets.io().bytes;
  ProfileQuery other(state_->selection, state_->options);
  *other.state_ = std::move(part);
  return Merge(std::move(other));
}

absl::Status ProfileQuery::Merge(ProfileQuery&& other) {
  State& from = *other.state_;
  if (state_->type && from.type && *state_->type != *from.type) {
    return InvalidArgument("partials of different profile types do not merge");
  }
  if (state_->rows.size() == 0 && !state_->type) {
    from.selection = state_->selection;
    from.options = state_->options;
    from.cost += state_->cost;
    std::swap(*state_, from);
    return absl::OkStatus();
  }
  state_->AddTables(from.merger->tables(), from.rows, from.placements);
  state_->MergeHeader(from.header);
  state_->cost += from.cost;
  return absl::OkStatus();
}

absl::StatusOr<Profile> ProfileQuery::Finish() && {
  State& state = *state_;
  if (!state.type) return Profile();
  std::vector<LayoutEntry> entries;
  for (const auto& [mapping, placement] : state.placements) {
    entries.push_back({MappingId{mapping}, placement.start});
  }
  const LayoutId layout = state.merger->AddLayout(entries);
  UsedRows used(state.merger->tables());
  used.layouts[layout.value] = 1;
  const LabelledSums& sums = state.rows;
  for (size_t i = 0; i < sums.size(); ++i) used.label_sets[sums.key(i).labels] = 1;
  // Canonical order makes the profile the same, whatever order its parts came in.
  const CanonicalTables canonical = MakeCanonical(state.merger->tables(), std::move(used));
  SampleRows rows;
  for (size_t i = 0; i < sums.size(); ++i) {
    const std::span<const __int128> values = sums.values(i);
    if (std::all_of(values.begin(), values.end(), [](__int128 v) { return v == 0; })) continue;
    rows.stack.push_back(canonical.stacks[sums.key(i).stack]);
    rows.labels.push_back(canonical.label_sets[sums.key(i).labels]);
    for (__int128 value : values) {
      if (value != static_cast<int64_t>(value)) {
        return OutOfRange("a merged sample's value leaves 64 bits");
      }
      rows.values.push_back(static_cast<int64_t>(value));
    }
  }
  SortRows(&rows, state.type->sample_types.size());

  const uint32_t row = canonical.layouts[layout.value];
  const Lists<LayoutEntry>& layouts = canonical.tables.layouts;
  std::vector<std::pair<bool, LayoutEntry>> placed;  // main ones first
  for (size_t i = 0; i < entries.size(); ++i) {
    const bool main = state.placements.at(entries[i].mapping.value).main;
    placed.emplace_back(!main, layouts.begin(row)[i]);
  }
  std::sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.first, a.second.start, a.second.mapping) <
           std::tuple(b.first, b.second.start, b.second.mapping);
  });
  for (size_t i = 0; i < entries.size(); ++i) entries[i] = placed[i].second;

  ProfileHeader header;
  header.period = state.header.period;
  header.drop_frames = First(state.header.drop_frames);
  header.keep_frames = First(state.header.keep_frames);
  header.doc_url = First(state.header.doc_urls);
  header.comments.assign(state.header.comments.begin(), state.header.comments.end());
  Profile profile = AssembleProfile(canonical.tables, *state.type, header, entries, rows);
  profile.time_nanos = state.header.time;
  profile.duration_nanos = state.header.duration;
  return profile;
}

}  // namespace dolerite
