// Making, opening and adding to an archive. What changes the manifest has files of its own.
#include "dolerite/archive.h"

#include <algorithm>
#include <utility>

#include "archive/archive_state.h"
#include "archive/header.h"
#include "archive/metadata_cache.h"
#include "archive/snapshot_state.h"
#include "base/checksum.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "base/text.h"
#include "block/dataset_reader.h"
#include "dolerite/store_conformance.h"

namespace dolerite {
namespace {

absl::Status CheckHost(const ArchiveHost& host) {
  if (host.random && host.now_nanos) return absl::OkStatus();
  return InvalidArgument("an archive needs `random` and `now_nanos` of its host");
}

// A store that ignores conditions, or lets racing creators win, would lose commits. Keys have a
// random part, so that hosts which create at once do not disturb each other.
absl::Status Probe(ObjectStore* store, const ArchiveHost& host, const Id128& id,
                   const CallContext& call) {
  ConformanceOptions probe{.prefix = Concat(kProbes, HexText(id), "/"), .context = call};
  if (host.executor != nullptr && host.executor->width() > 1) {
    probe.run_parallel = [&](int n, const std::function<void(int)>& body) {
      host.executor->Run(static_cast<size_t>(n), [&](size_t i) { body(static_cast<int>(i)); });
    };
  }
  return ProbeStore(store, probe);
}

// Datasets of a block that was made for another label would never be found, nor their duplicates.
absl::Status CheckDatasets(const BlockReader& block, const std::string& label,
                           const CallContext& call) {
  const BlockReader::Internal& internal = BlockAccess::Of(block);
  for (uint32_t d = 0; d < internal.footer.datasets.size(); ++d) {
    IoCost io;
    io.call = &call;
    DatasetReader reader(internal, d, &io);
    DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, reader.Profiles());
    const std::string& name = internal.footer.datasets[d].summary.name;
    for (const Series& series : table->series) {
      const std::string_view value = series.labels.Get(label).value_or("");
      if (value == name) continue;
      return InvalidArgument("the block has a dataset \"", name, "\" with profiles whose label ",
                             label, " is \"", value,
                             "\": build it for the archive's dataset label");
    }
  }
  return absl::OkStatus();
}

}  // namespace

// The first manifest, then the header: an archive that has a header and no manifest is damaged. Of
// several hosts that make one at once, one creates the header, and all take the id of the manifest.
absl::Status Archive::Create(ObjectStore* store, const ArchiveHost& host,
                             const ArchiveOptions& options, const CallContext& call) {
  DOLERITE_RETURN_IF_ERROR(CheckHost(host));
  if (options.dataset_label.empty()) {
    return InvalidArgument("ArchiveOptions::dataset_label is empty");
  }
  // Without exclusive creates two hosts could commit the same number.
  if (!store->traits().exclusive_create) {
    return Unimplemented("the store can't create objects exclusively, which an archive relies on");
  }
  absl::Status there = store->Head(kArchiveKey, {.context = call}).status();
  if (there.ok()) return AlreadyExists("there is an archive in the store already");
  if (!absl::IsNotFound(there)) return there;
  // A new header could name another dataset label than the blocks were made with.
  DOLERITE_ASSIGN_OR_RETURN(const bool remains, HasRemains(*store, call));
  if (remains) return LostHeader();
  ArchiveAccess access;
  access.store = store, access.host = host;
  if (options.probe) DOLERITE_RETURN_IF_ERROR(Probe(store, host, access.NewId(), call));
  DOLERITE_ASSIGN_OR_RETURN(const Id128 id, BeginChain(access, call));
  const ArchiveHeader header{id, options.dataset_label};
  return store->Put(kArchiveKey, EncodeArchiveHeader(header), {}, {.context = call}).status();
}

std::shared_ptr<ArchiveCache> MakeArchiveCache(uint64_t metadata_bytes, uint64_t reader_bytes) {
  return std::make_shared<ArchiveCache>(metadata_bytes, reader_bytes);
}

// The header is read once; what it says never changes.
absl::StatusOr<Archive> Archive::OpenAs(ObjectStore* store, ArchiveHost host, bool read_only,
                                        const CallContext& call) {
  DOLERITE_RETURN_IF_ERROR(CheckHost(host));
  auto read = store->Read(kArchiveKey, ByteRange::All(), {.context = call});
  if (absl::IsNotFound(read.status())) {
    DOLERITE_ASSIGN_OR_RETURN(const bool remains, HasRemains(*store, call));
    return remains ? LostHeader() : NotFound("there is no archive in the store");
  }
  if (!read.ok()) return read.status();
  auto decoded = DecodeArchiveHeader(read->slice.bytes);
  if (absl::IsDataLoss(decoded.status())) {
    return DataLoss(kArchiveKey, ": ", ToStd(decoded.status().message()), kRepairHint);
  }
  if (!decoded.ok()) return decoded.status();
  ArchiveHeader& header = *decoded;
  auto state = std::make_shared<State>();
  state->options.dataset_label = header.dataset_label;
  auto shared =
      host.cache != nullptr ? host.cache : MakeArchiveCache(host.metadata_bytes, host.reader_bytes);
  auto cache = std::make_shared<MetadataCache>(std::move(shared));
  // Shared with snapshots, which outlive the archive.
  state->access = std::make_shared<const ArchiveAccess>(
      ArchiveAccess{store, std::move(header), std::move(host), read_only, std::move(cache)});
  return Archive(std::move(state));
}

absl::StatusOr<Archive> Archive::Open(ObjectStore* store, ArchiveHost host,
                                      const CallContext& call) {
  return OpenAs(store, std::move(host), false, call);
}

absl::StatusOr<Archive> Archive::OpenForReading(ObjectStore* store, ArchiveHost host,
                                                const CallContext& call) {
  return OpenAs(store, std::move(host), true, call);
}

Archive::Archive(std::shared_ptr<const State> state) : state_(std::move(state)) {}
Archive::~Archive() = default;
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;

const ArchiveOptions& Archive::options() const { return state_->options; }

// The name has the hash of all bytes, so an object of this name is this segment.
absl::StatusOr<std::string> Archive::Append(std::string_view block, int64_t created_nanos,
                                            const CallContext& call) {
  const ArchiveAccess& archive = *state_->access;
  DOLERITE_RETURN_IF_ERROR(archive.CheckWritable());
  // Opened before it is stored, so that no segment is anything but a block.
  DOLERITE_ASSIGN_OR_RETURN(const BlockReader reader,
                            BlockReader::FromBytes(block, archive.host.reading, call));
  const std::vector<DatasetSummary>& datasets = reader.summary().datasets;
  if (datasets.empty()) return InvalidArgument("a block without profiles is not a segment");
  DOLERITE_RETURN_IF_ERROR(CheckDatasets(reader, archive.header.dataset_label, call));
  // Times go into the name: a listing alone tells which segments a query needs.
  int64_t min = INT64_MAX, max = INT64_MIN;
  for (const DatasetSummary& dataset : datasets) {
    min = std::min(min, dataset.min_time_nanos);
    max = std::max(max, dataset.max_time_nanos);
  }
  const SegmentName name{created_nanos, MinuteOf(min), MinuteOf(max), ContentHash128(block)};
  const absl::Status put = archive.store->Put(name.key(), block, {}, {.context = call}).status();
  // It is the same bytes, from an earlier attempt or another writer, and just as durable.
  if (!put.ok() && !absl::IsAlreadyExists(put)) return put;
  return name.key();
}

absl::StatusOr<Snapshot> Archive::TakeSnapshot(const CallContext& call) const {
  // Memory that is refused here ends the call and not the host.
  return WithinMemory([&] { return TakeSnapshotOf(state_->access, call); });
}

absl::Status Archive::WithSnapshot(const std::function<absl::Status(const Snapshot&)>& work,
                                   const CallContext& call) const {
  DOLERITE_ASSIGN_OR_RETURN(const Snapshot snapshot, TakeSnapshot(call));
  absl::Status status = work(snapshot);
  if (!absl::IsAborted(status)) return status;
  DOLERITE_ASSIGN_OR_RETURN(const Snapshot again, snapshot.Refresh(call));
  return work(again);
}

}  // namespace dolerite
