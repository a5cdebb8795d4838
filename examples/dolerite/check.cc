// `dolerite verify` and `dolerite dump`: blocks looked at from below.
#include <memory>

#include "archive_check.h"
#include "blocks.h"
#include "cli.h"
#include "output.h"
#include "places.h"

namespace dolerite::cli {
namespace {

constexpr const char* kVerifyExamples =
    "Examples:\n"
    "  dolerite verify *.block\n"
    "  dolerite verify --json day.block\n"
    "  dolerite verify --service checkout --from 2026-11-01 profiles.archive\n"
    "  dolerite verify --repair profiles.archive";

constexpr const char* kDumpExamples =
    "Examples:\n"
    "  dolerite dump day.block | less\n"
    "  dolerite dump --max-values 4 day.block";

struct VerifyFlags {
  std::vector<std::string> blocks;
  ArchiveCheck archives;  // and --json, of both
};

struct DumpOptions {
  std::string block;
  size_t max_values = 16;
};

// All that is wrong with a file. `status` is for what kept it from being looked at.
struct Verdict {
  absl::Status status;
  std::vector<Damage> damage;
};

Verdict VerifyFile(const std::string& path) {
  absl::StatusOr<BlockFile> file = BlockFile::Open(path);
  // A block that can't be opened for damage is a verdict; a file that can't be read is a failure.
  if (absl::IsDataLoss(file.status())) return {{}, {{"", file.status()}}};
  if (!file.ok()) return {file.status(), {}};
  // There is always a verdict: what the file system fails to read is damage too.
  return {{}, file->reader().Verify().value()};
}

std::string AsJson(const std::string& path, const Verdict& verdict) {
  Json out = {{"block", path}, {"ok", verdict.damage.empty()}, {"damage", Json::array()}};
  for (const Damage& damage : verdict.damage) {
    out["damage"].push_back({{"place", damage.place}, {"error", MessageOf(damage.status)}});
  }
  return JsonLine(out);
}

std::string AsText(const std::string& path, const Verdict& verdict) {
  if (verdict.damage.empty()) return Plain(path) + ": OK\n";
  std::string out;
  for (const Damage& damage : verdict.damage) {
    const absl::Status named =
        damage.place.empty() ? damage.status : In(damage.place, damage.status);
    out += Plain(MessageOf(In(path, named))) + "\n";
  }
  return out;
}

// The verdict of one block file, as an exit code.
int VerifyBlock(const VerifyFlags& options, const std::string& path) {
  const Verdict verdict = VerifyFile(path);
  if (!verdict.status.ok()) return Fail(verdict.status);
  // A verdict as soon as it is known: checking many large blocks takes time.
  const absl::Status status =
      WriteOutput("-", options.archives.json ? AsJson(path, verdict) : AsText(path, verdict));
  if (!status.ok()) return Fail(status);
  return verdict.damage.empty() ? kOk : kDamaged;
}

// Everything is looked at; damage decides the exit code before failures do.
int RunVerify(const VerifyFlags& options) {
  int code = kOk;
  for (const std::string& path : options.blocks) {
    const int one = IsArchive(path) ? options.archives.Run(path) : VerifyBlock(options, path);
    if (one == kDamaged || code == kOk) code = one;
  }
  return code;
}

int RunDump(const DumpOptions& options) {
  absl::StatusOr<BlockFile> file = BlockFile::Open(options.block);
  if (!file.ok()) return Fail(file.status());
  // Not as a stream: a dump is bounded by the values shown of a column.
  absl::StatusOr<std::string> text = file->reader().Dump(options.max_values);
  if (!text.ok()) return Fail(file->Blame(text.status()));
  absl::Status status = WriteOutput("-", *text);
  return status.ok() ? kOk : Fail(status);
}

}  // namespace

void AddVerify(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<VerifyFlags>();
  CLI::App* command =
      AddCommand(app, "verify", "Checks all of blocks and archives; exit code 4 if one is damaged.",
                 kVerifyExamples);
  options->archives.AddTo(command);
  command->add_flag("--json", options->archives.json, "One object a line for each");
  AddBlocksArgument(command, &options->blocks);
  OnRun(command, exit_code, [options] { return RunVerify(*options); });
}

void AddDump(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<DumpOptions>();
  CLI::App* command = AddCommand(app, "dump", "Prints a block as annotated text.", kDumpExamples);
  command->add_option("--max-values", options->max_values, "Values shown of a column; else 16")
      ->check(WholeNumber());
  command->add_option("BLOCK", options->block, "Block file")->required()->option_text("(one)");
  OnRun(command, exit_code, [options] { return RunDump(*options); });
}

}  // namespace dolerite::cli
