// Regular expressions of selections.
#ifndef DOLERITE_QUERY_SELECT_REGEX_H_
#define DOLERITE_QUERY_SELECT_REGEX_H_

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/status.h"

namespace dolerite {

// A compiled RE2, shared by copies, or none. Safe from many threads.
class Regex {
 public:
  // InvalidArgument, which begins with `place`, for what RE2 refuses or finds too large.
  static absl::StatusOr<Regex> Make(std::string_view pattern, std::string_view place) {
    Regex regex;
    regex.re2_ = std::make_shared<const re2::RE2>(Piece(pattern), re2::RE2::Quiet);
    if (regex.re2_->ok()) return regex;
    return InvalidArgument(place, ": bad regular expression: ", regex.re2_->error());
  }
  // The same, but none for "".
  static absl::StatusOr<Regex> MakeUnlessEmpty(std::string_view pattern, std::string_view place) {
    if (pattern.empty()) return Regex();
    return Make(pattern, place);
  }

  explicit operator bool() const { return re2_ != nullptr; }
  bool FoundIn(std::string_view text) const { return re2::RE2::PartialMatch(Piece(text), *re2_); }
  bool MatchesAllOf(std::string_view text) const { return re2::RE2::FullMatch(Piece(text), *re2_); }

 private:
  static re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

  std::shared_ptr<const re2::RE2> re2_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SELECT_REGEX_H_
