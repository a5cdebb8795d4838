// What all commands share: exit codes, help, talk on stderr.
#ifndef DOLERITE_EXAMPLES_CLI_H_
#define DOLERITE_EXAMPLES_CLI_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace dolerite::cli {

// Fixed: scripts rely on them.
enum ExitCode { kOk = 0, kFailure = 1, kUsage = 2, kNothingFound = 3, kDamaged = 4 };

// Adds a command whose help opens with `examples`.
CLI::App* AddCommand(CLI::App* app, const std::string& name, const std::string& description,
                     const std::string& examples);

// Runs `run` when the command was given, and keeps what it returns in *exit_code.
void OnRun(CLI::App* command, int* exit_code, std::function<int()> run);

// One each, defined beside the command.
void AddBuild(CLI::App* app, int* exit_code);
void AddTop(CLI::App* app, int* exit_code);
void AddFlame(CLI::App* app, int* exit_code);
void AddDiff(CLI::App* app, int* exit_code);
void AddSeries(CLI::App* app, int* exit_code);
void AddHeatmap(CLI::App* app, int* exit_code);
void AddCallers(CLI::App* app, int* exit_code);
void AddCallees(CLI::App* app, int* exit_code);
void AddLabels(CLI::App* app, int* exit_code);
void AddPgo(CLI::App* app, int* exit_code);
void AddInfo(CLI::App* app, int* exit_code);
void AddLs(CLI::App* app, int* exit_code);
void AddGet(CLI::App* app, int* exit_code);
void AddVerify(CLI::App* app, int* exit_code);
void AddDump(CLI::App* app, int* exit_code);

// A line on stderr, after `dolerite: `.
void Say(std::string_view line);

// Says the error; the exit code that it stands for. A bad argument of a query is bad usage.
int Fail(const absl::Status& status);
int FailUsage(std::string_view message);
int FailNothingFound(std::string_view what);

// The status with `context: ` before its message, unless it names that already.
absl::Status In(const std::string& context, const absl::Status& status);
std::string MessageOf(const absl::Status& status);

// A line on stderr that is written over, if stderr is a terminal.
class Progress {
 public:
  explicit Progress(std::string what) : what_(std::move(what)) {}
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(size_t done, size_t all);
  void Clear();

 private:
  std::string what_;
  bool shown_ = false;
};

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_CLI_H_
