// What all commands share: exit codes, help, flags that check their values, talk on stderr.
#ifndef DOLERITE_EXAMPLES_CLI_H_
#define DOLERITE_EXAMPLES_CLI_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
void AddImport(CLI::App* app, int* exit_code);
void AddCompact(CLI::App* app, int* exit_code);
void AddGc(CLI::App* app, int* exit_code);
void AddMaintain(CLI::App* app, int* exit_code);
void AddDelete(CLI::App* app, int* exit_code);
void AddExpire(CLI::App* app, int* exit_code);
void AddStats(CLI::App* app, int* exit_code);
void AddAsk(CLI::App* app, int* exit_code);
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

// The command of that name, if there is one; else the one that is spelt most like it, or "".
using AddFunction = void (*)(CLI::App*, int*);
AddFunction FindCommand(std::string_view name);
std::string NearestCommand(std::string_view name);
// Adds all commands, as the help of the tool itself needs them.
void AddAllCommands(CLI::App* app, int* exit_code);

// Checks of flags. The message of a bad value says what was expected and what was found.
CLI::Validator WholeNumber();   // 0 or more
CLI::Validator PositiveSize();  // after AsSizeValue, which takes -1
CLI::Validator OneOf(const std::vector<std::string>& words);
[[noreturn]] void FailChoice(const std::string& flag, const std::vector<std::string>& words,
                             const std::string& found);
std::string JoinOr(const std::vector<std::string>& words);  // `a, b or c`

// A flag that takes one of some names; each name means a value.
template <class Value>
CLI::Option* AddChoice(CLI::App* command, const std::string& flag, Value* value,
                       std::vector<std::pair<std::string, Value>> choices,
                       const std::string& help) {
  return command
      ->add_option_function<std::string>(
          flag,
          [flag, value, choices](const std::string& found) {
            std::vector<std::string> words;
            for (const auto& [word, meaning] : choices) {
              if (word == found) return static_cast<void>(*value = meaning);
              words.push_back(word);
            }
            FailChoice(flag, words, found);
          },
          help)
      ->option_text("NAME");
}

// A line on stderr, after `dolerite: `. What a terminal would obey is made visible.
void Say(std::string_view line);

// Prints the error and returns its exit code. A bad argument of a query is bad usage.
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
