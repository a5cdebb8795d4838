// One function for each answer that is written line by line. Rows are cut here, and what was cut is
// summed up where the shape has a place for it.
#include "dolerite/answer_json.h"

#include <algorithm>

#include "ask/json_lines.h"
#include "ask/value_texts.h"
#include "base/text.h"
#include "dolerite/diff_table.h"
#include "dolerite/top.h"
#include "dolerite/tree_text.h"

namespace dolerite {
namespace ask {

// The line about the answer. With it a reader can compute shares, and knows what the other lines
// leave out.
JsonObject TopHeader(const Tree& tree, std::span<const TopRow> rows, size_t shown,
                     const std::optional<AnswerScope>& scope) {
  // Through unsigned numbers: rows of both signs may pass 63 bits on the way. The sum is a part of
  // the tree's self values, which fits.
  uint64_t left_out = 0;
  for (const TopRow& row : rows.subspan(shown)) left_out += static_cast<uint64_t>(row.flat[0]);
  // Keys are in the order in which people read the line: what, how much, of what, what is missing.
  JsonObject header;
  header.Text("type", tree.type).Text("unit", tree.unit).Text("aggregate", tree.aggregate);
  header.Number("total", tree.columns[0].total[0]);
  if (scope) {
    header.Number("profiles", scope->profiles);
    header.Text("first_time", TimeText(scope->first_nanos));
    header.Text("last_time", TimeText(scope->last_nanos));
  }
  header.Number("rows", shown).Number("rows_left_out", rows.size() - shown);
  header.Number("flat_left_out", static_cast<int64_t>(left_out));
  header.Number("flat_without_frames", tree.columns[0].self[0]);
  return header;
}

// A type is listed once, however many series have it.
std::string TypesJson(const Catalog& catalog) {
  std::string out;
  for (const ProfileType& type : catalog.ProfileTypes()) {
    out += JsonObject()
               .Text("type", type.name)
               .SampleTypes("sample_types", type)
               .Text("default", type.default_sample_type)
               .ValueType("period", type.period_type)
               .Line();
  }
  return out;
}

// Times are nanoseconds here: programs compare them.
std::string SeriesListJson(const Catalog& catalog) {
  std::string out;
  for (const ListedSeries& series : catalog.series) {
    out += JsonObject()
               .Text("type", series.type->name)
               .Number("profiles", series.profiles)
               .Number("first_nanos", series.min_time_nanos)
               .Number("last_nanos", series.max_time_nanos)
               .Labels("labels", series.labels)
               .Line();
  }
  return out;
}

}  // namespace ask

std::string TopJson(const Tree& tree, size_t rows, const std::optional<AnswerScope>& scope,
                    const LabelSet* group) {
  // The whole table is made even if few rows are shown: the header sums up the rest.
  const std::vector<TopRow> all = Top(tree);
  const size_t shown = rows == 0 ? all.size() : std::min(rows, all.size());
  // Labels of the group are in each line, so that lines of all groups can go into one file.
  const auto line = [&](ask::JsonObject object) {
    if (group != nullptr) object.Labels("group", *group);
    return object.Line();
  };
  std::string out = line(ask::TopHeader(tree, all, shown, scope));
  for (const TopRow& row : std::span(all).first(shown)) {
    ask::JsonObject object;
    object.Text("name", row.name).Number("flat", row.flat[0]).Number("cum", row.cum[0]);
    out += line(std::move(object));
  }
  return out;
}

std::string DiffJson(const Tree& tree, ChangeOf measure, size_t rows) {
  // Rows are cut after they are ranked.
  std::vector<DiffRow> all = DiffTable(tree, measure);
  if (rows != 0 && rows < all.size()) all.resize(rows);
  std::string out;
  for (const DiffRow& row : all) {
    out += ask::JsonObject()
               .Text("name", row.name)
               .Number("base_flat", row.base_flat)
               .Number("against_flat", row.against_flat)
               .Number("base_cum", row.base_cum)
               .Number("against_cum", row.against_cum)
               .Number("base_cum_share", row.base_cum_share)
               .Number("against_cum_share", row.against_cum_share)
               .Number("flat_change", row.flat_change())
               .Number("cum_change", row.cum_change())
               .Number("score", row.score)
               .Line();
  }
  return out;
}

std::string GroupsJson(std::span<const GroupedTree> groups) {
  std::string out;
  for (const GroupedTree& group : groups) {
    // A line for each group, so that a reader needs no more memory than for one.
    std::string tree = TreeJson(group.tree);
    tree.pop_back();  // the end of its line
    out += ask::JsonObject().Labels("labels", group.labels).Json("tree", tree).Line();
  }
  return out;
}

std::string CatalogJson(const Catalog& catalog, const FormOf<CatalogQuestion>& form,
                        bool of_samples) {
  using View = FormOf<CatalogQuestion>::View;
  // Types and series do not depend on which labels are meant.
  if (form.view == View::kTypes) return ask::TypesJson(catalog);
  if (form.view == View::kSeries) return ask::SeriesListJson(catalog);
  std::string out;
  for (const auto& [name, values] : of_samples ? catalog.sample_labels : catalog.SeriesLabels()) {
    if (form.view == View::kLabels) {
      const std::string list = ask::JsonArray(values, ask::JsonText);
      out += ask::JsonObject().Text("label", name).Json("values", list).Line();
    } else if (name == form.label) {
      for (const std::string& value : values) out += ask::JsonText(value) + "\n";
    }
  }
  return out;
}

std::string ListJson(std::span<const ListedProfile> profiles) {
  std::string out;
  for (const ListedProfile& p : profiles) {
    out += ask::JsonObject()
               .Text("block", *p.block)
               .Number("index", p.index)
               .Text("id", HexText(p.id))
               .Text("type", p.type->name)
               .Text("time", ask::TimeText(p.time_nanos))
               .Number("time_nanos", p.time_nanos)
               .Number("duration_nanos", p.duration_nanos)
               .Number("samples", p.samples)
               .Labels("labels", p.series)
               .SampleTypes("sample_types", *p.type)
               .Json("totals", ask::JsonArray(p.totals, [](int64_t v) { return Concat(v); }))
               .Line();
  }
  return out;
}

std::string CostJson(const QueryCost& cost, std::span<const Damage> left_out) {
  // Sections are by name, so that a new kind of section needs no new key.
  ask::JsonObject sections, out;
  for (const auto& [name, bytes] : cost.section_bytes) sections.Number(name, bytes);
  out.Number("requests", cost.requests).Number("bytes_read", cost.bytes_read);
  out.Number("blocks", cost.blocks).Number("datasets", cost.datasets);
  out.Number("profiles", cost.profiles).Number("row_groups", cost.row_groups);
  out.Number("row_groups_from_heads", cost.row_groups_from_heads).Number("rows", cost.rows);
  out.Number("nanos", cost.nanos).Number("repeated_datasets", cost.repeated_datasets);
  out.Json("section_bytes", sections.Value());
  out.Json("left_out", ask::JsonArray(left_out, [](const Damage& damage) {
             return ask::JsonObject()
                 .Text("place", damage.place)
                 .Text("error", ToStd(damage.status.message()))
                 .Value();
           }));
  return out.Line();
}

}  // namespace dolerite
