// A snapshot is a manifest and the segments that were listed before it, and that it does not name
// as consumed. Taking one reads nothing else. Questions choose their sources (choose_sources.cc),
// open them (sources.cc), and ask what is left of each.
#include "dolerite/snapshot.h"

#include <algorithm>
#include <map>
#include <utility>

#include "archive/metadata_cache.h"
#include "archive/snapshot_state.h"
#include "base/checksum.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "block/dataset_reader.h"
#include "query/query_core.h"

namespace dolerite {
namespace {

// A hash of all that decides what queries see: the archive, the commit and the segments. Equal ids
// mean equal answers.
SnapshotId IdOf(const Snapshot::State& state) {
  std::string bytes(reinterpret_cast<const char*>(state.archive->header.id.data()), 16);
  bytes.append(reinterpret_cast<const char*>(state.manifest->commit.data()), 16);
  for (const LiveSegment& segment : state.segments) bytes += segment.name.key();
  return ContentHash128(bytes);
}

SnapshotSummary SummaryOf(const Snapshot::State& state) {
  SnapshotSummary summary;
  summary.id = IdOf(state);
  summary.manifest = state.manifest->number;
  summary.taken_nanos = state.archive->host.now_nanos();
  summary.segments = state.segments.size();
  for (const LiveSegment& segment : state.segments) summary.segment_bytes += segment.bytes;
  if (!state.segments.empty()) {
    summary.oldest_segment_nanos = state.segments.front().name.created_nanos;
  }
  summary.blocks = state.manifest->blocks.size() + state.manifest->paged_blocks;
  summary.block_bytes = state.manifest->paged_bytes;
  for (const BlockEntry& block : state.manifest->blocks) summary.block_bytes += block.bytes;
  summary.pages = state.manifest->pages.size();
  for (const PageEntry& page : state.manifest->pages) summary.page_bytes += page.bytes;
  summary.tombstones = state.manifest->tombstones.size();
  summary.quarantined = state.manifest->quarantined.size();
  return summary;
}

// Of blocks with equal content all but the one that keeps profiles: it is the only one that a query
// may meet, as queries count equal content once, whichever of the blocks comes first.
void DropRepeatedContent(const std::vector<Source>& sources, SnapshotBlocks* opened) {
  std::map<Id128, size_t> kept;  // by content, the source's number
  for (size_t i = 0; i < sources.size(); ++i) {
    const auto [at, first] = kept.emplace(opened->readers[i]->summary().id, i);
    if (!first && KeepsBefore(sources[i], sources[at->second])) at->second = i;
  }
  size_t n = 0;
  for (size_t i = 0; i < sources.size(); ++i) {
    if (kept.at(opened->readers[i]->summary().id) != i) continue;
    if (n != i) {
      opened->readers[n] = std::move(opened->readers[i]);
      opened->objects[n] = std::move(opened->objects[i]);
      opened->views.blocks[n] = std::move(opened->views.blocks[i]);
    }
    ++n;
  }
  opened->readers.resize(n);
  opened->objects.resize(n);
  opened->views.blocks.resize(n);
}

// Opens sources and their tables of profiles one by one, and takes out those that can't be read.
absl::Status TakeOutDamaged(const Snapshot::State& state, const CallContext& call,
                            const DatasetFilter& asked, ChosenSources* chosen,
                            std::vector<Damage>* left_out) {
  std::vector<Source> sound;
  for (Source& source : chosen->sources) {
    const bool was_open = source.reader != nullptr;
    auto opened = OpenSource(*state.archive, source, call);
    absl::Status status = opened.status();
    if (opened.ok() && !was_open) {
      ++chosen->cost.requests;
      chosen->cost.bytes_read += BlockAccess::Of(**opened).suffix.bytes.size();
    }
    const size_t datasets = opened.ok() ? (*opened)->summary().datasets.size() : 0;
    for (uint32_t d = 0; status.ok() && d < datasets; ++d) {
      const BlockReader::Internal& block = BlockAccess::Of(**opened);
      if (!asked(block.footer.datasets[d])) continue;
      IoCost io{.call = &call};
      status = DatasetReader(block, d, &io).Profiles().status();
      chosen->cost.requests += io.requests, chosen->cost.bytes_read += io.bytes;
    }
    DOLERITE_RETURN_IF_ERROR(call.Check());
    if (status.ok()) {
      source.reader = *std::move(opened);
      sound.push_back(std::move(source));
      continue;
    }
    status = ExplainGone(state, status, call);
    if (!CannotBeRead(status)) return status;
    left_out->push_back({source.key, status});
  }
  chosen->sources = std::move(sound);
  return absl::OkStatus();
}

// What a reader holds beside its first read and its tables.
constexpr uint64_t kReaderBytes = 4096;

void FindReaders(const ArchiveAccess& archive, std::vector<Source>* sources) {
  if (!archive.cache->keeps_readers()) return;
  for (Source& source : *sources) {
    if (source.reader == nullptr) source.reader = archive.cache->FindReader(source.key);
  }
}

void KeepReaders(const ArchiveAccess& archive, const std::vector<Source>& sources,
                 const SnapshotBlocks& opened) {
  if (!archive.cache->keeps_readers()) return;
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].reader != nullptr) continue;
    const uint64_t suffix = BlockAccess::Of(*opened.readers[i]).suffix.bytes.size();
    archive.cache->KeepReader(sources[i].key, opened.readers[i],
                              kReaderBytes + suffix + archive.host.reading.table_bytes);
  }
}

}  // namespace

// A segment may have been consumed, collected and forgotten between the listing and the manifest of
// a snapshot. A new listing lacks it then; what manifests name is never gone.
absl::Status ExplainGone(const Snapshot::State& state, const absl::Status& status,
                         const CallContext& call) {
  if (!absl::IsNotFound(status)) return status;
  const ArchiveAccess& archive = *state.archive;
  DOLERITE_ASSIGN_OR_RETURN(const auto newest, ReadNewest(archive, call));
  if (newest->commit == state.manifest->commit) {
    DOLERITE_ASSIGN_OR_RETURN(const Sizes listed, ListSizes(archive, kSegments, call));
    const bool here = std::all_of(
        state.segments.begin(), state.segments.end(),
        [&](const LiveSegment& segment) { return listed.count(segment.name.key()) > 0; });
    if (here) {
      return DataLoss("the store has lost what the archive needs: ", ToStd(status.message()),
                      "; a repair goes on without it (dolerite verify --repair)");
    }
  }
  return Aborted("the snapshot is too old, take a new one: ", ToStd(status.message()));
}

// As many as a list of so many objects takes.
uint64_t ListsOf(size_t objects) {
  const size_t page = ListOptions().limit;
  return std::max<uint64_t>((objects + page - 1) / page, 1);
}

// The listing comes first: a segment that is consumed between the two is then in the manifest's
// blocks, and one that is listed and not consumed is in none.
absl::StatusOr<Snapshot> TakeSnapshotOf(std::shared_ptr<const ArchiveAccess> archive,
                                        const CallContext& call) {
  auto state = std::make_shared<Snapshot::State>();
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects,
                            archive->store->ListAll(kSegments, {.context = call}));
  QueryCost cost;
  DOLERITE_ASSIGN_OR_RETURN(state->manifest, ReadNewest(*archive, call, &cost));
  for (const ObjectInfo& object : objects) {
    const std::optional<SegmentName> name = SegmentName::Parse(object.key);
    // Not ours, so it holds nothing that was acknowledged. Verify names it.
    if (!name || state->manifest->FindConsumed(*name) != nullptr) continue;
    state->segments.push_back({*name, object.size});
  }
  state->archive = std::move(archive);
  state->summary = SummaryOf(*state);
  state->summary.requests = cost.requests + ListsOf(objects.size());
  state->summary.bytes_read = cost.bytes_read;
  return SnapshotAccess::Make(std::move(state));
}

const SnapshotSummary& Snapshot::summary() const { return state_->summary; }

absl::StatusOr<Snapshot> Snapshot::Refresh(const CallContext& call) const {
  return WithinMemory([&] { return TakeSnapshotOf(state_->archive, call); });
}

absl::Status Snapshot::Explain(const absl::Status& status, const CallContext& call) const {
  return ExplainGone(*state_, status, call);
}

absl::StatusOr<SnapshotBlocks> Snapshot::Open(const std::vector<const Selection*>& selections,
                                              const CallContext& call, bool skip_damaged) const {
  return WithinMemory([&]() -> absl::StatusOr<SnapshotBlocks> {
    SourceFilter filter(state_->archive->header.dataset_label);
    for (const Selection* selection : selections) {
      DOLERITE_RETURN_IF_ERROR(filter.Add(*selection));
    }
    DOLERITE_ASSIGN_OR_RETURN(ChosenSources chosen, ChooseSources(*state_, filter, call));
    FindReaders(*state_->archive, &chosen.sources);
    const auto asked = [&](const FooterDataset& dataset) { return filter.WantsDataset(dataset); };
    auto opened = OpenSources(*state_->archive, *state_->manifest, chosen.sources, call, asked);
    std::vector<Damage> left_out;
    if (skip_damaged && (CannotBeRead(opened.status()) || absl::IsNotFound(opened.status()))) {
      DOLERITE_RETURN_IF_ERROR(TakeOutDamaged(*state_, call, asked, &chosen, &left_out));
      opened = OpenSources(*state_->archive, *state_->manifest, chosen.sources, call, asked);
    }
    if (!opened.ok()) return Explain(opened.status(), call);
    KeepReaders(*state_->archive, chosen.sources, *opened);
    DropRepeatedContent(chosen.sources, &*opened);
    opened->views.snapshot = state_->summary.id;
    opened->pruned = chosen.pruned;
    opened->cost += chosen.cost;
    opened->views.left_out = std::move(left_out);
    opened->views.planning_requests = opened->cost.requests;
    opened->views.planning_bytes = opened->cost.bytes_read;
    if (!state_->counted.exchange(true)) {
      opened->views.planning_requests += state_->summary.requests;
      opened->views.planning_bytes += state_->summary.bytes_read;
    }
    return opened;
  });
}

template <class Question>
absl::Status Snapshot::AddTo(Query<Question>* query, const CallContext& call) const {
  DOLERITE_ASSIGN_OR_RETURN(const SnapshotBlocks blocks, Open(SelectionsOf(query->question()), call,
                                                              query->options().skip_damaged));
  return Explain(query->Add(blocks.views), call);
}

template <class Question>
absl::StatusOr<QueryPlan> Snapshot::Plan(const Question& question, const PlanOptions& options,
                                         const CallContext& call) const {
  DOLERITE_ASSIGN_OR_RETURN(const SnapshotBlocks blocks, Open(SelectionsOf(question), call));
  auto plan = MakePlan(blocks.views, question, options);
  if (!plan.ok()) return Explain(plan.status(), call);
  plan->planning_requests = blocks.views.planning_requests;
  plan->planning_bytes = blocks.views.planning_bytes;
  return plan;
}

#define DOLERITE_DEFINE_SNAPSHOT(name, number)                                     \
  template DOLERITE_EXPORT absl::Status Snapshot::AddTo(Query<name##Question>*,    \
                                                        const CallContext&) const; \
  template DOLERITE_EXPORT absl::StatusOr<QueryPlan> Snapshot::Plan(               \
      const name##Question&, const PlanOptions&, const CallContext&) const;
DOLERITE_QUESTIONS(DOLERITE_DEFINE_SNAPSHOT)
#undef DOLERITE_DEFINE_SNAPSHOT

}  // namespace dolerite
