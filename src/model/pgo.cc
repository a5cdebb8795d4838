// Go reads a CPU profile as weights of call edges: (caller, line in the caller, callee). What it
// does not look at may go, and the fewer distinct stacks are left, the smaller the file. Phases, as
// PgoMaker::Make calls them: cut stacks to the frames nearest to the leaf and replace leaves by
// forms without a line; merge what is equal then and sum its samples; drop what has no value; put
// tables into canonical order; copy them into the result.
#include "dolerite/pgo.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "model/canonical.h"
#include "model/symbol_copier.h"
#include "model/symbol_merger.h"

namespace dolerite {
namespace {

constexpr uint32_t kNoForm = UINT32_MAX;

std::string NameOf(const Profile& profile, const ValueType& type) {
  return Concat(profile.symbols.strings[type.type], "/", profile.symbols.strings[type.unit]);
}

// Rows of the sample types that Go reads. It takes the first of them, so both are kept in their
// order.
absl::StatusOr<std::vector<size_t>> CpuTypes(const Profile& profile) {
  std::vector<size_t> rows;
  std::string all;
  for (size_t i = 0; i < profile.sample_types.size(); ++i) {
    const std::string name = NameOf(profile, profile.sample_types[i]);
    if (name == "samples/count" || name == "cpu/nanoseconds") rows.push_back(i);
    all += (i == 0 ? "" : ", ") + name;
  }
  if (!rows.empty()) return rows;
  return InvalidArgument("Go's PGO reads CPU profiles, sample type samples/count or ",
                         "cpu/nanoseconds; this one has: ", all.empty() ? "none" : all);
}

// Turns locations into what they are at the end of a stack. Go's edges need the function of a leaf
// but not its line, so leaves of one function can be one location, and their samples add up. A form
// is made once for each location.
class LeafForms {
 public:
  // Takes a profile's tables, to which the forms are added.
  explicit LeafForms(Symbols* symbols)
      : symbols_(*symbols), form_of_(symbols->locations.size(), kNoForm) {}

  // The form of a stack's leaf, or the leaf itself if its form would change the weights of calls.
  LocationId Of(std::span<const LocationId> leaf_first) {
    const LocationId leaf = leaf_first[0];
    if (symbols_.locations.lines.length(leaf.value) == 0) return leaf;
    for (const LocationId& at : leaf_first) {
      if (Meets(leaf, at, &at == leaf_first.data())) return leaf;
    }
    uint32_t& form = form_of_[leaf.value];
    if (form == kNoForm) form = Add(leaf).value;
    return {form};
  }

 private:
  // Whether a frame of a location is, for Go, the same place as a frame of the leaf, before or
  // after the leaf's change. Then the leaf stays: Go counts a place once in a stack, so weights
  // would change.
  bool Meets(LocationId leaf, LocationId at, bool at_is_leaf) const {
    const Lists<Line>& lines = symbols_.locations.lines;
    const Line* const inner = lines.begin(leaf.value);
    for (const Line* mine = inner; mine != lines.end(leaf.value); ++mine) {
      const int64_t new_line = mine == inner ? 0 : mine->line;
      for (const Line* other = lines.begin(at.value); other != lines.end(at.value); ++other) {
        if (at_is_leaf && (mine != inner || other == inner)) continue;
        if (!SameFunction(mine->function, other->function)) continue;
        // Frames of one location differ by their lines alone.
        const uint64_t address = at_is_leaf ? 0 : symbols_.locations.address[at.value];
        const uint64_t before = at_is_leaf ? 0 : symbols_.locations.address[leaf.value];
        if (other->line == mine->line && address == before) return true;
        if (other->line == new_line && address == 0) return true;
      }
    }
    return false;
  }

  bool SameFunction(FunctionId a, FunctionId b) const {
    const Functions& f = symbols_.functions;
    return a == b || symbols_.strings[f.name[a.value]] == symbols_.strings[f.name[b.value]];
  }

  // The leaf without an address and without the line of its innermost call, which no edge needs.
  // The inlined callers keep their lines, since edges start there.
  LocationId Add(LocationId leaf) {
    Lists<Line>& lines = symbols_.locations.lines;
    const std::vector<Line> kept(lines.begin(leaf.value), lines.end(leaf.value));
    lines.items.insert(lines.items.end(), kept.begin(), kept.end());
    Line& inner = lines.items[lines.items.size() - kept.size()];
    inner.line = inner.column = 0;
    return symbols_.AddLocation({}, 0, symbols_.locations.folded[leaf.value] != 0);
  }

  Symbols& symbols_;
  std::vector<uint32_t> form_of_;  // by location
};

// Tables without labels and attributes.
Symbols WithoutLabels(const Symbols& from) {
  Symbols symbols = from;
  symbols.attributes = {};
  symbols.attribute_sets.ends = {0};
  symbols.attribute_sets.items.clear();
  std::fill(symbols.mappings.attributes.begin(), symbols.mappings.attributes.end(),
            AttributeSetId{});
  std::fill(symbols.locations.attributes.begin(), symbols.locations.attributes.end(),
            AttributeSetId{});
  return symbols;
}

class PgoMaker {
 public:
  PgoMaker(const Profile& profile, std::vector<size_t> types, const GoPgoOptions& options)
      : in_(profile), types_(std::move(types)), options_(options) {}

  // The header's strings are not reached from stacks, so they are marked as used by hand.
  absl::StatusOr<Profile> Make() {
    CutStacks();
    SumSamples();
    DropEmptyStacks();
    UsedRows used(tables_);
    used.layouts[remap_.layout.value] = 1;
    for (StringId string : header_strings_) used.strings[string.value] = 1;
    canonical_ = MakeCanonical(tables_, std::move(used));
    CopyTables();
    FillHeader();
    DOLERITE_RETURN_IF_ERROR(FillSamples());
    DOLERITE_RETURN_IF_ERROR(CheckStartLines());
    return std::move(out_);
  }

 private:
  // Makes nodes_: for each of the profile's stacks its node in the merged tables.
  void CutStacks();
  void SumSamples();
  void DropEmptyStacks();
  void FillHeader();
  absl::Status FillSamples();
  void CopyTables();
  absl::Status CheckStartLines() const;

  StringId HeaderString(size_t i) {
    return copier_.String({canonical_.strings[header_strings_[i].value]});
  }
  bool HasValue(uint32_t node) const {
    const auto* sums = sums_.data() + node * types_.size();
    return std::any_of(sums, sums + types_.size(), [](__int128 sum) { return sum != 0; });
  }

  const Profile& in_;
  const std::vector<size_t> types_;
  const GoPgoOptions options_;
  SymbolMerger::Remap remap_;
  MergedTables tables_;
  std::vector<StackId> nodes_;            // by stack of the profile
  std::vector<__int128> sums_;            // by node, one for each type
  std::vector<StringId> header_strings_;  // period type and unit, those of sample types, default
  CanonicalTables canonical_;
  SymbolCopier copier_;
  Profile out_;
};

// Phase 1 and 2: stacks are cut and their leaves replaced, in a copy of the symbols; then merged,
// so that equal ones have one node. Labels are dropped before, as locations that differ by
// attributes alone would not merge.
void PgoMaker::CutStacks() {
  Symbols symbols = WithoutLabels(in_.symbols);
  LeafForms leaves(&symbols);
  Lists<LocationId> cut;
  for (size_t i = 0; i < in_.stacks.size(); ++i) {
    const size_t length = in_.stacks.length(i);
    // The frames nearest to the leaf; Go weighs each edge of a stack alone.
    // The leaf's form looks at the kept frames only: Go sees no others.
    const size_t kept = options_.keep_frames == 0 ? length : std::min(length, options_.keep_frames);
    const std::span<const LocationId> stack(in_.stacks.begin(i), kept);
    cut.items.insert(cut.items.end(), stack.begin(), stack.end());
    if (kept > 0 && options_.aggregate_callees) cut.items[cut.begin_of(i)] = leaves.Of(stack);
    cut.Close();
  }
  SymbolMerger merger;
  merger.Add(symbols, &remap_);
  std::vector<LocationId> merged;
  for (size_t i = 0; i < cut.size(); ++i) {
    merged.clear();
    for (const LocationId* l = cut.begin(i); l != cut.end(i); ++l) {
      merged.push_back(remap_.locations[l->value]);
    }
    nodes_.push_back(merger.AddStack(merged));
  }
  const auto keep = [&](StringId string) {
    header_strings_.push_back(merger.AddString(in_.symbols.strings[string]));
  };
  keep(in_.period_type.type), keep(in_.period_type.unit);
  for (size_t type : types_) keep(in_.sample_types[type].type), keep(in_.sample_types[type].unit);
  keep(in_.default_sample_type);
  // The merger is done; sums are kept beside its nodes.
  tables_ = std::move(merger).Take();
}

// In 128 bits: sums of parts may leave 64 where the whole does not.
void PgoMaker::SumSamples() {
  sums_.resize(tables_.stacks.size() * types_.size());
  const Samples& samples = in_.samples;
  for (size_t i = 0; i < samples.size(); ++i) {
    __int128* sums = sums_.data() + nodes_[samples.stack[i].value].value * types_.size();
    const int64_t* values = samples.values.data() + i * in_.sample_types.size();
    for (size_t t = 0; t < types_.size(); ++t) sums[t] += values[types_[t]];
  }
}

// Drops nodes that have no sum at or below them, and with them the rows that only they refer to. A
// sum of 0 is dropped too, as samples of a stack may cancel out. Parents come before children, so
// the backward loop marks and the forward loop moves.
void PgoMaker::DropEmptyStacks() {
  const StackTree from = std::move(tables_.stacks);
  std::vector<char> wanted(from.size());
  for (uint32_t node = static_cast<uint32_t>(from.size()); node-- > 0;) {
    wanted[node] |= node == 0 || HasValue(node);
    if (wanted[node]) wanted[from.parent[node]] = 1;
  }
  StackTree& to = tables_.stacks = {};
  std::vector<uint32_t> moved(from.size());
  for (uint32_t node = 0; node < from.size(); ++node) {
    if (!wanted[node]) continue;
    moved[node] = static_cast<uint32_t>(to.size());
    to.parent.push_back(moved[from.parent[node]]);
    // A node moves towards the front only, so its sums do not overwrite others that are still
    // needed.
    to.location.push_back(from.location[node]);
    std::copy_n(sums_.begin() + node * types_.size(), types_.size(),
                sums_.begin() + moved[node] * types_.size());
  }
}

// The default sample type stays only if it is one of those that are kept.
void PgoMaker::FillHeader() {
  out_.period_type = {HeaderString(0), HeaderString(1)};
  for (size_t t = 0; t < types_.size(); ++t) {
    out_.sample_types.push_back({HeaderString(2 + 2 * t), HeaderString(3 + 2 * t)});
  }
  const StringId default_type = HeaderString(header_strings_.size() - 1);
  for (const ValueType& type : out_.sample_types) {
    if (type.type == default_type) out_.default_sample_type = default_type;
  }
  out_.period = in_.period;
  out_.time_nanos = in_.time_nanos;
  out_.duration_nanos = in_.duration_nanos;
}

// One sample for each node with a value, in canonical order.
absl::Status PgoMaker::FillSamples() {
  const StackTree& stacks = canonical_.tables.stacks;
  // The sums lie by merged node, the result is in canonical order.
  std::vector<uint32_t> node_of(stacks.size());  // of the merged tables, by canonical node
  for (uint32_t node = 0; node < stacks.size(); ++node) node_of[canonical_.stacks[node]] = node;
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < stacks.size(); ++row) {
    if (!HasValue(node_of[row])) continue;
    for (size_t t = 0; t < types_.size(); ++t) {
      const __int128 sum = sums_[node_of[row] * types_.size() + t];
      if (sum != static_cast<int64_t>(sum)) {
        return OutOfRange("samples of one stack sum to over 64 bits");
      }
      out_.samples.values.push_back(static_cast<int64_t>(sum));
    }
    rows.push_back(row);
    out_.samples.attributes.push_back({});
  }
  copier_.Stacks(stacks, rows, &out_.samples.stack);
  return absl::OkStatus();
}

// Mappings lie where the profile had them, and come in its order; functions and locations keep
// the canonical one.
void PgoMaker::CopyTables() {
  const MergedTables& from = canonical_.tables;
  copier_.Start(from.symbols, &out_);
  const uint32_t layout = canonical_.layouts[remap_.layout.value];
  for (const LayoutEntry* e = from.layouts.begin(layout); e != from.layouts.end(layout); ++e) {
    copier_.PlaceMapping(e->mapping, e->start);
  }
  for (uint32_t i = 1; i < from.symbols.functions.size(); ++i) copier_.Function({i});
  for (uint32_t i = 0; i < from.symbols.locations.size(); ++i) copier_.Location({i});
}

// Go places calls by their distance from the start of the function, so a profile without start
// lines would silently do nothing.
absl::Status PgoMaker::CheckStartLines() const {
  const std::vector<int64_t>& starts = out_.symbols.functions.start_line;
  const bool any =
      std::any_of(starts.begin(), starts.end(), [](int64_t line) { return line != 0; });
  if (any || out_.samples.size() == 0) return absl::OkStatus();
  return InvalidArgument("no function of the samples has a start line, which Go's PGO needs; ",
                         "programs built by Go 1.20 or later write them");
}

}  // namespace

absl::StatusOr<Profile> GoPgoProfile(const Profile& profile, const GoPgoOptions& options) {
  DOLERITE_RETURN_IF_ERROR(profile.Validate());
  DOLERITE_ASSIGN_OR_RETURN(std::vector<size_t> types, CpuTypes(profile));
  return PgoMaker(profile, std::move(types), options).Make();
}

}  // namespace dolerite
