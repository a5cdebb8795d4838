#include "tenants.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dolerite/stores.h"

namespace dolerite::host {
namespace {

constexpr char kPrefix[] = "tenants/";
constexpr char kAnonymous[] = "anonymous";

}  // namespace

// Lower-case letters, digits and `-` stay as they are, so that a person finds a tenant in the
// store. Each other byte, `_` among them, is `_` and two hexadecimal digits.
absl::StatusOr<std::string> TenantName(std::string_view id) {
  constexpr size_t kMostBytes = 240;  // a part of a key may have 255
  if (id.empty()) return absl::InvalidArgumentError("the tenant's id is empty");
  std::string name;
  for (const char c : id) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '-') {
      name.push_back(c);
    } else {
      absl::StrAppend(&name, "_", absl::Hex(byte, absl::kZeroPad2));
    }
    if (name.size() > kMostBytes) {
      return absl::InvalidArgumentError(
          "the tenant's id is too long: at most 240 bytes, of which all but a-z, 0-9 and - count "
          "three times");
    }
  }
  return name;
}

Tenants::Tenants(ObjectStore* store, const TenantOptions& options, const TenantShare& share,
                 size_t most_open)
    : store_(store), options_(options), share_(share), most_open_(most_open) {}

absl::StatusOr<std::shared_ptr<Tenant>> Tenants::Get(std::string_view id) {
  absl::StatusOr<std::string> name = TenantName(id.empty() ? kAnonymous : id);
  if (!name.ok()) return name.status();
  return Open(*name);
}

absl::StatusOr<std::shared_ptr<Tenant>> Tenants::Open(const std::string& name) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto at = open_.find(name);
  if (at != open_.end()) {
    at->second.used = ++uses_;
    return at->second.tenant;
  }
  CloseUnknown();
  if (open_.size() >= most_open_ && !CloseOne()) {
    return absl::ResourceExhaustedError("too many tenants are in use, try again later");
  }
  absl::StatusOr<std::unique_ptr<ObjectStore>> store =
      MakePrefixStore(store_, kPrefix + name + "/");
  if (!store.ok()) return store.status();
  auto tenant = std::make_shared<Tenant>(*std::move(store), options_, share_);
  open_[name] = {tenant, ++uses_};
  return tenant;
}

// These close only tenants that nobody holds: nobody can take hold of them meanwhile, under the
// lock.
void Tenants::CloseUnknown() {
  std::erase_if(open_, [](const auto& item) {
    const std::shared_ptr<Tenant>& tenant = item.second.tenant;
    return tenant.use_count() == 1 && !tenant->known();
  });
}

bool Tenants::CloseOne() {
  auto oldest = open_.end();
  for (auto at = open_.begin(); at != open_.end(); ++at) {
    if (at->second.tenant.use_count() > 1 || !at->second.tenant->idle()) continue;
    if (oldest == open_.end() || at->second.used < oldest->second.used) oldest = at;
  }
  if (oldest == open_.end()) return false;
  open_.erase(oldest);
  return true;
}

// Steps from one tenant to the next, past all keys of each: `0` comes after `/`.
absl::StatusOr<std::vector<std::string>> Tenants::ListNames(const CallContext& call) const {
  std::vector<std::string> names;
  ListOptions from{.limit = 1};
  for (;;) {
    absl::StatusOr<ListPage> page = store_->List(kPrefix, from, {.context = call});
    if (!page.ok()) return page.status();
    if (page->objects.empty()) return names;
    const std::string rest = page->objects[0].key.substr(sizeof(kPrefix) - 1);
    names.push_back(rest.substr(0, rest.find('/')));
    from.start_after = kPrefix + names.back() + "0";
  }
}

std::vector<std::shared_ptr<Tenant>> Tenants::All() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::shared_ptr<Tenant>> all;
  for (const auto& [name, entry] : open_) all.push_back(entry.tenant);
  return all;
}

void Tenants::Flush() {
  for (const auto& tenant : All()) tenant->Flush();
}

size_t Tenants::open() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return open_.size();
}

IngesterSummary Tenants::ingested() const {
  IngesterSummary sum;
  for (const auto& tenant : All()) {
    const IngesterSummary one = tenant->ingested();
    sum.memory_bytes += one.memory_bytes;
    sum.waiting_profiles += one.waiting_profiles;
    sum.unstored_segments += one.unstored_segments;
    sum.stored_segments += one.stored_segments;
    sum.stored_bytes += one.stored_bytes;
  }
  return sum;
}

}  // namespace dolerite::host
