// One tenant's archive: profiles are pushed into it in batches, and snapshots of it are asked.
#ifndef DOLERITE_EXAMPLES_HOST_TENANT_H_
#define DOLERITE_EXAMPLES_HOST_TENANT_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "dolerite/call_context.h"
#include "dolerite/profile.h"
#include "dolerite/query.h"
#include "dolerite/snapshot.h"

namespace dolerite::host {

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

  // Stores the profiles. Calls `done` once, perhaps at once and perhaps from another thread: OK
  // when all of them are durable; ResourceExhausted (nothing of them is stored, try again later)
  // when too much waits for the store; Unavailable when the host stops.
  virtual void Push(std::vector<SeriesProfile> profiles,
                    std::function<void(absl::Status)> done) = 0;
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_TENANT_H_
