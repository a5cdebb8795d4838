// What checks an archive and mends it.
#ifndef DOLERITE_ARCHIVE_VERIFY_H_
#define DOLERITE_ARCHIVE_VERIFY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace dolerite {

// What Archive::Verify looks at.
struct VerifyOptions {
  // Blocks and segments with profiles of this dataset, and of times with start <= time < end. The
  // chain of manifests, pages and references are always looked at.
  std::optional<std::string> dataset;
  int64_t start_nanos = INT64_MIN, end_nanos = INT64_MAX;
};

// Something that is not as it should be.
struct ArchiveFinding {
  enum class Kind {
    kManifest,    // missing, can't be read, or does not continue the one before
    kPage,        // can't be read
    kMissing,     // the manifest names a block that is not in the store
    kDamaged,     // a block or segment that can't be read, or is not what its name says
    kQuarantined  // compaction could not read it
  };
  Kind kind = Kind::kManifest;
  std::string key;      // of the object
  absl::Status status;  // what is wrong
};
using FindingVisitor = std::function<void(const ArchiveFinding& finding)>;

struct VerifyResult {
  uint64_t manifests = 0, pages = 0, blocks = 0, segments = 0;  // that were looked at
  uint64_t bytes = 0, profiles = 0;                             // of blocks and segments
  uint64_t findings = 0;
  // No damage: profiles that are there twice, of which snapshots show one; objects that nothing
  // names, which the collector removes or that are not the archive's.
  uint64_t duplicates = 0, orphans = 0, foreign = 0;
};

struct RepairResult {
  uint64_t manifest = 0;   // number of the new manifest; 0 if nothing needed repair
  uint64_t continued = 0;  // the manifest that it continues; 0: made of blocks and segments alone
  uint64_t blocks = 0;     // live blocks
  uint64_t added = 0;      // those of them that the continued manifest did not name as live
  // What may be lost or have come back, one line each, for people.
  std::vector<std::string> lost;
  // Keys of quarantined inputs that can be read again, and are compacted from now on. If nothing
  // else was repaired, other hosts could go on meanwhile.
  std::vector<std::string> lifted;
};

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_VERIFY_H_
