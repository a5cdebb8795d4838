// Counts what calls to a store cost.
#ifndef DOLERITE_ACCOUNTING_STORE_H_
#define DOLERITE_ACCOUNTING_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "dolerite/export.h"
#include "dolerite/object_store.h"

namespace dolerite {

// What the calls of one purpose have cost so far.
struct DOLERITE_EXPORT IoAccount {
  uint64_t requests = 0;  // of all kinds, failed ones too
  uint64_t failures = 0;
  uint64_t bytes_wanted = 0;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;

  IoAccount& operator+=(const IoAccount& other);
  friend bool operator==(const IoAccount&, const IoAccount&) = default;
};

struct DOLERITE_EXPORT IoAccounts {
  // By CallContext::purpose. Holds a row for each purpose that was ever used, so purposes should be
  // few.
  std::map<std::string, IoAccount, std::less<>> by_purpose;

  // Zeros for a purpose that no call had.
  IoAccount of(std::string_view purpose) const;
  IoAccount total() const;
};

// Passes every call on and counts it.
class DOLERITE_EXPORT AccountingStore : public ObjectStore {
 public:
  // A copy of the counts so far. Safe from many threads, during other calls too.
  virtual IoAccounts accounts() const = 0;
};

// `inner` must outlive the store.
DOLERITE_EXPORT std::unique_ptr<AccountingStore> MakeAccountingStore(ObjectStore* inner);

}  // namespace dolerite

#endif  // DOLERITE_ACCOUNTING_STORE_H_
