#include "housekeeping.h"

#include <utility>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "absl/strings/str_cat.h"
#include "clock.h"

namespace dolerite::host {
namespace {

// Each thread's heap keeps what the thread has freed, and a compaction frees much at once: without
// this a host stays as large as its largest jobs and queries, in every heap that they ran on.
void ReturnFreeMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace

Housekeeping::Housekeeping(Tenants* tenants, Metrics* metrics, const HousekeepingOptions& options)
    : tenants_(tenants), metrics_(metrics), options_(options), thread_([this] { Work(); }) {}

Housekeeping::~Housekeeping() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Housekeeping::stopped() {
  std::lock_guard<std::mutex> lock(mutex_);
  return stopped_;
}

// A round gives each tenant one piece at most, so that none waits for another's backlog.
void Housekeeping::Work() {
  while (!stopped()) {
    FindTenants();
    AbortUploads();
    bool more = false;
    for (auto& [name, due] : due_) {
      if (stopped()) return;
      if (due > NowNanos()) continue;
      due = Keep(name);
      more = more || due <= NowNanos();
    }
    ReturnFreeMemory();
    std::unique_lock<std::mutex> lock(mutex_);
    const auto tick = std::chrono::nanoseconds(more ? 0 : options_.tick_nanos);
    changed_.wait_for(lock, tick, [this] { return stopped_; });
  }
}

void Housekeeping::FindTenants() {
  if (listed_nanos_ != 0 && NowNanos() - listed_nanos_ < options_.list_nanos) return;
  listed_nanos_ = NowNanos();
  const auto names = tenants_->ListNames({.purpose = "housekeeping"});
  if (!names.ok()) return metrics_->Add("housekeeping_errors_total", "");
  std::map<std::string, int64_t> due;
  for (const std::string& name : *names) {
    const auto known = due_.find(name);
    due[name] = known == due_.end() ? 0 : known->second;
  }
  due_ = std::move(due);
}

// Of compactions of hosts that were killed: no object, but billed.
void Housekeeping::AbortUploads() {
  const int64_t now = NowNanos();
  if (!options_.abort_uploads) return;
  if (aborted_nanos_ != 0 && now - aborted_nanos_ < options_.maintain.collect_nanos) return;
  aborted_nanos_ = now;
  const absl::Status status = options_.abort_uploads(now - options_.maintain.collect.grace_nanos);
  if (!status.ok()) metrics_->Add("housekeeping_errors_total", "");
}

int64_t Housekeeping::Keep(const std::string& name) {
  const int64_t later = NowNanos() + options_.maintain.look_nanos;
  const auto tenant = tenants_->Open(name);
  // All that may be open are in use.
  if (!tenant.ok()) return later;
  const CallContext call{
      .check =
          [this] { return stopped() ? absl::CancelledError("the host stops") : absl::OkStatus(); },
      .purpose = "housekeeping"};
  const auto result = (*tenant)->Maintain(options_.memory_bytes, options_.maintain, call);
  if (!result.ok()) {
    metrics_->Add("housekeeping_errors_total", "");
    return later;
  }
  using Did = MaintainResult::Did;
  const char* did = result->did == Did::kCompacted   ? "compacted"
                    : result->did == Did::kCollected ? "collected"
                    : result->did == Did::kRetained  ? "retained"
                                                     : nullptr;
  if (did != nullptr) {
    metrics_->Add("housekeeping_total", absl::StrCat("did=\"", did, "\""));
  }
  return result->call_again_nanos;
}

}  // namespace dolerite::host
