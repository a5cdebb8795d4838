// How the commands talk: one line a message on stderr, and exit codes by the kind of failure.
#include "cli.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "plain.h"

namespace dolerite::cli {

CLI::App* AddCommand(CLI::App* app, const std::string& name, const std::string& description,
                     const std::string& examples) {
  CLI::App* command = app->add_subcommand(name, description);
  command->footer(examples);  // the formatter puts it first
  return command;
}

// The code goes through a pointer, as the parser's callbacks return nothing.
void OnRun(CLI::App* command, int* exit_code, std::function<int()> run) {
  command->callback([exit_code, run = std::move(run)] { *exit_code = run(); });
}

// The parser's own numbers take signs, spaces, hexadecimal and octal digits, which here are
// mistakes.
CLI::Validator WholeNumber() {
  const auto check = [](std::string& text) {
    const bool whole = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    return whole ? std::string() : "expected a whole number, 0 or more, found '" + text + "'";
  };
  return CLI::Validator(check, "");
}

CLI::Validator PositiveSize() {
  const auto check = [](std::string& text) {
    int64_t bytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    const bool good = error == std::errc() && end == text.data() + text.size() && bytes > 0;
    return good ? std::string() : std::string("expected a size above 0, such as 64MiB");
  };
  return CLI::Validator(check, "");
}

// With a message of ours: the parser's would list its internal names.
CLI::Validator OneOf(const std::vector<std::string>& words) {
  const auto check = [words](std::string& text) {
    if (std::find(words.begin(), words.end(), text) != words.end()) return std::string();
    return "expected " + JoinOr(words) + ", found '" + text + "'";
  };
  return CLI::Validator(check, "");
}

// As the parser itself would fail, so that the exit code is that of bad usage.
void FailChoice(const std::string& flag, const std::vector<std::string>& words,
                const std::string& found) {
  throw CLI::ValidationError(flag, "expected " + JoinOr(words) + ", found '" + found + "'");
}

std::string JoinOr(const std::vector<std::string>& words) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  }
  return out;
}

// What is said may quote names out of a block: escapes for terminals go no further than here.
void Say(std::string_view line) {
  const std::string plain = Plain(line);
  std::fprintf(stderr, "dolerite: %s\n", plain.c_str());
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

// The kind of failure decides the exit code, so that scripts can tell damage from a mistake of
// their own.
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

// Some messages name the file or flag themselves.
absl::Status In(const std::string& context, const absl::Status& status) {
  const std::string message = MessageOf(status);
  if (message.find(context) != std::string::npos) return status;
  return absl::Status(status.code(), context + ": " + message);
}

void Progress::Show(size_t done, size_t all) {
  // A log wants no line that is written over.
  if (isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\r%s %zu of %zu\033[K", what_.c_str(), done, all);
  shown_ = true;
}

void Progress::Clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace dolerite::cli
