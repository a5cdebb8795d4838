// Two phases. The first looks at each location: whether a function in it is dropped, and which of
// its lines stay. The second walks down the tree of stacks and stops at dropped locations.
#include "query/select/pruned_stacks.h"

#include <algorithm>
#include <string_view>

#include "base/checksum.h"
#include "dolerite/demangle.h"
#include "model/child_index.h"
#include "model/pre_order.h"

namespace dolerite {

namespace {

// What becomes of a stack that comes to a location.
enum class Use : uint8_t {
  kUser,  // nothing in it is dropped: the stack goes on
  kEnd,   // its inner lines are dropped: the stack ends with the others
  kDrop,  // all of it is dropped: the stack ends before it
};

// The name without its arguments: what expressions are written for.
// The name ends at its first bracket, except those of two parts that names may have.
std::string_view WithoutArguments(std::string_view name) {
  constexpr std::string_view kPartsOfNames[] = {"(anonymous namespace)", "operator()"};
  if (name.starts_with('.')) name.remove_prefix(1);
  for (size_t at = 0; at < name.size(); ++at) {
    const std::string_view rest = name.substr(at);
    const auto part = std::find_if(std::begin(kPartsOfNames), std::end(kPartsOfNames),
                                   [&](std::string_view p) { return rest.starts_with(p); });
    if (part != std::end(kPartsOfNames)) {
      at += part->size() - 1;
    } else if (name[at] == '(') {
      return name.substr(0, at);
    }
  }
  return name;
}

// Expressions look at each function once.
std::vector<char> DroppedFunctions(const Regex& drop, const Regex& keep, const Symbols& symbols) {
  std::vector<char> dropped(symbols.functions.size(), 0);
  const auto is_dropped = [&](std::string_view name) {
    name = WithoutArguments(name);
    return !name.empty() && drop.MatchesAllOf(name) && !(keep && keep.MatchesAllOf(name));
  };
  // Expressions are written for names as people write them.
  for (uint32_t f = 1; f < dropped.size(); ++f) {
    dropped[f] = is_dropped(Demangle(symbols.strings[symbols.functions.name[f]]));
  }
  return dropped;
}

// Puts the lines that locations keep into `kept`.
std::vector<Use> UsesOfLocations(const std::vector<char>& dropped, const Lists<Line>& lines,
                                 Lists<Line>* kept) {
  std::vector<Use> uses;
  for (uint32_t location = 0; location < lines.size(); ++location) {
    const Line *begin = lines.begin(location), *end = lines.end(location);
    // The line after the outermost dropped one; `begin` if no line is dropped.
    const Line* stays = end;
    while (stays != begin && !dropped[(stays - 1)->function.value]) --stays;
    uses.push_back(stays == begin ? Use::kUser : stays == end ? Use::kDrop : Use::kEnd);
    // A location whose outermost line is dropped keeps all lines: it is used only where no frame of
    // the user came before it.
    kept->items.insert(kept->items.end(), stays == end ? begin : stays, end);
    kept->Close();
  }
  return uses;
}

}  // namespace

// A copy of the symbols with fewer lines, and a new tree of stacks. Parents come first in the old
// tree, so one forward loop builds the new one.
PrunedStacks PruneStacks(const Regex& drop, const Regex& keep, const MergedTables& tables) {
  auto pruned = std::make_unique<MergedTables>();
  pruned->symbols = tables.symbols;
  pruned->layouts = tables.layouts;
  const std::vector<char> dropped = DroppedFunctions(drop, keep, tables.symbols);
  Lists<Line> kept;
  const std::vector<Use> uses = UsesOfLocations(dropped, tables.symbols.locations.lines, &kept);
  pruned->symbols.locations.lines = std::move(kept);

  const StackTree& stacks = tables.stacks;
  pruned->stacks.parent = {0};
  pruned->stacks.location = {{}};
  ChildIndex children(SeedFor(&stacks));
  // By old stack: whether a frame of the user is on the path, and whether the stack has ended above
  // it.
  PrunedStacks out;
  out.stack_of.resize(stacks.size());
  std::vector<char> has_user(stacks.size()), ended(stacks.size());
  for (uint32_t i = 1; i < stacks.size(); ++i) {
    const uint32_t parent = stacks.parent[i], location = stacks.location[i].value;
    const Use use = uses[location];
    out.stack_of[i] = out.stack_of[parent];
    has_user[i] = has_user[parent] || use == Use::kUser;
    ended[i] = ended[parent] || (has_user[parent] && use != Use::kUser);
    if (ended[parent] || (ended[i] && use == Use::kDrop)) continue;
    const uint32_t child = children.FindOrAdd(out.stack_of[parent], location);
    if (child == pruned->stacks.size()) {
      pruned->stacks.parent.push_back(out.stack_of[parent]);
      pruned->stacks.location.push_back({location});
    }
    out.stack_of[i] = child;
  }
  const std::vector<uint32_t> now = PutInPreOrder(&pruned->stacks);
  for (uint32_t& stack : out.stack_of) stack = now[stack];
  out.tables = std::move(pruned);
  return out;
}

}  // namespace dolerite
