// The command line tool: blocks from profiles, answers from blocks.
#include <malloc.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>

#include "cli.h"
#include "places.h"

namespace dolerite::cli {
namespace {

constexpr const char* kMainExamples =
    "Examples:\n"
    "  dolerite build -o day.block --labels service_name=checkout profiles/\n"
    "  dolerite top day.block --profile-type cpu\n"
    "  dolerite flame day.block --profile-type cpu -o cpu.html\n"
    "  dolerite diff --base '{version=\"v1\"}' --against '{version=\"v2\"}' day.block\n"
    "\n"
    "Data goes to stdout, everything else to stderr. Exit codes: 0 done, 1 failure, 2 wrong "
    "usage,\n"
    "3 nothing found, 4 damaged data.";

// Help that opens with the examples.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    return app->get_footer() + "\n\n" + CLI::Formatter::make_help(app, std::move(name), mode);
  }
  // The footer is at the top already.
  std::string make_footer(const CLI::App*) const override { return ""; }
};

// The parser's exceptions end here; commands return codes.
int Parse(CLI::App* app, int argc, char** argv, const int& exit_code) {
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    // Help and version are errors to CLI11, with exit code 0.
    // Its text goes to stdout, as an answer does.
    if (e.get_exit_code() == 0) return app->exit(e, std::cout, std::cerr);
    const std::vector<CLI::App*> given = app->get_subcommands();
    // Points to the help of the command that was given, if the parser got so far.
    const std::string command = given.empty() ? "" : given[0]->get_name() + " ";
    return FailUsage(std::string(e.what()) + "; see `dolerite " + command + "--help`");
  }
  // Set by the command's callback while parsing.
  return exit_code;
}

// Said before the parser is asked: it would complain of the arguments, not of the word.
int FailCommand(const std::string& name) {
  const std::string nearest = NearestCommand(name);
  const std::string hint = nearest.empty() ? "" : "; the nearest is `dolerite " + nearest + "`";
  return FailUsage("there is no command '" + name + "'" + hint + ". See `dolerite --help`");
}

// Memory that one step gives back stays for the next one. By default glibc returns large pieces to
// the system, and whoever takes them again pays for each page.
void KeepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}

// Only the command that is given is made ready: to describe all flags of all commands takes longer
// than a small query.
int Main(int argc, char** argv) {
  if (const std::optional<int> code = HandOverToS3(argc, argv)) return *code;
  KeepFreedMemory();
  CLI::App app("Stores profiles in blocks, and answers questions about them.", "dolerite");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kMainExamples);
  app.set_version_flag("--version", std::string("dolerite " DOLERITE_VERSION));
  app.require_subcommand(1);
  int exit_code = kOk;
  // Flags before the command are not known, but for --help and --version.
  const std::string first = argc > 1 ? argv[1] : "";
  const AddFunction add = FindCommand(first);
  if (add == nullptr && !first.empty() && first[0] != '-') return FailCommand(first);
  if (add != nullptr) {
    add(&app, &exit_code);
  } else if (first != "--version") {
    AddAllCommands(&app, &exit_code);
  }
  return Parse(&app, argc, argv, exit_code);
}

}  // namespace
}  // namespace dolerite::cli

// Last resort: what the library returns as a status never comes here.
int main(int argc, char** argv) {
  try {
    return dolerite::cli::Main(argc, argv);
  } catch (const std::exception& e) {  // of the standard library: memory, above all
    std::fprintf(stderr, "dolerite: %s\n", e.what());
    return dolerite::cli::kFailure;
  }
}
