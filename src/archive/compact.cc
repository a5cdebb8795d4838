// Compaction: a job turns its inputs into blocks of whole windows of time. It applies the
// tombstones and cuts of the manifest that it begins with; its outputs say so (`cleaned`), and a
// deletion that is committed meanwhile stays pending for them.
//
//   rules    that the manifest does not have are committed before anything is written
//   inputs   opened, their footers read, within the budget
//   plan     which datasets of which inputs become which block (merge_plan.h)
//   outputs  one after the other: merged dataset by dataset, chunk by chunk, uploaded as they are
//            made (block_merger.h)
//   commit   outputs replace inputs, if these are live still
//
// Inputs that the budget has no room for, open and before anything is read of them, stay for
// another job. An input that turns out to be damaged is left out, and the job begins anew without
// it. A dataset that does not fit into the budget is not merged: the job begins anew and copies its
// parts, or leaves inputs alone that hold nothing else. Their level does not rise, so that they are
// planned again, for a larger budget.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "archive/archive_state.h"
#include "archive/block_list.h"
#include "archive/merge_plan.h"
#include "archive/replacement.h"
#include "archive/sources.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "block/block_merger.h"

namespace dolerite {
namespace {

// A store without room, or with too much to do, is no budget that is too small.
absl::Status OfStore(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status)) return status;
  return Unavailable("the store has no room or no time: ", ToStd(status.message()));
}

// One job. The base is the manifest of its beginning: what it leaves out, and the names of its
// outputs, are the base's. What others commit meanwhile is looked at in Replace.
class Compaction {
 public:
  Compaction(const ArchiveAccess& archive, const CompactionJob& job, size_t budget_bytes,
             const BlockOptions& blocks, const CallContext& call, const CompactionRules& rules)
      : archive_(archive),
        job_(job),
        budget_bytes_(budget_bytes),
        options_(FitToBudget(blocks, budget_bytes)),
        call_(call),
        rules_(rules) {
    // Of the archive, whatever the caller's options say.
    options_.dataset_label = archive.header.dataset_label;
  }

  absl::StatusOr<CompactionResult> Run() {
    if (job_.window_nanos <= 0)
      return InvalidArgument("CompactionJob::window_nanos is not positive");
    if (std::count(rules_.drop_labels.begin(), rules_.drop_labels.end(), options_.dataset_label)) {
      return InvalidArgument("CompactionRules::drop_labels has the label of datasets, \"",
                             options_.dataset_label, "\"");
    }
    // Says what is wrong with the options.
    DOLERITE_RETURN_IF_ERROR(BlockBuilder::Make(options_).status());
    DOLERITE_ASSIGN_OR_RETURN(base_, ReadNewestManifest(archive_, call_));
    DOLERITE_RETURN_IF_ERROR(AnnounceRules());
    DOLERITE_RETURN_IF_ERROR(FindInputs());
    for (;;) {
      damaged_.reset();
      lost_ = false;
      too_large_.reset();
      too_many_ = false;
      const absl::Status made = MakeOutputs();
      if (made.ok()) break;
      if (damaged_) {
        // Bytes may have been damaged on the way alone: all of the input is read once more.
        bool sound = false;
        if (!lost_) {
          DOLERITE_ASSIGN_OR_RETURN(sound, ReadsWell(archive_, sources_[*damaged_], call_));
        }
        if (sound) return made;
        LeaveOut(*damaged_, made);
      } else if (too_many_ && sources_.size() > 1) {
        KeepFirst(sources_.size() / 2);
      } else if (!too_large_ || !unmerged_.insert(*too_large_).second) {
        return made;
      }
    }
    LeaveUnchanged();
    const auto change = [this](Manifest* next) -> absl::Status {
      DOLERITE_RETURN_IF_ERROR(CheckDeletions(rules_, base_.last_tombstone, *next));
      return Replace(change_, next);
    };
    if (!change_.IsEmpty()) {
      DOLERITE_RETURN_IF_ERROR(OfStore(CommitChange(archive_, change, call_).status()));
    }
    result_.dropped_profiles = dropped_.profiles;
    result_.dropped_sample_types = dropped_.sample_types;
    result_.dropped_labels = dropped_.labels;
    result_.dropped_bodies = dropped_.bodies;
    return std::move(result_);
  }

 private:
  // Before anything is written: whoever meets an output must be able to tell that its profiles are
  // those of the inputs.
  absl::Status AnnounceRules() {
    MergeRules all = base_.rules;
    if (!AddRules(rules_, &all)) return absl::OkStatus();
    const auto announce = [this](Manifest* next) {
      AddRules(rules_, &next->rules);
      return absl::OkStatus();
    };
    auto announced = CommitChange(archive_, announce, call_);
    if (!announced.ok()) return OfStore(announced.status());
    base_ = *std::move(announced);
    return absl::OkStatus();
  }

  // Parses what may come from another host: a job is plain data.
  absl::Status FindInputs() {
    std::set<std::string_view> keys;
    std::map<BlockName, BlockEntry> live;
    const auto is_block = [](const std::string& key) { return BlockName::Parse(key).has_value(); };
    if (std::any_of(job_.inputs.begin(), job_.inputs.end(), is_block)) {
      DOLERITE_ASSIGN_OR_RETURN(std::vector<BlockEntry> all,
                                ReadBlocks(archive_, base_, AllPages, PassOverDamage, call_));
      for (BlockEntry& block : all) live.emplace(block.name, std::move(block));
    }
    for (const std::string& key : job_.inputs) {
      if (!keys.insert(key).second) return InvalidArgument("a job names an input twice: ", key);
      if (const auto segment = SegmentName::Parse(key)) {
        change_.segments.push_back(*segment);
        sources_.push_back(SourceOf(LiveSegment{*segment, 0}));
      } else if (const auto block = BlockName::Parse(key)) {
        const auto entry = live.find(*block);
        if (entry == live.end()) return FailedPrecondition(key, " is no longer live");
        change_.blocks.push_back(entry->second);
        for (const DatasetEntry& dataset : entry->second.datasets) {
          if (dataset.sums_alone) sums_alone_.emplace(key, dataset.name);
        }
        sources_.push_back(SourceOf(entry->second));
      } else {
        return InvalidArgument("a job's input is neither a segment nor a block: ", key);
      }
    }
    if (sources_.empty()) return InvalidArgument("a job has no inputs");
    // Of a profile that several inputs have, the first input's stays.
    std::sort(sources_.begin(), sources_.end(), KeepsBefore);
    // All of them are open until the job ends.
    KeepFirst(std::max(budget_bytes_ / 4 / kInputBytes, kLeastInputs));
    change_.base = base_.number;
    // Asked of the base before the work, and of the newest manifest at the commit: only the second
    // one decides.
    return CheckLive(change_, base_);
  }

  // The job goes on without this input, which stays as it is and is named in the manifest.
  void LeaveOut(size_t input, const absl::Status& why) {
    const std::string key = sources_[input].key;
    result_.damaged.push_back(key);
    change_.damaged.emplace_back(key, why);
    sources_.erase(sources_.begin() + static_cast<ptrdiff_t>(input));
    ReplaceSourcesAlone();
  }

  // The job goes on with so many inputs. The others stay live, and are planned again.
  void KeepFirst(size_t inputs) {
    if (inputs >= sources_.size()) return;
    result_.inputs_left += sources_.size() - inputs;
    sources_.resize(inputs);
    ReplaceSourcesAlone();
  }

  // What the job replaces is what it reads.
  void ReplaceSourcesAlone() {
    std::set<std::string_view> keys;
    for (const Source& source : sources_) keys.insert(source.key);
    std::erase_if(change_.segments,
                  [&](const SegmentName& name) { return keys.count(name.key()) == 0; });
    std::erase_if(change_.blocks,
                  [&](const BlockEntry& block) { return keys.count(block.name.key()) == 0; });
  }

  // Inputs that the outputs do without stay live.
  void LeaveUnchanged() {
    for (size_t i = sources_.size(); i-- > 0;) {
      if (unchanged_.count(i) > 0) sources_.erase(sources_.begin() + static_cast<ptrdiff_t>(i));
    }
    ReplaceSourcesAlone();
  }

  // Blocks that have nothing but whole datasets which do not fit into the budget.
  void FindUnchanged(const MergePlan& plan) {
    unchanged_.clear();
    std::set<size_t> changed;
    for (const PlannedBlock& block : plan.blocks()) {
      for (const PlannedDataset& dataset : block.datasets) {
        const bool left = over_budget_.count(dataset.name) > 0;
        for (const MergePart& part : dataset.parts) {
          const bool stays = left && part.whole && sources_[part.input].level > 0;
          (stays ? unchanged_ : changed).insert(part.input);
        }
      }
    }
    for (size_t input : changed) unchanged_.erase(input);
  }

  absl::Status MakeOutputs() {
    change_.outputs.clear();
    result_.outputs.clear(), result_.unmerged.clear();
    result_.profiles = result_.left_out = result_.copied = 0;
    dropped_ = {};
    MemoryBudget memory(budget_bytes_);
    MemoryLease inputs(&memory);
    DOLERITE_ASSIGN_OR_RETURN(const SnapshotBlocks opened, OpenInputs());
    for (const auto& reader : opened.readers) {
      const absl::Status taken = inputs.Take(MemoryOf(*reader), "inputs");
      too_many_ = !taken.ok();
      DOLERITE_RETURN_IF_ERROR(taken);
    }
    MergeLimits limits;
    limits.dataset_label = options_.dataset_label;
    limits.window_nanos = job_.window_nanos;
    limits.block_bytes = kBlockBytes;
    limits.hot_bytes = budget_bytes_ / 4;
    // A row with its places takes about 400 bytes while its dataset is merged.
    limits.profiles = budget_bytes_ / 6 / 400;
    // Parts that are copied must be whole.
    limits.uncut = unmerged_;
    absl::StatusOr<MergePlan> plan = MergePlan::Make(opened.views.blocks, limits, &memory, call_);
    if (!plan.ok()) return Blame(plan.status());
    result_.left_out += plan->left_out();
    FindUnchanged(*plan);
    const Id128 job = archive_.NewId();
    for (const PlannedBlock& planned : plan->blocks()) {
      PlannedBlock block{planned.first_nanos, planned.last_nanos, {}};
      for (const PlannedDataset& dataset : planned.datasets) {
        if (unmerged_.count(dataset.name) == 0) {
          block.datasets.push_back(dataset);
        } else {
          DOLERITE_RETURN_IF_ERROR(
              CopyParts(*plan, {block.first_nanos, block.last_nanos, {dataset}}, &memory));
        }
      }
      if (block.datasets.empty()) continue;
      DOLERITE_RETURN_IF_ERROR(WriteOutput(job, *plan, block, &memory));
    }
    return absl::OkStatus();
  }

  // Ends of inputs stay in memory while the job runs, so they are small where inputs are many.
  absl::StatusOr<SnapshotBlocks> OpenInputs() {
    ArchiveAccess access = archive_;
    BlockReader::Options& reading = access.host.reading;
    const size_t share = budget_bytes_ / 16 / std::max<size_t>(sources_.size(), 1);
    reading.suffix_bytes = std::min(reading.suffix_bytes, std::max(share, kLeastSuffix));
    reading.table_bytes = 0;
    // A merger finds equal profiles by itself, but for those that rules have changed.
    const bool ruled = base_.rules.change_content();
    auto opened = OpenSources(access, base_, sources_, call_,
                              ruled ? DatasetFilter(AllDatasets) : NoDatasets);
    if (absl::IsNotFound(opened.status())) return ExplainMissing(opened.status());
    if (!opened.ok()) return Blame(opened.status());
    return opened;
  }

  // An input that the store does not have. A block that a later manifest names as live is lost, and
  // is left out like another that is damaged. A segment may have been consumed and forgotten, which
  // only a new listing tells.
  absl::Status ExplainMissing(const absl::Status& status) {
    const auto missing = FindMissingBlock(archive_, sources_, call_);
    if (!missing.ok()) return OfStore(missing.status());
    DOLERITE_ASSIGN_OR_RETURN(const Manifest newest, ReadNewestManifest(archive_, call_));
    DOLERITE_RETURN_IF_ERROR(CheckLive(change_, newest));
    if (!*missing) return FailedPrecondition("an input is gone: ", ToStd(status.message()));
    damaged_ = *missing;
    lost_ = true;
    return DataLoss("the store has lost ", sources_[*damaged_].key,
                    "; a repair goes on without it (dolerite verify --repair)");
  }

  static size_t MemoryOf(const BlockReader& reader) {
    const BlockReader::Internal& block = BlockAccess::Of(reader);
    return block.suffix.bytes.size() + block.footer.sections.size() * sizeof(SectionEntry) +
           block.footer.datasets.size() * 2 * sizeof(FooterDataset);
  }

  // Finds the input that is damaged. Whoever opens or plans all of them does not say which one it
  // was.
  absl::Status Blame(const absl::Status& status) {
    if (!CannotBeRead(status)) return status;
    for (size_t i = 0; i < sources_.size() && !damaged_; ++i) {
      const auto opened = OpenSources(archive_, base_, {sources_[i]}, call_, NoDatasets);
      absl::Status found = opened.status();
      const size_t datasets = found.ok() ? opened->readers[0]->summary().datasets.size() : 0;
      for (size_t d = 0; found.ok() && d < datasets; ++d) {
        IoCost io{.call = &call_};
        const BlockReader::Internal& block = BlockAccess::Of(*opened->readers[0]);
        found = DatasetReader(block, d, &io).Profiles().status();
      }
      if (CannotBeRead(found)) damaged_ = i;
    }
    return status;
  }

  // Each part of a dataset that is not merged becomes a block. Their names are as if each were of a
  // job of its own: profiles that several of them have are still looked for, as nobody has seen
  // them.
  absl::Status CopyParts(const MergePlan& plan, const PlannedBlock& block, MemoryBudget* memory) {
    const PlannedDataset& dataset = block.datasets[0];
    UnmergedDataset unmerged{dataset.name, dataset.parts.size(), plan.NeededBytes(dataset)};
    for (const MergePart& part : dataset.parts) {
      if (!part.whole) {
        return ResourceExhausted("dataset \"", dataset.name, "\" needs ", unmerged.needed_bytes,
                                 " bytes, of a budget of ", budget_bytes_,
                                 ", and cannot be copied, as some of its profiles are left out");
      }
      const PlannedDataset alone{dataset.name, {part}};
      if (RulesFor(alone).bodies && !HadSumsAlone(alone)) {
        return ResourceExhausted("dataset \"", dataset.name, "\" needs ", unmerged.needed_bytes,
                                 " bytes, of a budget of ", budget_bytes_,
                                 ", before its bodies can be dropped");
      }
      if (unchanged_.count(part.input) > 0) continue;
      // Of what has lost its bodies the level rises: it can't be merged, whatever the budget.
      const bool again = over_budget_.count(dataset.name) > 0;
      const uint32_t level = again ? std::max(sources_[part.input].level, 1u) : job_.level;
      DOLERITE_RETURN_IF_ERROR(
          WriteBlock(archive_.NewId(), level, {alone}, memory, [&](BlockMerger* merger) {
            absl::Status copied = merger->Copy(plan.InputsOf(block, alone)[0]);
            if (CannotBeRead(copied)) damaged_ = part.input;
            return copied;
          }));
    }
    result_.unmerged.push_back(std::move(unmerged));
    return absl::OkStatus();
  }

  absl::Status WriteOutput(const Id128& job, const MergePlan& plan, const PlannedBlock& block,
                           MemoryBudget* memory) {
    const auto fill = [&](BlockMerger* merger) -> absl::Status {
      for (const PlannedDataset& dataset : block.datasets) {
        std::vector<MergeInput> inputs = plan.InputsOf(block, dataset);
        for (size_t i = 0; i < inputs.size(); ++i) {
          inputs[i].may_copy = sources_[dataset.parts[i].input].level > 0;
        }
        const absl::Status added = merger->Add(dataset.name, inputs, RulesFor(dataset));
        if (added.ok()) continue;
        if (CannotBeRead(added) && merger->failed_input()) {
          damaged_ = dataset.parts[*merger->failed_input()].input;
        } else if (absl::IsFailedPrecondition(added)) {
          // An earlier job has dropped some of its bodies.
          too_large_ = dataset.name;
          if (dataset.parts.size() == 1) {
            sums_alone_.emplace(sources_[dataset.parts[0].input].key, dataset.name);
          }
        } else if (absl::IsResourceExhausted(added)) {
          too_large_ = dataset.name;
          over_budget_.insert(dataset.name);
        }
        return Annotate(added, Concat("dataset \"", dataset.name, "\""));
      }
      result_.copied += merger->counts().copied;
      return absl::OkStatus();
    };
    return WriteBlock(job, job_.level, block.datasets, memory, fill);
  }

  MergeRules RulesFor(const PlannedDataset& dataset) const {
    MergeRules rules{rules_.drop_sample_types, rules_.drop_labels, true};
    for (const MergePart& part : dataset.parts) {
      rules.bodies &= part.max_time_nanos < job_.drop_bodies_before_nanos;
    }
    return rules;
  }

  // Whether an earlier job has dropped bodies of a dataset: an input's entry says so, or a try to
  // merge it has shown it.
  bool HadSumsAlone(const PlannedDataset& dataset) const {
    return std::any_of(dataset.parts.begin(), dataset.parts.end(), [&](const MergePart& part) {
      return sums_alone_.count({sources_[part.input].key, dataset.name}) > 0;
    });
  }

  // What earlier jobs took out of the inputs is counted with the first output.
  MergeDropped DroppedBefore() const {
    MergeDropped sum;
    for (const BlockEntry& block : change_.blocks) sum += block.dropped;
    return sum;
  }

  // Blocks become visible one by one, but nobody looks at them before they are committed.
  absl::Status WriteBlock(const Id128& job, uint32_t level,
                          const std::vector<PlannedDataset>& datasets, MemoryBudget* memory,
                          const std::function<absl::Status(BlockMerger*)>& fill) {
    DOLERITE_RETURN_IF_ERROR(call_.Check());
    BlockEntry entry;
    entry.name = {base_.number, job};
    // The last two bytes number the outputs of a job; the other bytes distinguish jobs.
    entry.name.job[14] = static_cast<uint8_t>(change_.outputs.size() >> 8);
    entry.name.job[15] = static_cast<uint8_t>(change_.outputs.size());
    if (change_.outputs.size() > 0xffff)
      return ResourceExhausted("a job makes more than 65,536 blocks");
    const CallOptions options{call_, {}};
    auto started = archive_.store->StartUpload(entry.name.key(), options);
    if (!started.ok()) return OfStore(started.status());
    const std::unique_ptr<Upload> upload = *std::move(started);
    const ByteSink sink = [&](std::string_view bytes) {
      return OfStore(upload->Append(bytes, options));
    };
    BlockMerger merger(options_, sink, datasets.size(), memory, call_);
    DOLERITE_RETURN_IF_ERROR(fill(&merger));
    result_.profiles += merger.counts().profiles;
    result_.left_out += merger.counts().duplicates;
    entry.dropped = merger.counts().dropped;
    dropped_ += entry.dropped;
    if (change_.outputs.empty()) entry.dropped += DroppedBefore();
    DOLERITE_ASSIGN_OR_RETURN(const BlockSummary made, std::move(merger).Finish());
    DOLERITE_RETURN_IF_ERROR(OfStore(upload->Finish(options).status()));
    entry.Describe(made);
    for (DatasetEntry& written : entry.datasets) {
      for (const PlannedDataset& planned : datasets) {
        if (planned.name != written.name) continue;
        written.sums_alone = RulesFor(planned).bodies || HadSumsAlone(planned);
      }
    }
    entry.level = level;
    // The base's: a tombstone that is committed during the job is pending for its outputs.
    entry.cleaned = base_.last_tombstone;
    result_.outputs.push_back(entry.name.key());
    change_.outputs.push_back(std::move(entry));
    return absl::OkStatus();
  }

  // About what a block is to have.
  static constexpr uint64_t kBlockBytes = uint64_t{128} << 20;
  static constexpr size_t kLeastSuffix = size_t{4} << 10;
  // What a small input takes that is open, and its profiles' places.
  static constexpr size_t kInputBytes = size_t{16} << 10;
  static constexpr size_t kLeastInputs = 16;

  const ArchiveAccess& archive_;
  const CompactionJob& job_;
  const size_t budget_bytes_;
  BlockOptions options_;
  const CallContext& call_;
  const CompactionRules& rules_;
  Manifest base_;
  std::vector<Source> sources_;
  Replacement change_;  // of the manifest, once the outputs are there
  // What an attempt has failed on: a source, or a dataset.
  std::optional<size_t> damaged_;
  bool lost_ = false;  // the source is not there any more
  std::optional<std::string> too_large_;
  bool too_many_ = false;              // inputs
  std::set<std::string> unmerged_;     // datasets whose parts are copied
  std::set<std::string> over_budget_;  // those of them that a larger budget would merge
  std::set<size_t> unchanged_;         // sources that stay as they are
  // Datasets of inputs that lost bodies before, by the input's key and their name.
  std::set<std::pair<std::string, std::string>> sums_alone_;
  MergeDropped dropped_;  // by rules, from all outputs
  CompactionResult result_;
};

}  // namespace

// A chunk takes about 100 bytes a sample while it is written, and a stripe is held until it ends.
BlockOptions FitToBudget(BlockOptions options, size_t budget_bytes) {
  constexpr size_t kLeastSamples = 1'024, kLeastStripe = 4'096;
  const auto at_most = [](size_t wanted, size_t most) {
    return static_cast<uint32_t>(std::min<size_t>(wanted, most));
  };
  options.samples_per_chunk =
      at_most(options.samples_per_chunk, std::max(budget_bytes / 512, kLeastSamples));
  options.samples_per_group =
      at_most(options.samples_per_group, std::max(budget_bytes / 256, kLeastSamples));
  options.stripe_bytes = at_most(options.stripe_bytes, std::max(budget_bytes / 16, kLeastStripe));
  return options;
}

absl::StatusOr<CompactionResult> Archive::Compact(const CompactionJob& job, size_t budget_bytes,
                                                  const BlockOptions& blocks,
                                                  const CallContext& call,
                                                  const CompactionRules& rules) {
  return WithinMemory([&]() -> absl::StatusOr<CompactionResult> {
    DOLERITE_RETURN_IF_ERROR(state_->access->CheckWritable());
    return Compaction(*state_->access, job, budget_bytes, blocks, call, rules).Run();
  });
}

}  // namespace dolerite
