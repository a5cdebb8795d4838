// Finishes a query of each kind and writes the answer in the format of its form. Tables and views
// need the whole tree, so where there is one the cut comes last.
#include <algorithm>

#include "ask/join_groups.h"
#include "ask/json_reader.h"
#include "ask/shown_tree.h"
#include "ask/texts_of.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "base/text.h"
#include "dolerite/ask.h"
#include "dolerite/call_graph.h"
#include "dolerite/charts.h"
#include "dolerite/demangle.h"
#include "dolerite/flamegraph.h"
#include "dolerite/pgo.h"
#include "dolerite/pprof.h"
#include "dolerite/tree_text.h"

namespace dolerite {
namespace ask {

Tree Shown(Tree tree, bool mangled) { return mangled ? std::move(tree) : Demangled(tree); }

// Callers or callees of the function, or the tree itself. A tree without the function is NotFound:
// an empty answer would look like one of a function that nobody calls.
absl::StatusOr<Tree> ViewOf(Tree tree, const FormOf<TreeQuestion>& form) {
  using View = FormOf<TreeQuestion>::View;
  if (form.view == View::kTree) return tree;
  if (form.function.empty()) {
    return InvalidArgument("question: $.answer.function is missing: whose callers or callees?");
  }
  // The root is not a function, whatever its name.
  const bool there = std::any_of(tree.name.begin() + 1, tree.name.end(),
                                 [&](StringId name) { return tree.names[name] == form.function; });
  if (!there) return NotFound("no stack has ", Quoted(form.function));
  if (form.view == View::kAllCallers) return AllCallers(tree, form.function);
  return form.view == View::kCallers ? Callers(tree, form.function) : Callees(tree, form.function);
}

// Functions of one name are one row. The root is no row.
uint64_t RowsCut(const Tree& tree, size_t rows) {
  if (rows == 0 || tree.size() == 0) return 0;
  const size_t all = DistinctNames({tree.name.begin() + 1, tree.name.end()}, tree.names).size();
  return rows >= all ? 0 : all - rows;
}

namespace {

std::string Or(const std::string& given, const std::string& otherwise) {
  return given.empty() ? otherwise : given;
}

// What is shown, if the question gives its page no title.
std::string TitleOf(const Tree& tree, const FormOf<TreeQuestion>& form) {
  using View = FormOf<TreeQuestion>::View;
  if (!form.title.empty()) return form.title;
  if (form.view == View::kTree) return Concat(tree.type, " in ", tree.unit);
  return Concat(form.view == View::kCallees ? "Called by " : "Callers of ", form.function);
}

// The profiles that an answer is about, for its table. Asked before the query is used up.
std::optional<AnswerScope> ScopeOf(const QueryCost& cost) {
  if (cost.profiles == 0) return std::nullopt;
  return AnswerScope{cost.profiles, cost.first_nanos, cost.last_nanos};
}

absl::StatusOr<WrittenAnswer> Write(TreeQuery&& query, const TreeQuestion::Finish& how,
                                    const FormOf<TreeQuestion>& form) {
  // The query is used up by Finish, and the question with it.
  using Format = FormOf<TreeQuestion>::Format;
  const TreeQuestion question = query.question();
  const std::optional<AnswerScope> scope = ScopeOf(query.cost());
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, std::move(query).Finish());
  tree = Shown(std::move(tree), form.mangled);
  const bool empty = IsEmpty(question, tree);
  DOLERITE_ASSIGN_OR_RETURN(tree, ViewOf(std::move(tree), form));
  // A table is of the whole tree; the other formats are cut.
  WrittenAnswer out{"", empty, ReplacedTexts(tree)};
  if (form.format == Format::kTable) {
    out.bytes = TopJson(tree, form.rows, scope);
    out.cut = RowsCut(tree, form.rows);
    return out;
  }
  tree.Cut(how.max_nodes);
  out.cut = tree.cut_nodes;
  if (form.format == Format::kJson) out.bytes = TreeJson(tree);
  if (form.format == Format::kFolded) out.bytes = FoldedStacks(tree);
  if (form.format == Format::kHtml) {
    out.bytes = FlameGraphHtml(tree, {.title = TitleOf(tree, form), .subtitle = form.subtitle});
  }
  return out;
}

// A table of each group, in which every line has its group.
std::string TablesOf(const std::vector<GroupedTree>& groups, size_t rows,
                     const std::optional<AnswerScope>& scope) {
  std::string out;
  for (const GroupedTree& group : groups) out += TopJson(group.tree, rows, scope, &group.labels);
  return out;
}

absl::StatusOr<WrittenAnswer> Write(GroupedTreesQuery&& query, const TreeQuestion::Finish& how,
                                    const FormOf<GroupedTreesQuestion>& form) {
  using Format = FormOf<GroupedTreesQuestion>::Format;
  const GroupedTreesQuestion question = query.question();
  const std::optional<AnswerScope> scope = ScopeOf(query.cost());
  // JSON has a tree for each group, cut by itself. Tables need whole trees; the other formats join
  // the groups first.
  const bool each = form.format == Format::kJson;
  DOLERITE_ASSIGN_OR_RETURN(std::vector<GroupedTree> groups,
                            std::move(query).Finish({each ? how.max_nodes : 0}));
  for (GroupedTree& group : groups) group.tree = Shown(std::move(group.tree), form.mangled);
  WrittenAnswer out{"", IsEmpty(question, groups), ReplacedTexts(groups)};
  const bool table = form.format == Format::kTable;
  for (const GroupedTree& group : groups) {
    out.cut += table ? RowsCut(group.tree, form.rows) : group.tree.cut_nodes;
  }
  if (each) out.bytes = GroupsJson(groups);
  if (table) out.bytes = TablesOf(groups, form.rows, scope);
  if (each || table) return out;
  // Groups are joined before the cut, so that the heaviest nodes of all groups stay.
  Tree tree = JoinGroups(std::move(groups));
  DOLERITE_RETURN_IF_ERROR(tree.SumTotals());
  tree.Cut(how.max_nodes);
  out.cut = tree.cut_nodes;
  if (form.format == Format::kJoined) out.bytes = TreeJson(tree);
  if (form.format == Format::kFolded) out.bytes = FoldedStacks(tree);
  if (form.format == Format::kHtml) {
    const std::string title = Or(form.title, Concat(tree.type, " in ", tree.unit));
    out.bytes = FlameGraphHtml(tree, {.title = title, .subtitle = form.subtitle});
  }
  return out;
}

// Sides are scaled before names are changed; a table is made of all that was found.
absl::StatusOr<WrittenAnswer> Write(DiffQuery&& query, DiffQuestion::Finish how,
                                    const FormOf<DiffQuestion>& form) {
  using Format = FormOf<DiffQuestion>::Format;
  const DiffQuestion question = query.question();
  const bool table = form.format == Format::kTable;
  // A table must not miss functions that a cut would fold.
  if (table) how.max_nodes = 0;
  DOLERITE_ASSIGN_OR_RETURN(Tree tree, std::move(query).Finish(how));
  tree = Shown(std::move(tree), form.mangled);
  WrittenAnswer out{"", IsEmpty(question, tree), ReplacedTexts(tree)};
  if (form.format == Format::kJson) out.bytes = TreeJson(tree);
  if (table) out.bytes = DiffJson(tree, form.rank, form.rows);
  out.cut = table ? RowsCut(tree, form.rows) : tree.cut_nodes;
  if (form.format == Format::kFolded) out.bytes = FoldedStacks(tree);
  if (form.format == Format::kHtml) {
    const std::string title = Or(form.title, Concat(tree.type, " in ", tree.unit, ", compared"));
    out.bytes = FlameGraphHtml(
        tree, {title, form.subtitle, Or(form.base_name, "base"), Or(form.against_name, "against")});
  }
  return out;
}

// A profile is whole: nothing cuts it. Only JSON replaces names in it.
absl::StatusOr<WrittenAnswer> Write(ProfileQuery&& query, const ProfileQuestion::Finish& how,
                                    const FormOf<ProfileQuestion>& form) {
  using Format = FormOf<ProfileQuestion>::Format;
  const ProfileQuestion question = query.question();
  DOLERITE_ASSIGN_OR_RETURN(Profile profile, std::move(query).Finish(how));
  WrittenAnswer out{"", IsEmpty(question, profile), 0};
  if (form.format == Format::kJson) {
    out.bytes = ProfileJson(profile);
    out.replaced_texts = ReplacedTexts(profile);
    return out;
  }
  // An empty profile has no types that could be checked.
  if (form.format == Format::kPgo && !out.empty) {
    const GoPgoOptions reduce{form.innermost, !form.keep_lines};
    DOLERITE_ASSIGN_OR_RETURN(profile, GoPgoProfile(profile, reduce));
  }
  DOLERITE_ASSIGN_OR_RETURN(out.bytes, WritePprof(profile));
  return out;
}

// Charts are titled by what they show: a function, or everything of a type.
absl::StatusOr<WrittenAnswer> Write(SeriesQuery&& query, const SeriesQuestion::Finish& how,
                                    const FormOf<SeriesQuestion>& form) {
  using Format = FormOf<SeriesQuestion>::Format;
  const SeriesQuestion question = query.question();
  DOLERITE_ASSIGN_OR_RETURN(const TimeSeries series, std::move(query).Finish(how));
  const ChartOptions chart = {
      Or(form.title, Or(question.function, Concat(series.type, " over time"))), form.subtitle};
  WrittenAnswer out{"", IsEmpty(question, series), ReplacedTexts(series)};
  if (form.format == Format::kJson) out.bytes = TimeSeriesJson(series, chart);
  if (form.format == Format::kSvg) out.bytes = TimeSeriesSvg(series, chart);
  if (form.format == Format::kHtml) out.bytes = TimeSeriesHtml(series, chart);
  return out;
}

// Heatmaps are titled by what was observed.
absl::StatusOr<WrittenAnswer> Write(HeatmapQuery&& query, const HeatmapQuestion::Finish& how,
                                    const FormOf<HeatmapQuestion>& form) {
  using Format = FormOf<HeatmapQuestion>::Format;
  const HeatmapQuestion question = query.question();
  DOLERITE_ASSIGN_OR_RETURN(const Heatmap heatmap, std::move(query).Finish(how));
  const ChartOptions chart = {Or(form.title, Concat(heatmap.type, " of ", heatmap.observed)),
                              form.subtitle};
  WrittenAnswer out{"", IsEmpty(question, heatmap), ReplacedTexts(heatmap)};
  if (form.format == Format::kJson) out.bytes = HeatmapJson(heatmap, chart);
  if (form.format == Format::kSvg) out.bytes = HeatmapSvg(heatmap, chart);
  if (form.format == Format::kHtml) out.bytes = HeatmapHtml(heatmap, chart);
  return out;
}

// Empty only if a label was asked for that is not there, or no series at all was selected.
absl::StatusOr<WrittenAnswer> Write(CatalogQuery&& query, const CatalogQuestion::Finish& how,
                                    const FormOf<CatalogQuestion>& form) {
  const CatalogQuestion question = query.question();
  DOLERITE_ASSIGN_OR_RETURN(const Catalog catalog, std::move(query).Finish(how));
  WrittenAnswer out{CatalogJson(catalog, form, question.sample_labels), false,
                    ReplacedTexts(catalog)};
  out.empty = out.bytes.empty();
  return out;
}

// Cut here and not by Finish, which would not say how many there were.
absl::StatusOr<WrittenAnswer> Write(ListQuery&& query, const ListQuestion::Finish& how,
                                    const FormOf<ListQuestion>&) {
  DOLERITE_ASSIGN_OR_RETURN(std::vector<ListedProfile> profiles, std::move(query).Finish());
  const size_t all = profiles.size();
  if (how.max_profiles != 0 && how.max_profiles < all) profiles.resize(how.max_profiles);
  return WrittenAnswer{ListJson(profiles), profiles.empty(), ReplacedTexts(profiles),
                       all - profiles.size()};
}

}  // namespace
}  // namespace ask

bool IsEmpty(const TreeQuestion&, const Tree& tree) {
  return tree.size() <= 1 && tree.columns[0].self[0] == 0;
}
bool IsEmpty(const DiffQuestion&, const Tree& tree) { return IsEmpty(TreeQuestion(), tree); }
bool IsEmpty(const GroupedTreesQuestion&, const std::vector<GroupedTree>& groups) {
  return groups.empty();
}
bool IsEmpty(const ProfileQuestion&, const Profile& profile) { return profile.samples.size() == 0; }

// Where only some of the samples are asked for, points are 0 if a profile has no such sample: then
// the answer is empty if all are.
bool IsEmpty(const SeriesQuestion& question, const TimeSeries& series) {
  const bool some = !question.function.empty() || question.selection.selects_samples();
  const auto counts = [&](const TimeSeries::Point& point) {
    return !some || point.integer != 0 || point.value != 0;
  };
  return std::none_of(series.lines.begin(), series.lines.end(), [&](const TimeSeries::Line& line) {
    return std::any_of(line.points.begin(), line.points.end(), counts);
  });
}

bool IsEmpty(const HeatmapQuestion& question, const Heatmap& heatmap) {
  const bool some = question.selection.selects_samples();
  const auto counts = [&](const Heatmap::Cell& cell) { return !some || cell.sum != 0; };
  return std::none_of(heatmap.groups.begin(), heatmap.groups.end(),
                      [&](const Heatmap::Group& group) {
                        return std::any_of(group.cells.begin(), group.cells.end(), counts);
                      });
}

bool IsEmpty(const CatalogQuestion&, const Catalog& catalog) { return catalog.series.empty(); }
bool IsEmpty(const ListQuestion&, const std::vector<ListedProfile>& profiles) {
  return profiles.empty();
}

template <class Question>
absl::StatusOr<WrittenAnswer> WriteAnswer(Query<Question>&& query,
                                          const typename Question::Finish& how,
                                          const FormOf<Question>& form) {
  return WithinMemory([&] { return ask::Write(std::move(query), how, form); });
}

#define DOLERITE_DEFINE_WRITE(name, number)                           \
  template absl::StatusOr<WrittenAnswer> WriteAnswer<name##Question>( \
      Query<name##Question>&&, const name##Question::Finish&, const FormOf<name##Question>&);
DOLERITE_QUESTIONS(DOLERITE_DEFINE_WRITE)
#undef DOLERITE_DEFINE_WRITE

}  // namespace dolerite
