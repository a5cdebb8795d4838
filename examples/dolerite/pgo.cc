// `dolerite pgo`: a profile for `go build -pgo`.
#include <memory>

#include "cli.h"
#include "output.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kPgoExamples =
    "Examples:\n"
    "  dolerite pgo --profile-type cpu -o default.pgo day.block && go build -pgo=default.pgo\n"
    "  dolerite pgo --profile-type cpu --innermost 0 -o whole.pgo *.block";

struct PgoOptions {
  SelectionFlags selection;
  QueryFlags query;
  // The compiler looks at calls, so lines of one function are added up unless they are wanted.
  FormOf<ProfileQuestion> form{.format = FormOf<ProfileQuestion>::Format::kPgo};
  std::string output;
};

// The output is checked first: to merge all profiles may take long.
int Run(const PgoOptions& options) {
  absl::Status checked = CheckOutput(options.output, true);
  if (checked.ok()) checked = CheckNoInput(options.output, options.query.blocks);
  if (!checked.ok()) return Fail(checked);
  absl::StatusOr<Selection> selection = options.selection.Make();
  if (!selection.ok()) return Fail(selection.status());
  // A compiler would take an empty profile, and optimise for it.
  return AskAndWrite<ProfileQuestion>({{*selection}, {}, options.form}, options.query,
                                      options.output, "no sample is selected");
}

}  // namespace

void AddPgo(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<PgoOptions>();
  CLI::App* command = AddCommand(app, "pgo", "Writes a profile for `go build -pgo`.", kPgoExamples);
  command->add_option("-o,--output", options->output, "File to write, - for stdout")->required();
  command->add_option("--innermost", options->form.innermost,
                      "Innermost frames kept of each stack; 0: all; else 5");
  command->add_flag("--keep-lines", options->form.keep_lines,
                    "Keep apart where in a function samples were taken");
  options->selection.AddTo(command);
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
