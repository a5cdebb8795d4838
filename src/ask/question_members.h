// The members of questions in JSON, in the order in which they are printed. A new question has one
// function here, and one more for its FormOf.
#ifndef DOLERITE_ASK_QUESTION_MEMBERS_H_
#define DOLERITE_ASK_QUESTION_MEMBERS_H_

#include "ask/json_values.h"
#include "dolerite/any_question.h"

namespace dolerite::ask {

template <class Visit>
void Members(Visit& visit, AddressRange& r) {
  visit("mapping", r.mapping), visit("begin", r.begin), visit("end", r.end);
}
template <class Visit>
void Members(Visit& visit, StackFilter& f) {
  visit("focus", f.focus), visit("ignore", f.ignore), visit("hide", f.hide), visit("show", f.show);
  visit("show_from", f.show_from), visit("call_path", f.call_path), visit("below", f.below);
  visit("addresses", f.addresses);
  visit("drop_frames", f.drop_frames), visit("keep_frames", f.keep_frames);
}
template <class Visit>
void Members(Visit& visit, Selection& s) {
  visit("start", AsTime{s.start_nanos}), visit("end", AsTime{s.end_nanos});
  visit("matchers", AsMatchers{s.matchers});
  visit("profile_type", s.profile_type), visit("sample_type", s.sample_type);
  visit("profile_ids", s.profile_ids), visit("sample_matchers", AsMatchers{s.sample_matchers});
  visit("tag_focus", s.tag_focus), visit("tag_ignore", s.tag_ignore);
  visit("trace_ids", s.trace_ids), visit("span_ids", s.span_ids);
  visit("sample_start", AsTime{s.sample_start_nanos});
  visit("sample_end", AsTime{s.sample_end_nanos});
  visit("stacks", s.stacks);
}

template <class Visit>
void Members(Visit& visit, TreeQuestion& q) {
  visit("selection", q.selection), visit("by", q.by), visit("kinds", AsKinds{q.kinds});
}
template <class Visit>
void Members(Visit& visit, TreeQuestion::Finish& f) {
  visit("max_nodes", f.max_nodes);
}
template <class Visit>
void Members(Visit& visit, FormOf<TreeQuestion>& f) {
  visit("format", f.format), visit("view", f.view), visit("function", f.function);
  visit("rows", f.rows), visit("mangled", f.mangled);
  visit("title", f.title), visit("subtitle", f.subtitle);
}

template <class Visit>
void Members(Visit& visit, GroupedTreesQuestion& q) {
  visit("selection", q.selection), visit("by", q.by), visit("group_by", q.group_by);
  visit("kinds", AsKinds{q.kinds});
}
template <class Visit>
void Members(Visit& visit, FormOf<GroupedTreesQuestion>& f) {
  visit("format", f.format), visit("rows", f.rows), visit("mangled", f.mangled);
  visit("title", f.title), visit("subtitle", f.subtitle);
}

template <class Visit>
void Members(Visit& visit, DiffQuestion& q) {
  visit("base", q.base), visit("against", q.against), visit("by", q.by);
  visit("kinds", AsKinds{q.kinds});
}
template <class Visit>
void Members(Visit& visit, DiffQuestion::Finish& f) {
  visit("normalize", f.normalize), visit("max_nodes", f.max_nodes);
}
template <class Visit>
void Members(Visit& visit, FormOf<DiffQuestion>& f) {
  visit("format", f.format), visit("rank", f.rank), visit("rows", f.rows);
  visit("mangled", f.mangled), visit("title", f.title), visit("subtitle", f.subtitle);
  visit("base_name", f.base_name), visit("against_name", f.against_name);
}

template <class Visit>
void Members(Visit& visit, ProfileQuestion& q) {
  visit("selection", q.selection);
}
template <class Visit>
void Members(Visit&, ProfileQuestion::Finish&) {}
template <class Visit>
void Members(Visit& visit, FormOf<ProfileQuestion>& f) {
  visit("format", f.format), visit("innermost", f.innermost), visit("keep_lines", f.keep_lines);
}

template <class Visit>
void Members(Visit& visit, SeriesQuestion& q) {
  visit("selection", q.selection), visit("step", AsDuration{q.step_nanos});
  visit("origin", AsTime{q.origin_nanos});
  visit("aggregate", q.aggregate), visit("quantile", q.quantile), visit("group_by", q.group_by);
  visit("function", q.function), visit("self", q.self), visit("exemplars", q.exemplars);
  visit("kinds", AsKinds{q.kinds});
}
template <class Visit>
void Members(Visit&, SeriesQuestion::Finish&) {}
template <class Visit>
void Members(Visit& visit, FormOf<SeriesQuestion>& f) {
  visit("format", f.format), visit("title", f.title), visit("subtitle", f.subtitle);
}

template <class Visit>
void Members(Visit& visit, HeatmapQuestion& q) {
  visit("selection", q.selection), visit("observe", q.observe);
  visit("step", AsDuration{q.step_nanos}), visit("origin", AsTime{q.origin_nanos});
  visit("group_by", q.group_by), visit("exemplars", q.exemplars);
}
template <class Visit>
void Members(Visit& visit, HeatmapQuestion::Finish& f) {
  visit("rows", f.rows), visit("logarithmic", f.logarithmic);
}
template <class Visit>
void Members(Visit& visit, FormOf<HeatmapQuestion>& f) {
  visit("format", f.format), visit("title", f.title), visit("subtitle", f.subtitle);
}

template <class Visit>
void Members(Visit& visit, CatalogQuestion& q) {
  visit("selection", q.selection), visit("sample_labels", q.sample_labels);
}
template <class Visit>
void Members(Visit&, CatalogQuestion::Finish&) {}
template <class Visit>
void Members(Visit& visit, FormOf<CatalogQuestion>& f) {
  visit("format", f.format), visit("view", f.view), visit("label", f.label);
}

template <class Visit>
void Members(Visit& visit, ListQuestion& q) {
  visit("selection", q.selection);
}
template <class Visit>
void Members(Visit& visit, ListQuestion::Finish& f) {
  visit("max_profiles", f.max_profiles);
}
template <class Visit>
void Members(Visit& visit, FormOf<ListQuestion>& f) {
  visit("format", f.format);
}

}  // namespace dolerite::ask

#endif  // DOLERITE_ASK_QUESTION_MEMBERS_H_
