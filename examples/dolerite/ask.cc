// `dolerite ask`: a question that is JSON.
#include <memory>

#include "cli.h"
#include "diff_sides.h"
#include "dolerite/question_json.h"
#include "inputs.h"
#include "output.h"
#include "query_flags.h"

namespace dolerite::cli {
namespace {

constexpr const char* kAskExamples =
    "Examples:\n"
    "  dolerite ask question.json day.block\n"
    "  dolerite top --profile-type cpu -n 5 --print-question | dolerite ask - day.block\n"
    "  echo '{\"question\":\"catalog\",\"answer\":{\"view\":\"types\"}}' | dolerite ask - "
    "day.block\n"
    "  dolerite ask --format html -o cpu.html question.json profiles.archive\n"
    "\n"
    "--print-question of the other commands prints what their flags mean. Here it prints the\n"
    "question in its canonical form.";

constexpr size_t kMostBytes = size_t{16} << 20;

struct AskOptions {
  std::string question, format, output = "-";
  QueryFlags query;
};

absl::StatusOr<AnyQuestion> ReadQuestion(const AskOptions& options) {
  absl::StatusOr<std::string> text = ReadFile(options.question, kMostBytes);
  if (!text.ok()) return text.status();
  absl::StatusOr<AnyQuestion> question = ParseQuestion(*text);
  if (!question.ok()) return In(options.question, question.status());
  if (!options.format.empty()) {
    const absl::Status status = SetFormat(options.format, &*question);
    if (!status.ok()) return In("--format", status);
  }
  return question;
}

constexpr std::string_view kNoAnswer = "the answer is empty";

// Profiles of a list name their block by its key: people know its path.
int AskList(const Asked<ListQuestion>& asked, const AskOptions& options) {
  return AskBlocks(asked, options.query, [&](ListQuery query, const auto& made) {
    absl::StatusOr<std::vector<ListedProfile>> list = std::move(query).Finish(made.finish);
    if (!list.ok()) return Fail(list.status());
    for (ListedProfile& profile : *list) {
      profile.block = std::make_shared<const std::string>(WithPaths(*profile.block));
    }
    return WriteReply(WrittenAnswer{ListJson(*list), list->empty()}, options.output, kNoAnswer);
  });
}

// A side without a total can't be scaled: say which one selects nothing, as `diff` does.
int AskDiff(const Asked<DiffQuestion>& asked, const AskOptions& options) {
  return AskBlocks(asked, options.query, [&](DiffQuery query, const auto& made) {
    const absl::StatusOr<WrittenAnswer> answer =
        WriteAnswer(std::move(query), made.finish, made.answer);
    if (absl::IsFailedPrecondition(answer.status())) {
      const int code = CheckSides(made.question, "base", "against", options.query);
      if (code != kOk) return code;
    }
    return WriteReply(answer, options.output, kNoAnswer);
  });
}

int Run(const AskOptions& options) {
  absl::StatusOr<AnyQuestion> question = ReadQuestion(options);
  if (!question.ok()) return Fail(question.status());
  const auto* const profile = std::get_if<Asked<ProfileQuestion>>(&*question);
  const bool binary =
      profile != nullptr && profile->answer.format != FormOf<ProfileQuestion>::Format::kJson;
  if (!options.query.print_question) {
    absl::Status checked = CheckOutput(options.output, binary);
    if (checked.ok()) checked = CheckNoInput(options.output, options.query.blocks);
    if (!checked.ok()) return Fail(checked);
  }
  return std::visit(
      [&]<class Question>(const Asked<Question>& asked) {
        if constexpr (std::is_same_v<Question, ListQuestion>) return AskList(asked, options);
        if constexpr (std::is_same_v<Question, DiffQuestion>) return AskDiff(asked, options);
        return AskAndWrite(asked, options.query, options.output, kNoAnswer);
      },
      *question);
}

}  // namespace

void AddAsk(CLI::App* app, int* exit_code) {
  auto options = std::make_shared<AskOptions>();
  CLI::App* command = AddCommand(app, "ask", "Asks a question that is JSON.", kAskExamples);
  command->add_option("QUESTION", options->question, "File with the question; - for stdin")
      ->required()
      ->option_text(" ");
  command->add_option("--format", options->format,
                      "Instead of the question's: json, table, folded, html, svg, pprof ..");
  command->add_option("-o,--output", options->output, "File to write; else, and for -, stdout");
  options->query.AddTo(command);
  OnRun(command, exit_code, [options] { return Run(*options); });
}

}  // namespace dolerite::cli
