// Text is escaped when it is appended, also `<`: a label's value can't end the page's script
// element.
#include "render/charts/chart_json.h"

#include "base/text.h"
#include "base/utf8.h"
#include "render/charts/svg.h"
#include "render/charts/units.h"
#include "render/tree_json.h"

namespace dolerite::charts {
namespace {

// Appends to one string, member by member. The same JSON serves pages and programs: integers beyond
// 53 bits are strings for scripts, and plain for programs.
class ChartJson {
 public:
  explicit ChartJson(Integers integers) : integers_(integers) {}

  std::string Series(const TimeSeries& series, const ChartOptions& options);
  std::string Heat(const Heatmap& heatmap, const ChartOptions& options);

 private:
  void Key(std::string_view key) { AppendJsonKey(&out_, key); }
  void Text(std::string_view key, std::string_view value) { AppendJsonText(&out_, key, value); }
  template <class T>
  void Number(T value);
  template <class T>
  void Number(std::string_view key, T value);
  void Bool(std::string_view key, bool value);
  void Scale(std::string_view unit);
  void Labels(std::string_view key, const LabelSet& labels);
  // `"key":[...]` of size items; write(i) appends one.
  template <class Write>
  void Array(std::string_view key, size_t size, Write write);
  // The exemplars of all rows, each with the row that it belongs to.
  template <class Row>
  void Exemplars(std::string_view row_key, const std::vector<Row>& rows);
  void Line(const TimeSeries& series, const TimeSeries::Line& line);
  void Group(const Heatmap::Group& group);

  const Integers integers_;
  std::string out_;
};

// Only the pages' scripts write values for people.
void ChartJson::Scale(std::string_view unit) {
  if (integers_ == Integers::kPlain) return;
  Key("scale");
  out_ += ScaleJson(unit);
}

// Doubles never come here: they go through NumberText, which has a text for those that are not
// finite.
template <class T>
void ChartJson::Number(T value) {
  if (integers_ == Integers::kPlain) {
    AppendPiece(&out_, value);
  } else {
    AppendJsonExact(&out_, value);
  }
}

template <class T>
void ChartJson::Number(std::string_view key, T value) {
  Key(key);
  Number(value);
}

void ChartJson::Bool(std::string_view key, bool value) {
  Key(key);
  out_ += value ? "true" : "false";
}

template <class Write>
void ChartJson::Array(std::string_view key, size_t size, Write write) {
  Key(key);
  AppendJsonArray(&out_, size, [&](std::string*, size_t i) { write(i); });
}

// As pairs and not as members: a label set may have names such as `__proto__`, and its order is
// kept.
void ChartJson::Labels(std::string_view key, const LabelSet& labels) {
  Array(key, labels.pairs().size(), [&](size_t i) {
    const auto& [name, value] = labels.pairs()[i];
    out_ += '[';
    AppendJsonString(&out_, name);
    out_ += ',';
    AppendJsonString(&out_, value);
    out_ += ']';
  });
}

// One flat list behind the columns, not a list in each row: most rows have none.
template <class Row>
void ChartJson::Exemplars(std::string_view row_key, const std::vector<Row>& rows) {
  Key("exemplars");
  out_ += '[';
  for (size_t row = 0; row < rows.size(); ++row) {
    for (const Exemplar& exemplar : rows[row].exemplars) {
      out_ += out_.back() == '[' ? "{" : ",{";
      Number(row_key, row);
      Text("id", HexText(exemplar.id));
      Number("time_nanos", exemplar.time_nanos);
      Number("value", exemplar.value);
      Labels("series", exemplar.series);
      if (exemplar.span_id != decltype(exemplar.span_id){}) {
        Text("trace_id", HexText(exemplar.trace_id));
        Text("span_id", HexText(exemplar.span_id));
      }
      out_ += '}';
    }
  }
  out_ += ']';
}

// An array for each member: an object for each point would repeat their names.
void ChartJson::Line(const TimeSeries& series, const TimeSeries::Line& line) {
  const std::vector<TimeSeries::Point>& points = line.points;
  out_ += '{';
  Labels("labels", line.labels);
  // Points of no finite value stay in, as null, so that rows of exemplars are rows of the chart.
  Array("time_nanos", points.size(), [&](size_t i) { Number(points[i].time_nanos); });
  Array("value", points.size(), [&](size_t i) {
    if (series.exact) {
      Number(points[i].integer);
    } else {
      out_ += NumberText(points[i].value);
    }
  });
  Exemplars("point", points);
  out_ += '}';
}

void ChartJson::Group(const Heatmap::Group& group) {
  const std::vector<Heatmap::Cell>& cells = group.cells;
  out_ += '{';
  Labels("labels", group.labels);
  Array("column", cells.size(), [&](size_t i) { Number(cells[i].column); });
  Array("row", cells.size(), [&](size_t i) { Number(cells[i].row); });
  Array("count", cells.size(), [&](size_t i) { Number(cells[i].count); });
  Array("sum", cells.size(), [&](size_t i) { Number(cells[i].sum); });
  Exemplars("cell", cells);
  out_ += '}';
}

std::string ChartJson::Series(const TimeSeries& series, const ChartOptions& options) {
  out_ = "{";
  Text("title", options.title);
  Text("subtitle", options.subtitle);
  Text("type", series.type);
  Text("unit", series.unit);
  Scale(series.unit);
  Text("aggregate", series.aggregate);
  Number("step_nanos", series.step_nanos);
  Bool("exact", series.exact);
  Array("lines", series.lines.size(), [&](size_t i) { Line(series, series.lines[i]); });
  out_ += "}\n";
  return std::move(out_);
}

// Cells are written as they are. Tiles are only how pictures add them up.
std::string ChartJson::Heat(const Heatmap& heatmap, const ChartOptions& options) {
  out_ = "{";
  Text("title", options.title);
  Text("subtitle", options.subtitle);
  Text("type", heatmap.type);
  Text("unit", heatmap.unit);
  Scale(heatmap.unit);
  Text("observed", heatmap.observed);
  Number("start_nanos", heatmap.start_nanos);
  Number("step_nanos", heatmap.step_nanos);
  Number("columns", heatmap.columns);
  Bool("logarithmic", heatmap.logarithmic);
  Array("edges", heatmap.edges.size(), [&](size_t i) { Number(heatmap.edges[i]); });
  Array("groups", heatmap.groups.size(), [&](size_t i) { Group(heatmap.groups[i]); });
  out_ += "}\n";
  return std::move(out_);
}

}  // namespace

std::string SeriesJson(const TimeSeries& series, const ChartOptions& options, Integers integers) {
  return ChartJson(integers).Series(series, options);
}

std::string HeatJson(const Heatmap& heatmap, const ChartOptions& options, Integers integers) {
  return ChartJson(integers).Heat(heatmap, options);
}

}  // namespace dolerite::charts
