// What several questions and partials are made of, as bytes. The order of fields is frozen with the
// version of splits and partials (partial.h).
#ifndef DOLERITE_QUERY_QUESTION_FIELDS_H_
#define DOLERITE_QUERY_QUESTION_FIELDS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dolerite/query.h"
#include "query/partial_wire.h"
#include "query/scan/scan.h"

namespace dolerite {

constexpr LabelMatcher::Op LastOf(LabelMatcher::Op) { return LabelMatcher::Op::kNoMatch; }
constexpr ValueKind LastOf(ValueKind) { return ValueKind::kGauge; }
constexpr FrameBy LastOf(FrameBy) { return FrameBy::kFunctionFile; }

inline void Fields(PartialWriter& wire, LabelSet& labels) { wire(labels.pairs()); }
inline void Fields(PartialReader& wire, LabelSet& labels) {
  std::vector<std::pair<std::string, std::string>> pairs;
  wire(pairs);
  absl::StatusOr<LabelSet> made = LabelSet::Make({pairs.begin(), pairs.end()});
  if (!made.ok()) return wire.Fail(ToStd(made.status().message()));
  labels = *std::move(made);
}

template <class Wire>
void Fields(Wire& wire, LabelMatcher& m) {
  wire(m.name, m.op, m.value);
}
template <class Wire>
void Fields(Wire& wire, AddressRange& r) {
  wire(r.mapping, r.begin, r.end);
}
template <class Wire>
void Fields(Wire& wire, StackFilter& f) {
  wire(f.focus, f.ignore, f.hide, f.show, f.show_from, f.call_path, f.below, f.addresses);
  wire(f.drop_frames, f.keep_frames);
}
template <class Wire>
void Fields(Wire& wire, Selection& s) {
  wire(s.start_nanos, s.end_nanos, s.matchers, s.profile_type, s.sample_type, s.profile_ids);
  wire(s.sample_matchers, s.tag_focus, s.tag_ignore, s.trace_ids, s.span_ids);
  wire(s.sample_start_nanos, s.sample_end_nanos, s.stacks);
}

inline void Fields(PartialWriter& wire, SelectionFilter& filter) { wire(filter.selection()); }
inline void Fields(PartialReader& wire, SelectionFilter& filter) {
  Selection selection;
  wire(selection);
  if (!wire.ok()) return;
  absl::StatusOr<SelectionFilter> made = SelectionFilter::Make(selection);
  if (!made.ok()) return wire.Fail(ToStd(made.status().message()));
  filter = *std::move(made);
}
template <class Wire>
void Fields(Wire& wire, Omission& o) {
  wire(o.before_nanos, o.selected, o.profiles);
}

template <class Wire>
void Fields(Wire& wire, ProfileType::Value& v) {
  wire(v.type, v.unit);
}
template <class Wire>
void Fields(Wire& wire, ProfileType& t) {
  wire(t.name, t.sample_types, t.default_sample_type, t.period_type);
}
inline void Fields(PartialWriter& wire, std::shared_ptr<const ProfileType>& t) { wire(*t); }
inline void Fields(PartialReader& wire, std::shared_ptr<const ProfileType>& t) {
  ProfileType read;
  wire(read);
  t = std::make_shared<const ProfileType>(std::move(read));
}
template <class Wire>
void Fields(Wire& wire, Measure& m) {
  wire(m.names, m.values, m.sample_types);
}
template <class Wire>
void Fields(Wire& wire, Exemplar& e) {
  wire(e.id, e.time_nanos, e.value, e.series);
}
template <class Wire>
void Fields(Wire& wire, QueryCost& c) {
  wire(c.requests, c.bytes_read, c.blocks, c.datasets, c.profiles);
  wire(c.first_nanos, c.last_nanos, c.row_groups, c.row_groups_from_heads, c.rows, c.nanos,
       c.section_bytes);
}

}  // namespace dolerite

#endif  // DOLERITE_QUERY_QUESTION_FIELDS_H_
