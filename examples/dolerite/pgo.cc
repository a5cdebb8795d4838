// `dolerite pgo`: a profile for `go build -pgo`.
#include <memory>

#include "cli.h"
#include "dolerite/pgo.h"
#include "dolerite/pprof.h"
#include "output.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  dolerite pgo --profile-type cpu -o default.pgo day.block && go build -pgo=default.pgo\n"
    "  dolerite pgo --profile-type cpu --innermost 0 -o whole.pgo *.block";

struct Options {
  SelectionFlags selection;
  QueryFlags query;
  GoPgoOptions pgo;
  std::string output;
  bool keep_lines = false;
};

// One profile of all, merged and reduced. The empty text stands for no samples.
absl::StatusOr<std::string> PgoOf(ProfileQuery query, const Options& options) {
  absl::StatusOr<Profile> merged = std::move(query).Finish();
  if (!merged.ok()) return merged.status();
  if (merged->samples.size() == 0) return "";
  absl::StatusOr<Profile> reduced = GoPgoProfile(*merged, options.pgo);
  if (!reduced.ok()) return reduced.status();
  return WritePprof(*reduced);
}

// The output is checked first: to merge all profiles may take long.
int Run(Options options) {
  absl::Status checked = CheckOutput(options.output, true);
  if (checked.ok()) checked = CheckNoInput(options.output, options.query.blocks);
  if (!checked.ok()) return Fail(checked);
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  // The compiler looks at calls, so lines of one function are added up unless they are wanted.
  options.pgo.aggregate_callees = !options.keep_lines;
  return AskBlocks(ProfileQuestion{*selection}, options.query, [&](ProfileQuery query) {
    absl::StatusOr<std::string> bytes = PgoOf(std::move(query), options);
    if (!bytes.ok()) return Fail(bytes.status());
    // A compiler would take an empty profile, and optimise for it.
    if (bytes->empty()) return FailNothingFound("no sample is selected");
    const absl::Status status = WriteOutput(options.output, *bytes);
    return status.ok() ? +kOk : Fail(status);
  });
}

}  // namespace

void AddPgo(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(app, "pgo", "Writes a profile for `go build -pgo`.", kExamples);
  command->add_option("-o,--output", options->output, "File to write, - for stdout")->required();
  command->add_option("--innermost", options->pgo.keep_frames,
                      "Innermost frames kept of each stack; 0: all; else 5");
  command->add_flag("--keep-lines", options->keep_lines,
                    "Keep apart where in a function samples were taken");
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
