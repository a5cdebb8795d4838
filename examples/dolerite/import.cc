// What a file is, is found by its content. Reports what was done, and goes on with the next file
// whatever happens.
#include "import.h"

#include <map>
#include <sstream>

#include "cli.h"
#include "foreign.h"
#include "kind_of_file.h"
#include "output.h"

namespace dolerite::cli {
namespace {

// Refusals that are said one by one; the rest are counted. A broken exporter may cause millions.
constexpr size_t kRefusalsSaid = 5;

// The status of a file that can't be read, with what the file looks like.
absl::Status WithName(const absl::Status& status, std::string_view bytes) {
  const std::string name = NameOfForeign(bytes);
  if (name.empty()) return status;
  return absl::Status(status.code(), "looks like " + name + " (" + MessageOf(status) + ")");
}

// The list of refusals is said file by file and not kept.
void AddCounts(const OtlpReadReport& report, OtlpReadReport* sum) {
  sum->messages += report.messages;
  sum->profiles_joined += report.profiles_joined;
  sum->samples_combined += report.samples_combined;
  sum->unknown_fields += report.unknown_fields;
  sum->null_entries_ignored += report.null_entries_ignored;
  sum->mappings_dropped += report.mappings_dropped;
  sum->temporalities_dropped += report.temporalities_dropped;
  sum->refused += report.refused;
}

}  // namespace

void ImportReport::Add(const ImportReport& other) {
  files += other.files, otlp_files += other.otlp_files;
  failed += other.failed, empty += other.empty, refused += other.refused;
  profiles += other.profiles, samples += other.samples, bytes += other.bytes;
  repairs += other.repairs, kinds_of_names += other.kinds_of_names;
  labels_replaced += other.labels_replaced;
  AddCounts(other.otlp, &otlp);
}

void Importer::Note(const std::string& path, const std::string& what) {
  notes_.push_back(path + ": " + what);
}

// A file that can't be read adds nothing to the block; one that is read in part adds the rest. A
// file counts as failed if any of its profiles did not go in; the others are in the block.
void Importer::Add(const InputFile& file) {
  absl::StatusOr<std::string> bytes = ReadFile(file.path, options_.pprof.limits.profile_bytes);
  absl::StatusOr<Outcome> added = bytes.ok() ? AddBytes(file, *bytes) : bytes.status();
  if (!added.ok()) {
    ++report_.failed, ++report_.refused;
    const absl::Status status = bytes.ok() ? WithName(added.status(), *bytes) : added.status();
    notes_.push_back(MessageOf(In(file.path, status)));
    return;
  }
  ++report_.files;
  report_.bytes += bytes->size();
  if (added->profiles == 0) ++report_.empty, Note(file.path, "holds no profile");
  NoteOutcome(file.path, *added);
  if (!added->refused.empty()) ++report_.failed;
}

absl::StatusOr<Importer::Outcome> Importer::AddBytes(const InputFile& file,
                                                     std::string_view bytes) {
  if (options_.format == ProfileFormat::kOtlp) return AddOtlp(file, bytes);
  // If the user named a format, no other is tried: its errors are the ones to see.
  if (options_.format == ProfileFormat::kPprof) return AddPprof(file, bytes);
  // A file that reads as pprof has a string table, so it is not OTLP. Most files are pprof: to try
  // that first saves a second decompression for detection.
  absl::StatusOr<Outcome> added;
  // A lenient reader would make a profile of nearly anything, so it is asked last.
  if (!options_.pprof.lenient) added = AddPprof(file, bytes);
  if (added.ok()) return added;
  const ProfileFormat format = DetectProfileFormat(bytes, options_.pprof.limits);
  if (format == ProfileFormat::kOtlp) return AddOtlp(file, bytes);
  if (options_.pprof.lenient) added = AddPprof(file, bytes);
  if (added.ok() || format == ProfileFormat::kPprof) return added;
  // JSON of other tools is no format of ours, but the reader of OTLP/JSON names it.
  const absl::Status json = ReadOtlp(bytes, options_.otlp).status();
  if (MessageOf(json).find("JSON, but not OTLP") != std::string::npos) return json;
  return absl::Status(added.status().code(),
                      "neither pprof nor OTLP is found in it: " + MessageOf(added.status()));
}

absl::StatusOr<Importer::Outcome> Importer::AddPprof(const InputFile& file,
                                                     std::string_view bytes) {
  // The labels of the command line are the series: pprof has none of its own.
  SeriesProfile read{file.labels, {}};
  if (absl::Status status = pprof_.Read(bytes, &read.profile); !status.ok()) return status;
  if (const uint64_t repairs = pprof_.report().repairs(); repairs > 0) {
    report_.repairs += repairs;
    Note(file.path, Count(repairs, "repair"));
  }
  // After reading: the kind is only believed if the profile's sample types fit.
  SetKind(file.path, &read);
  Outcome outcome;
  AddProfile(read.series, read.profile, &outcome);
  return outcome;
}

// Without a label of its kind, all profiles of a process would be one series and add up.
void Importer::SetKind(const std::string& path, SeriesProfile* profile) {
  for (const std::string& label : options_.type_labels) {
    if (profile->series.Get(label)) return;
  }
  const std::string kind = KindOfFile(path, profile->profile);
  if (kind.empty()) return;
  profile->series.Set("kind", kind);
  ++report_.kinds_of_names;
}

// Labels come with the message; the file's are put on top, and win.
absl::StatusOr<Importer::Outcome> Importer::AddOtlp(const InputFile& file, std::string_view bytes) {
  Outcome outcome;
  const auto add = [&](const LabelSet& series, const Profile& profile) {
    LabelSet labels = series;
    for (const auto& [name, value] : file.labels.pairs()) {
      const std::optional<std::string_view> old = series.Get(name);
      if (old && *old != value) ++outcome.replaced[std::string(name)];
      labels.Set(name, value);
    }
    AddProfile(labels, profile, &outcome);
    return absl::OkStatus();
  };
  if (absl::Status status = otlp_.View(bytes, add); !status.ok()) return status;
  ++report_.otlp_files;
  SumOtlp(file.path, otlp_.report());
  return outcome;
}

void Importer::SumOtlp(const std::string& path, const OtlpReadReport& report) {
  for (size_t i = 0; i < report.refusals.size() && i < kRefusalsSaid; ++i) {
    const OtlpRefusal& refusal = report.refusals[i];
    Note(path, "left out: " + MessageOf(In(refusal.path, refusal.status)));
  }
  if (report.refused > kRefusalsSaid) {
    Note(path, "left out: " + std::to_string(report.refused - kRefusalsSaid) + " more");
  }
  if (report.unknown_fields > 0) {
    Note(path, Count(report.unknown_fields, "unknown field") + " skipped");
  }
  if (report.null_entries_ignored > 0) {
    Note(path, "content ignored where a table says 'none', in " +
                   Count(report.null_entries_ignored, "place"));
  }
  AddCounts(report, &report_.otlp);
}

// Profiles are added one by one, so one that the builder refuses leaves the others in.
void Importer::AddProfile(const LabelSet& series, const Profile& profile, Outcome* outcome) {
  const size_t number = outcome->profiles++;
  if (absl::Status status = sink_(series, profile); !status.ok()) {
    outcome->refused.emplace_back(number, std::move(status));
    return;
  }
  ++report_.profiles;
  report_.samples += profile.samples.size();
}

// Labels are said by name and number, not by value: one line a file is enough.
void Importer::NoteOutcome(const std::string& path, const Outcome& outcome) {
  for (const auto& [name, count] : outcome.replaced) {
    report_.labels_replaced += count;
    Note(path, "its " + name + " is replaced, in " + Count(count, "profile"));
  }
  for (const auto& [number, status] : outcome.refused) {
    ++report_.refused;
    const std::string which =
        outcome.profiles > 1 ? "profile " + std::to_string(number) + ": " : "";
    Note(path, which + MessageOf(status));
  }
}

// Added to the library's own, never instead of them.
std::vector<std::string> SeriesAttributes(const std::string& more) {
  std::vector<std::string> names = DefaultSeriesAttributes();
  std::istringstream text(more);
  for (std::string name; std::getline(text, name, ',');) {
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

}  // namespace dolerite::cli
