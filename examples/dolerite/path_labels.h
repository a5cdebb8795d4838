// Labels from the paths of files.
#ifndef DOLERITE_EXAMPLES_PATH_LABELS_H_
#define DOLERITE_EXAMPLES_PATH_LABELS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace dolerite::cli {

// A pattern such as `{service_name}/{version}/*.{kind}.pb.gz`: `{name}` takes one or more bytes
// of a segment into a label, as few as will do; `*` takes any number of them, as many as will do;
// all else is taken literally. The whole path must match.
class PathLabels {
 public:
  // InvalidArgument for a pattern that is not one.
  static absl::StatusOr<PathLabels> Parse(std::string_view pattern);

  // Names and values.
  using Captures = std::vector<std::pair<std::string, std::string>>;

  // The labels of a path with slashes; nothing if it does not match.
  std::optional<Captures> Match(std::string_view path) const;

 private:
  struct Piece {
    enum class Kind { kLiteral, kAny, kCapture } kind;
    std::string text;  // literal, or name of the label
  };
  bool MatchFrom(size_t piece, std::string_view path, Captures* labels) const;
  bool MatchSpan(size_t piece, size_t size, std::string_view path, Captures* labels) const;
  absl::Status AddCapture(std::string_view name);

  std::vector<Piece> pieces_;
};

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_PATH_LABELS_H_
