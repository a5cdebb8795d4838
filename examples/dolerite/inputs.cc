// From arguments to files with labels. A directory gives all regular files below it, sorted, so
// that the same command makes the same block; files that are named are taken as they are.
#include "inputs.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace dolerite::cli {
namespace {

namespace fs = std::filesystem;

absl::Status FileError(const std::string& path, const std::error_code& error) {
  return absl::ErrnoToStatus(error.value(), path);
}

// Links to directories are not followed, so that there is no way around in circles.
absl::StatusOr<std::vector<std::string>> Walk(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator at(directory, error), end;
  for (; !error && at != end; at.increment(error)) {
    std::error_code ignored;  // of a link to nowhere, which is not a regular file
    if (at->is_regular_file(ignored)) files.push_back(at->path().string());
  }
  if (error) return FileError(directory, error);
  // The file system's own order differs between machines.
  std::sort(files.begin(), files.end());
  return files;
}

// The file system is asked for the current directory only: paths stay as the user wrote them.
fs::path Absolute(const std::string& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  return (error ? fs::path(path) : absolute).lexically_normal();
}

// Finds files one argument after the other.
class Finder {
 public:
  Finder(LabelSet labels, std::optional<PathLabels> pattern, std::optional<std::string> root)
      : labels_(std::move(labels)), pattern_(std::move(pattern)), root_(std::move(root)) {}

  absl::Status Add(const std::string& path) {
    std::error_code error;
    // It has no name that a pattern could match.
    if (path == "-") return inputs_.files.push_back({path, labels_}), absl::OkStatus();
    const fs::file_status status = fs::status(path, error);
    // Also pipes and devices, which are read as they are.
    if (!fs::is_directory(status)) return AddNamed(path);  // what is missing fails when it is read
    absl::StatusOr<std::vector<std::string>> files = Walk(path);
    if (!files.ok()) return files.status();
    for (const std::string& file : *files) {
      if (!AddFile(file, root_.value_or(path))) ++inputs_.skipped;
    }
    return absl::OkStatus();
  }

  Inputs Take() && { return std::move(inputs_); }

 private:
  // A file that was named must match: the user meant it.
  absl::Status AddNamed(const std::string& path) {
    if (AddFile(path, root_.value_or("."))) return absl::OkStatus();
    return absl::InvalidArgumentError(path + ": does not match --path-labels");
  }

  bool AddFile(const std::string& path, const std::string& root) {
    // The path's labels win over those of --labels.
    LabelSet labels = labels_;
    if (pattern_) {
      // The pattern sees the path below the root, whatever the current directory is.
      const fs::path relative = Absolute(path).lexically_relative(Absolute(root + "/"));
      const auto captured = pattern_->Match(relative.generic_string());
      if (!captured) return false;
      for (const auto& [name, value] : *captured) labels.Set(name, value);
    }
    inputs_.files.push_back({path, std::move(labels)});
    return true;
  }

  LabelSet labels_;
  std::optional<PathLabels> pattern_;
  std::optional<std::string> root_;
  Inputs inputs_;
};

}  // namespace

// Only what is on the command line is checked here; files are read later, one by one.
absl::StatusOr<Inputs> FindInputs(const InputOptions& options) {
  LabelSet labels;
  if (!options.labels.empty()) {
    absl::StatusOr<LabelSet> parsed = LabelSet::Parse(options.labels);
    if (!parsed.ok()) return parsed.status();
    labels = *std::move(parsed);
    for (const auto& [name, value] : labels.pairs()) {
      if (!value.empty()) continue;
      return absl::InvalidArgumentError("--labels: " + std::string(name) +
                                        " has no value; give one or leave the label out");
    }
  }
  std::optional<PathLabels> pattern;
  if (options.path_labels) {
    absl::StatusOr<PathLabels> parsed = PathLabels::Parse(*options.path_labels);
    if (!parsed.ok()) return parsed.status();
    pattern = *std::move(parsed);
  }
  Finder finder(std::move(labels), std::move(pattern), options.root);
  // In the order of the arguments. A file that is named twice is read twice, and stored once.
  for (const std::string& path : options.paths) {
    if (absl::Status status = finder.Add(path); !status.ok()) return status;
  }
  return std::move(finder).Take();
}

// At most `most` bytes are ever held, and a little more.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t most) {
  const auto too_large = [&](uintmax_t size) {
    return absl::ResourceExhaustedError(path + ": has " + std::to_string(size) +
                                        " bytes or more, but the limit is " + std::to_string(most) +
                                        "; raise it with --limit profile_bytes=SIZE");
  };
  std::error_code error;
  // A file over the limit is refused before it is read.
  if (fs::is_regular_file(path, error)) {
    const uintmax_t size = fs::file_size(path, error);
    if (!error && size > most) return too_large(size);
  }
  const char* const name = path == "-" ? "/dev/stdin" : path.c_str();
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(name, "rb"), std::fclose);
  if (file == nullptr) return absl::ErrnoToStatus(errno, path);
  std::string bytes;
  char buffer[1 << 16];
  while (const size_t got = std::fread(buffer, 1, sizeof buffer, file.get())) {
    bytes.append(buffer, got);
    if (bytes.size() > most) return too_large(bytes.size());  // a pipe has no size
  }
  if (std::ferror(file.get()) != 0) return absl::ErrnoToStatus(errno, path);
  return bytes;
}

}  // namespace dolerite::cli
