// The chain grows by exclusive creates alone: whoever creates number n + 1 has committed on top of
// n, and all others read again.
#include "archive/commits.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "archive/metadata_cache.h"
#include "archive/pages.h"
#include "archive/paging.h"
#include "base/status.h"
#include "store/errors.h"

namespace dolerite {
namespace {

// Each attempt that fails means that another host has committed. After this many failures in a row,
// far too many hosts commit one by one.
constexpr int kAttempts = 100;
// How often a read is tried again: a manifest may be collected while it is read.
constexpr int kReadAttempts = 10;
// After this many listings without a manifest, one after the other, all manifests are lost.
constexpr int kEmptyListings = 3;

// The newest manifest's number and its object's version; 0 if the list has no manifest.
struct Newest {
  uint64_t number = 0;
  std::string version;
  uint64_t bytes = 0;
};

// The first that is a manifest; what else lies there is nobody's.
Newest FirstOf(const std::vector<ObjectInfo>& objects) {
  for (const ObjectInfo& object : objects) {
    const uint64_t number = ParseManifestKey(object.key).value_or(0);
    if (number > 0) return {number, object.version, object.size};
  }
  return {};
}

absl::StatusOr<Newest> FindNewest(const ArchiveAccess& archive, const CallContext& call) {
  // Numbers descend by name, so the newest is the first of a page of one.
  if (archive.store->traits().ordered_list) {
    DOLERITE_ASSIGN_OR_RETURN(ListPage page,
                              archive.store->List(kManifests, {.limit = 1}, {.context = call}));
    const Newest newest = FirstOf(page.objects);
    if (newest.number > 0 || page.objects.empty()) return newest;
  }
  DOLERITE_ASSIGN_OR_RETURN(const auto objects,
                            archive.store->ListAll(kManifests, {.context = call}));
  return FirstOf(objects);
}

// What a commit has found out about the number that it tried to take.
enum class Outcome { kCommitted, kTryAgain };

class Committer {
 public:
  Committer(const ArchiveAccess& archive, const CallContext& call)
      : archive_(archive), call_(call), commit_(archive.NewId()) {}

  // An attempt: read the newest manifest, look whether an earlier attempt has landed, change a
  // copy, create the next number.
  absl::StatusOr<Manifest> Run(const ManifestChange& change) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      DOLERITE_ASSIGN_OR_RETURN(Manifest next, ReadNewestManifest(archive_, call_));
      DOLERITE_ASSIGN_OR_RETURN(std::optional<Manifest> landed, FindLanded(next));
      if (landed) return *std::move(landed);
      if (next.number == UINT64_MAX) return OutOfRange("the archive has no manifest numbers left");
      ++next.number;
      next.commit = commit_;
      // Never backwards, whatever clocks say: cuts and graces compare these times.
      next.time_nanos = std::max(next.time_nanos, archive_.host.now_nanos());
      const absl::Status applied = Apply(change, attempt, &next);
      // A page was collected since the manifest was read, if there is a newer one now.
      if (absl::IsAborted(applied) && std::exchange(aborted_, next.number) != next.number) continue;
      // Another error of the change ends all attempts: it no longer applies.
      if (!applied.ok()) return applied;
      DOLERITE_ASSIGN_OR_RETURN(const Outcome outcome, Create(next));
      if (outcome == Outcome::kCommitted) return next;
    }
    return Aborted("others have committed before this in ", kAttempts, " attempts; try again");
  }

 private:
  // Pages are written at the first attempt or when there is no way round them: who has just lost a
  // race would lose the next one with them.
  absl::Status Apply(const ManifestChange& change, int attempt, Manifest* next) const {
    DOLERITE_RETURN_IF_ERROR(change(next));
    const size_t most = archive_.page_entries();
    return PageOut(archive_, attempt == 0 ? most : 4 * most, next, call_);
  }

  absl::StatusOr<Outcome> Create(const Manifest& next) {
    const auto put =
        archive_.store->Put(ManifestKey(next.number), EncodeManifest(next), {}, {.context = call_});
    if (put.ok()) return Confirm(next.number);
    const absl::Status& status = put.status();
    // The store does not know whether it has written.
    const bool unknown = MayPass(status);
    if (!absl::IsAlreadyExists(status) && !unknown) return status;
    // Whose is it?
    if (unknown) unknown_.push_back(next.number);
    auto there = ReadManifest(archive_, next.number, "", call_);
    // Not there: it was collected since, or the create may land still. FindLanded looks again.
    if (absl::IsNotFound(there.status())) return Outcome::kTryAgain;
    if (!there.ok()) return there.status();
    return there->commit == commit_ ? Confirm(next.number) : Outcome::kTryAgain;
  }

  // An attempt that seemed to fail, and has landed since.
  // Only numbers that a newest manifest still covers: those below its floor are collected.
  absl::StatusOr<std::optional<Manifest>> FindLanded(const Manifest& newest) {
    for (uint64_t number : unknown_) {
      if (number > newest.number || number < newest.floor) continue;
      DOLERITE_ASSIGN_OR_RETURN(Manifest there, ReadManifest(archive_, number, "", call_));
      if (there.commit == commit_) return there;
    }
    return std::nullopt;
  }

  // A number may come again after its manifest was collected: then ours is beside the chain, and
  // nobody will ever see it. It is in the chain if it is the newest, or if the newest one still
  // knows it.
  absl::StatusOr<Outcome> Confirm(uint64_t number) {
    DOLERITE_ASSIGN_OR_RETURN(const Manifest newest, ReadNewestManifest(archive_, call_));
    const bool in_chain = newest.number == number || newest.floor <= number;
    return in_chain ? Outcome::kCommitted : Outcome::kTryAgain;
  }

  const ArchiveAccess& archive_;
  const CallContext& call_;
  const Id128 commit_;  // one for all attempts, so that an earlier one that lands late is known
  std::vector<uint64_t> unknown_;  // numbers whose create ended without an answer
  uint64_t aborted_ = 0;           // the last number whose change found something gone
};

}  // namespace

Id128 ArchiveAccess::NewId() const {
  Id128 id;
  for (size_t i = 0; i < id.size(); i += 8) {
    const uint64_t random = host.random();
    for (size_t j = 0; j < 8; ++j) id[i + j] = static_cast<uint8_t>(random >> 8 * j);
  }
  return id;
}

absl::Status ArchiveAccess::CheckWritable() const {
  if (!read_only) return absl::OkStatus();
  return FailedPrecondition("the archive was opened for reading only");
}

size_t ArchiveAccess::page_entries() const {
  return std::clamp<size_t>(host.page_entries, 1, kMostEntries);
}

absl::StatusOr<Sizes> ListSizes(const ArchiveAccess& archive, std::string_view prefix,
                                const CallContext& call) {
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects,
                            archive.store->ListAll(prefix, {.context = call}));
  Sizes sizes;
  for (const ObjectInfo& object : objects) sizes[object.key] = object.size;
  return sizes;
}

// A manifest must be what its name says.
absl::StatusOr<Manifest> ReadManifest(const ArchiveAccess& archive, uint64_t number,
                                      const std::string& version, const CallContext& call) {
  const std::string key = ManifestKey(number);
  DOLERITE_ASSIGN_OR_RETURN(
      const ReadResult read,
      archive.store->Read(key, ByteRange::All(), {.context = call, .version = version}));
  auto manifest = DecodeManifest(read.slice.bytes);
  if (!manifest.ok()) return Annotate(manifest.status(), key);
  if (manifest->number != number) {
    return DataLoss(key, ": manifest ", manifest->number, " is under the name of ", number);
  }
  if (manifest->archive != archive.header.id) {
    return DataLoss(key, ": manifest ", number, " belongs to another archive");
  }
  return manifest;
}

// A list and a read; what lies between them may be collected. The newest manifest is never
// collected, so that what was read of it once is good as long as it is the newest. A listing may
// miss both the manifest that is collected while it runs and the newer one that came meanwhile: the
// next one sees the newer one.
absl::StatusOr<std::shared_ptr<const Manifest>> ReadNewest(const ArchiveAccess& archive,
                                                           const CallContext& call,
                                                           QueryCost* cost) {
  QueryCost ignored;
  if (cost == nullptr) cost = &ignored;
  int empty = 0;
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    DOLERITE_ASSIGN_OR_RETURN(const Newest newest, FindNewest(archive, call));
    ++cost->requests;
    if (newest.number == 0) {
      if (++empty == kEmptyListings) return NoManifest();
      continue;
    }
    empty = 0;
    if (archive.cache != nullptr) {
      if (auto known = archive.cache->FindManifest(newest.number, newest.version)) return known;
    }
    auto read = ReadManifest(archive, newest.number, newest.version, call);
    ++cost->requests, cost->bytes_read += newest.bytes;
    // Collected since it was listed, and perhaps created again by a committer that is very late:
    // then there is a newer one. Any other error is one of the store, or damage.
    if (absl::IsNotFound(read.status()) || absl::IsFailedPrecondition(read.status())) continue;
    if (absl::IsDataLoss(read.status())) {
      return DataLoss(ToStd(read.status().message()), kRepairHint);
    }
    if (!read.ok()) return read.status();
    auto manifest = std::make_shared<const Manifest>(*std::move(read));
    if (archive.cache != nullptr) archive.cache->KeepManifest(manifest, newest.version);
    return manifest;
  }
  return Aborted("manifests were collected while they were read; try again");
}

absl::StatusOr<Manifest> ReadNewestManifest(const ArchiveAccess& archive, const CallContext& call) {
  DOLERITE_ASSIGN_OR_RETURN(const auto newest, ReadNewest(archive, call));
  return *newest;
}

absl::Status NoManifest() {
  return DataLoss("the archive has no manifest: all are lost", kRepairHint);
}

absl::StatusOr<Id128> BeginChain(const ArchiveAccess& archive, const CallContext& call) {
  Manifest first;
  first.archive = archive.NewId();
  first.number = 1;
  first.commit = archive.NewId();
  first.time_nanos = INT64_MIN;
  DOLERITE_ASSIGN_OR_RETURN(const Newest there, FindNewest(archive, call));
  if (there.number == 0) {
    const std::string key = ManifestKey(first.number);
    const absl::Status put =
        archive.store->Put(key, EncodeManifest(first), {}, {.context = call}).status();
    if (put.ok()) return first.archive;
    if (!absl::IsAlreadyExists(put)) return put;
  }
  // Of another who makes it now, or has died in the middle.
  const std::string key = ManifestKey(std::max(there.number, first.number));
  DOLERITE_ASSIGN_OR_RETURN(const ReadResult read,
                            archive.store->Read(key, ByteRange::All(), {.context = call}));
  DOLERITE_ASSIGN_OR_RETURN(const Manifest manifest, DecodeManifest(read.slice.bytes));
  return manifest.archive;
}

absl::StatusOr<Manifest> CommitChange(const ArchiveAccess& archive, const ManifestChange& change,
                                      const CallContext& call) {
  DOLERITE_RETURN_IF_ERROR(archive.CheckWritable());
  return Committer(archive, call).Run(change);
}

}  // namespace dolerite
