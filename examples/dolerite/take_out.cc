// Commands that take profiles out of an archive: `delete`, `expire`.
#include <memory>
#include <optional>

#include "archives.h"
#include "cli.h"
#include "output.h"

namespace dolerite::cli {
namespace {

constexpr const char* kDeleteExamples =
    "Examples:\n"
    "  dolerite delete --where '{service_name=\"checkout\", pod=\"a\"}' profiles/\n"
    "  dolerite delete --profile-id 000102030405060708090a0b0c0d0e0f --dry-run profiles/\n"
    "\n"
    "Queries no longer see deleted profiles, at once; compaction and gc remove their bytes. "
    "Without "
    "--to\n"
    "profiles up to now are deleted.";
constexpr const char* kExpireExamples =
    "Examples:\n"
    "  dolerite expire --older-than 30d profiles/\n"
    "  dolerite expire --older-than 7d --service checkout profiles/";

struct TakeOutOptions {
  std::string archive;
  std::string older_than;
  std::optional<std::string> service;
  SelectionFlags selection;
  bool dry_run = false;
};

// Both change the archive, so neither makes it.
absl::StatusOr<ArchiveFile> Open(const TakeOutOptions& options) {
  return ArchiveFile::Open(options.archive, ArchiveFile::For::kWriting, 1);
}

// As a number, 2027 is a second of 1970, and a delete can't be taken back.
absl::Status CheckTime(const std::string& flag, const std::string& text) {
  constexpr size_t kDigitsOfYears = 8;
  const bool bare = text.find_first_not_of("0123456789") == std::string::npos;
  if (text.empty() || !bare || text.size() > kDigitsOfYears) return absl::OkStatus();
  return absl::InvalidArgumentError(flag + " " + text + " would be " + text +
                                    " seconds after 1970: write a date as 2027-01-31, or a time "
                                    "as 2027-01-31T12:00:00Z");
}

// Without --to the library takes the time of the call: what comes later stays.
absl::StatusOr<DeleteRequest> RequestOf(const TakeOutOptions& options) {
  absl::Status times = CheckTime("--from", options.selection.from);
  if (times.ok()) times = CheckTime("--to", options.selection.to);
  if (!times.ok()) return times;
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return selection.status();
  DeleteRequest request;
  request.matchers = selection->matchers;
  request.profile_ids = selection->profile_ids;
  request.start_nanos = selection->start_nanos;
  if (!options.selection.to.empty()) request.end_nanos = selection->end_nanos;
  return request;
}

// Exit code 3 tells a script that the selector matched nothing.
int RunDelete(const TakeOutOptions& options) {
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

// A cut in time, which only grows. It holds for profiles that come later too.
int RunExpire(const TakeOutOptions& options) {
  absl::StatusOr<int64_t> age = ParseDuration(options.older_than);
  if (!age.ok()) return Fail(In("--older-than", age.status()));
  // A cut can't be taken back: what expires all that there is, or will be, is a mistake.
  if (*age <= 0) return FailUsage("--older-than must be longer than 0s");
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

void AddDryRunFlag(CLI::App* command, TakeOutOptions* options) {
  command->add_flag("--dry-run", options->dry_run, "Say what would be done, and do nothing");
}

}  // namespace

void AddDelete(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<TakeOutOptions>();
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
  auto options = std::make_shared<TakeOutOptions>();
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
