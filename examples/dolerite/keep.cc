// Commands that keep an archive: `compact`, `gc`, `maintain`, `delete`, `expire`.
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
    "there are 64 or the oldest is 10 minutes old.";
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
    "\n"
    "Compacts and collects once, or again and again until it is interrupted.";
constexpr const char* kDeleteExamples =
    "Examples:\n"
    "  dolerite delete --where '{service_name=\"checkout\", pod=\"a\"}' profiles/\n"
    "  dolerite delete --profile-id 000102030405060708090a0b0c0d0e0f --dry-run profiles/\n"
    "\n"
    "Queries see deleted profiles no more at once; compaction and gc remove their bytes. Without "
    "--to\n"
    "profiles up to now are deleted.";
constexpr const char* kExpireExamples =
    "Examples:\n"
    "  dolerite expire --older-than 30d profiles/\n"
    "  dolerite expire --older-than 7d --service checkout profiles/";

struct Options {
  std::string archive;
  std::string grace = "15m", every, older_than;
  std::optional<std::string> service;
  uint64_t budget = uint64_t{1} << 30;
  size_t threads = 1;
  SelectionFlags selection;
  bool all = false, dry_run = false, json = false;
};

absl::StatusOr<ArchiveFile> Open(const Options& options) {
  return ArchiveFile::Open(options.archive, ArchiveFile::For::kWriting, options.threads);
}

// Runs a job. One that does not fit into the budget is cut in two, down to a single input, which
// stays as it is.
absl::StatusOr<uint64_t> RunJob(ArchiveFile* file, const CompactionJob& job, uint64_t budget) {
  absl::StatusOr<CompactionResult> result = file->archive().Compact(job, budget);
  // Another one may have done it meanwhile.
  if (absl::IsFailedPrecondition(result.status())) return 0;
  const size_t inputs = job.inputs.size();
  if (absl::IsResourceExhausted(result.status()) && inputs > 1) {
    uint64_t done = 0;
    const auto middle = job.inputs.begin() + static_cast<std::ptrdiff_t>(inputs / 2);
    for (const auto& [begin, end] :
         {std::pair(job.inputs.begin(), middle), std::pair(middle, job.inputs.end())}) {
      CompactionJob half = job;
      half.inputs.assign(begin, end);
      absl::StatusOr<uint64_t> ran = RunJob(file, half, budget);
      if (!ran.ok()) return ran;
      done += *ran;
    }
    return done;
  }
  if (absl::IsResourceExhausted(result.status())) {
    Say(job.inputs[0] + " is left as it is: " + MessageOf(result.status()));
    return 0;
  }
  if (!result.ok()) return result.status();
  Say(Count(inputs, "input") + " became " + Count(result->outputs.size(), "block") + " of " +
      Count(result->profiles, "profile") +
      (result->left_out > 0 ? ", " + std::to_string(result->left_out) + " left out" : ""));
  return 1;
}

// Jobs until none is left.
absl::StatusOr<uint64_t> CompactAll(ArchiveFile* file, const Options& options) {
  CompactionPolicy policy;
  if (options.all) policy.segments = 1;
  uint64_t jobs = 0;
  for (bool more = true; more;) {
    more = false;
    absl::StatusOr<Snapshot> snapshot = file->archive().TakeSnapshot();
    if (!snapshot.ok()) return snapshot.status();
    auto planned = file->archive().PlanCompaction(*snapshot, policy);
    if (!planned.ok()) return planned.status();
    for (const CompactionJob& job : *planned) {
      absl::StatusOr<uint64_t> ran = RunJob(file, job, options.budget);
      if (!ran.ok()) return ran;
      jobs += *ran;
      more |= *ran > 0;
    }
  }
  return jobs;
}

int RunCompact(const Options& options) {
  absl::StatusOr<ArchiveFile> file = Open(options);
  if (!file.ok()) return Fail(file.status());
  absl::StatusOr<uint64_t> jobs = CompactAll(&*file, options);
  if (!jobs.ok()) return Fail(In(options.archive, jobs.status()));
  if (*jobs == 0) Say(options.archive + ": nothing to compact");
  return kOk;
}

absl::StatusOr<CollectResult> Collect(ArchiveFile* file, const Options& options) {
  absl::StatusOr<int64_t> grace = ParseDuration(options.grace);
  if (!grace.ok()) return grace.status();
  CollectOptions collect;
  collect.grace_nanos = *grace;
  collect.rehearse = options.dry_run;
  return file->archive().Collect(collect);
}

int SayCollected(const Options& options, const CollectResult& result) {
  Say(options.archive + ": " + Count(result.segments, "segment") + ", " +
      Count(result.blocks, "block") + " and " + Count(result.manifests, "manifest") + ", " +
      FormatBytes(result.bytes) + (options.dry_run ? ", would be removed" : " removed"));
  if (result.failed > 0) Say(Count(result.failed, "object") + " could not be removed");
  return result.failed > 0 ? kFailure : kOk;
}

int RunGc(const Options& options) {
  absl::StatusOr<ArchiveFile> file = Open(options);
  if (!file.ok()) return Fail(file.status());
  absl::StatusOr<CollectResult> result = Collect(&*file, options);
  if (!result.ok()) return Fail(In(options.archive, result.status()));
  return SayCollected(options, *result);
}

int RunMaintain(const Options& options) {
  absl::StatusOr<ArchiveFile> file = Open(options);
  if (!file.ok()) return Fail(file.status());
  int64_t every = 0;
  if (!options.every.empty()) {
    absl::StatusOr<int64_t> parsed = ParseDuration(options.every);
    if (!parsed.ok()) return Fail(parsed.status());
    every = *parsed;
  }
  for (;;) {
    absl::StatusOr<uint64_t> jobs = CompactAll(&*file, options);
    if (!jobs.ok()) return Fail(In(options.archive, jobs.status()));
    absl::StatusOr<CollectResult> collected = Collect(&*file, options);
    if (!collected.ok()) return Fail(In(options.archive, collected.status()));
    const int code = SayCollected(options, *collected);
    if (every <= 0) return code;
    std::this_thread::sleep_for(std::chrono::nanoseconds(every));
  }
}

absl::StatusOr<DeleteRequest> RequestOf(const Options& options) {
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return selection.status();
  DeleteRequest request;
  request.matchers = selection->matchers;
  request.profile_ids = selection->profile_ids;
  request.start_nanos = selection->start_nanos;
  if (!options.selection.to.empty()) request.end_nanos = selection->end_nanos;
  return request;
}

int RunDelete(const Options& options) {
  absl::StatusOr<DeleteRequest> request = RequestOf(options);
  if (!request.ok()) return Fail(request.status());
  absl::StatusOr<ArchiveFile> file = Open(options);
  if (!file.ok()) return Fail(file.status());
  absl::StatusOr<DeleteResult> result =
      options.dry_run ? file->archive().RehearseDelete(*request) : file->archive().Delete(*request);
  if (!result.ok()) return Fail(In(options.archive, result.status()));
  Say(Count(result->profiles, "profile") + " in " + Count(result->blocks, "block") +
      (options.dry_run ? " would be deleted" : " deleted"));
  return result->profiles == 0 ? kNothingFound : kOk;
}

int RunExpire(const Options& options) {
  absl::StatusOr<int64_t> age = ParseDuration(options.older_than);
  if (!age.ok()) return Fail(age.status());
  const int64_t before = WallNanos() - *age;
  absl::StatusOr<ArchiveFile> file = Open(options);
  if (!file.ok()) return Fail(file.status());
  if (options.dry_run) {
    absl::StatusOr<Snapshot> snapshot = file->archive().TakeSnapshot();
    if (!snapshot.ok()) return Fail(snapshot.status());
    Selection old{.end_nanos = before};
    if (options.service) {
      old.matchers.push_back(
          {file->archive().options().dataset_label, LabelMatcher::Op::kEqual, *options.service});
    }
    ListQuery query({old});
    const absl::Status added = snapshot->AddTo(&query);
    if (!added.ok()) return Fail(In(options.archive, added));
    auto listed = std::move(query).Finish();
    if (!listed.ok()) return Fail(listed.status());
    Say(Count(listed->size(), "profile") + " would be expired");
    return kOk;
  }
  const absl::Status status = file->archive().Retain(options.service, before);
  if (!status.ok()) return Fail(In(options.archive, status));
  Say(options.archive + ": profiles before " + FormatTime(before) + " are expired");
  return kOk;
}

void AddBudgetFlag(CLI::App* command, Options* options) {
  command->add_option("--budget", options->budget, "Bytes a job may hold; else 1GiB")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->option_text("SIZE");
}

void AddGraceFlag(CLI::App* command, Options* options) {
  command->add_option("--grace", options->grace, "How long queries may go on; else 15m")
      ->option_text("TIME");
}

void AddDryRunFlag(CLI::App* command, Options* options) {
  command->add_flag("--dry-run", options->dry_run, "Say what would be done, and do nothing");
}

}  // namespace

void AddCompact(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(app, "compact", "Makes fewer, smaller blocks of an archive.", kCompactExamples);
  AddBudgetFlag(command, options.get());
  command->add_flag("--all", options->all, "Segments that could wait too");
  AddArchiveArgument(command, &options->archive);
  OnRun(command, exit_code, [options] { return RunCompact(*options); });
}

void AddGc(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(app, "gc", "Removes what an archive does not need any more.", kGcExamples);
  AddGraceFlag(command, options.get());
  AddDryRunFlag(command, options.get());
  AddArchiveArgument(command, &options->archive);
  OnRun(command, exit_code, [options] { return RunGc(*options); });
}

void AddMaintain(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(app, "maintain", "Compacts and collects, once or for ever.", kMaintainExamples);
  command->add_option("--every", options->every, "Again after so long")->option_text("TIME");
  AddBudgetFlag(command, options.get());
  AddGraceFlag(command, options.get());
  AddArchiveArgument(command, &options->archive);
  OnRun(command, exit_code, [options] { return RunMaintain(*options); });
}

void AddDelete(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "delete", "Deletes profiles of an archive.", kDeleteExamples);
  SelectionFlags& selection = options->selection;
  command->add_option("--where", selection.where, "Of these series: '{label=\"value\"}'");
  command->add_option("--profile-id", selection.profile_ids, "Of these ids");
  command->add_option("--from", selection.from, "At this time or later");
  command->add_option("--to", selection.to, "Before this time; else up to now");
  AddDryRunFlag(command, options.get());
  AddArchiveArgument(command, &options->archive);
  OnRun(command, exit_code, [options] { return RunDelete(*options); });
}

void AddExpire(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      AddCommand(app, "expire", "Lets old profiles of an archive go.", kExpireExamples);
  command->add_option("--older-than", options->older_than, "As in 30d or 12h")
      ->required()
      ->option_text("TIME");
  command->add_option("--service", options->service, "Of this service alone");
  AddDryRunFlag(command, options.get());
  AddArchiveArgument(command, &options->archive);
  OnRun(command, exit_code, [options] { return RunExpire(*options); });
}

}  // namespace dolerite::cli
