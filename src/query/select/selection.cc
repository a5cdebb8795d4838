// A filter is a selection that was checked and compiled once: expressions become automata, names of
// types their parts. It is immutable, and shared by all datasets and threads of a query.
#include "dolerite/selection.h"

#include <algorithm>
#include <span>

#include "base/status.h"
#include "dolerite/block_reader.h"
#include "dolerite/units.h"
#include "query/select/selection_state.h"

namespace dolerite {

bool StackFilter::empty() const {
  return focus.empty() && ignore.empty() && hide.empty() && show.empty() && show_from.empty() &&
         call_path.empty() && below.empty() && addresses.empty() && drop_frames.empty();
}

bool Selection::cuts_sample_times() const {
  return sample_start_nanos != INT64_MIN || sample_end_nanos != INT64_MAX;
}

bool Selection::selects_samples() const {
  return !sample_matchers.empty() || !tag_focus.empty() || !tag_ignore.empty() || selects_links() ||
         cuts_sample_times() || !stacks.empty();
}

// A matcher that says no is compiled as its positive form and a flag.
absl::StatusOr<CompiledMatcher> CompiledMatcher::Make(const LabelMatcher& matcher) {
  using Op = LabelMatcher::Op;
  CompiledMatcher out;
  out.name_ = matcher.name;
  out.value_ = matcher.value;
  out.negative_ = matcher.op == Op::kNotEqual || matcher.op == Op::kNoMatch;
  if (matcher.op == Op::kMatch || matcher.op == Op::kNoMatch) {
    DOLERITE_ASSIGN_OR_RETURN(out.regex_,
                              Regex::Make(matcher.value, Concat("selector: label ", matcher.name)));
  }
  return out;
}

namespace {

absl::Status Compile(const std::vector<LabelMatcher>& from, std::vector<CompiledMatcher>* to) {
  for (const LabelMatcher& matcher : from) {
    DOLERITE_ASSIGN_OR_RETURN(CompiledMatcher compiled, CompiledMatcher::Make(matcher));
    to->push_back(std::move(compiled));
  }
  return absl::OkStatus();
}

absl::Status Compile(const std::string& text, const char* place, std::optional<TagFilter>* to) {
  if (text.empty()) return absl::OkStatus();
  DOLERITE_ASSIGN_OR_RETURN(*to, TagFilter::Make(text, place));
  return absl::OkStatus();
}

// Expressions of stacks are compiled once; which names they match is found for each dataset.
absl::Status CompileStacks(const StackFilter& from, SelectionFilter::State* to) {
  DOLERITE_ASSIGN_OR_RETURN(to->focus, Regex::MakeUnlessEmpty(from.focus, "focus"));
  DOLERITE_ASSIGN_OR_RETURN(to->ignore, Regex::MakeUnlessEmpty(from.ignore, "ignore"));
  DOLERITE_ASSIGN_OR_RETURN(to->hide, Regex::MakeUnlessEmpty(from.hide, "hide"));
  DOLERITE_ASSIGN_OR_RETURN(to->show, Regex::MakeUnlessEmpty(from.show, "show"));
  DOLERITE_ASSIGN_OR_RETURN(to->show_from, Regex::MakeUnlessEmpty(from.show_from, "show_from"));
  DOLERITE_ASSIGN_OR_RETURN(to->drop, Regex::MakeUnlessEmpty(from.drop_frames, "drop_frames"));
  DOLERITE_ASSIGN_OR_RETURN(to->keep, Regex::MakeUnlessEmpty(from.keep_frames, "keep_frames"));
  for (const AddressRange& range : from.addresses) {
    if (range.begin <= range.end) continue;
    return InvalidArgument("addresses of \"", range.mapping, "\" end before they begin");
  }
  return absl::OkStatus();
}

// An empty range is no error: it selects nothing.
absl::Status CheckTimes(const char* what, int64_t start, int64_t end) {
  if (start <= end) return absl::OkStatus();
  return InvalidArgument("the ", what, " selected end before they start: ", start, " to ", end);
}

// Pyroscope names a type by five parts: name, sample type, its unit, period type, its unit.
std::optional<std::array<std::string, 5>> PartsOf(std::string_view type) {
  if (std::count(type.begin(), type.end(), ':') != 4) return std::nullopt;
  std::array<std::string, 5> parts;
  for (std::string& part : parts) {
    const size_t colon = std::min(type.find(':'), type.size());
    part = type.substr(0, colon);
    type.remove_prefix(std::min(colon + 1, type.size()));
  }
  return parts;
}

// A part that is empty takes all.
bool Is(const std::string& wanted, std::string_view name) {
  return wanted.empty() || wanted == name;
}

// The field's names for types that Pyroscope names differently.
std::string_view CommonName(std::string_view name) {
  return name == "process_cpu" ? "cpu" : name == "memory" ? "heap" : name;
}

// Empty parts match anything; units match by dimension.
bool TakesParts(const std::array<std::string, 5>& parts, const ProfileType& type) {
  const auto is_unit = [](const std::string& wanted, std::string_view unit) {
    return wanted.empty() || SameDimension(wanted, unit);
  };
  // A type without sample types fits parts that name none.
  const bool any_value = parts[1].empty() && parts[2].empty();
  return Is(parts[3], type.period_type.type) && is_unit(parts[4], type.period_type.unit) &&
         (any_value ||
          std::any_of(type.sample_types.begin(), type.sample_types.end(), [&](const auto& value) {
            return Is(parts[1], value.type) && is_unit(parts[2], value.unit);
          }));
}

// The second and third of Pyroscope's parts are a sample type. One that the selection names beside
// it must be the same, or name a unit where the parts name none.
absl::Status JoinSampleTypes(const std::array<std::string, 5>& parts, Selection* s) {
  const std::string unit = parts[2].empty() ? "" : "/" + parts[2];
  const std::string of_parts = parts[1] + unit;
  if (s->sample_type.empty()) s->sample_type = of_parts;
  const bool adds_unit = unit.empty() && s->sample_type.starts_with(parts[1] + "/");
  const bool same = of_parts.empty() || s->sample_type == of_parts || adds_unit;
  if (same) return absl::OkStatus();
  if (s->sample_type == parts[1]) return s->sample_type = of_parts, absl::OkStatus();
  return InvalidArgument("the profile type names the sample type \"", of_parts,
                         "\", the selection \"", s->sample_type, "\"");
}

}  // namespace

// Names of both worlds are compared by the common one.
bool SelectionFilter::State::TakesTypeName(std::string_view name) const {
  if (!type_parts) return Is(selection.profile_type, name);
  return Is(std::string(CommonName((*type_parts)[0])), CommonName(name));
}

// Sorted lists of ids are searched by bisection. All conditions are compiled here, so later calls
// cannot fail.
absl::StatusOr<SelectionFilter> SelectionFilter::Make(const Selection& selection) {
  auto state = std::make_shared<State>();
  state->selection = selection;
  Selection& s = state->selection;
  DOLERITE_RETURN_IF_ERROR(CheckTimes("profiles", s.start_nanos, s.end_nanos));
  DOLERITE_RETURN_IF_ERROR(CheckTimes("samples", s.sample_start_nanos, s.sample_end_nanos));
  state->type_parts = PartsOf(s.profile_type);
  if (state->type_parts) DOLERITE_RETURN_IF_ERROR(JoinSampleTypes(*state->type_parts, &s));
  std::sort(s.profile_ids.begin(), s.profile_ids.end());
  std::sort(s.trace_ids.begin(), s.trace_ids.end());
  std::sort(s.span_ids.begin(), s.span_ids.end());
  DOLERITE_RETURN_IF_ERROR(Compile(s.matchers, &state->matchers));
  DOLERITE_RETURN_IF_ERROR(Compile(s.sample_matchers, &state->sample_matchers));
  DOLERITE_RETURN_IF_ERROR(Compile(s.tag_focus, "tag_focus", &state->tag_focus));
  DOLERITE_RETURN_IF_ERROR(Compile(s.tag_ignore, "tag_ignore", &state->tag_ignore));
  DOLERITE_RETURN_IF_ERROR(CompileStacks(s.stacks, state.get()));
  SelectionFilter filter;
  filter.state_ = std::move(state);
  return filter;
}

const Selection& SelectionFilter::selection() const { return state_->selection; }

// Types first: a name is compared faster than labels.
bool SelectionFilter::TakesSeries(const ProfileType& type, const LabelSet& series) const {
  if (!state_->TakesTypeName(type.name)) return false;
  if (state_->type_parts && !TakesParts(*state_->type_parts, type)) return false;
  return std::all_of(state_->matchers.begin(), state_->matchers.end(),
                     [&](const CompiledMatcher& matcher) {
                       const std::string_view value = series.Get(matcher.name()).value_or("");
                       return matcher.Takes(std::span(&value, 1));
                     });
}

bool SelectionFilter::TakesTimes(int64_t min_nanos, int64_t max_nanos) const {
  const Selection& s = state_->selection;
  // The latest time of all has no end that could be named.
  const bool before_end = min_nanos < s.end_nanos || s.end_nanos == INT64_MAX;
  return before_end && max_nanos >= s.start_nanos;
}

bool SelectionFilter::TakesProfile(const ProfileId& id) const {
  const std::vector<ProfileId>& ids = state_->selection.profile_ids;
  return ids.empty() || std::binary_search(ids.begin(), ids.end(), id);
}

}  // namespace dolerite
