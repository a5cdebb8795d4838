// All tenants of a host: each has the keys of the store below `tenants/NAME/`.
#ifndef DOLERITE_EXAMPLES_HOST_TENANTS_H_
#define DOLERITE_EXAMPLES_HOST_TENANTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tenant.h"

namespace dolerite::host {

// From a tenant's id, which a client chose, to a part of keys in the store. Names of different ids
// differ, also where upper and lower case are the same. A name has no slash, so no tenant's keys
// begin with another's `name/`. InvalidArgument for an empty id, or one whose name would be longer
// than 240 bytes.
absl::StatusOr<std::string> TenantName(std::string_view id);

// Safe from many threads.
class Tenants {
 public:
  // At most `most_open` are open at once; those that nobody used for longest are closed. One that
  // has never pushed is closed as soon as nobody asks about it, so that ids which clients invent
  // close no other tenant.
  Tenants(ObjectStore* store, const TenantOptions& options, const TenantShare& share,
          size_t most_open);

  // The tenant of a client's id; "" is the tenant `anonymous`. InvalidArgument as of TenantName;
  // ResourceExhausted if all that may be open are in use.
  absl::StatusOr<std::shared_ptr<Tenant>> Get(std::string_view id);
  // The same by its name in the store.
  absl::StatusOr<std::shared_ptr<Tenant>> Open(const std::string& name);

  // The names of all tenants that have pushed to any host of the store.
  absl::StatusOr<std::vector<std::string>> ListNames(const CallContext& call) const;

  // Stores what waits, of all tenants.
  void Flush();
  size_t open() const;
  // Of all tenants that are open, added up.
  IngesterSummary ingested() const;

 private:
  struct Entry {
    std::shared_ptr<Tenant> tenant;
    uint64_t used = 0;  // larger: later
  };

  void CloseUnknown();
  bool CloseOne();
  std::vector<std::shared_ptr<Tenant>> All() const;

  ObjectStore* const store_;
  const TenantOptions options_;
  const TenantShare share_;
  const size_t most_open_;

  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> open_;
  uint64_t uses_ = 0;
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_TENANTS_H_
