// Helpers of all clauses of the conformance suite.
#ifndef DOLERITE_STORE_CONFORMANCE_PROBE_H_
#define DOLERITE_STORE_CONFORMANCE_PROBE_H_

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "dolerite/object_store.h"
#include "dolerite/store_conformance.h"

namespace dolerite {

// The store under test and the prefix of one clause's keys.
struct ConformanceProbe {
  ObjectStore* store;
  const ConformanceOptions* options;
  std::string prefix;

  std::string Key(std::string_view name) const { return prefix + std::string(name); }
  void Parallel(int n, const std::function<void(int)>& body) const;
  absl::Status Clean() const;
  // Creates the object `name`.
  absl::Status Create(std::string_view name, std::string_view bytes) const;
  // OK if the object `name` holds exactly these bytes.
  absl::Status Holds(std::string_view name, std::string_view bytes) const;
};

struct ConformanceClause {
  std::string_view name;
  absl::Status (*check)(const ConformanceProbe&);
};

std::span<const ConformanceClause> ReadClauses();
std::span<const ConformanceClause> WriteClauses();
std::span<const ConformanceClause> ListClauses();

inline constexpr auto kNotFound = absl::StatusCode::kNotFound;
inline constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;

// Internal, with `what`, unless `held`.
absl::Status Expect(bool held, std::string_view what);
// OK if `status` has the code; `call` names the call that returned it.
absl::Status ExpectCode(const absl::Status& status, absl::StatusCode code, std::string_view call);

// `size` bytes that differ by `seed`; all 256 values are among the first 256.
std::string PatternBytes(size_t size, uint64_t seed = 0);

}  // namespace dolerite

#endif  // DOLERITE_STORE_CONFORMANCE_PROBE_H_
