// Checks a profile before anything relies on it. It is valid if its columns have equal lengths, its
// ids lie within their tables, its lists ascend, and row 0 of each table with a meaning for "none"
// is empty. Each table is checked by a chain of column checks that keeps the first fault.
#include "dolerite/profile.h"

#include "base/status.h"

namespace dolerite {

namespace {

// Checks one table: the columns' lengths against the first one's, ids against the
// sizes of the tables that they point into. Keeps the first fault.
class TableCheck {
 public:
  explicit TableCheck(std::string_view table, size_t rows) : table_(table), rows_(rows) {}

  // A column of another length would be read past its end by code that goes by rows.
  template <class Column>
  TableCheck& Length(std::string_view column, const Column& values) {
    if (status_.ok() && values.size() != rows_) {
      status_ = InvalidArgument(table_, ".", column, ": ", values.size(),
                                " rows, but the table has ", rows_);
    }
    return *this;
  }

  // The highest id is found without a branch a row; the row of a fault is looked for afterwards.
  template <class Tag>
  TableCheck& Ids(std::string_view column, const std::vector<Id<Tag>>& ids, size_t bound) {
    uint32_t highest = 0;
    for (Id<Tag> id : ids) highest = std::max(highest, id.value);
    if (!status_.ok() || ids.empty() || highest < bound) return *this;
    size_t row = 0;
    while (ids[row].value < bound) ++row;
    status_ = InvalidArgument(table_, ".", column, "[", row, "]: ", ids[row].value,
                              " is outside its table of ", bound);
    return *this;
  }

  // What most columns need: one id for each row.
  template <class Tag>
  TableCheck& ColumnOfIds(std::string_view column, const std::vector<Id<Tag>>& ids, size_t bound) {
    return Length(column, ids).Ids(column, ids, bound);
  }

  // Ends must not descend, and the last one must take up all items.
  template <class T>
  TableCheck& ListsOf(std::string_view column, const Lists<T>& lists) {
    Length(column, lists.ends);
    uint32_t last = 0;
    if (!status_.ok()) return *this;
    for (const uint32_t& end : lists.ends) {
      if (end < last) {
        status_ = InvalidArgument(table_, ".", column, "[", &end - lists.ends.data(),
                                  "]: ends before it begins");
        return *this;
      }
      last = end;
    }
    if (status_.ok() && last != lists.items.size()) {
      status_ = InvalidArgument(table_, ".", column, ": ", lists.items.size(),
                                " items, but lists of ", last);
    }
    return *this;
  }

  // Asked for where row 0 means "none": such a table is never empty.
  TableCheck& HasNullRow() {
    if (status_.ok() && rows_ == 0) status_ = InvalidArgument(table_, ": row 0 is missing");
    return *this;
  }

  absl::Status status() const { return status_; }

 private:
  std::string_view table_;
  size_t rows_;
  absl::Status status_;
};

// What a column check cannot know of locations: flags, and functions of lines.
absl::Status ValidateLines(const Locations& l, size_t functions) {
  for (const uint8_t& folded : l.folded) {
    if (folded <= 1) continue;
    return InvalidArgument("locations.folded[", &folded - l.folded.data(), "]: neither 0 nor 1");
  }
  for (const Line& line : l.lines.items) {
    if (line.function.value < functions) continue;
    return InvalidArgument("locations.lines: line ", &line - l.lines.items.data(), ": function ",
                           line.function.value, " is outside its table of ", functions);
  }
  return absl::OkStatus();
}

// The kind of an attribute decides whether its value is a row of the strings.
absl::Status ValidateAttributes(const Attributes& b, size_t strings) {
  DOLERITE_RETURN_IF_ERROR(TableCheck("attributes", b.size())
                               .ColumnOfIds("key", b.key, strings)
                               .Length("kind", b.kind)
                               .Length("value", b.value)
                               .ColumnOfIds("unit", b.unit, strings)
                               .status());
  for (size_t i = 0; i < b.size(); ++i) {
    if (b.kind[i] > AttributeKind::kEmpty)
      return InvalidArgument("attributes.kind[", i, "]: unknown");
    if (b.value_is_string(i) && b.value[i] >= strings) {
      return InvalidArgument("attributes.value[", i, "]: ", b.value[i], " is outside its table of ",
                             strings);
    }
  }
  return absl::OkStatus();
}

// Tables in the order in which they refer to each other. Symbols of strings are byte strings of any
// content, so the strings themselves need no check.
absl::Status ValidateSymbols(const Symbols& s) {
  const size_t strings = s.strings.size(), sets = s.attribute_sets.size();
  const Mappings& m = s.mappings;
  DOLERITE_RETURN_IF_ERROR(TableCheck("mappings", m.size())
                               .HasNullRow()
                               .Length("limit", m.limit)
                               .Length("offset", m.offset)
                               .ColumnOfIds("file", m.file, strings)
                               .ColumnOfIds("build_id", m.build_id, strings)
                               .Length("flags", m.flags)
                               .ColumnOfIds("attributes", m.attributes, sets)
                               .Length("instance", m.instance)
                               .status());
  const Functions& f = s.functions;
  DOLERITE_RETURN_IF_ERROR(TableCheck("functions", f.size())
                               .HasNullRow()
                               .ColumnOfIds("name", f.name, strings)
                               .ColumnOfIds("system_name", f.system_name, strings)
                               .ColumnOfIds("file", f.file, strings)
                               .Length("start_line", f.start_line)
                               .status());
  const Locations& l = s.locations;
  DOLERITE_RETURN_IF_ERROR(TableCheck("locations", l.size())
                               .ColumnOfIds("mapping", l.mapping, m.size())
                               .Length("address", l.address)
                               .Length("folded", l.folded)
                               .ColumnOfIds("attributes", l.attributes, sets)
                               .ListsOf("lines", l.lines)
                               .status());
  DOLERITE_RETURN_IF_ERROR(ValidateLines(l, f.size()));
  DOLERITE_RETURN_IF_ERROR(ValidateAttributes(s.attributes, strings));
  return TableCheck("attribute_sets", sets)
      .HasNullRow()
      .ListsOf("attribute_sets", s.attribute_sets)
      .Ids("attribute_sets", s.attribute_sets.items, s.attributes.size())
      .status();
}

// Row 0 of these tables means "none", so it must say nothing.
absl::Status ValidateNullRows(const Profile& p) {
  const Symbols& s = p.symbols;
  const Mappings& m = s.mappings;
  const Functions& f = s.functions;
  const bool mapping = m.start[0] == 0 && m.limit[0] == 0 && m.offset[0] == 0 && m.flags[0] == 0 &&
                       m.file[0].value == 0 && m.build_id[0].value == 0 &&
                       m.attributes[0].value == 0 && m.instance[0] == 0;
  const bool function = f.name[0].value == 0 && f.system_name[0].value == 0 &&
                        f.file[0].value == 0 && f.start_line[0] == 0;
  const bool link = p.links.trace_id[0] == decltype(p.links.trace_id)::value_type{} &&
                    p.links.span_id[0] == decltype(p.links.span_id)::value_type{};
  if (!mapping) return InvalidArgument("mappings: row 0 means no mapping and must be empty");
  if (!function) return InvalidArgument("functions: row 0 means no function and must be empty");
  if (s.attribute_sets.length(0) != 0)
    return InvalidArgument("attribute_sets: row 0 must be empty");
  if (p.stacks.length(0) != 0) return InvalidArgument("stacks: row 0 must be empty");
  return link ? absl::OkStatus() : InvalidArgument("links: row 0 must be zeros");
}

absl::Status ValidateTables(const Profile& p) {
  DOLERITE_RETURN_IF_ERROR(ValidateSymbols(p.symbols));
  DOLERITE_RETURN_IF_ERROR(TableCheck("stacks", p.stacks.size())
                               .HasNullRow()
                               .ListsOf("locations", p.stacks)
                               .Ids("locations", p.stacks.items, p.symbols.locations.size())
                               .status());
  DOLERITE_RETURN_IF_ERROR(
      TableCheck("links", p.links.size()).HasNullRow().Length("span_id", p.links.span_id).status());
  return ValidateNullRows(p);
}

// Optional columns (link, shape) are there for all samples or for none.
absl::Status ValidateSamples(const Profile& p) {
  const Samples& s = p.samples;
  TableCheck check("samples", s.size());
  check.ColumnOfIds("stack", s.stack, p.stacks.size())
      .ColumnOfIds("attributes", s.attributes, p.symbols.attribute_sets.size());
  if (!s.link.empty()) check.ColumnOfIds("link", s.link, p.links.size());
  if (!s.shape.empty()) check.Length("shape", s.shape).ListsOf("timestamps", s.timestamps);
  DOLERITE_RETURN_IF_ERROR(check.status());
  if (s.values.size() != s.size() * p.sample_types.size()) {
    return InvalidArgument("samples.values: ", s.values.size(), " values for ", s.size(),
                           " samples of ", p.sample_types.size(), " types");
  }
  // Columns for timestamps without shapes would have no meaning.
  if (s.shape.empty() && (s.timestamps.size() > 0 || !s.timestamp_values.empty())) {
    return InvalidArgument("samples.shape: missing, but there are timestamps");
  }
  // Only samples of kTimed have a value for each timestamp, in one column.
  size_t timed = 0;
  for (size_t i = 0; i < s.shape.size(); ++i) {
    if (s.shape[i] > SampleShape::kTotal) return InvalidArgument("samples.shape[", i, "]: unknown");
    if (s.shape[i] == SampleShape::kTimed) timed += s.timestamps.length(i);
  }
  if (timed != s.timestamp_values.size()) {
    return InvalidArgument("samples.timestamp_values: ", s.timestamp_values.size(), " values for ",
                           timed, " timestamps of timed samples");
  }
  return absl::OkStatus();
}

// The ids outside of all tables.
absl::Status ValidateHeader(const Profile& p) {
  const size_t strings = p.symbols.strings.size();
  std::vector<StringId> ids = p.comments;
  for (const ValueType& t : p.sample_types) ids.insert(ids.end(), {t.type, t.unit});
  ids.insert(ids.end(), {p.default_sample_type, p.period_type.type, p.period_type.unit,
                         p.drop_frames, p.keep_frames, p.doc_url, p.payload_format});
  return TableCheck("profile", 1)
      .Ids("strings", ids, strings)
      .Ids("attributes", std::vector<AttributeSetId>{p.attributes}, p.symbols.attribute_sets.size())
      .status();
}

}  // namespace

// Clears column by column and adds the null rows, so that memory is kept for the next profile.
void Profile::Clear() {
  symbols.Clear();
  stacks.Clear();
  stacks.Close();
  tables_mark = {};
  links.trace_id.assign(1, {});
  links.span_id.assign(1, {});
  samples.stack.clear(), samples.attributes.clear(), samples.link.clear(), samples.values.clear();
  samples.shape.clear(), samples.timestamps.Clear(), samples.timestamp_values.clear();
  sample_types.clear(), comments.clear();
  default_sample_type = drop_frames = keep_frames = doc_url = payload_format = StringId{};
  period_type = {};
  period = time_nanos = duration_nanos = 0;
  id.reset();
  attributes = {};
  dropped_attributes = 0;
  payload.clear(), unknown_fields.clear();
}

// Lengths and ids first: later checks index by them. Shared tables would be looked at once for each
// profile; only readers of the library make them.
absl::Status Profile::Validate() const {
  if (tables_mark.identity() == nullptr) DOLERITE_RETURN_IF_ERROR(ValidateTables(*this));
  DOLERITE_RETURN_IF_ERROR(ValidateHeader(*this));
  return ValidateSamples(*this);
}

// The first type with that name, else the last type, as in pprof.
size_t Profile::default_type_index() const {
  const std::string_view wanted = symbols.strings[default_sample_type];
  for (size_t i = 0; !wanted.empty() && i < sample_types.size(); ++i) {
    if (symbols.strings[sample_types[i].type] == wanted) return i;
  }
  return sample_types.size() - 1;
}

}  // namespace dolerite
