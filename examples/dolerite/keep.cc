// Commands that keep an archive: `compact`, `gc`, `maintain`.
#include <chrono>
#include <memory>
#include <thread>

#include "archives.h"
#include "cli.h"
#include "output.h"

namespace dolerite::cli {
namespace {

constexpr const char* kCompactExamples =
    "Examples:\n"
    "  dolerite compact profiles/\n"
    "  dolerite compact --all --budget 256MiB profiles/\n"
    "\n"
    "Segments become blocks of an hour, and these blocks of a day. Without --all, segments wait "
    "until\n"
    "there are 64 or the oldest is 10 minutes old. What is dropped is gone for good.";
constexpr const char* kGcExamples =
    "Examples:\n"
    "  dolerite gc profiles/\n"
    "  dolerite gc --grace 0s --dry-run profiles/\n"
    "\n"
    "Removes what no query can need any more. --grace is how long queries may go on that began\n"
    "before.";
constexpr const char* kMaintainExamples =
    "Examples:\n"
    "  dolerite maintain profiles/\n"
    "  dolerite maintain --every 1m profiles/\n"
    "  dolerite maintain --every 1m --drop-type alloc_space --drop-bodies-after 30d profiles/\n"
    "\n"
    "Compacts and collects once, or again and again until it is interrupted.";
struct KeepOptions {
  std::string archive;
  std::string grace = "15m", every;
  uint64_t budget = uint64_t{1} << 30;
  CompactionRules rules;
  std::string drop_bodies_after;
  size_t threads = 1;
  bool all = false, dry_run = false;
};

// All of these commands change the archive, so none of them makes it.
absl::StatusOr<ArchiveFile> Open(const KeepOptions& options) {
  return ArchiveFile::Open(options.archive, ArchiveFile::For::kWriting, options.threads);
}

// What two commands ask of compaction.
absl::StatusOr<CompactionPolicy> PolicyOf(const KeepOptions& options) {
  CompactionPolicy policy;
  // Else a segment that is alone waits for others, or for its age.
  if (options.all) policy.segments = 1;
  if (options.drop_bodies_after.empty()) return policy;
  absl::StatusOr<int64_t> age = ParseDuration(options.drop_bodies_after);
  if (!age.ok()) return In("--drop-bodies-after", age.status());
  policy.drop_bodies_nanos = *age;
  return policy;
}

// What rules have taken out; nothing is said of nothing.
void SayDropped(const CompactionResult& result) {
  const std::pair<uint64_t, const char*> dropped[] = {{result.dropped_profiles, "profile"},
                                                      {result.dropped_sample_types, "sample type"},
                                                      {result.dropped_labels, "label"}};
  for (const auto& [count, what] : dropped) {
    if (count > 0) Say("dropped " + Count(count, what));
  }
  if (result.dropped_bodies > 0) {
    Say("dropped the bodies of " + Count(result.dropped_bodies, "profile"));
  }
}

// Profiles that are left out were deleted, have expired, or are in another block. What a job could
// not do is named: it stays as it was, and nothing of it is lost.
void SayCompacted(const CompactionResult& result) {
  const std::string left_out =
      result.left_out > 0 ? ", " + std::to_string(result.left_out) + " left out" : "";
  if (!result.changes_nothing() && (!result.outputs.empty() || result.damaged.empty())) {
    Say("compacted to " + Count(result.outputs.size(), "block") + " of " +
        Count(result.profiles, "profile") + left_out);
  }
  SayDropped(result);
  for (const std::string& key : result.damaged) {
    Say(key + " can't be read and stays as it is; dolerite verify says more");
  }
  if (result.inputs_left > 0) {
    Say(Count(result.inputs_left, "input") + " did not fit into the budget, left for another job");
  }
  for (const UnmergedDataset& dataset : result.unmerged) {
    Say("\"" + dataset.dataset + "\" stays in " + Count(dataset.parts, "block") +
        ": to merge it takes " + "--budget " + std::to_string((dataset.needed_bytes >> 20) + 1) +
        "MiB");
  }
}

// What jobs have done.
struct Compacted {
  uint64_t jobs = 0;          // that were committed
  uint64_t left = 0;          // inputs that did not fit into the budget
  uint64_t refused = 0;       // as others have changed the archive meanwhile
  bool found_damage = false;  // in an input
};

// Runs a job. One that does not fit into the budget is cut in two, down to a single input, which
// stays as it is.
absl::Status RunJob(ArchiveFile* file, const CompactionJob& job, const KeepOptions& options,
                    Progress* progress, Compacted* done) {
  absl::StatusOr<CompactionResult> result =
      file->archive().Compact(job, options.budget, {}, {}, options.rules);
  // Another one may have done it meanwhile; what is left of it is planned anew.
  if (absl::IsFailedPrecondition(result.status())) {
    ++done->refused;
    return absl::OkStatus();
  }
  const size_t inputs = job.inputs.size();
  if (absl::IsResourceExhausted(result.status()) && inputs > 1) {
    const auto middle = job.inputs.begin() + static_cast<std::ptrdiff_t>(inputs / 2);
    for (const auto& [begin, end] :
         {std::pair(job.inputs.begin(), middle), std::pair(middle, job.inputs.end())}) {
      CompactionJob half = job;
      half.inputs.assign(begin, end);
      absl::Status ran = RunJob(file, half, options, progress, done);
      if (!ran.ok()) return ran;
    }
    return absl::OkStatus();
  }
  progress->Clear();
  if (absl::IsResourceExhausted(result.status())) {
    Say(job.inputs[0] + " is left as it is: " + MessageOf(result.status()));
    ++done->left;
    return absl::OkStatus();
  }
  if (!result.ok()) return result.status();
  SayCompacted(*result);
  // What stays in more blocks needs a larger budget, not another run.
  done->left += result->changes_nothing();
  done->jobs += !result->changes_nothing();
  done->found_damage |= !result->damaged.empty();
  return absl::OkStatus();
}

// Jobs until none is left.
absl::StatusOr<Compacted> CompactAll(ArchiveFile* file, const CompactionPolicy& policy,
                                     const KeepOptions& options) {
  Progress progress("job");
  Compacted done;
  for (bool more = true, refused = false; more;) {
    const uint64_t before = done.jobs;
    const bool refused_before = refused;
    done.left = done.refused = 0;
    // Each round plans anew: blocks of an hour become those of a day.
    absl::StatusOr<Snapshot> snapshot = file->archive().TakeSnapshot();
    if (!snapshot.ok()) return snapshot.status();
    auto planned = file->archive().PlanCompaction(*snapshot, policy);
    if (!planned.ok()) return planned.status();
    for (size_t i = 0; i < planned->size(); ++i) {
      progress.Show(i + 1, planned->size());
      absl::Status ran = RunJob(file, (*planned)[i], options, &progress, &done);
      if (!ran.ok()) return ran;
    }
    // Whoever refuses a job twice is at work on it.
    refused = done.refused > 0;
    more = done.jobs > before || (refused && !refused_before);
  }
  return done;
}

// Nothing to do is no failure: the command may run from a timer. Damage is, though the rest was
// compacted.
int RunCompact(const KeepOptions& options) {
  absl::StatusOr<CompactionPolicy> policy = PolicyOf(options);
  if (!policy.ok()) return Fail(policy.status());
  absl::StatusOr<ArchiveFile> file = Open(options);
  if (!file.ok()) return Fail(file.status());
  absl::StatusOr<Compacted> done = CompactAll(&*file, *policy, options);
  if (!done.ok()) return Fail(In(options.archive, done.status()));
  if (done->jobs == 0 && done->left == 0) Say(options.archive + ": nothing to compact");
  return done->found_damage ? kDamaged : kOk;
}

absl::StatusOr<int64_t> GraceOf(const KeepOptions& options) {
  absl::StatusOr<int64_t> grace = ParseDuration(options.grace);
  if (!grace.ok()) return In("--grace", grace.status());
  if (*grace < 0) {
    return absl::InvalidArgumentError("--grace must not be negative, found " + options.grace);
  }
  return grace;
}

// A rehearsal finds the same objects and deletes none.
absl::StatusOr<CollectResult> Collect(ArchiveFile* file, const KeepOptions& options) {
  absl::StatusOr<int64_t> grace = GraceOf(options);
  if (!grace.ok()) return grace.status();
  CollectOptions collect;
  collect.grace_nanos = *grace;
  collect.rehearse = options.dry_run;
  return file->archive().Collect(collect);
}

// What a store refuses to delete stays garbage, and the next run finds it again.
int SayCollected(const KeepOptions& options, const CollectResult& result) {
  Say(options.archive + ": " + Count(result.segments, "segment") + ", " +
      Count(result.blocks, "block") + " and " + Count(result.manifests, "manifest") + ", " +
      FormatBytes(result.bytes) + (options.dry_run ? ", would be removed" : " removed"));
  if (result.probes > 0) {
    Say(Count(result.probes, "object") + " among them of a creation that died");
  }
  if (result.failed > 0) {
    Say(Count(result.failed, "object") +
        " could not be removed; the first: " + MessageOf(result.failure));
  }
  return result.failed > 0 ? kFailure : kOk;
}

// Unfinished uploads are no objects, so that the library does not see them; a bucket bills them.
// A server that can't list them keeps them.
void FreeUploads(ArchiveFile* file, const KeepOptions& options, int64_t grace_nanos) {
  if (options.dry_run) return;
  const absl::StatusOr<uint64_t> freed = AbortUploads(file->place(), WallNanos() - grace_nanos);
  if (!freed.ok()) {
    Say(options.archive + ": unfinished uploads stay: " + MessageOf(freed.status()));
  } else if (*freed > 0) {
    Say(options.archive + ": " + Count(*freed, "unfinished upload") + " removed");
  }
}

int RunGc(const KeepOptions& options) {
  absl::StatusOr<ArchiveFile> file = Open(options);
  if (!file.ok()) return Fail(file.status());
  absl::StatusOr<CollectResult> result = Collect(&*file, options);
  if (!result.ok()) return Fail(In(options.archive, result.status()));
  FreeUploads(&*file, options, *GraceOf(options));
  return SayCollected(options, *result);
}

// Flags are checked before the archive is opened.
absl::StatusOr<MaintainOptions> MaintainOptionsOf(const KeepOptions& options) {
  MaintainOptions maintain;
  absl::StatusOr<int64_t> grace = GraceOf(options);
  if (!grace.ok()) return grace.status();
  maintain.collect.grace_nanos = *grace;
  absl::StatusOr<CompactionPolicy> policy = PolicyOf(options);
  if (!policy.ok()) return policy.status();
  maintain.policy = *std::move(policy);
  maintain.rules = options.rules;
  if (options.every.empty()) return maintain;
  absl::StatusOr<int64_t> every = ParseDuration(options.every);
  if (!every.ok()) return every.status();
  if (*every <= 0) return absl::InvalidArgumentError("--every must be longer than 0s");
  maintain.look_nanos = *every;
  return maintain;
}

// What one call has done. Nothing is said of nothing.
void SayDone(const KeepOptions& options, const MaintainResult& result) {
  if (result.did == MaintainResult::Did::kCompacted) SayCompacted(result.compaction);
  if (result.did == MaintainResult::Did::kCollected) SayCollected(options, result.collected);
  for (const std::string& key : result.too_large) {
    Say(key + " and what goes with it are left as they are: --budget is too small for them");
  }
}

// Piece by piece, until there is nothing to do; then, if asked, again after a while. A store that
// fails then is asked again then, too.
int RunMaintain(const KeepOptions& options) {
  absl::StatusOr<MaintainOptions> maintain = MaintainOptionsOf(options);
  if (!maintain.ok()) return Fail(maintain.status());
  absl::StatusOr<ArchiveFile> file = Open(options);
  if (!file.ok()) return Fail(file.status());
  int code = kOk;
  for (;;) {
    const int64_t now = WallNanos();
    absl::StatusOr<MaintainResult> result =
        file->archive().Maintain(now, options.budget, *maintain);
    if (!result.ok() && options.every.empty()) return Fail(In(options.archive, result.status()));
    if (!result.ok()) Say(MessageOf(In(options.archive, result.status())));
    if (result.ok()) {
      SayDone(options, *result);
      if (result->did == MaintainResult::Did::kCollected) {
        FreeUploads(&*file, options, maintain->collect.grace_nanos);
      }
      if (!result->compaction.damaged.empty()) code = kDamaged;
    }
    const bool idle = !result.ok() || result->did == MaintainResult::Did::kNothing;
    if (idle && options.every.empty()) return code;
    if (idle) std::this_thread::sleep_for(std::chrono::nanoseconds(maintain->look_nanos));
  }
}

// Flags that several commands have.
void AddBudgetFlag(CLI::App* command, KeepOptions* options) {
  command
      ->add_option("--budget", options->budget,
                   "Memory that a job may take; else 1GiB. With less, large services stay in more "
                   "blocks")
      ->check(PositiveSize())
      ->transform(CLI::AsSizeValue(false).description(""))
      ->option_text("SIZE");
}

void AddRuleFlags(CLI::App* command, KeepOptions* options) {
  const auto add = [&](const char* name, std::vector<std::string>* names, const char* help) {
    command->add_option(name, *names, help)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->option_text("NAME,..");
  };
  add("--drop-type", &options->rules.drop_sample_types, "Drop these sample types: alloc_space");
  add("--drop-label", &options->rules.drop_labels, "Drop these labels");
  command
      ->add_option("--drop-bodies-after", options->drop_bodies_after,
                   "Older profiles keep sums alone: 30d")
      ->option_text("TIME");
}

void AddGraceFlag(CLI::App* command, KeepOptions* options) {
  command->add_option("--grace", options->grace, "How long queries may go on; else 15m")
      ->option_text("TIME");
}

void AddDryRunFlag(CLI::App* command, KeepOptions* options) {
  command->add_flag("--dry-run", options->dry_run, "Say what would be done, and do nothing");
}

}  // namespace

void AddCompact(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<KeepOptions>();
  CLI::App* command =
      AddCommand(app, "compact", "Makes fewer, smaller blocks of an archive.", kCompactExamples);
  AddBudgetFlag(command, options.get());
  command->add_flag("--all", options->all, "Segments that could wait too");
  AddRuleFlags(command, options.get());
  AddArchiveArgument(command, &options->archive);
  OnRun(command, exit_code, [options] { return RunCompact(*options); });
}

void AddGc(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<KeepOptions>();
  CLI::App* command =
      AddCommand(app, "gc", "Removes what an archive does not need any more.", kGcExamples);
  AddGraceFlag(command, options.get());
  AddDryRunFlag(command, options.get());
  AddArchiveArgument(command, &options->archive);
  OnRun(command, exit_code, [options] { return RunGc(*options); });
}

void AddMaintain(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<KeepOptions>();
  CLI::App* command =
      AddCommand(app, "maintain", "Compacts and collects, once or for ever.", kMaintainExamples);
  command->add_option("--every", options->every, "Again after so long")->option_text("TIME");
  AddBudgetFlag(command, options.get());
  AddRuleFlags(command, options.get());
  AddGraceFlag(command, options.get());
  AddArchiveArgument(command, &options->archive);
  OnRun(command, exit_code, [options] { return RunMaintain(*options); });
}

}  // namespace dolerite::cli
