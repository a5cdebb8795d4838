// Checks whether a host's store keeps the contract of ObjectStore. Needs no test framework.
#ifndef DOLERITE_STORE_CONFORMANCE_H_
#define DOLERITE_STORE_CONFORMANCE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "dolerite/call_context.h"
#include "dolerite/export.h"
#include "dolerite/object_store.h"

namespace dolerite {

struct ConformanceOptions {
  // All keys begin with this. Objects that begin with it are deleted, before and after.
  std::string prefix = "conformance/";
  // Calls body(0) to body(n - 1), all at the same time on threads of the host, and returns when
  // they are done. If empty, the calls are made one after the other and no race is tested.
  std::function<void(int n, const std::function<void(int)>& body)> run_parallel = {};
  // Of ProbeStore alone: may stop it. What it has written is deleted all the same.
  CallContext context = {};
  // The longest key that the store takes, `prefix` included.
  size_t longest_key = 1024;
};

struct ConformanceFailure {
  std::string clause;  // one of ConformanceClauses()
  std::string detail;  // the first difference from the contract
};

DOLERITE_EXPORT std::vector<std::string_view> ConformanceClauses();

// Tests every clause with some hundred small requests. Empty if all hold. Features that traits()
// denies are not tested, except that calls to them must fail.
DOLERITE_EXPORT std::vector<ConformanceFailure> CheckStoreConformance(
    ObjectStore* store, const ConformanceOptions& options = {});

// A quick look at a store before data is trusted to it: the clauses without which concurrent
// writers lose data (create-once, create-race, list-after-write, and pinned-read; if-match if
// traits() has it). OK if they hold. FailedPrecondition names the clause that does not, and how it
// failed: of a server that ignores conditions, or lets several racing creators win. Any other error
// is the store's own, so put the retry store before it. About 250 small requests. Servers that let
// racers win pass every other clause: only with `run_parallel` is that seen. `prefix` must be of
// this probe alone.
DOLERITE_EXPORT absl::Status ProbeStore(ObjectStore* store, const ConformanceOptions& options = {});

}  // namespace dolerite

#endif  // DOLERITE_STORE_CONFORMANCE_H_
