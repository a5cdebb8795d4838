// The chain of manifests: reading the newest one, and adding one to it (ARCHIVE.md, "Commit").
#ifndef DOLERITE_ARCHIVE_COMMITS_H_
#define DOLERITE_ARCHIVE_COMMITS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "archive/manifest.h"
#include "dolerite/archive.h"
#include "dolerite/object_store.h"
#include "dolerite/query.h"

namespace dolerite {

class MetadataCache;

// The store and host of an open archive.
struct ArchiveAccess {
  ObjectStore* store = nullptr;
  ArchiveHeader header;
  ArchiveHost host;
  bool read_only = false;
  std::shared_ptr<MetadataCache> cache = nullptr;  // null: everything is read each time

  Id128 NewId() const;
  absl::Status CheckWritable() const;
  size_t page_entries() const;  // the host's, within bounds
};

// Ends messages about damage of what a repair can make anew.
inline constexpr std::string_view kRepairHint =
    "; a repair makes it anew (dolerite verify --repair)";

// Whether an object of this status can't be read by this library, now and later: it is wrong, and
// not the store.
inline bool CannotBeRead(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsUnimplemented(status);
}

// Objects below a prefix with their sizes, by key.
using Sizes = std::map<std::string, uint64_t>;
absl::StatusOr<Sizes> ListSizes(const ArchiveAccess& archive, std::string_view prefix,
                                const CallContext& call);

// The manifest of a number, whose object has this version; "" takes any. DataLoss if the object is
// not that manifest of this archive.
absl::StatusOr<Manifest> ReadManifest(const ArchiveAccess& archive, uint64_t number,
                                      const std::string& version, const CallContext& call);

// What is wrong with an archive that has a header alone: Create makes a manifest before it.
absl::Status NoManifest();

// The newest manifest. DataLoss if there is none.
// `cost`, if not null, grows by what was asked of the store.
absl::StatusOr<std::shared_ptr<const Manifest>> ReadNewest(const ArchiveAccess& archive,
                                                           const CallContext& call,
                                                           QueryCost* cost = nullptr);
absl::StatusOr<Manifest> ReadNewestManifest(const ArchiveAccess& archive, const CallContext& call);

// Makes manifest 1 of an archive, with nothing in it and a time before all others. Returns the id
// that the archive's header is to have: a new one, or that of manifests that are there already.
absl::StatusOr<Id128> BeginChain(const ArchiveAccess& archive, const CallContext& call);

// Changes the newest manifest to the next one, whose number, commit and time are already set. May
// be called several times, each time with the newest one. An error means that there is nothing to
// commit any more, and ends it; Aborted, that something is gone which the manifest names: it is
// tried again on a newer one, if there is one.
using ManifestChange = std::function<absl::Status(Manifest* next)>;

// Adds a manifest and returns it once it is certain to be in the chain. Aborted after many attempts
// that others won. After Unavailable, Cancelled and DeadlineExceeded it is unknown whether it was
// committed: nothing that it names may be deleted then.
absl::StatusOr<Manifest> CommitChange(const ArchiveAccess& archive, const ManifestChange& change,
                                      const CallContext& call);

}  // namespace dolerite

#endif  // DOLERITE_ARCHIVE_COMMITS_H_
