// What an open archive holds.
#ifndef DOLERITE_ARCHIVE_ARCHIVE_STATE_H_
#define DOLERITE_ARCHIVE_ARCHIVE_STATE_H_

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "archive/commits.h"
#include "dolerite/archive.h"

namespace dolerite {

// What Maintain remembers from call to call.
struct Maintenance {
  struct TooLarge {
    size_t budget_bytes = 0;  // that the job did not fit into
    int64_t again_nanos = 0;  // when it may be tried again all the same
  };
  std::mutex mutex;
  std::optional<int64_t> collected_nanos;     // when the collector ran last
  std::map<std::string, TooLarge> too_large;  // jobs, by the first input
};

struct Archive::State {
  std::shared_ptr<const ArchiveAccess> access;
  ArchiveOptions options;
  std::shared_ptr<Maintenance> maintenance = std::make_shared<Maintenance>();
};

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_ARCHIVE_STATE_H_
