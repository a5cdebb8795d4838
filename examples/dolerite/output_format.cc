#include "output_format.h"

#include <algorithm>
#include <cctype>

#include "cli.h"
#include "output.h"

namespace dolerite::cli {
namespace {

struct Ending {
  const char* ending;
  const char* format;
};

constexpr Ending kEndings[] = {{".html", "html"},     {".htm", "html"},         {".json", "json"},
                               {".jsonl", "json"},    {".ndjson", "json"},      {".svg", "svg"},
                               {".folded", "folded"}, {".collapsed", "folded"}, {".pb.gz", "pprof"},
                               {".pb", "pprof"},      {".pprof", "pprof"},      {".otlp", "otlp"},
                               {".txt", "text"}};

bool IsBinary(const std::string& format) { return format == "pprof" || format == "otlp"; }

bool Has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::string FormatOfName(const std::string& path) {
  std::string name = path;
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const Ending& e : kEndings) {
    if (name.ends_with(e.ending)) return e.format;
  }
  return "";
}

// The first format is the one for outputs without a name.
void OutputFlags::AddTo(CLI::App* command, std::vector<std::string> formats) {
  formats_ = std::move(formats);
  command
      ->add_option("--format", format_,
                   JoinOr(formats_) + "; else by the output's name, else " + formats_.front())
      ->check(OneOf(formats_));
  if (Has(formats_, "json")) {
    command->add_flag_callback(
        "--json", [this] { format_ = "json"; }, "--format json");
  }
  command->add_option("-o,--output", path_, "File to write; else, and for -, stdout");
}

// For commands that write many files: one output would be overwritten by each.
absl::Status OutputFlags::SettleForNames() {
  if (path_ != "-") {
    return absl::InvalidArgumentError("the command names its files itself: leave --output out");
  }
  if (format_.empty()) format_ = formats_.front();
  return absl::OkStatus();
}

absl::Status OutputFlags::Settle(const std::vector<std::string>& inputs) {
  const std::string named = FormatOfName(path_);
  // Every format but the binary ones is text, so .txt suits it. A name that does not suit is only
  // warned about: --format is the later word.
  const bool suits = named.empty() || named == format_ ||
                     (named == "text" && !format_.empty() && !IsBinary(format_));
  if (format_.empty()) {
    if (!named.empty() && !Has(formats_, named)) {
      return absl::InvalidArgumentError(path_ + ": its name asks for " + named +
                                        ", this command writes " + JoinOr(formats_) +
                                        "; say which with --format");
    }
    format_ = named.empty() ? formats_.front() : named;
  } else if (!suits) {
    // Said, as the file would be opened by the wrong program.
    Say(path_ + ": its name asks for " + named + ", but --format " + format_ + " is written");
  }
  // Only now, since whether the output is binary is known by its format.
  if (absl::Status status = CheckOutput(path_, IsBinary(format_)); !status.ok()) return status;
  return CheckNoInput(path_, inputs);
}

}  // namespace dolerite::cli
