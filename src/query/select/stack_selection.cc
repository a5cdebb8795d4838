// From expressions to stacks in steps: Found looks at each string of the dictionaries once;
// ChosenStacks combines what was found along each stack, in one walk from the root; CutFrames
// leaves lines out of locations; Rebuilder makes a tree of what is left, if anything was left out.
// google/pprof has the meaning of all conditions by name.
#include "query/select/stack_selection.h"

#include <algorithm>
#include <map>

#include "base/checksum.h"
#include "dolerite/demangle.h"
#include "model/child_index.h"
#include "model/pre_order.h"
#include "query/select/frames.h"
#include "query/select/pruned_stacks.h"
#include "query/select/selection_state.h"

namespace dolerite {

namespace {

// The entries of the dictionaries that an expression matches.
class Found {
 public:
  Found(const Regex& regex, const Symbols& symbols) : symbols_(symbols) {
    // A string is looked at once, however many functions have it: expressions cost most.
    if (!regex) return;
    std::vector<char> strings(symbols.strings.size(), kUnknown);
    const auto found = [&](StringId id) {
      char& known = strings[id.value];
      if (known == kUnknown) known = FoundIn(regex, symbols.strings[id]);
      return known == 1;
    };
    const Functions& f = symbols.functions;
    functions_.resize(f.size());
    for (size_t i = 1; i < f.size(); ++i) functions_[i] = found(f.name[i]) || found(f.file[i]);
    mappings_.resize(symbols.mappings.size());
    for (size_t i = 1; i < mappings_.size(); ++i) mappings_[i] = found(symbols.mappings.file[i]);
  }

  // An expression that was not given matches nothing and is not asked.
  bool asked() const { return !mappings_.empty(); }
  bool InMapping(uint32_t location) const {
    return mappings_[symbols_.locations.mapping[location].value] != 0;
  }
  bool InLine(const Line& line) const { return functions_[line.function.value] != 0; }
  bool InLocation(uint32_t location) const {
    const Lists<Line>& lines = symbols_.locations.lines;
    return InMapping(location) || std::any_of(lines.begin(location), lines.end(location),
                                              [&](const Line& line) { return InLine(line); });
  }

 private:
  static constexpr char kUnknown = 2;

  // Names are found as they are stored and as people write them.
  static bool FoundIn(const Regex& regex, std::string_view text) {
    if (regex.FoundIn(text)) return true;
    return text.starts_with('_') && regex.FoundIn(Demangle(text));
  }

  const Symbols& symbols_;
  std::vector<char> functions_, mappings_;
};

// Locations without the frames that are left out. Changes follow google/pprof, which changes a
// location wherever it is: hide, then show, then show_from.
// Conditions that leave out frames. They apply to locations, whatever stack they are in.
class CutFrames {
 public:
  CutFrames(const SelectionFilter::State& state, const Symbols& symbols)
      : symbols_(symbols),
        hide_(state.hide, symbols),
        show_(state.show, symbols),
        show_from_(state.show_from, symbols) {}

  bool asked() const { return hide_.asked() || show_.asked() || show_from_.asked(); }
  bool starts_somewhere() const { return show_from_.asked(); }
  bool IsHidden(uint32_t location) const { return !hidden_.empty() && hidden_[location] != 0; }
  bool Starts(uint32_t location) const { return starts_[location] != 0; }

  // The lines that all locations keep.
  // All locations are looked at once; stacks look results up.
  Lists<Line> Make() {
    Lists<Line> out;
    const size_t n = symbols_.locations.size();
    hidden_.assign(n, 0), starts_.assign(n, 0);
    std::vector<Line> kept;
    for (uint32_t location = 0; location < n; ++location) {
      const Lists<Line>& lines = symbols_.locations.lines;
      kept.assign(lines.begin(location), lines.end(location));
      hidden_[location] = Cut(location, &kept);
      starts_[location] = StartFrom(location, &kept);
      out.items.insert(out.items.end(), kept.begin(), kept.end());
      out.Close();
    }
    return out;
  }

  // Leaves out frames that are hidden or not shown; true if the location is left out whole.
  // A mapping that matches hides all of its lines. A location without lines of its own is judged by
  // its mapping alone.
  bool Cut(uint32_t location, std::vector<Line>* lines) const {
    bool hidden = false;
    if (hide_.asked() && hide_.InLocation(location)) {
      if (hide_.InMapping(location)) lines->clear();
      std::erase_if(*lines, [&](const Line& line) { return hide_.InLine(line); });
      hidden = lines->empty();
    }
    if (!show_.asked()) return hidden;
    if (!show_.InMapping(location)) {
      std::erase_if(*lines, [&](const Line& line) {
        return line.function.value != 0 && !show_.InLine(line);
      });
    }
    return hidden || lines->empty();
  }
  // Leaves out the frames that called the match; true if something matches.
  bool StartFrom(uint32_t location, std::vector<Line>* lines) const {
    if (!show_from_.asked() || show_from_.InMapping(location)) return true;
    const auto match = std::find_if(lines->rbegin(), lines->rend(),
                                    [&](const Line& line) { return show_from_.InLine(line); });
    if (match == lines->rend()) return false;
    lines->erase(match.base(), lines->end());
    return true;
  }

 private:
  const Symbols& symbols_;
  Found hide_, show_, show_from_;
  std::vector<char> hidden_, starts_;
};

// Whether a mapping has this name: its file, whole or as frames show it, or its build id.
bool IsMapping(const Symbols& symbols, MappingId mapping, std::string_view name) {
  if (name == symbols.strings[symbols.mappings.build_id[mapping.value]]) return true;
  const std::string_view file = symbols.strings[symbols.mappings.file[mapping.value]];
  if (name == file) return true;
  const bool in_brackets = name.starts_with("[") && name.ends_with("]");
  if (in_brackets) name = name.substr(1, name.size() - 2);
  return !file.empty() && name == file.substr(file.rfind('/') + 1);
}

// The conditions that choose stacks, as the tree is walked from the root: each is a state of the
// node that follows from the parent's state and the node's location.
class ChosenStacks {
 public:
  ChosenStacks(const SelectionFilter::State& state, const MergedTables& tables)
      : filter_(state.selection.stacks),
        tables_(tables),
        by_name_(state.focus || state.ignore || state.hide || state.show) {
    const size_t n = tables.symbols.locations.size();
    const Found focus(state.focus, tables.symbols), ignore(state.ignore, tables.symbols);
    focused_.resize(n), ignored_.resize(n);
    for (uint32_t l = 0; l < n; ++l) {
      ignored_[l] = ignore.asked() && ignore.InLocation(l);
      focused_[l] = !focus.asked() || focus.InLocation(l);
    }
    FindAddresses();
    FindBelow();
    for (const std::string& name : filter_.call_path) finders_.emplace_back(tables, name);
  }

  // By stack: whether it is chosen.
  std::vector<char> Choose() {
    const StackTree& stacks = tables_.stacks;
    const size_t n = stacks.size();
    std::vector<char> focused(n), ignored(n), addressed(n), below(n), chosen(n);
    std::vector<uint32_t> path(n);  // names of the call path that were met; kLost: another one was
    for (size_t i = 0; i < n; ++i) {
      if (i > 0) {
        const uint32_t parent = stacks.parent[i], location = stacks.location[i].value;
        // As in google/pprof, a location that is ignored does not count as focused.
        focused[i] = focused[parent] || (focused_[location] && !ignored_[location]);
        ignored[i] = ignored[parent] || ignored_[location];
        addressed[i] = addressed[parent] || (!addressed_.empty() && addressed_[location]);
        below[i] = below[parent] || (!below_.empty() && below_[location]);
        path[i] = Walk(path[parent], {location});
      }
      chosen[i] = (!by_name_ || (focused[i] && !ignored[i])) &&
                  (filter_.addresses.empty() || addressed[i]) &&
                  (filter_.below.empty() || below[i]) && path[i] == filter_.call_path.size();
    }
    return chosen;
  }

  // Whether a location calls the function that stacks are shown below, and its lines up to there.
  bool IsBelow(uint32_t location) const { return !below_.empty() && below_[location] != 0; }
  uint32_t FramesBelow(uint32_t location) const { return below_[location]; }

 private:
  static constexpr uint32_t kLost = UINT32_MAX;

  // FileOffset is the same for every process, so addresses are compared in the file.
  void FindAddresses() {
    if (filter_.addresses.empty()) return;
    const Symbols& s = tables_.symbols;
    addressed_.resize(s.locations.size());
    for (uint32_t l = 0; l < addressed_.size(); ++l) {
      const uint64_t address = FileOffset(s, {l});
      for (const AddressRange& range : filter_.addresses) {
        const bool in = IsMapping(s, s.locations.mapping[l], range.mapping);
        addressed_[l] |= in && address >= range.begin && address < range.end;
      }
    }
  }

  void FindBelow() {
    if (filter_.below.empty()) return;
    const FrameFinder finder(tables_, filter_.below);
    below_.resize(tables_.symbols.locations.size());
    for (uint32_t l = 0; l < below_.size(); ++l) below_[l] = finder.FramesFrom({l});
  }

  // Frames of one location are consecutive names of the path.
  uint32_t Walk(uint32_t met, LocationId location) const {
    const size_t frames = finders_.empty() ? 0 : finders_[0].FrameCount(location);
    for (size_t frame = 0; frame < frames; ++frame) {
      if (met == kLost || met == finders_.size()) return met;
      met = finders_[met].IsFrame(location, frame) ? met + 1 : kLost;
    }
    return met;
  }

  const StackFilter& filter_;
  const MergedTables& tables_;
  bool by_name_;
  std::vector<char> focused_, ignored_, addressed_;
  std::vector<FrameFinder> finders_;  // of the names of the call path
  std::vector<uint32_t> below_;       // by location: innermost frames that are kept
};

// Stacks without the frames that are left out, in tables of their own. Stacks that become equal
// share a node.
class Rebuilder {
 public:
  Rebuilder(const MergedTables& tables, const ChosenStacks& chosen, CutFrames* frames)
      : tables_(tables), chosen_(chosen), frames_(*frames) {
    changed_ = std::make_unique<MergedTables>();
    changed_->symbols = tables.symbols;
    changed_->layouts = tables.layouts;
    Locations& locations = changed_->symbols.locations;
    // Columns that nobody has read yet.
    locations.address.resize(locations.size());
    locations.folded.resize(locations.size());
    locations.attributes.resize(locations.size());
    if (frames_.asked()) locations.lines = frames_.Make();
    changed_->stacks.parent = {0};
    changed_->stacks.location = {{}};
  }

  // `started`: a frame that show_from matches was met. `inside`: the function of `below` was met.
  // Parents come first, so one forward loop suffices.
  SelectedStacks Rebuild(const std::vector<char>& taken, bool cut_below) {
    const StackTree& stacks = tables_.stacks;
    SelectedStacks out;
    std::vector<uint32_t> node(stacks.size());
    std::vector<char> started(stacks.size()), inside(stacks.size());
    started[0] = !frames_.starts_somewhere();
    inside[0] = !cut_below;
    out.stack_of.assign(stacks.size(), kNoStack);
    for (uint32_t i = 0; i < stacks.size(); ++i) {
      if (i > 0) {
        const uint32_t parent = stacks.parent[i], location = stacks.location[i].value;
        const bool hidden = frames_.IsHidden(location);
        const bool enters = !inside[parent] && chosen_.IsBelow(location);
        inside[i] = inside[parent] || enters;
        started[i] = started[parent] || (!hidden && frames_.Starts(location));
        node[i] = node[parent];
        if (inside[i] && started[i] && !hidden) {
          const uint32_t shown = enters ? Below(location) : location;
          if (shown != kGone) node[i] = Child(node[parent], shown);
        }
      }
      // A stack left without frames is dropped, as google/pprof does.
      if (taken[i] && node[i] != 0) out.stack_of[i] = node[i];
    }
    const std::vector<uint32_t> now = PutInPreOrder(&changed_->stacks);
    for (uint32_t& stack : out.stack_of) stack = stack == kNoStack ? kNoStack : now[stack];
    out.tables = changed_.get();
    out.changed = std::move(changed_);
    return out;
  }

 private:
  // Finds or adds the child of a new node.
  uint32_t Child(uint32_t parent, uint32_t location) {
    const uint32_t child = children_.FindOrAdd(parent, location);
    if (child == changed_->stacks.size()) {
      changed_->stacks.parent.push_back(parent);
      changed_->stacks.location.push_back({location});
    }
    return child;
  }

  // A location without the frames that called the function; kGone if nothing is left. Copies are
  // made once for each location.
  uint32_t Below(uint32_t location) {
    const Lists<Line>& lines = tables_.symbols.locations.lines;
    const size_t keep = chosen_.FramesBelow(location);
    if (keep >= lines.length(location)) return location;
    const auto [at, is_new] = below_.try_emplace(location, kGone);
    if (!is_new) return at->second;
    std::vector<Line> kept(lines.begin(location), lines.begin(location) + keep);
    if (frames_.Cut(location, &kept)) return kGone;
    Locations& l = changed_->symbols.locations;
    // Where the whole location starts, not where its rest would.
    kept.resize(std::min(kept.size(), l.lines.length(location)));
    at->second = static_cast<uint32_t>(l.size());
    l.lines.items.insert(l.lines.items.end(), kept.begin(), kept.end());
    changed_->symbols.AddLocation(l.mapping[location], l.address[location], l.folded[location] != 0,
                                  l.attributes[location]);
    return at->second;
  }

  static constexpr uint32_t kGone = UINT32_MAX;

  const MergedTables& tables_;
  const ChosenStacks& chosen_;
  CutFrames& frames_;
  std::map<uint32_t, uint32_t> below_;  // cut copies of locations
  std::unique_ptr<MergedTables> changed_;
  ChildIndex children_{SeedFor(this)};
};

}  // namespace

bool SelectsAddresses(const SelectionFilter& filter) {
  return !filter.selection().stacks.addresses.empty();
}

namespace {

// All conditions but drop_frames, on tables that may have been pruned already.
SelectedStacks SelectWhole(const SelectionFilter& filter, const MergedTables& tables) {
  SelectedStacks out;
  out.tables = &tables;
  const StackFilter& stacks = filter.selection().stacks;
  ChosenStacks chosen(FilterAccess::Of(filter), tables);
  const std::vector<char> taken = chosen.Choose();
  CutFrames frames(FilterAccess::Of(filter), tables.symbols);
  if (frames.asked() || !stacks.below.empty()) {
    return Rebuilder(tables, chosen, &frames).Rebuild(taken, !stacks.below.empty());
  }
  out.stack_of.resize(taken.size());
  for (uint32_t i = 0; i < taken.size(); ++i) out.stack_of[i] = taken[i] ? i : kNoStack;
  return out;
}

}  // namespace

SelectedStacks SelectStacks(const SelectionFilter& filter, const MergedTables& tables) {
  if (filter.selection().stacks.empty()) return {.tables = &tables, .stack_of = {}, .changed = {}};
  // Pruning changes stacks before all other conditions see them, so both maps are put one behind
  // the other.
  if (!FilterAccess::Of(filter).drop) return SelectWhole(filter, tables);
  PrunedStacks pruned =
      PruneStacks(FilterAccess::Of(filter).drop, FilterAccess::Of(filter).keep, tables);
  SelectedStacks out = SelectWhole(filter, *pruned.tables);
  for (uint32_t& stack : pruned.stack_of) stack = out[stack];
  out.stack_of = std::move(pruned.stack_of);
  if (out.changed == nullptr) out.changed = std::move(pruned.tables);
  return out;
}

// For `self` the innermost frame decides; else any frame on the path does, and what is below it
// inherits that.
std::vector<char> StacksWithFunction(const MergedTables& tables, std::string_view function,
                                     bool self) {
  const FrameFinder finder(tables, function);
  std::vector<char> calls(tables.symbols.locations.size());
  for (uint32_t l = 0; l < calls.size(); ++l) {
    calls[l] = self ? finder.IsFrame({l}, finder.FrameCount({l}) - 1) : finder.FramesFrom({l}) > 0;
  }
  std::vector<char> out(tables.stacks.size());
  for (size_t i = 1; i < out.size(); ++i) {
    out[i] = calls[tables.stacks.location[i].value] || (!self && out[tables.stacks.parent[i]]);
  }
  return out;
}

}  // namespace dolerite
