// Compacts, retains and collects, of all tenants in turn, on one thread.
#ifndef DOLERITE_EXAMPLES_HOST_HOUSEKEEPING_H_
#define DOLERITE_EXAMPLES_HOST_HOUSEKEEPING_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "metrics.h"
#include "tenants.h"

namespace dolerite::host {

struct HousekeepingOptions {
  size_t memory_bytes = size_t{256} << 20;  // of one job
  int64_t tick_nanos = int64_t{5} * 1'000'000'000;
  // New tenants are found after so long at most.
  int64_t list_nanos = int64_t{60} * 1'000'000'000;
  MaintainOptions maintain;
  // Frees what uploads hold that were started before this time and never finished; asked as often
  // as the collector, and for the collector's grace. Empty: the store has no such uploads.
  std::function<absl::Status(int64_t started_before_nanos)> abort_uploads;
};

class Housekeeping {
 public:
  // Both must outlive it.
  Housekeeping(Tenants* tenants, Metrics* metrics, const HousekeepingOptions& options);
  // Stops the job that is under way, and waits for it.
  ~Housekeeping();

 private:
  void Work();
  void FindTenants();
  void AbortUploads();
  // One piece of a tenant's work. When the next one is due.
  int64_t Keep(const std::string& name);
  bool stopped();

  Tenants* const tenants_;
  Metrics* const metrics_;
  const HousekeepingOptions options_;
  std::map<std::string, int64_t> due_;  // by tenant, by the clock
  int64_t listed_nanos_ = 0, aborted_nanos_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_HOUSEKEEPING_H_
