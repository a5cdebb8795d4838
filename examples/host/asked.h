// From what clients ask to the library's questions, and the way to a tenant's answers.
#ifndef DOLERITE_EXAMPLES_HOST_ASKED_H_
#define DOLERITE_EXAMPLES_HOST_ASKED_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/query.h"
#include "profile_type_id.h"
#include "router.h"
#include "stack_messages.h"
#include "tenant.h"

namespace dolerite::host {

// Milliseconds as nanoseconds. Times that no profile has become the nearest that steps may be added
// to: some clients ask for all there is so.
int64_t Nanos(int64_t millis);
// The last nanosecond of an interval, as the milliseconds that hold it.
int64_t Millis(int64_t nanos);

// Profiles of a type with start <= time <= end. The type decides conditions on private labels at
// once: what does not meet them selects nothing. InvalidArgument for a text that is not valid, or
// an end before the start.
absl::StatusOr<Selection> SelectionOf(const std::string& type, const std::string& selector,
                                      int64_t start_millis, int64_t end_millis);
// All that a question about stacks says. InvalidArgument also for ids that are not hexadecimal.
// Unimplemented if the answer is to come later.
absl::StatusOr<Selection> SelectionOf(const StacktracesRequest& request);
void SelectStacks(const std::optional<StackTraceSelector>& selector, Selection* selection);

// What a tenant has, for one call.
struct TenantData {
  Tenant& tenant;
  const CallContext& call;

  template <class Question>
  absl::StatusOr<typename Question::Answer> Ask(const Question& question,
                                                const typename Question::Finish& how = {}) const {
    typename Question::Answer answer;
    const auto ask = [&](const Snapshot& snapshot) -> absl::Status {
      Query<Question> query(question, tenant.Options(call));
      if (absl::Status added = snapshot.AddTo(&query, call); !added.ok()) return added;
      absl::StatusOr<typename Question::Answer> finished = std::move(query).Finish(how);
      if (!finished.ok()) return finished.status();
      answer = *std::move(finished);
      return absl::OkStatus();
    };
    if (absl::Status asked = tenant.WithSnapshot(ask, call); !asked.ok()) return asked;
    return answer;
  }
};

// A handler from `Response Page(const Request&, const TenantData&)`.
template <class Page>
Answerer WithData(Page page) {
  return [page](const Request& request, Tenant& tenant, const CallContext& call) {
    return page(request, TenantData{tenant, call});
  };
}

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_ASKED_H_
