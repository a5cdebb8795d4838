// What an open archive holds.
#ifndef DOLERITE_ARCHIVE_ARCHIVE_STATE_H_
#define DOLERITE_ARCHIVE_ARCHIVE_STATE_H_

#include <memory>

#include "archive/commits.h"
#include "dolerite/archive.h"

namespace dolerite {

struct Archive::State {
  std::shared_ptr<const ArchiveAccess> access;
  ArchiveOptions options;
};

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_ARCHIVE_STATE_H_
