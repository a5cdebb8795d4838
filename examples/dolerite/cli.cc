#include "cli.h"

#include <unistd.h>

#include <cstdio>

namespace dolerite::cli {

CLI::App* AddCommand(CLI::App* app, const std::string& name, const std::string& description,
                     const std::string& examples) {
  CLI::App* command = app->add_subcommand(name, description);
  command->footer(examples);  // the formatter puts it first
  return command;
}

void OnRun(CLI::App* command, int* exit_code, std::function<int()> run) {
  command->callback([exit_code, run = std::move(run)] { *exit_code = run(); });
}

void Say(std::string_view line) {
  std::fprintf(stderr, "dolerite: %.*s\n", static_cast<int>(line.size()), line.data());
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

int Fail(const absl::Status& status) {
  Say(MessageOf(status));
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return kUsage;
    case absl::StatusCode::kDataLoss:
      return kDamaged;
    default:
      return kFailure;
  }
}

int FailUsage(std::string_view message) {
  Say(message);
  return kUsage;
}

int FailNothingFound(std::string_view what) {
  Say("nothing found: " + std::string(what));
  return kNothingFound;
}

absl::Status In(const std::string& context, const absl::Status& status) {
  const std::string message = MessageOf(status);
  if (message.find(context) != std::string::npos) return status;
  return absl::Status(status.code(), context + ": " + message);
}

void Progress::Show(size_t done, size_t all) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\r%s %zu of %zu\033[K", what_.c_str(), done, all);
  shown_ = true;
}

void Progress::Clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace dolerite::cli
