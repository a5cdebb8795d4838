// One tenant's archive in the store: profiles are pushed into it in batches, and snapshots of it
// are asked.
#ifndef DOLERITE_EXAMPLES_HOST_TENANT_H_
#define DOLERITE_EXAMPLES_HOST_TENANT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dolerite/archive.h"
#include "dolerite/call_context.h"
#include "dolerite/executor.h"
#include "dolerite/ingester.h"
#include "dolerite/object_store.h"
#include "dolerite/profile.h"
#include "dolerite/query.h"
#include "dolerite/snapshot.h"

namespace dolerite::host {

struct TenantOptions {
  // A push waits about so long, its part of the store's time included.
  int64_t flush_nanos = int64_t{500} * 1'000'000;
  size_t ingest_bytes = size_t{64} << 20;       // of profiles that are not stored yet
  size_t all_ingest_bytes = size_t{256} << 20;  // the same of all tenants together
  size_t query_bytes = size_t{1} << 30;         // of each query
  int64_t snapshot_nanos = 1'000'000'000;       // other hosts' profiles are seen after so long
};

// What all tenants of a host share. All must outlive them.
struct TenantShare {
  Executor* executor = nullptr;  // of queries
  // Runs a task after so many nanoseconds, on a thread that may wait for the store.
  std::function<void(int64_t nanos, std::function<void()> task)> later;
  std::atomic<size_t>* ingest_bytes = nullptr;  // that the ingesters of all tenants hold now
  std::shared_ptr<ArchiveCache> cache;
};

struct PushResult {
  // OK: all profiles are durable but those that were refused. ResourceExhausted and Unavailable:
  // push all of them again later.
  absl::Status status;
  uint64_t refused = 0;  // profiles that no archive takes
  std::string refusal;   // why the first of them, or a part of one, was refused
};

// Safe from many threads.
class Tenant : public std::enable_shared_from_this<Tenant> {
 public:
  Tenant(std::unique_ptr<ObjectStore> store, const TenantOptions& options,
         const TenantShare& share);
  ~Tenant();

  // Runs `work` on a snapshot that has all profiles which this host has acknowledged before the
  // call, and those of other hosts that are older than a second or so. Once more on a new one if
  // `work` is Aborted because an object has gone meanwhile: it must begin anew each time. A tenant
  // that has never pushed has an empty snapshot.
  absl::Status WithSnapshot(const std::function<absl::Status(const Snapshot&)>& work,
                            const CallContext& call);
  // What each query of the host is given: executor, bound of memory, `call`.
  QueryOptions Options(const CallContext& call) const;
  // Stores the profiles. Calls `done` once, perhaps at once and perhaps from another thread, when
  // they are durable or it is certain that they can't be now. The same profiles pushed again add
  // nothing.
  void Push(const std::vector<SeriesProfile>& profiles, const CallContext& call,
            std::function<void(PushResult)> done);

  // One piece of housekeeping. NotFound if the tenant has never pushed.
  absl::StatusOr<MaintainResult> Maintain(size_t budget_bytes, const MaintainOptions& options,
                                          const CallContext& call);
  // Stores what waits and answers who waits for it.
  void Flush();
  // Whether nothing waits for the store.
  bool idle() const;
  // Whether it has an archive, as far as anybody has asked.
  bool known() const;
  IngesterSummary ingested() const;

 private:
  // One push, whose profiles have a run of tickets.
  struct Waiting {
    IngestTicket first = 0;
    uint64_t profiles = 0;  // that are not certain yet
    CallContext call;
    PushResult result;
    std::function<void(PushResult)> done;
  };
  using Pushes = std::map<IngestTicket, Waiting>;  // by last ticket

  absl::StatusOr<Archive*> OpenArchive(bool create, const CallContext& call);
  absl::StatusOr<Snapshot> FreshSnapshot(bool anew, const CallContext& call);
  absl::Status OpenIngester(const CallContext& call);
  void AddAll(const std::vector<SeriesProfile>& profiles, Waiting* push, IngestTicket* last);
  void CountHeld();
  void ScheduleFlush();
  void StoreFull();
  void Answer(const absl::Status& stored);
  void Settle(const IngestResult& segment, std::vector<Waiting>* ended);
  Pushes::iterator End(Pushes::iterator push, std::vector<Waiting>* ended);

  const std::unique_ptr<ObjectStore> store_;
  const TenantOptions options_;
  const TenantShare share_;

  mutable std::mutex opening_;
  std::optional<Archive> archive_;
  std::unique_ptr<Ingester> ingester_;

  std::mutex refreshing_;  // one thread takes a snapshot, others wait for it
  std::optional<Snapshot> snapshot_;
  uint64_t snapshot_commits_ = 0;

  mutable std::mutex mutex_;  // of all below, and of who asks the ingester for results
  Pushes pushes_;
  bool flush_scheduled_ = false, store_scheduled_ = false;
  int64_t flush_took_nanos_ = 0;  // the last one
  size_t counted_bytes_ = 0;      // of TenantShare::ingest_bytes
  uint64_t commits_ = 0;          // how often profiles have become durable
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_TENANT_H_
