// A tenant over an archive in the store.
#ifndef DOLERITE_EXAMPLES_HOST_ARCHIVE_TENANT_H_
#define DOLERITE_EXAMPLES_HOST_ARCHIVE_TENANT_H_

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dolerite/archive.h"
#include "dolerite/executor.h"
#include "dolerite/ingester.h"
#include "dolerite/object_store.h"
#include "tenant.h"

namespace dolerite::host {

struct TenantOptions {
  // A push waits about so long, its part of the store's time included.
  int64_t flush_nanos = int64_t{500} * 1'000'000;
  size_t ingest_bytes = size_t{64} << 20;       // of profiles that are not stored yet
  size_t all_ingest_bytes = size_t{256} << 20;  // the same of all tenants together
  size_t query_bytes = size_t{1} << 30;         // of each query
  size_t reader_bytes = size_t{128} << 20;      // of open blocks, for later queries
  int64_t snapshot_nanos = 1'000'000'000;       // other hosts' profiles are seen after so long
};

// What all tenants of a host share. All must outlive them.
struct TenantShare {
  Executor* executor = nullptr;  // of queries
  // Runs a task after so many nanoseconds, on a thread that may wait for the store.
  std::function<void(int64_t nanos, std::function<void()> task)> later;
  std::atomic<size_t>* ingest_bytes = nullptr;  // that the ingesters of all tenants hold now
};

class ArchiveTenant : public Tenant, public std::enable_shared_from_this<ArchiveTenant> {
 public:
  ArchiveTenant(std::unique_ptr<ObjectStore> store, const TenantOptions& options,
                const TenantShare& share);
  ~ArchiveTenant() override;

  absl::Status WithSnapshot(const std::function<absl::Status(const Snapshot&)>& work,
                            const CallContext& call) override;
  QueryOptions Options(const CallContext& call) const override;
  void Push(std::vector<SeriesProfile> profiles, const CallContext& call,
            std::function<void(PushResult)> done) override;

  // One piece of housekeeping. NotFound if the tenant has never pushed.
  absl::StatusOr<MaintainResult> Maintain(size_t budget_bytes, const MaintainOptions& options,
                                          const CallContext& call);
  // Stores what waits and answers who waits for it.
  void Flush();
  // Whether nothing waits for the store.
  bool idle() const;
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

  std::mutex opening_;
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

#endif  // DOLERITE_EXAMPLES_HOST_ARCHIVE_TENANT_H_
