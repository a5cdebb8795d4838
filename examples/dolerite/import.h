// Profile files of any format, into a block or an archive.
#ifndef DOLERITE_EXAMPLES_IMPORT_H_
#define DOLERITE_EXAMPLES_IMPORT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dolerite/formats.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "inputs.h"

namespace dolerite::cli {

struct ImportOptions {
  ProfileFormat format = ProfileFormat::kUnknown;  // of all files; kUnknown: by what is in them
  PprofReadOptions pprof;
  OtlpReadOptions otlp;
  // A series that has one of these labels has its kind; others take it from the file's name.
  std::vector<std::string> type_labels;
};

struct ImportReport {
  uint64_t files = 0, otlp_files = 0;  // that were read
  uint64_t failed = 0;                 // of which not all went in
  uint64_t empty = 0;                  // without a profile
  uint64_t refused = 0;  // profiles that did not go in; a file that can't be read is one
  uint64_t profiles = 0, samples = 0, bytes = 0;
  uint64_t repairs = 0;          // of pprof
  uint64_t kinds_of_names = 0;   // profiles whose `kind` is from the name of their file
  OtlpReadReport otlp;           // sums
  uint64_t labels_replaced = 0;  // of messages, by labels of the files

  void Add(const ImportReport& other);
};

// Takes one profile.
using ProfileSink = std::function<absl::Status(const LabelSet& series, const Profile& profile)>;

// Reads file by file. Talks of what is amiss, one line a thing, each with the file's path.
class Importer {
 public:
  Importer(const ImportOptions& options, ProfileSink sink)
      : options_(options), pprof_(options.pprof), otlp_(options.otlp), sink_(std::move(sink)) {}

  void Add(const InputFile& file);
  const ImportReport& report() const { return report_; }
  // What was said since the last call.
  std::vector<std::string> TakeNotes() { return std::exchange(notes_, {}); }

 private:
  // What became of the profiles of a file.
  struct Outcome {
    size_t profiles = 0;
    std::map<std::string, uint64_t> replaced;              // labels, by name
    std::vector<std::pair<size_t, absl::Status>> refused;  // by the sink
  };

  absl::StatusOr<Outcome> AddBytes(const InputFile& file, std::string_view bytes);
  absl::StatusOr<Outcome> AddPprof(const InputFile& file, std::string_view bytes);
  absl::StatusOr<Outcome> AddOtlp(const InputFile& file, std::string_view bytes);
  void AddProfile(const LabelSet& series, const Profile& profile, Outcome* outcome);
  void SetKind(const std::string& path, SeriesProfile* profile);
  void SumOtlp(const std::string& path, const OtlpReadReport& report);
  void NoteOutcome(const std::string& path, const Outcome& outcome);
  void Note(const std::string& path, const std::string& what);

  const ImportOptions& options_;
  PprofReader pprof_;
  OtlpReader otlp_;
  const ProfileSink sink_;
  ImportReport report_;
  std::vector<std::string> notes_;
};

// The resource attributes that are labels: the library's, and those of `more`: a.b,c.d.
std::vector<std::string> SeriesAttributes(const std::string& more);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_IMPORT_H_
