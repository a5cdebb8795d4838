// Verify has five phases, each of which goes on after damage: the chain of manifests; the pages of
// the newest sound one; references, against listings of the store; each block and segment that
// holds something of the asked dataset and times; and profiles that several of them have.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "archive/archive_state.h"
#include "archive/block_list.h"
#include "archive/sources.h"
#include "archive/windows.h"
#include "base/checksum.h"
#include "base/out_of_memory.h"
#include "base/status.h"

namespace dolerite {
namespace {

using Kind = ArchiveFinding::Kind;

class Verification {
 public:
  Verification(const ArchiveAccess& archive, const VerifyOptions& options,
               const FindingVisitor& visit, const CallContext& call)
      : archive_(archive), options_(options), visit_(visit), call_(call) {}

  absl::StatusOr<VerifyResult> Run() {
    // Segments before manifests, as a snapshot has it.
    DOLERITE_ASSIGN_OR_RETURN(const auto segments, ListSizes(archive_, kSegments, call_));
    DOLERITE_RETURN_IF_ERROR(CheckChain());
    DOLERITE_RETURN_IF_ERROR(CheckPages());
    DOLERITE_RETURN_IF_ERROR(CheckReferences());
    DOLERITE_RETURN_IF_ERROR(CheckBlocks());
    DOLERITE_RETURN_IF_ERROR(CheckSegments(segments));
    DOLERITE_RETURN_IF_ERROR(CountDuplicates());
    FindQuarantined();
    return result_;
  }

 private:
  // An object without damage, and the times of its profiles.
  struct Sound {
    Source source;
    int64_t min_time_nanos, max_time_nanos;
  };

  void Find(Kind kind, const std::string& key, const absl::Status& status) {
    ++result_.findings;
    if (visit_) visit_({kind, key, status});
  }

  // Each manifest that is there, oldest first; those below the floor wait for the collector.
  absl::Status CheckChain() {
    newest_.archive = archive_.header.id;
    DOLERITE_ASSIGN_OR_RETURN(const auto listed, ListSizes(archive_, kManifests, call_));
    std::vector<uint64_t> numbers;
    for (const auto& [key, size] : listed) {
      const uint64_t number = ParseManifestKey(key).value_or(0);
      if (number > 0) {
        numbers.push_back(number);
      } else {
        ++result_.foreign;
      }
    }
    if (numbers.empty()) Find(Kind::kManifest, std::string(kManifests), NoManifest());
    std::sort(numbers.begin(), numbers.end());
    for (const uint64_t number : numbers) {
      DOLERITE_RETURN_IF_ERROR(call_.Check());
      auto manifest = ReadManifest(archive_, number, "", call_);
      // Collected meanwhile.
      if (absl::IsNotFound(manifest.status())) continue;
      ++result_.manifests;
      if (!manifest.ok()) {
        Find(Kind::kManifest, ManifestKey(number), manifest.status());
        continue;
      }
      CheckNext(*manifest);
      newest_ = *std::move(manifest);
    }
    return absl::OkStatus();
  }

  // Whether a manifest continues the newest one before it.
  void CheckNext(const Manifest& next) {
    const auto wrong = [&](std::string_view what) {
      Find(Kind::kManifest, ManifestKey(next.number),
           DataLoss("manifest ", next.number, ": ", what));
    };
    if (newest_.number == 0) return;
    if (next.number != newest_.number + 1 && newest_.number >= next.floor) {
      wrong("manifests before it are missing");
    }
    if (next.time_nanos < newest_.time_nanos) wrong("its time is before that of an older one");
    if (next.floor < newest_.floor) wrong("its floor is below that of an older one");
    if (next.last_tombstone < newest_.last_tombstone)
      wrong("deletions of an older one are missing");
    for (const Cut& cut : newest_.cuts) {
      const auto same = [&](const Cut& c) { return c.place() == cut.place(); };
      const auto there = std::find_if(next.cuts.begin(), next.cuts.end(), same);
      if (there == next.cuts.end() || there->before_nanos < cut.before_nanos) {
        wrong("a cut of an older one has fallen");
      }
    }
    // A repair may revive what was given up: its floor is its own number.
    if (next.floor == next.number) return;
    for (const DroppedBlock& block : newest_.dropped) {
      if (next.FindBlock(block.name) != nullptr) {
        wrong(Concat(block.name.key(), " was dropped before, and is live again"));
      } else if (next.FindDropped(block.name) == nullptr && block.manifest >= next.floor) {
        wrong(Concat(block.name.key(), " was dropped, which is forgotten too early"));
      }
    }
    for (const ConsumedSegment& segment : newest_.consumed) {
      if (next.FindConsumed(segment.name) == nullptr && segment.manifest >= next.floor) {
        wrong(Concat(segment.name.key(), " was consumed, which is forgotten too early"));
      }
    }
  }

  // A block or page that was listed began with a manifest that was there.
  absl::Status CheckBase(const std::optional<BlockName>& name, const std::string& key) {
    // Without any sound manifest all of it is lost, which was said.
    if (!name || newest_.number == 0 || name->base <= newest_.number) return absl::OkStatus();
    // It may be newer than the chain that was read, or damaged. Listed once, after all blocks.
    if (!last_listed_) {
      DOLERITE_ASSIGN_OR_RETURN(const auto listed, ListSizes(archive_, kManifests, call_));
      last_listed_ = newest_.number;
      for (const auto& [manifest, size] : listed) {
        last_listed_ = std::max(*last_listed_, ParseManifestKey(manifest).value_or(0));
      }
    }
    if (name->base <= *last_listed_) return absl::OkStatus();
    Find(Kind::kManifest, key,
         DataLoss(key, " began with manifest ", name->base, ", and the newest one is ",
                  newest_.number, ": newer ones are lost", kRepairHint));
    return absl::OkStatus();
  }

  // Parts of blocks in pages that can be read.
  absl::Status CheckPages() {
    const auto unread = [this](const PageEntry& page, const absl::Status& status) {
      Find(Kind::kPage, PageKey(page.name), status);
      whole_ = false;
      return absl::OkStatus();
    };
    DOLERITE_ASSIGN_OR_RETURN(live_, ReadBlocks(archive_, newest_, AllPages, unread, call_));
    result_.pages = newest_.pages.size();
    return absl::OkStatus();
  }

  // What the manifest names is in the store (L1), and what nothing names.
  absl::Status CheckReferences() {
    DOLERITE_ASSIGN_OR_RETURN(const auto blocks, ListSizes(archive_, kBlocks, call_));
    DOLERITE_ASSIGN_OR_RETURN(const auto pages, ListSizes(archive_, kPages, call_));
    // Live blocks: there, and of the size that the manifest says.
    std::set<BlockName> named;
    for (const BlockEntry& block : live_) {
      named.insert(block.name);
      const std::string key = block.name.key();
      const auto there = blocks.find(key);
      if (there == blocks.end()) {
        Find(Kind::kMissing, key, NotFound(key, " is live, and not in the store"));
        missing_.insert(block.name);
      } else if (there->second != block.bytes) {
        Find(Kind::kDamaged, key,
             DataLoss(key, " has ", there->second, " bytes and not ", block.bytes));
      }
    }
    // Other objects: given up and not collected yet, orphans, or nobody's.
    for (const auto& [key, size] : blocks) {
      Count(BlockName::Parse(key), named, newest_.dropped);
      DOLERITE_RETURN_IF_ERROR(CheckBase(BlockName::Parse(key), key));
    }
    named.clear();
    for (const PageEntry& page : newest_.pages) named.insert(page.name);
    for (const auto& [key, size] : pages) {
      Count(ParsePageKey(key), named, newest_.dropped_pages);
      DOLERITE_RETURN_IF_ERROR(CheckBase(ParsePageKey(key), key));
    }
    return absl::OkStatus();
  }

  // With a page that can't be read nobody knows what is an orphan.
  template <class Dropped>
  void Count(const std::optional<BlockName>& name, const std::set<BlockName>& named,
             const std::vector<Dropped>& dropped) {
    const auto is_it = [&](const Dropped& d) { return d.name == *name; };
    if (!name) {
      ++result_.foreign;
    } else if (whole_ && named.count(*name) == 0) {
      result_.orphans += std::none_of(dropped.begin(), dropped.end(), is_it);
    }
  }

  bool IsAsked(std::string_view dataset, int64_t min_time_nanos, int64_t max_time_nanos) const {
    return (!options_.dataset || *options_.dataset == dataset) &&
           max_time_nanos >= options_.start_nanos && min_time_nanos < options_.end_nanos;
  }

  absl::Status CheckBlocks() {
    for (const BlockEntry& block : live_) {
      const bool asked =
          std::any_of(block.datasets.begin(), block.datasets.end(), [&](const DatasetEntry& d) {
            return IsAsked(d.name, d.min_time_nanos, d.max_time_nanos);
          });
      if (!asked || missing_.count(block.name) > 0) continue;
      ++result_.blocks;
      DOLERITE_RETURN_IF_ERROR(CheckObject(SourceOf(block), &block));
    }
    return absl::OkStatus();
  }

  absl::Status CheckSegments(const Sizes& listed) {
    for (const auto& [key, size] : listed) {
      const auto name = SegmentName::Parse(key);
      result_.foreign += !name.has_value();
      if (!name || newest_.FindConsumed(*name) != nullptr) continue;
      if (name->max_time_nanos() < options_.start_nanos ||
          name->min_time_nanos() >= options_.end_nanos) {
        continue;
      }
      ++result_.segments;
      DOLERITE_RETURN_IF_ERROR(CheckHash(key, *name));
      DOLERITE_RETURN_IF_ERROR(CheckObject(SourceOf(LiveSegment{*name, size}), nullptr));
    }
    return absl::OkStatus();
  }

  // All of a segment's bytes are in its name.
  absl::Status CheckHash(const std::string& key, const SegmentName& name) {
    const auto read = archive_.store->Read(key, ByteRange::All(), {.context = call_});
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    if (read.ok() && ContentHash128(read->slice.bytes) != name.hash) {
      Find(Kind::kDamaged, key, DataLoss(key, ": its bytes are not those of its name"));
    }
    return absl::OkStatus();
  }

  // Everything of one object: `entry` is what the manifest says of a block.
  absl::Status CheckObject(const Source& source, const BlockEntry* entry) {
    const auto wrong = [&](const absl::Status& status) {
      Find(Kind::kDamaged, source.key, status);
    };
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    auto opened = OpenSource(archive_, source, call_);
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    if (!opened.ok()) {
      wrong(opened.status());
      return absl::OkStatus();
    }
    const BlockReader& reader = **opened;
    result_.bytes += reader.summary().bytes;
    for (const DatasetSummary& d : reader.summary().datasets) result_.profiles += d.profiles;
    DOLERITE_ASSIGN_OR_RETURN(const std::vector<Damage> damage, reader.Verify(call_));
    for (const Damage& part : damage) {
      wrong(DataLoss(source.key, ": ", part.place, ": ", ToStd(part.status.message())));
    }
    if (entry != nullptr) CheckEntry(reader.summary(), *entry);
    int64_t from = INT64_MAX, to = INT64_MIN;
    for (const DatasetSummary& d : reader.summary().datasets) {
      from = std::min(from, d.min_time_nanos), to = std::max(to, d.max_time_nanos);
    }
    if (damage.empty()) sound_.push_back({source, from, to});
    return absl::OkStatus();
  }

  // A block has the datasets of its entry, with these times; cuts may have taken others out.
  void CheckEntry(const BlockSummary& block, const BlockEntry& entry) {
    for (const DatasetEntry& d : entry.datasets) {
      const auto same = [&](const DatasetSummary& s) {
        return s.name == d.name && s.profiles == d.profiles &&
               s.min_time_nanos == d.min_time_nanos && s.max_time_nanos == d.max_time_nanos;
      };
      if (std::none_of(block.datasets.begin(), block.datasets.end(), same)) {
        const std::string key = entry.name.key();
        Find(Kind::kDamaged, key,
             DataLoss(key, ": dataset \"", d.name, "\" is not as the manifest says"));
      }
    }
  }

  // Compares sound sources run by run, where sources of a run overlap in time, so that few are open
  // at once.
  absl::Status CountDuplicates() {
    return VisitRuns(&sound_, [this](std::span<const Sound> run) {
      return run.size() > 1 ? CountDuplicatesOf(run) : absl::OkStatus();
    });
  }

  absl::Status CountDuplicatesOf(std::span<const Sound> sound) {
    std::vector<Source> run;
    for (const Sound& s : sound) run.push_back(s.source);
    Manifest nothing_deleted;
    nothing_deleted.rules = newest_.rules;
    const auto blocks = OpenSources(archive_, nothing_deleted, run, call_);
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    // They were sound a moment ago: something was collected, or the store fails now.
    if (!blocks.ok()) {
      Find(Kind::kDamaged, run.front().key, blocks.status());
      return absl::OkStatus();
    }
    for (const BlockView& view : blocks->views.blocks) {
      for (const Omission& omission : view.omissions) {
        result_.duplicates += omission.profiles.size();
      }
    }
    return absl::OkStatus();
  }

  // Reported as long as the manifest names them, whether they can be read by now or not.
  void FindQuarantined() {
    std::set<std::string_view> sound;
    for (const Sound& s : sound_) sound.insert(s.source.key);
    for (const QuarantinedInput& input : newest_.quarantined) {
      const bool healed = sound.count(input.key) > 0;
      Find(Kind::kQuarantined, input.key,
           DataLoss("compaction could not read it (", input.reason, ")",
                    healed ? "; it can be read now, and a repair lifts the quarantine" : ""));
    }
  }

  const ArchiveAccess& archive_;
  const VerifyOptions& options_;
  const FindingVisitor& visit_;
  const CallContext& call_;
  Manifest newest_;                      // that is sound
  std::optional<uint64_t> last_listed_;  // the highest number after blocks were listed
  std::vector<BlockEntry> live_;         // as far as pages can be read
  bool whole_ = true;                    // whether all pages can
  std::set<BlockName> missing_;
  std::vector<Sound> sound_;  // blocks and segments without damage
  VerifyResult result_;
};

}  // namespace

absl::StatusOr<VerifyResult> Archive::Verify(const VerifyOptions& options,
                                             const FindingVisitor& visit,
                                             const CallContext& call) const {
  return WithinMemory([&]() -> absl::StatusOr<VerifyResult> {
    // Nothing from memory: what is checked is the store.
    ArchiveAccess archive = *state_->access;
    archive.cache = nullptr;
    return Verification(archive, options, visit, call).Run();
  });
}

}  // namespace dolerite
