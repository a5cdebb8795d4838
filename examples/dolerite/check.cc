// `dolerite verify` and `dolerite dump`: a block looked at from below.
#include <memory>

#include "blocks.h"
#include "cli.h"
#include "output.h"
#include "places.h"

namespace dolerite::cli {
namespace {

constexpr const char* kVerifyExamples =
    "Examples:\n"
    "  dolerite verify *.block\n"
    "  dolerite verify --json day.block";

constexpr const char* kDumpExamples =
    "Examples:\n"
    "  dolerite dump day.block | less\n"
    "  dolerite dump --max-values 4 day.block";

struct VerifyOptions {
  std::vector<std::string> blocks;
  bool json = false;
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

// A verdict as soon as it is known: checking many large blocks takes time.
absl::Status Print(const VerifyOptions& options, const std::string& path, const Verdict& verdict) {
  return WriteOutput("-", options.json ? AsJson(path, verdict) : AsText(path, verdict));
}

// All blocks and segments that a snapshot sees.
Verdict VerifyArchive(const VerifyOptions& options, const std::string& path, int* code) {
  const absl::Status status = ForEachBlock({path}, {}, [&](const BlockFile& file) {
    const Verdict verdict{{}, file.reader().Verify().value()};
    if (!verdict.damage.empty()) *code = kDamaged;
    return Print(options, file.path(), verdict);
  });
  if (absl::IsDataLoss(status)) return {{}, {{"", status}}};
  return {status, {}};
}

// Every block is looked at; damage decides the exit code before failures do.
int RunVerify(const VerifyOptions& options) {
  int code = kOk;
  for (const std::string& path : options.blocks) {
    const Verdict verdict =
        IsArchive(path) ? VerifyArchive(options, path, &code) : VerifyFile(path);
    if (!verdict.status.ok()) {
      const int failed = Fail(verdict.status);
      if (code == kOk) code = failed;
      continue;
    }
    if (!verdict.damage.empty()) code = kDamaged;
    if (IsArchive(path) && verdict.damage.empty()) continue;
    if (absl::Status status = Print(options, path, verdict); !status.ok()) return Fail(status);
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
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* command = AddCommand(
      app, "verify", "Checks all of a block; exit code 4 if it is damaged.", kVerifyExamples);
  command->add_flag("--json", options->json, "One object a line for each block");
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
