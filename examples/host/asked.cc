// A client asks with texts: a type, a selector, ids. All are read and checked here, so that an
// answer fails only if the store or the time does.
#include "asked.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hex.h"

namespace dolerite::host {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
// Of about the year 2223: with a step of 30 years added it is still an int64_t.
constexpr int64_t kMostMillis = 8'000'000'000'000;

// Ids as `read` reads one. `expected` says what to write instead.
template <class Id>
absl::Status ReadIds(const std::vector<std::string>& texts,
                     std::optional<Id> (*read)(const std::string& text), const char* expected,
                     std::vector<Id>* ids) {
  for (const std::string& text : texts) {
    const std::optional<Id> id = read(text);
    if (!id) return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": expected ", expected));
    ids->push_back(*id);
  }
  return absl::OkStatus();
}

}  // namespace

int64_t Nanos(int64_t millis) {
  return std::clamp(millis, -kMostMillis, kMostMillis) * kMillisecond;
}

int64_t Millis(int64_t nanos) { return nanos / kMillisecond - (nanos % kMillisecond < 0 ? 1 : 0); }

absl::StatusOr<Selection> SelectionOf(const std::string& type, const std::string& selector,
                                      int64_t start_millis, int64_t end_millis) {
  const absl::StatusOr<ProfileTypeId> id = ProfileTypeId::Parse(type);
  if (!id.ok()) return id.status();
  absl::StatusOr<SplitMatchers> matchers = ReadMatchers(selector);
  if (!matchers.ok()) return matchers.status();
  if (end_millis < start_millis) {
    return absl::InvalidArgumentError(
        absl::StrCat("the end, ", end_millis, ", is before the start, ", start_millis));
  }
  // The library knows stored labels alone. The type decides conditions on computed labels.
  const auto computed = SelectionFilter::Make({.matchers = std::move(matchers->computed)});
  if (!computed.ok()) return computed.status();
  Selection selection;
  selection.profile_type = id->Text();
  selection.matchers = std::move(matchers->stored);
  selection.start_nanos = Nanos(start_millis);
  const bool takes_type = computed->TakesSeries({}, WithPrivateLabels({}, *id));
  // An empty range selects nothing, and every kind of question has an answer then.
  selection.end_nanos = takes_type ? Nanos(end_millis) + 1 : selection.start_nanos;
  return selection;
}

void SelectStacks(const std::optional<StackTraceSelector>& selector, Selection* selection) {
  if (!selector) return;
  for (const CallSite& site : selector->call_site) {
    selection->stacks.call_path.push_back(site.name);
  }
}

absl::StatusOr<Selection> SelectionOf(const StacktracesRequest& request) {
  if (request.async && request.async->type != AsyncQueryType::kDisabled) {
    return absl::UnimplementedError("asynchronous queries: this host answers at once");
  }
  if (request.max_nodes.value_or(0) < 0) {
    return absl::InvalidArgumentError("max_nodes is negative");
  }
  absl::StatusOr<Selection> selection =
      SelectionOf(request.profile_type, request.label_selector, request.start, request.end);
  if (!selection.ok()) return selection;
  SelectStacks(request.stacks, &*selection);
  // Within one kind an id is one of those that are wanted; kinds limit each other.
  absl::Status ids =
      ReadIds(request.profile_ids, ProfileIdOf, "the UUID of a profile", &selection->profile_ids);
  ids.Update(ReadIds(request.trace_ids, FromHex<16>, "the 32 hexadecimal digits of a trace id",
                     &selection->trace_ids));
  ids.Update(ReadIds(request.span_ids, FromHex<8>, "the 16 hexadecimal digits of a span id",
                     &selection->span_ids));
  if (!ids.ok()) return ids;
  return selection;
}

}  // namespace dolerite::host
