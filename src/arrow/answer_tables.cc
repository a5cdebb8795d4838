// Tables of answers: a small class or function for each, which says the columns and fills them row
// by row. All are one batch, as answers are in memory as a whole.
#include <algorithm>
#include <map>
#include <set>

#include "arrow/export_stream.h"
#include "arrow/words.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "dolerite/diff_table.h"
#include "dolerite/top.h"

namespace dolerite {

namespace arrow {
namespace {

constexpr char kTexts[] = "a table's texts are over 2 GB in one column: select less";

// Columns of one table, side by side with their fields.
struct Table {
  explicit Table(size_t n) { batch.rows = n; }

  Schema schema;
  Batch batch;
  ArrowReport report;

  void Add(Field field, Column column) {
    schema.fields.push_back(std::move(field));
    batch.columns.push_back(std::move(column));
  }
  template <class T>
  void Add(Field field, std::vector<T> values) {
    Add(std::move(field), Column::Of(std::move(values)));
  }
  // A text column stops taking texts at 2 GB, so too few of them mean that it is full.
  absl::Status AddTexts(std::string name, TextColumn texts) {
    if (texts.size() != batch.rows) return ResourceExhausted(kTexts);
    Add(Field::Of(std::move(name), "u"), std::move(texts).Finish());
    return absl::OkStatus();
  }
  void Describe(const std::string& type, const std::string& unit) {
    schema.metadata = {{"type", type}, {"unit", unit}};
  }
};

// Runs `make` within memory, and gives the table away if all went well.
template <class Make>
absl::StatusOr<ArrowReport> Give(const Make& make, ArrowArrayStream* out) {
  return WithinMemory([&]() -> absl::StatusOr<ArrowReport> {
    DOLERITE_ASSIGN_OR_RETURN(Table table, make());
    ArrowReport report = table.report;
    report.rows = table.batch.rows;
    ExportTable(std::move(table.schema), std::move(table.batch), out);
    return report;
  });
}

absl::Status CheckRows(size_t rows) {
  if (rows <= kMostRows) return absl::OkStatus();
  return ResourceExhausted("a table of ", rows, " rows, of at most ", kMostRows);
}

// A column of what `get` gives for each row.
template <class Rows, class Get>
auto ColumnOf(const Rows& rows, const Get& get) {
  std::vector<std::decay_t<decltype(get(rows[0]))>> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(get(row));
  return values;
}

template <class Rows>
absl::Status AddNames(const Rows& rows, Table* table) {
  TextColumn names(&table->report);
  for (const auto& row : rows) {
    if (!names.Add(row.name)) break;
  }
  return table->AddTexts("name", std::move(names));
}

// The first rows of all; 0: all of them.
template <class Row>
std::vector<Row> FirstOf(std::vector<Row> all, size_t rows) {
  if (rows != 0 && rows < all.size())
    all.erase(all.begin() + static_cast<ptrdiff_t>(rows), all.end());
  return all;
}

// A tree that compares has each column twice, with the side before its name.
absl::StatusOr<Table> TopTable(const Tree& tree, size_t most) {
  const std::vector<TopRow> rows = FirstOf(Top(tree), most);
  DOLERITE_RETURN_IF_ERROR(CheckRows(rows.size()));
  Table table(rows.size());
  table.Describe(tree.type, tree.unit);
  DOLERITE_RETURN_IF_ERROR(AddNames(rows, &table));
  const bool both = tree.columns.size() == 2;
  const std::vector<std::string> sides =
      both ? std::vector<std::string>{"base_", "against_"} : std::vector<std::string>{""};
  const auto add = [&](const char* name, std::vector<int64_t> TopRow::*values) {
    for (size_t side = 0; side < sides.size(); ++side) {
      table.Add(Field::Of(sides[side] + name, "l").In(tree.unit),
                ColumnOf(rows, [&](const TopRow& row) { return (row.*values)[side]; }));
    }
  };
  add("flat", &TopRow::flat);
  add("cum", &TopRow::cum);
  return table;
}

// Values are integers in the tree's unit; shares and the score are doubles without one.
absl::StatusOr<Table> DiffRows(const Tree& tree, ChangeOf measure, size_t most) {
  if (tree.columns.size() != 2) return InvalidArgument("a difference needs a tree of two columns");
  const std::vector<DiffRow> rows = FirstOf(DiffTable(tree, measure), most);
  DOLERITE_RETURN_IF_ERROR(CheckRows(rows.size()));
  Table table(rows.size());
  table.Describe(tree.type, tree.unit);
  DOLERITE_RETURN_IF_ERROR(AddNames(rows, &table));
  const auto values = [&](const char* name, int64_t DiffRow::*value) {
    table.Add(Field::Of(name, "l").In(tree.unit),
              ColumnOf(rows, [&](const DiffRow& row) { return row.*value; }));
  };
  const auto shares = [&](const char* name, double DiffRow::*value) {
    table.Add(Field::Of(name, "g"), ColumnOf(rows, [&](const DiffRow& row) { return row.*value; }));
  };
  values("base_flat", &DiffRow::base_flat), values("against_flat", &DiffRow::against_flat);
  values("base_cum", &DiffRow::base_cum), values("against_cum", &DiffRow::against_cum);
  shares("base_flat_share", &DiffRow::base_flat_share);
  shares("against_flat_share", &DiffRow::against_flat_share);
  shares("base_cum_share", &DiffRow::base_cum_share);
  shares("against_cum_share", &DiffRow::against_cum_share);
  shares("score", &DiffRow::score);
  return table;
}

// The names of labels that some of the sets have, sorted.
class LabelNames {
 public:
  void Add(const LabelSet& labels) {
    // Rows that share one set of labels follow each other.
    if (labels.pairs().data() == last_) return;
    last_ = labels.pairs().data();
    for (const auto& [name, value] : labels.pairs()) names_.emplace(name);
  }
  std::vector<std::string> Sorted() const { return {names_.begin(), names_.end()}; }

 private:
  const LabelSet::Pair* last_ = nullptr;
  std::set<std::string, std::less<>> names_;
};

// Lists of ids of the exemplars of rows; no column if all are empty.
template <class Row, class Id>
void AddIdLists(const char* name, const std::vector<const Row*>& rows, Id Exemplar::*id,
                Table* table) {
  TextColumn ids(&table->report);
  std::vector<int32_t> offsets = {0};
  for (const Row* row : rows) {
    for (const Exemplar& exemplar : row->exemplars) ids.Add(HexText(exemplar.*id));
    offsets.push_back(static_cast<int32_t>(ids.size()));
  }
  if (ids.size() == 0) return;
  table->Add(Field::List(name, Field::Of("item", "u")),
             Column::List(std::move(offsets), std::move(ids).Finish()));
}

// Labels last: fields before them decide their names.
absl::Status AddLabels(std::vector<std::string> names, const std::vector<const LabelSet*>& rows,
                       Table* table) {
  DOLERITE_ASSIGN_OR_RETURN(
      LabelColumns labels,
      LabelColumns::Make(std::move(names), table->schema.fields, &table->report));
  for (const LabelSet* row : rows) DOLERITE_RETURN_IF_ERROR(labels.Add(*row));
  const std::vector<Field> fields = labels.fields();
  std::vector<Column> columns = std::move(labels).Finish();
  for (size_t i = 0; i < fields.size(); ++i) table->Add(fields[i], std::move(columns[i]));
  return absl::OkStatus();
}

// What SeriesTable and HeatmapTable share: rows that lie in groups of labels. An exemplar is at
// most 32 bytes of text, so that a column of them holds 2^26: hosts ask for 1,000 a row at most.
template <class Group, class Row>
struct GroupedRows {
  std::vector<const Row*> rows;
  std::vector<const LabelSet*> labels;
  LabelNames names;

  GroupedRows(const std::vector<Group>& groups, std::vector<Row> Group::*rows_of) {
    for (const Group& group : groups) {
      names.Add(group.labels);
      for (const Row& row : group.*rows_of) {
        rows.push_back(&row);
        labels.push_back(&group.labels);
      }
    }
  }
  // `spans`: exemplars are spans.
  absl::Status AddExemplarsAndLabels(bool spans, Table* table) const {
    size_t ids = 0;
    for (const Row* row : rows) ids += row->exemplars.size();
    if (ids > kMostRows / 32) return ResourceExhausted(kTexts);
    AddIdLists("exemplars", rows, &Exemplar::id, table);
    if (spans) {
      AddIdLists("exemplar_traces", rows, &Exemplar::trace_id, table);
      AddIdLists("exemplar_spans", rows, &Exemplar::span_id, table);
    }
    return AddLabels(names.Sorted(), labels, table);
  }
};

// A row a point. The integer is null where the aggregate makes fractions: then only the double is
// the value.
absl::StatusOr<Table> SeriesTable(const TimeSeries& series) {
  using Point = TimeSeries::Point;
  const GroupedRows<TimeSeries::Line, Point> all(series.lines, &TimeSeries::Line::points);
  DOLERITE_RETURN_IF_ERROR(CheckRows(all.rows.size()));
  Table table(all.rows.size());
  table.Describe(series.type, series.unit);
  table.schema.metadata.emplace_back("aggregate", series.aggregate);
  table.schema.metadata.emplace_back("step_nanos", std::to_string(series.step_nanos));
  table.Add(Field::Time("time"), ColumnOf(all.rows, [](const Point* p) { return p->time_nanos; }));
  table.Add(Field::Of("value", "g").In(series.unit),
            ColumnOf(all.rows, [](const Point* p) { return p->value; }));
  Column integers = Column::Of(ColumnOf(all.rows, [](const Point* p) { return p->integer; }));
  table.Add(Field::Of("integer", "l").In(series.unit).Nullable(),
            std::move(integers).Valid(std::vector<char>(all.rows.size(), series.exact)));
  DOLERITE_RETURN_IF_ERROR(all.AddExemplarsAndLabels(false, &table));
  return table;
}

// Cells name columns and rows by number; those of an answer of ours are there. Others are an error.
absl::StatusOr<Table> HeatmapTable(const Heatmap& heatmap) {
  using Cell = Heatmap::Cell;
  const GroupedRows<Heatmap::Group, Cell> all(heatmap.groups, &Heatmap::Group::cells);
  DOLERITE_RETURN_IF_ERROR(CheckRows(all.rows.size()));
  for (const Cell* cell : all.rows) {
    if (cell->row < heatmap.rows()) continue;
    return InvalidArgument("heatmap: a cell in row ", cell->row, ", of ", heatmap.rows());
  }
  Table table(all.rows.size());
  table.Describe(heatmap.type, heatmap.unit);
  table.schema.metadata.emplace_back("observed", heatmap.observed);
  table.schema.metadata.emplace_back("step_nanos", std::to_string(heatmap.step_nanos));
  table.Add(Field::Time("time"), ColumnOf(all.rows, [&](const Cell* cell) {
              // In 128 bits, as a heatmap made by hand may have any start and step; clamped to what
              // a time can say.
              const __int128 start =
                  heatmap.start_nanos + __int128{cell->column} * heatmap.step_nanos;
              return static_cast<int64_t>(std::clamp<__int128>(start, INT64_MIN, INT64_MAX));
            }));
  // Row r lies between edge r and the next one.
  const auto edge = [&](size_t next) {
    return ColumnOf(all.rows, [&](const Cell* cell) { return heatmap.edges[cell->row + next]; });
  };
  table.Add(Field::Of("low", "l").In(heatmap.unit), edge(0));
  table.Add(Field::Of("high", "l").In(heatmap.unit), edge(1));
  table.Add(Field::Of("count", "L"), ColumnOf(all.rows, [](const Cell* c) { return c->count; }));
  table.Add(Field::Of("sum", "l").In(heatmap.unit),
            ColumnOf(all.rows, [](const Cell* c) { return c->sum; }));
  DOLERITE_RETURN_IF_ERROR(all.AddExemplarsAndLabels(heatmap.observed == "spans", &table));
  return table;
}

// A total for each sample type of any of the profiles, null where a profile has none.
absl::Status AddTotals(const std::vector<ListedProfile>& profiles, Table* table) {
  // Profiles share their types, so a type is looked at once: first which kinds of values there are.
  std::map<const ProfileType*, std::vector<ValueKind>> kinds_of;
  std::set<ValueKind> kinds;
  for (const ListedProfile& p : profiles) {
    const auto [at, is_new] = kinds_of.try_emplace(p.type.get());
    if (!is_new) continue;
    at->second = KindsOf(*p.type);
    kinds.insert(at->second.begin(), at->second.end());
  }
  DOLERITE_RETURN_IF_ERROR(CheckColumns(kinds.size()));
  FieldNames names(&table->report);
  names.Take(table->schema.fields);
  // Then a column for each kind. Profiles of one type mostly follow each other.
  for (const ValueKind& kind : kinds) {
    std::vector<int64_t> totals;
    std::vector<char> valid;
    const ProfileType* last = nullptr;
    size_t row = 0;  // of the kind in the last type's sample types
    for (const ListedProfile& p : profiles) {
      if (p.type.get() != last) {
        last = p.type.get();
        const std::vector<ValueKind>& of = kinds_of.at(last);
        row = static_cast<size_t>(std::find(of.begin(), of.end(), kind) - of.begin());
      }
      valid.push_back(row < p.totals.size());
      totals.push_back(row < p.totals.size() ? p.totals[row] : 0);
    }
    table->Add(FieldOf(kind, &names).Nullable(), Column::Of(std::move(totals)).Valid(valid));
  }
  return absl::OkStatus();
}

// Texts are collected in one walk over the profiles; columns of numbers then take a walk each.
absl::StatusOr<Table> ProfileRows(const std::vector<ListedProfile>& profiles) {
  DOLERITE_RETURN_IF_ERROR(CheckRows(profiles.size()));
  Table table(profiles.size());
  TextColumn ids(&table.report);
  Words types(&table.report), blocks(&table.report);
  LabelNames names;
  std::vector<const LabelSet*> labels;
  for (const ListedProfile& p : profiles) {
    if (!ids.Add(HexText(p.id))) break;
    DOLERITE_RETURN_IF_ERROR(types.Add(p.type->name));
    DOLERITE_RETURN_IF_ERROR(blocks.Add(*p.block));
    names.Add(p.series);
    labels.push_back(&p.series);
  }
  DOLERITE_RETURN_IF_ERROR(table.AddTexts("profile_id", std::move(ids)));
  const auto column = [&](Field field, const auto& get) {
    table.Add(std::move(field), ColumnOf(profiles, get));
  };
  column(Field::Time("time"), [](const ListedProfile& p) { return p.time_nanos; });
  column(Field::Of("duration", "l").In("nanoseconds"),
         [](const ListedProfile& p) { return p.duration_nanos; });
  table.Add(Field::Words("type"), std::move(types).Finish());
  column(Field::Of("samples", "L"), [](const ListedProfile& p) { return p.samples; });
  table.Add(Field::Words("block"), std::move(blocks).Finish());
  column(Field::Of("index", "L"), [](const ListedProfile& p) { return uint64_t{p.index}; });
  DOLERITE_RETURN_IF_ERROR(AddTotals(profiles, &table));
  DOLERITE_RETURN_IF_ERROR(AddLabels(names.Sorted(), labels, &table));
  return table;
}

}  // namespace
}  // namespace arrow

absl::StatusOr<ArrowReport> TopToArrow(const Tree& tree, ArrowArrayStream* out, size_t rows) {
  return arrow::Give([&] { return arrow::TopTable(tree, rows); }, out);
}
absl::StatusOr<ArrowReport> DiffToArrow(const Tree& tree, ChangeOf measure, ArrowArrayStream* out,
                                        size_t rows) {
  return arrow::Give([&] { return arrow::DiffRows(tree, measure, rows); }, out);
}
absl::StatusOr<ArrowReport> SeriesToArrow(const TimeSeries& series, ArrowArrayStream* out) {
  return arrow::Give([&] { return arrow::SeriesTable(series); }, out);
}
absl::StatusOr<ArrowReport> HeatmapToArrow(const Heatmap& heatmap, ArrowArrayStream* out) {
  return arrow::Give([&] { return arrow::HeatmapTable(heatmap); }, out);
}
absl::StatusOr<ArrowReport> ProfilesToArrow(const std::vector<ListedProfile>& profiles,
                                            ArrowArrayStream* out) {
  return arrow::Give([&] { return arrow::ProfileRows(profiles); }, out);
}

}  // namespace dolerite
