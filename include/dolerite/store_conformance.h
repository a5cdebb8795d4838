// Does a host's store keep the contract of ObjectStore? Needs no test framework.
#ifndef DOLERITE_STORE_CONFORMANCE_H_
#define DOLERITE_STORE_CONFORMANCE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dolerite/export.h"
#include "dolerite/object_store.h"

namespace dolerite {

struct ConformanceOptions {
  // All keys begin with it. What lies there is deleted, before and after.
  std::string prefix = "conformance/";
  // Calls body(0) to body(n - 1), all at the same time on threads of the host, and returns when
  // they are done. Without it the clauses on races see no races.
  std::function<void(int n, const std::function<void(int)>& body)> run_parallel = {};
  // The longest key that the store takes, `prefix` included.
  size_t longest_key = 1024;
};

struct ConformanceFailure {
  std::string clause;  // one of ConformanceClauses()
  std::string detail;  // the first thing that was not as promised
};

DOLERITE_EXPORT std::vector<std::string_view> ConformanceClauses();

// Tries every clause; makes some hundred small requests. Empty if all hold. What traits() disclaims
// is not asked for, except that it must be refused.
DOLERITE_EXPORT std::vector<ConformanceFailure> CheckStoreConformance(
    ObjectStore* store, const ConformanceOptions& options = {});

}  // namespace dolerite

#endif  // DOLERITE_STORE_CONFORMANCE_H_
