// One tenant's archive: profiles are pushed into it in batches, and snapshots of it are asked.
#ifndef DOLERITE_EXAMPLES_HOST_TENANT_H_
#define DOLERITE_EXAMPLES_HOST_TENANT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dolerite/call_context.h"
#include "dolerite/profile.h"
#include "dolerite/query.h"
#include "dolerite/snapshot.h"

namespace dolerite::host {

struct PushResult {
  // OK: all profiles are durable but those that were refused. ResourceExhausted and Unavailable:
  // push all of them again later.
  absl::Status status;
  uint64_t refused = 0;  // profiles that no archive takes
  std::string refusal;   // why the first of them was refused
};

// Safe from many threads.
class Tenant {
 public:
  virtual ~Tenant() = default;

  // Runs `work` on a snapshot that has all profiles which this host has acknowledged before the
  // call, and those of other hosts that are older than a second or so. Once more on a new one if
  // `work` is Aborted because an object has gone meanwhile: it must begin anew each time. A tenant
  // that has never pushed has an empty snapshot.
  virtual absl::Status WithSnapshot(const std::function<absl::Status(const Snapshot&)>& work,
                                    const CallContext& call) = 0;

  // What each query of the host is given: executor, bound of memory, `call`.
  virtual QueryOptions Options(const CallContext& call) const = 0;

  // Stores the profiles. Calls `done` once, perhaps at once and perhaps from another thread, when
  // they are durable or it is certain that they can't be now. The same profiles pushed again add
  // nothing.
  virtual void Push(std::vector<SeriesProfile> profiles, const CallContext& call,
                    std::function<void(PushResult)> done) = 0;
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_TENANT_H_
