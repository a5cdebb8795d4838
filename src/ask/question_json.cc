// A question's text is read twice: once for its kind, which may stand anywhere in it, and once with
// the members of that kind. Both passes and the printer are written once for all kinds.
#include "dolerite/question_json.h"

#include <cctype>
#include <utility>

#include "ask/question_members.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "base/utf8.h"

namespace dolerite {
namespace ask {
namespace {

constexpr size_t kMostBytes = size_t{16} << 20;
constexpr std::string_view kKindKey = "question";

// `GroupedTrees` is called grouped_trees.
std::string KindName(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && !out.empty()) out += '_';
    out += capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

// The name of a kind, by a pointer of its type.
#define DOLERITE_KIND_NAME(name, number) \
  std::string NameOf(const name##Question*) { return KindName(#name); }
DOLERITE_QUESTIONS(DOLERITE_KIND_NAME)
#undef DOLERITE_KIND_NAME

// For messages: all kinds, in the order of questions.h.
std::vector<std::string> KindNames() {
  std::vector<std::string> names;
#define DOLERITE_KIND_NAME(name, number) names.push_back(KindName(#name));
  DOLERITE_QUESTIONS(DOLERITE_KIND_NAME)
#undef DOLERITE_KIND_NAME
  return names;
}

}  // namespace

// Question and Finish are one object: their members have different names.
template <class Visit, class Question>
void Members(Visit& visit, Asked<Question>& asked) {
  const std::string kind = NameOf(&asked.question);
  visit(kKindKey, AsConstant{kind});
  Members(visit, asked.question);
  Members(visit, asked.finish);
  visit("answer", asked.answer);
}

namespace {

// The kind that a text names. All else in it is skipped, so it is valid JSON at least.
bool ReadKind(JsonReader& in, std::string* kind) {
  bool found = false;
  const bool ok = in.Object([&](std::string_view key) {
    if (key != kKindKey) return in.Skip();
    found = true;
    return in.Under(".question", [&] { return in.Text(kind); });
  });
  if (!ok || !in.End()) return false;
  const std::vector<std::string> names = KindNames();
  const std::vector<std::string_view> views(names.begin(), names.end());
  // A kind that is missing or misspelt is the commonest mistake: the message names what there is.
  if (!found) return in.Fail("the key \"question\" is missing: one of ", JoinOr(views));
  for (const std::string_view name : views) {
    if (name == *kind) return true;
  }
  return in.Under(".question", [&] {
    const std::string_view nearest = Nearest(*kind, views);
    if (nearest.empty()) {
      return in.Fail("unknown question ", Quoted(*kind), "; expected ", JoinOr(views));
    }
    return in.Fail("unknown question ", Quoted(*kind), "; did you mean \"", nearest, "\"?");
  });
}

absl::StatusOr<AnyQuestion> Parse(std::string_view json) {
  // The size and UTF-8 first, so that the readers below need not care.
  DOLERITE_RETURN_IF_ERROR(CheckLimit("question: bytes", json.size(), kMostBytes));
  if (!IsUtf8(json)) return InvalidArgument("question: the text is not UTF-8");
  // Two readers of one text: the first finds the kind, the second reads all of it.
  std::string kind;
  JsonReader first(json, kKindKey), in(json, kKindKey);
  if (!ReadKind(first, &kind)) return first.status();
#define DOLERITE_PARSE(name, number)          \
  if (kind == KindName(#name)) {              \
    Asked<name##Question> asked;              \
    if (!Read(in, asked)) return in.status(); \
    return AnyQuestion(std::move(asked));     \
  }
  DOLERITE_QUESTIONS(DOLERITE_PARSE)
#undef DOLERITE_PARSE
  return Internal("question: its kind was just found");
}

absl::StatusOr<std::string> PrintAny(const AnyQuestion& question) {
  // The kind comes first, so that people see at once what is asked.
  JsonPrinter out;
  std::visit(
      [&]<class Question>(const Asked<Question>& asked) {
        PrintObject(out, asked, Concat("\"question\":\"", NameOf(&asked.question), '"'));
      },
      question);
  if (!out.status.ok()) return out.status;
  return std::move(out.out);
}

}  // namespace
}  // namespace ask

absl::StatusOr<AnyQuestion> ParseQuestion(std::string_view json) {
  return WithinMemory([&] { return ask::Parse(json); });
}

absl::StatusOr<std::string> PrintQuestion(const AnyQuestion& question) {
  return WithinMemory([&] { return ask::PrintAny(question); });
}

absl::Status SetFormat(std::string_view format, AnyQuestion* question) {
  const auto set = [&](auto& asked) -> absl::Status {
    using Format = decltype(asked.answer.format);
    // Each kind has formats of its own.
    const ask::Names names = ask::NamesOf(Format());
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] != format) continue;
      asked.answer.format = static_cast<Format>(i);
      return absl::OkStatus();
    }
    return InvalidArgument("answer format: expected ", ask::JoinOr({names.begin(), names.end()}),
                           ", found ", ask::Quoted(format));
  };
  return WithinMemory([&] { return std::visit(set, *question); });
}

}  // namespace dolerite
