// A pattern is a list of pieces: literal text, `*`, and captures. Two wildcards never follow each
// other, so a path matches in few ways.
#include "path_labels.h"

#include <algorithm>

namespace dolerite::cli {
namespace {

absl::Status BadPattern(std::string_view why) {
  return absl::InvalidArgumentError("--path-labels: " + std::string(why));
}

absl::Status BadCapture(std::string_view name, std::string_view why) {
  std::string text = "{";
  text.append(name).append("} ").append(why);
  return BadPattern(text);
}

}  // namespace

absl::Status PathLabels::AddCapture(std::string_view name) {
  if (name.empty()) return BadCapture(name, "has no name");
  // Between two wildcards the end of the first would be a guess.
  if (!pieces_.empty() && pieces_.back().kind != Piece::Kind::kLiteral) {
    return BadCapture(name, "follows another wildcard at once");
  }
  // A name that is there twice could capture two values.
  for (const Piece& piece : pieces_) {
    if (piece.kind == Piece::Kind::kCapture && piece.text == name) {
      return BadCapture(name, "is given twice");
    }
  }
  pieces_.push_back({Piece::Kind::kCapture, std::string(name)});
  return absl::OkStatus();
}

// A literal is as long as it can be; `{` opens a capture up to `}`, never across a slash.
absl::StatusOr<PathLabels> PathLabels::Parse(std::string_view pattern) {
  PathLabels labels;
  std::vector<Piece>& pieces = labels.pieces_;
  while (!pattern.empty()) {
    size_t taken = std::min(pattern.find_first_of("{}*"), pattern.size());
    if (taken > 0) {
      pieces.push_back({Piece::Kind::kLiteral, std::string(pattern.substr(0, taken))});
    } else if (pattern[0] == '*') {
      if (!pieces.empty() && pieces.back().kind != Piece::Kind::kLiteral) {
        return BadPattern("* follows another wildcard at once");
      }
      pieces.push_back({Piece::Kind::kAny, ""});
      taken = 1;
    } else {
      const size_t end = pattern.find_first_of("{}/", 1);
      if (pattern[0] == '}' || end == std::string_view::npos || pattern[end] != '}') {
        return BadPattern("a brace without its partner");
      }
      if (absl::Status status = labels.AddCapture(pattern.substr(1, end - 1)); !status.ok()) {
        return status;
      }
      taken = end + 1;
    }
    pattern.remove_prefix(taken);
  }
  return labels;
}

// Whether the wildcard at `piece` may take the first `size` bytes.
// Labels that were captured on the way are taken back if the rest does not match.
bool PathLabels::MatchSpan(size_t piece, size_t size, std::string_view path,
                           Captures* labels) const {
  const bool capture = pieces_[piece].kind == Piece::Kind::kCapture;
  if (capture) labels->emplace_back(pieces_[piece].text, std::string(path.substr(0, size)));
  if (MatchFrom(piece + 1, path.substr(size), labels)) return true;
  if (capture) labels->pop_back();
  return false;
}

// Tries the pieces from the left, and goes back where the rest does not match. A capture takes at
// least one byte and as few as it can, `*` as many; neither takes a slash.
bool PathLabels::MatchFrom(size_t piece, std::string_view path, Captures* labels) const {
  // All pieces are used up: a match must cover the whole path.
  if (piece == pieces_.size()) return path.empty();
  const Piece& p = pieces_[piece];
  if (p.kind == Piece::Kind::kLiteral) {
    return path.substr(0, p.text.size()) == p.text &&
           MatchFrom(piece + 1, path.substr(p.text.size()), labels);
  }
  // A slash always ends a wildcard.
  const size_t longest = std::min(path.find('/'), path.size());
  if (p.kind == Piece::Kind::kCapture) {
    // The shortest first: in `{a}-{b}` the first dash parts them.
    for (size_t size = 1; size <= longest; ++size) {
      if (MatchSpan(piece, size, path, labels)) return true;
    }
    return false;
  }
  // May take nothing.
  for (size_t size = longest + 1; size-- > 0;) {
    if (MatchSpan(piece, size, path, labels)) return true;
  }
  return false;
}

// Empty if the path does not match; a match may have captured nothing.
std::optional<PathLabels::Captures> PathLabels::Match(std::string_view path) const {
  Captures labels;
  if (!MatchFrom(0, path, &labels)) return std::nullopt;
  return labels;
}

}  // namespace dolerite::cli
