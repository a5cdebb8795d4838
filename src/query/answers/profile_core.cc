// Merges profiles into one profile, in phases:
//
//   Read     one dataset: sums of all values by stack and label set, the starts of the mappings
//            that its profiles used, and what their headers say; all in ids of the dataset's tables
//   Add      renumbers these into the merged tables of the answer (SymbolMerger) and adds them up;
//            Merge does the same with another answer
//   Order    puts the merged tables into canonical order, so that the result does not depend on the
//            order in which the parts came; Encode and Finish both write that
//   Finish   drops samples of zeros, and makes a Profile of the rest
#include "query/answers/profile_core.h"

#include <algorithm>
#include <span>
#include <tuple>

#include "base/pace.h"
#include "base/status.h"
#include "block/assemble.h"
#include "model/canonical.h"
#include "query/answers/sum_bounds.h"
#include "query/answers/tables_wire.h"
#include "query/question_fields.h"
#include "query/scan/sample_scan.h"
#include "query/select/stack_selection.h"

namespace dolerite {

template <class Wire>
void Fields(Wire& wire, Placement& p) {
  wire(p.main, p.start);
}
template <class Wire>
void Fields(Wire& wire, MergedHeader& h) {
  wire(h.any, h.time, h.duration, h.period, h.comments, h.drop_frames, h.keep_frames, h.doc_urls);
}

namespace {

// The smallest text that is not empty; "" if all are.
std::string First(const std::set<std::string>& texts) {
  for (const std::string& text : texts) {
    if (!text.empty()) return text;
  }
  return "";
}

// What Read takes from one dataset; ids are those of the dataset's tables.
struct ProfileContribution : Contribution {
  SelectedStacks stacks;
  KeyedSums rows;  // by stack and label set of the dataset
  std::map<uint32_t, Placement> placements;
  MergedHeader header;
};

// Of several starts of one mapping the lowest counts.
void PlaceIn(std::map<uint32_t, Placement>* placements, uint32_t mapping, Placement placement) {
  const auto [at, is_new] = placements->try_emplace(mapping, placement);
  if (is_new) return;
  at->second.main = at->second.main || placement.main;
  at->second.start = std::min(at->second.start, placement.start);
}

// Sets of texts, so that merging does not depend on order.
MergedHeader HeaderOf(const ProfileHeader& from, const ProfileRow& row) {
  MergedHeader one;
  one.any = true;
  one.time = row.time_nanos;
  one.duration = row.duration_nanos;
  one.period = from.period;
  one.comments.insert(from.comments.begin(), from.comments.end());
  one.drop_frames.insert(from.drop_frames);
  one.keep_frames.insert(from.keep_frames);
  one.doc_urls.insert(from.doc_url);
  return one;
}

}  // namespace

// The earliest time, the longest period, the sum of durations.
void MergedHeader::Add(const MergedHeader& other) {
  if (!other.any) return;
  time = any ? std::min(time, other.time) : other.time;
  period = any ? std::max(period, other.period) : other.period;
  any = true;
  // People divide by durations: a sum beyond 64 bits stays at the limit that it passed.
  if (__builtin_add_overflow(duration, other.duration, &duration)) {
    duration = other.duration < 0 ? INT64_MIN : INT64_MAX;
  }
  comments.insert(other.comments.begin(), other.comments.end());
  drop_frames.insert(other.drop_frames.begin(), other.drop_frames.end());
  keep_frames.insert(other.keep_frames.begin(), other.keep_frames.end());
  doc_urls.insert(other.doc_urls.begin(), other.doc_urls.end());
}

namespace {

// Adds the headers of all selected profiles, and the lowest start of each mapping that their
// layouts name. Layouts are few; each is looked at once.
absl::Status AddProfiles(const DatasetScan& scan, const MergedTables& tables,
                         ProfileContribution* out) {
  std::set<uint32_t> layouts;
  const ProfileTable& table = *scan.table;
  for (size_t p = 0; p < table.profiles.size(); ++p) {
    if (!scan.selected[p]) continue;
    const ProfileRow& row = table.profiles[p];
    if (row.layout >= tables.layouts.size()) {
      return DataLoss(scan.reader->block().Place(), ": a profile's layout is not there");
    }
    layouts.insert(row.layout);
    out->header.Add(HeaderOf(table.headers[row.header], row));
  }
  for (uint32_t layout : layouts) {
    const LayoutEntry* begin = tables.layouts.begin(layout);
    for (const LayoutEntry* e = begin; e != tables.layouts.end(layout); ++e) {
      PlaceIn(&out->placements, e->mapping.value, {e == begin, e->start});
    }
  }
  return absl::OkStatus();
}

}  // namespace

// All types that are selected must be equal, as all of their values are kept.
absl::StatusOr<std::unique_ptr<Contribution>> ProfileCore::Read(const DatasetView& view,
                                                                QueryCost* cost) const {
  const DatasetScan& scan = view.scans[0];
  const std::set<ProfileType> types = TypesOf(scan);
  if (types.size() > 1) {
    return InvalidArgument("profiles of \"", types.begin()->name,
                           "\" differ in their sample types and do not merge");
  }
  // Stacks are filtered first: ScanSamples then gives rows whose stack is looked up in `stacks`.
  auto out = std::make_unique<ProfileContribution>();
  out->only_type = *types.begin();
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, scan.reader->Everything(scan.types));
  out->stacks = SelectStacks(scan.filter, *tables);
  RowWants wants;
  wants.labels = true;
  wants.heads = view.options->heads;
  DOLERITE_RETURN_IF_ERROR(
      ScanSamples(scan, wants, tables->stacks.size(), cost, [&](const RowBatch& batch) {
        // Values of a row side by side, as KeyedSums wants them.
        std::vector<int64_t> values(batch.values.size());
        for (size_t i = 0; i < batch.rows; ++i) {
          const uint32_t stack = out->stacks[batch.stacks[i]];
          if (stack == kNoStack) continue;
          for (size_t v = 0; v < values.size(); ++v) values[v] = batch.values[v][i];
          out->rows.Add({stack, batch.labels[i]}, values);
        }
        return scan.reader->HoldAtMost(out->rows.memory_bytes(), "sums of stacks and labels");
      }));
  DOLERITE_RETURN_IF_ERROR(AddProfiles(scan, *tables, out.get()));
  return out;
}

// Adds rows and placements, whose ids are those of `tables`.
absl::Status ProfileCore::AddTables(const MergedTables& tables, const KeyedSums& from,
                                    const std::map<uint32_t, Placement>& from_placements,
                                    const CallContext& call) {
  SymbolMerger::Remap remap;
  DOLERITE_RETURN_IF_ERROR(merger_->Add(tables.symbols, &remap, call));
  const StackTree& stacks = tables.stacks;
  // Only stacks that rows use are copied, with their ancestors: one backward loop marks these.
  std::vector<char> wanted(stacks.size(), 0);
  for (size_t row = 0; row < from.size(); ++row) wanted[from.key(row).first] = 1;
  for (size_t i = stacks.size(); i-- > 1;) {
    if (wanted[i]) wanted[stacks.parent[i]] = 1;
  }
  DOLERITE_RETURN_IF_ERROR(call.Check());
  // Parents come before children, so a forward loop finds the merged parent of each node.
  std::vector<StackId> nodes(stacks.size());
  Pace pace;
  for (size_t i = 1; i < stacks.size(); ++i) {
    if (!wanted[i]) continue;
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    nodes[i] =
        merger_->AddChild(nodes[stacks.parent[i]], remap.locations[stacks.location[i].value]);
  }
  const auto key_of = [&](KeyedSums::Key key) {
    return KeyedSums::Key{nodes[key.first].value, remap.attribute_sets[key.second].value};
  };
  DOLERITE_RETURN_IF_ERROR(rows_.Merge(from, key_of, call));
  for (const auto& [mapping, placement] : from_placements) {
    PlaceIn(&placements_, remap.mappings[mapping].value, placement);
  }
  return absl::OkStatus();
}

// The contribution's tables belong to the dataset's reader, which still lives.
absl::Status ProfileCore::Add(Contribution&& contribution, const CallContext& call) {
  auto& from = static_cast<ProfileContribution&>(contribution);
  type_ = std::move(from.only_type);
  header_.Add(from.header);
  return AddTables(*from.stacks.tables, from.rows, from.placements, call);
}

// An empty answer takes the other one as a whole.
absl::Status ProfileCore::Merge(QueryCore&& other, const CallContext& call) {
  auto& from = static_cast<ProfileCore&>(other);
  if (!type_) std::swap(*this, from);
  if (!from.type_) return absl::OkStatus();
  // If the host stops this, rows are as before, and stacks are cut. Symbols that no stack has any
  // more may stay: Order leaves them out.
  const auto stacks = static_cast<uint32_t>(merger_->tables().stacks.size());
  absl::Status status = AddTables(from.merger_->tables(), from.rows_, from.placements_, call);
  if (status.ok()) {
    header_.Add(from.header_);
  } else {
    merger_->CutStacks(stacks);
  }
  return status;
}

// The merged tables, with only the rows in use, in canonical order; and the mappings in theirs. A
// layout of all placed mappings keeps them in use and is taken out again.
absl::StatusOr<ProfileCore::Ordered> ProfileCore::Order(const CallContext& call) const {
  Ordered out;
  for (const auto& [mapping, placement] : placements_) {
    out.entries.push_back({MappingId{mapping}, placement.start});
  }
  const LayoutId layout = merger_->AddLayout(out.entries);
  UsedRows used(merger_->tables());
  used.layouts[layout.value] = 1;
  for (size_t i = 0; i < rows_.size(); ++i) used.attribute_sets[rows_.key(i).second] = 1;
  DOLERITE_ASSIGN_OR_RETURN(out.canonical, MakeCanonical(merger_->tables(), std::move(used), call));
  // MakeCanonical keeps the order of mappings within a layout, which depends on the order of the
  // parts: sort them too.
  const uint32_t row = out.canonical.layouts[layout.value];
  std::vector<std::pair<LayoutEntry, char>> placed;
  for (size_t i = 0; i < out.entries.size(); ++i) {
    const char main = placements_.at(out.entries[i].mapping.value).main;
    placed.emplace_back(out.canonical.tables.layouts.begin(row)[i], main);
  }
  std::sort(placed.begin(), placed.end());
  out.canonical.tables.layouts = {};
  out.main.clear(), out.entries.clear();
  for (const auto& [entry, main] : placed) {
    out.entries.push_back(entry), out.main.push_back(main);
  }
  return out;
}

// Writes: type, header, tables, placements, rows; all ids are canonical.
void ProfileCore::Encode(PartialWriter* wire) const {
  (*wire)(type_.has_value());
  if (!type_) return;
  const Ordered ordered = *Order({});  // which nothing stops
  (*wire)(*type_, header_);
  EncodeTables(ordered.canonical.tables, wire);
  (*wire)(uint64_t{ordered.entries.size()});
  for (size_t i = 0; i < ordered.entries.size(); ++i) {
    (*wire)(ordered.entries[i].mapping.value,
            Placement{ordered.main[i] != 0, ordered.entries[i].start});
  }
  (*wire)(uint64_t{rows_.size()});
  for (size_t i = 0; i < rows_.size(); ++i) {
    const KeyedSums::Key key = rows_.key(i);
    (*wire)(ordered.canonical.stacks[key.first], ordered.canonical.attribute_sets[key.second]);
    for (__int128 value : rows_.values(i)) (*wire)(value);
  }
}

// Reads what Encode writes. Checks every id and sum before anything is merged.
void ProfileCore::Decode(PartialReader* wire) {
  bool any = false;
  (*wire)(any);
  if (!any) return;
  ProfileType type;
  MergedTables tables;
  std::map<uint32_t, Placement> placements;
  KeyedSums rows;
  (*wire)(type, header_);
  DecodeTables(wire, &tables);
  for (size_t n = wire->Count(); n > 0 && wire->ok(); --n) {
    const uint32_t mapping = wire->Below(tables.symbols.mappings.size());
    (*wire)(placements[mapping]);
  }
  std::vector<__int128> values(type.sample_types.size());
  size_t count = 0;
  for (size_t n = wire->Count(); n > 0 && wire->ok(); --n) {
    KeyedSums::Key key;
    key.first = wire->Below(tables.stacks.size());
    key.second = wire->Below(tables.symbols.attribute_sets.size());
    for (__int128& value : values) {
      (*wire)(value);
      // Partials come from outside: a sum beyond any profiles would make later additions overflow.
      if (!IsSum(value)) wire->Fail("a sum is larger than profiles can add up to");
    }
    rows.Add(key, values);
    if (wire->ok() && rows.size() != ++count) wire->Fail("the same sample twice");
  }
  if (!wire->ok()) return;
  type_ = std::move(type);
  const absl::Status added = AddTables(tables, rows, placements, {});
  if (!added.ok()) wire->Fail(ToStd(added.message()));
}

// The profile is assembled like one that is read from a block: canonical tables, rows, header,
// layout.
absl::StatusOr<Profile> ProfileCore::Finish(const std::vector<Measure>&,
                                            const ProfileQuestion::Finish&,
                                            const CallContext& call) {
  if (!type_) return Profile();
  // Samples: sums must fit 64 bits; a sample whose values are all 0 is left out.
  DOLERITE_ASSIGN_OR_RETURN(Ordered ordered, Order(call));
  SampleRows rows;
  Pace pace;
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
    const std::span<const __int128> values = rows_.values(i);
    if (std::all_of(values.begin(), values.end(), [](__int128 v) { return v == 0; })) continue;
    rows.stack.push_back(ordered.canonical.stacks[rows_.key(i).first]);
    rows.labels.push_back(ordered.canonical.attribute_sets[rows_.key(i).second]);
    for (__int128 value : values) {
      if (value != static_cast<int64_t>(value)) {
        return OutOfRange("a merged sample's value leaves 64 bits");
      }
      rows.values.push_back(static_cast<int64_t>(value));
    }
  }
  SortRows(&rows, type_->sample_types.size());
  DOLERITE_RETURN_IF_ERROR(call.Check());

  // Mappings: the main one first, the others by start.
  std::vector<std::pair<bool, LayoutEntry>> placed;
  for (size_t i = 0; i < ordered.entries.size(); ++i) {
    placed.emplace_back(!ordered.main[i], ordered.entries[i]);
  }
  std::sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.first, a.second.start, a.second.mapping) <
           std::tuple(b.first, b.second.start, b.second.mapping);
  });
  for (size_t i = 0; i < placed.size(); ++i) ordered.entries[i] = placed[i].second;

  // Header: texts that differ between profiles are reduced to one; comments are all kept.
  ProfileHeader header;
  header.period = header_.period;
  header.drop_frames = First(header_.drop_frames);
  header.keep_frames = First(header_.keep_frames);
  header.doc_url = First(header_.doc_urls);
  header.comments.assign(header_.comments.begin(), header_.comments.end());
  Profile profile;
  ProfileAssembler(ordered.canonical.tables)
      .Assemble(*type_, header, ordered.entries, std::move(rows), &profile);
  profile.time_nanos = header_.time;
  profile.duration_nanos = header_.duration;
  return profile;
}

std::unique_ptr<QueryCore> MakeCore(ProfileQuestion question) {
  return std::make_unique<ProfileCore>(std::move(question));
}

}  // namespace dolerite
