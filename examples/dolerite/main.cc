// The command line tool: blocks from profiles, answers from blocks.
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>

#include "cli.h"

namespace dolerite::cli {
namespace {

constexpr const char* kExamples =
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
  std::string make_footer(const CLI::App*) const override { return ""; }
};

int Parse(CLI::App* app, int argc, char** argv, const int& exit_code) {
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app->exit(e, std::cout, std::cerr) == 0 ? kOk : kUsage;
  }
  return exit_code;
}

int Main(int argc, char** argv) {
  CLI::App app("Stores profiles in blocks, and answers questions about them.", "dolerite");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("dolerite " DOLERITE_VERSION));
  app.require_subcommand(1);
  int exit_code = kOk;
  for (auto add : {AddBuild, AddTop, AddFlame, AddDiff, AddSeries, AddHeatmap, AddCallers,
                   AddCallees, AddLabels, AddLs, AddGet, AddPgo, AddInfo, AddVerify, AddDump}) {
    add(&app, &exit_code);
  }
  return Parse(&app, argc, argv, exit_code);
}

}  // namespace
}  // namespace dolerite::cli

int main(int argc, char** argv) {
  try {
    return dolerite::cli::Main(argc, argv);
  } catch (const std::exception& e) {  // of the standard library: memory, above all
    std::fprintf(stderr, "dolerite: %s\n", e.what());
    return dolerite::cli::kFailure;
  }
}
