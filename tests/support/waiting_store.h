// A store that never answers, so that only the host of a call can end it.
#ifndef DOLERITE_TESTS_SUPPORT_WAITING_STORE_H_
#define DOLERITE_TESTS_SUPPORT_WAITING_STORE_H_

#include <span>
#include <string_view>

#include "dolerite/forwarding_store.h"

namespace dolerite::testing {

// Waits in each read, as a store far away does, until the call is stopped.
class WaitingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

 protected:
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view, std::span<const ByteRange>,
                                            const CallOptions& options) const override {
    for (;;) {
      if (absl::Status status = options.context.Check(); !status.ok()) return status;
    }
  }
};

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_WAITING_STORE_H_
