#include "dolerite/selection.h"

#include <re2/re2.h>

#include "base/status.h"

namespace dolerite {

namespace {

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == ':' || c == '/' || c == '-';
}

class MatcherParser {
 public:
  explicit MatcherParser(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<LabelMatcher>> Parse() {
    std::vector<LabelMatcher> matchers;
    const bool braces = Take("{");
    while (!Done() && !At("}")) {
      LabelMatcher& m = matchers.emplace_back();
      DOLERITE_RETURN_IF_ERROR(Name(&m.name));
      DOLERITE_RETURN_IF_ERROR(Operator(&m.op));
      DOLERITE_RETURN_IF_ERROR(Value(&m.value));
      if (!Take(",")) break;
    }
    if (braces && !Take("}")) return Wrong("`}` or `,`");
    if (!Done()) return Wrong(braces ? "nothing more" : "`,`");
    return matchers;
  }

 private:
  absl::Status Wrong(std::string_view expected) const {
    return InvalidArgument("selector `", text_, "`: expected ", expected, " at byte ", at_);
  }
  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool Done() {
    SkipSpace();
    return at_ == text_.size();
  }
  bool At(std::string_view token) {
    SkipSpace();
    return text_.substr(at_).starts_with(token);
  }
  bool Take(std::string_view token) {
    if (!At(token)) return false;
    at_ += token.size();
    return true;
  }

  absl::Status Name(std::string* name) {
    SkipSpace();
    while (at_ < text_.size() && IsNameByte(text_[at_])) name->push_back(text_[at_++]);
    return name->empty() ? Wrong("the name of a label") : absl::OkStatus();
  }

  absl::Status Operator(LabelMatcher::Op* op) {
    if (Take("=~")) {
      *op = LabelMatcher::Op::kMatch;
    } else if (Take("!~")) {
      *op = LabelMatcher::Op::kNoMatch;
    } else if (Take("!=")) {
      *op = LabelMatcher::Op::kNotEqual;
    } else if (Take("=")) {
      *op = LabelMatcher::Op::kEqual;
    } else {
      return Wrong("one of = != =~ !~");
    }
    return absl::OkStatus();
  }

  absl::Status Value(std::string* value) {
    if (!Take("\"")) return Wrong("a value in double quotes");
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\') {
        value->push_back(text_[at_]);
        continue;
      }
      ++at_;
      const char escaped = at_ < text_.size() ? text_[at_] : '\0';
      if (escaped == 'n') {
        value->push_back('\n');
      } else if (escaped == 't') {
        value->push_back('\t');
      } else if (escaped == '\\' || escaped == '"') {
        value->push_back(escaped);
      } else {
        return Wrong("one of n t \\ \" behind a backslash");
      }
    }
    return Take("\"") ? absl::OkStatus() : Wrong("a closing quote");
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<LabelMatcher>> ParseMatchers(std::string_view text) {
  return MatcherParser(text).Parse();
}

struct SelectionFilter::State {
  Selection selection;
  std::vector<std::unique_ptr<const re2::RE2>> regexes;  // by matcher; null where there is none

  bool Matches(size_t matcher, std::string_view value) const {
    const LabelMatcher& m = selection.matchers[matcher];
    const re2::RE2* regex = regexes[matcher].get();
    const bool equal = regex == nullptr ? value == m.value
                                        : re2::RE2::FullMatch(
                                              re2::StringPiece(value.data(), value.size()), *regex);
    return equal == (m.op == LabelMatcher::Op::kEqual || m.op == LabelMatcher::Op::kMatch);
  }
};

absl::StatusOr<SelectionFilter> SelectionFilter::Make(const Selection& selection) {
  auto state = std::make_shared<State>();
  state->selection = selection;
  for (const LabelMatcher& m : selection.matchers) {
    std::unique_ptr<const re2::RE2>& regex = state->regexes.emplace_back();
    if (m.op != LabelMatcher::Op::kMatch && m.op != LabelMatcher::Op::kNoMatch) continue;
    regex = std::make_unique<const re2::RE2>(m.value, re2::RE2::Quiet);
    if (!regex->ok()) {
      return InvalidArgument("selector: label ", m.name,
                             ": bad regular expression: ", regex->error());
    }
  }
  SelectionFilter filter;
  filter.state_ = std::move(state);
  return filter;
}

const Selection& SelectionFilter::selection() const { return state_->selection; }

bool SelectionFilter::TakesSeries(std::string_view profile_type, const LabelSet& series) const {
  const Selection& s = state_->selection;
  if (!s.profile_type.empty() && s.profile_type != profile_type) return false;
  for (size_t i = 0; i < s.matchers.size(); ++i) {
    if (!state_->Matches(i, series.Get(s.matchers[i].name).value_or(""))) return false;
  }
  return true;
}

bool SelectionFilter::TakesTimes(int64_t min_nanos, int64_t max_nanos) const {
  const Selection& s = state_->selection;
  // The latest time of all has no end that could be named.
  const bool before_end = min_nanos < s.end_nanos || s.end_nanos == INT64_MAX;
  return before_end && max_nanos >= s.start_nanos;
}

}  // namespace dolerite
