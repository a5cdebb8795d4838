// Mends an archive's header. Its id is that of the manifests. Its dataset label is found in blocks:
// it is a label whose value, in each series, is the name of the series' dataset.
#include "archive/header.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "archive/commits.h"
#include "archive/keys.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "block/dataset_reader.h"
#include "dolerite/archive.h"

namespace dolerite {
namespace {

// So many segments and blocks are asked for the label: few labels fit all of them.
constexpr size_t kMostAsked = 16;

using Labels = std::set<std::string>;

class HeaderMending {
 public:
  HeaderMending(ObjectStore* store, const ArchiveHost& host, const CallContext& call)
      : store_(*store), host_(host), call_(call) {}

  absl::StatusOr<bool> Run(const std::optional<std::string>& label) {
    auto read = store_.Read(kArchiveKey, ByteRange::All(), {.context = call_});
    const bool lost = absl::IsNotFound(read.status());
    if (!read.ok() && !lost) return read.status();
    if (lost) {
      DOLERITE_ASSIGN_OR_RETURN(const bool remains, HasRemains(store_, call_));
      if (!remains) return NotFound("there is no archive in the store, nor what is left of one");
    } else {
      const absl::Status decoded = DecodeArchiveHeader(read->slice.bytes).status();
      // A newer library's header is none of our business.
      if (!absl::IsDataLoss(decoded)) return decoded.ok() ? absl::StatusOr<bool>(false) : decoded;
    }
    ArchiveHeader header;
    DOLERITE_ASSIGN_OR_RETURN(header.id, FindId());
    DOLERITE_ASSIGN_OR_RETURN(header.dataset_label, FindLabel(label));
    const PutOptions put{.mode = lost ? PutMode::kCreate : PutMode::kReplace};
    DOLERITE_RETURN_IF_ERROR(
        store_.Put(kArchiveKey, EncodeArchiveHeader(header), put, {.context = call_}).status());
    return true;
  }

 private:
  // Of the newest manifest that can be read. Without any, a repair begins a new chain.
  absl::StatusOr<Id128> FindId() {
    DOLERITE_ASSIGN_OR_RETURN(const auto listed, store_.ListAll(kManifests, {.context = call_}));
    for (const ObjectInfo& object : listed) {
      DOLERITE_ASSIGN_OR_RETURN(const ReadResult read,
                                store_.Read(object.key, ByteRange::All(), {.context = call_}));
      const auto manifest = DecodeManifest(read.slice.bytes);
      if (manifest.ok()) return manifest->archive;
    }
    ArchiveAccess access;
    access.host = host_;
    return access.NewId();
  }

  // Narrows `fitting` down to the labels that name the datasets of this block.
  absl::Status Narrow(const std::string& key, std::optional<Labels>* fitting) {
    const auto block = BlockReader::Open(&store_, key, host_.reading, call_);
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    if (CannotBeRead(block.status())) return absl::OkStatus();
    if (!block.ok()) return block.status();
    const BlockReader::Internal& internal = BlockAccess::Of(*block);
    for (uint32_t d = 0; d < internal.footer.datasets.size(); ++d) {
      const std::string& name = internal.footer.datasets[d].summary.name;
      // All labels fit that a series lacks.
      if (name.empty()) continue;
      IoCost io{.call = &call_};
      DatasetReader reader(internal, d, &io);
      const auto table = reader.Profiles();
      DOLERITE_RETURN_IF_ERROR(call_.Check());
      if (CannotBeRead(table.status())) continue;
      if (!table.ok()) return table.status();
      for (const Series& series : (*table)->series) {
        Labels fit;
        for (const auto& [label, value] : series.labels.pairs()) {
          const bool known = !*fitting || (*fitting)->count(std::string(label)) > 0;
          if (known && value == name) fit.emplace(label);
        }
        *fitting = std::move(fit);
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Labels>> FittingLabels() {
    std::optional<Labels> fitting;
    for (const std::string_view prefix : {kBlocks, kSegments}) {
      DOLERITE_ASSIGN_OR_RETURN(const auto listed, store_.ListAll(prefix, {.context = call_}));
      // Spread over all of them.
      const size_t step = listed.size() / kMostAsked + 1;
      for (size_t i = 0; i < listed.size(); i += step) {
        DOLERITE_RETURN_IF_ERROR(Narrow(listed[i].key, &fitting));
      }
    }
    return fitting;
  }

  absl::StatusOr<std::string> FindLabel(const std::optional<std::string>& wanted) {
    const std::string usual = wanted ? *wanted : ArchiveOptions().dataset_label;
    DOLERITE_ASSIGN_OR_RETURN(const std::optional<Labels> fitting, FittingLabels());
    if (!fitting || fitting->count(usual) > 0) return usual;
    if (fitting->empty()) return DataLoss("no label names the datasets of all blocks");
    std::string names;
    for (const std::string& label : *fitting) names += (names.empty() ? "" : ", ") + label;
    if (wanted) {
      return InvalidArgument("datasets of the archive's blocks are not named by the label ", usual,
                             ", but by one of: ", names);
    }
    if (fitting->size() == 1) return *fitting->begin();
    return FailedPrecondition("several labels may be the archive's dataset label, name one: ",
                              names);
  }

  ObjectStore& store_;
  const ArchiveHost& host_;
  const CallContext& call_;
};

}  // namespace

absl::StatusOr<bool> HasRemains(const ObjectStore& store, const CallContext& call) {
  // The newest ones come first, or nearly so: other keys are nobody's.
  DOLERITE_ASSIGN_OR_RETURN(const ListPage manifests,
                            store.List(kManifests, {}, {.context = call}));
  for (const ObjectInfo& object : manifests.objects) {
    if (ParseManifestKey(object.key).value_or(0) > 1) return true;
  }
  for (const std::string_view prefix : {kSegments, kBlocks}) {
    DOLERITE_ASSIGN_OR_RETURN(const ListPage page,
                              store.List(prefix, {.limit = 1}, {.context = call}));
    if (!page.objects.empty()) return true;
  }
  return false;
}

absl::Status LostHeader() {
  return DataLoss("the archive has lost its header, the object ", kArchiveKey, kRepairHint);
}

absl::StatusOr<bool> Archive::RepairHeader(ObjectStore* store, const ArchiveHost& host,
                                           const std::optional<std::string>& dataset_label,
                                           const CallContext& call) {
  return WithinMemory([&]() -> absl::StatusOr<bool> {
    return HeaderMending(store, host, call).Run(dataset_label);
  });
}

}  // namespace dolerite
