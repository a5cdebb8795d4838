// Findings come as they are made: to check a large archive takes long. What has no line is sound.
#include "archive_check.h"

#include "archives.h"
#include "cli.h"
#include "dolerite/archive_verify.h"
#include "output.h"

namespace dolerite::cli {
namespace {

// Words for scripts: they stay as they are.
const char* NameOf(ArchiveFinding::Kind kind) {
  switch (kind) {
    case ArchiveFinding::Kind::kManifest:
      return "manifest";
    case ArchiveFinding::Kind::kPage:
      return "page";
    case ArchiveFinding::Kind::kMissing:
      return "missing";
    case ArchiveFinding::Kind::kDamaged:
      return "damaged";
    case ArchiveFinding::Kind::kQuarantined:
      return "quarantined";
  }
  return "unknown";
}

// The flags, as the library wants them.
absl::StatusOr<VerifyOptions> Options(const ArchiveCheck& check) {
  VerifyOptions options;
  if (!check.service.empty()) options.dataset = check.service;
  for (const auto& [text, nanos] :
       {std::pair(&check.from, &options.start_nanos), std::pair(&check.to, &options.end_nanos)}) {
    if (text->empty()) continue;
    absl::StatusOr<int64_t> time = ParseTime(*text);
    if (!time.ok()) return time.status();
    *nanos = *time;
  }
  return options;
}

// One line a finding, with the object that it is about.
std::string AsText(const std::string& archive, const ArchiveFinding& finding) {
  return Plain(archive + ": " + NameOf(finding.kind) + ": " +
               MessageOf(In(finding.key, finding.status))) +
         "\n";
}

// One object an archive. Counts are there when all is well, too.
std::string AsJson(const std::string& archive, const VerifyResult& result, const Json& findings) {
  return JsonLine({{"archive", archive},
                   {"ok", result.findings == 0},
                   {"findings", findings},
                   {"manifests", result.manifests},
                   {"pages", result.pages},
                   {"blocks", result.blocks},
                   {"segments", result.segments},
                   {"bytes", result.bytes},
                   {"profiles", result.profiles},
                   {"duplicates", result.duplicates},
                   {"orphans", result.orphans},
                   {"foreign", result.foreign}});
}

// Duplicates and orphans are no damage: a crash leaves them, and compaction and gc take them away.
void SayLookedAt(const std::string& archive, const VerifyResult& result) {
  Say(archive + ": looked at " + Count(result.blocks, "block") + ", " +
      Count(result.segments, "segment") + " and " + Count(result.manifests, "manifest") + ", " +
      FormatBytes(result.bytes) + ", " + Count(result.profiles, "profile"));
  if (result.duplicates > 0) {
    Say(Count(result.duplicates, "profile") + " there more than once, of which queries see one");
  }
  if (result.orphans > 0) Say(Count(result.orphans, "object") + " for dolerite gc to remove");
  if (result.foreign > 0) Say(Count(result.foreign, "object") + " not of this archive");
}

// Manifests that a repair has replaced are still there, and still damaged, until gc removes them.
bool IsBehindRepair(ArchiveFinding::Kind kind) {
  return kind == ArchiveFinding::Kind::kManifest || kind == ArchiveFinding::Kind::kPage;
}

// Prints what is wrong. The number of findings, after a repair of those that it could not mend.
absl::StatusOr<uint64_t> Verify(const ArchiveCheck& check, ArchiveFile* file) {
  absl::StatusOr<VerifyOptions> options = Options(check);
  if (!options.ok()) return options.status();
  Json findings = Json::array();
  absl::Status written;
  uint64_t found = 0, behind = 0;
  const auto visit = [&](const ArchiveFinding& finding) {
    (check.repair && IsBehindRepair(finding.kind) ? behind : found) += 1;
    if (check.json) {
      findings.push_back({{"kind", NameOf(finding.kind)},
                          {"key", finding.key},
                          {"error", MessageOf(finding.status)}});
    } else if (written.ok()) {
      written = WriteOutput("-", AsText(file->path(), finding));
    }
  };
  absl::StatusOr<VerifyResult> result = file->archive().Verify(*options, visit);
  if (!result.ok()) return In(file->path(), result.status());
  if (check.json) written = WriteOutput("-", AsJson(file->path(), *result, findings));
  if (!check.json && written.ok() && result->findings == 0) {
    written = WriteOutput("-", Plain(file->path()) + ": OK\n");
  }
  if (!written.ok()) return written;
  if (!check.json) SayLookedAt(file->path(), *result);
  if (behind > 0) {
    Say("the repaired archive can be used; what it replaced is still there, and dolerite verify "
        "names it until dolerite gc has removed it");
  }
  return found;
}

// A repair says what may be lost: nobody else could.
absl::Status Repair(ArchiveFile* file) {
  absl::StatusOr<RepairResult> result = file->archive().Repair();
  if (!result.ok()) return In(file->path(), result.status());
  for (const std::string& key : result->lifted) {
    Say(file->path() + ": " + key + " can be read again and will be compacted");
  }
  if (result->manifest == 0) {
    Say(file->path() + ": its manifests need no repair");
    return absl::OkStatus();
  }
  const std::string from = result->continued == 0
                               ? "made of blocks and segments alone"
                               : "continues number " + std::to_string(result->continued);
  Say(file->path() + ": new manifest, number " + std::to_string(result->manifest) + ", " + from +
      "; " + Count(result->blocks, "block") + ", " + std::to_string(result->added) +
      " of them found again");
  for (const std::string& lost : result->lost) Say("lost: " + lost);
  return absl::OkStatus();
}

}  // namespace

void ArchiveCheck::AddTo(CLI::App* command) {
  command->add_option("--service", service, "Of an archive: what holds profiles of this service");
  command->add_option("--from", from, "Of an archive: what holds profiles of this time or later");
  command->add_option("--to", to, "Of an archive: what holds profiles before this time");
  command->add_flag("--repair", repair,
                    "Makes a new manifest for an archive whose manifests are damaged or lost");
  command->add_option("--dataset-label", dataset_label,
                      "With --repair of a lost header: its label, if several fit");
}

// After a repair the archive is looked at again: what is still damaged decides.
int ArchiveCheck::Run(const std::string& archive) const {
  if (repair) {
    const auto label = dataset_label.empty() ? std::nullopt : std::optional(dataset_label);
    const absl::Status status = ArchiveFile::RepairHeader(archive, label);
    if (!status.ok()) return Fail(status);
  }
  absl::StatusOr<ArchiveFile> file =
      ArchiveFile::Open(archive, repair ? ArchiveFile::For::kWriting : ArchiveFile::For::kReading);
  if (!file.ok()) return Fail(file.status());
  if (repair) {
    if (absl::Status status = Repair(&*file); !status.ok()) return Fail(status);
  }
  absl::StatusOr<uint64_t> findings = Verify(*this, &*file);
  if (!findings.ok()) return Fail(findings.status());
  return *findings > 0 ? kDamaged : kOk;
}

}  // namespace dolerite::cli
