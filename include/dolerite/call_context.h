// What a host gives to a call that may take long: how to stop it, and what it is for.
#ifndef DOLERITE_CALL_CONTEXT_H_
#define DOLERITE_CALL_CONTEXT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"

namespace dolerite {

// A call reads its context and keeps no copy of it after it returns. One context may serve many
// calls on many threads at once if `check` may be called from many threads at once.
struct CallContext {
  // Asked before each request to a store and about every 10 ms of work; one step over a table of
  // several hundred thousand rows may take a few times as long. A status that is not OK (Cancelled,
  // DeadlineExceeded) ends the call, which returns that status unchanged. Once `check` is not OK it
  // must stay so: after another error it is asked again whether the call was stopped. An empty
  // function never stops a call.
  std::function<absl::Status()> check = {};
  // Groups the costs of calls in accounts ("query", "compaction"). Passed to the store as it is.
  std::string purpose = {};

  absl::Status Check() const { return check ? check() : absl::OkStatus(); }
};

}  // namespace dolerite

#endif  // DOLERITE_CALL_CONTEXT_H_
