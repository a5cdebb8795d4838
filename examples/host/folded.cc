#include "folded.h"

#include <charconv>
#include <unordered_map>

#include "absl/strings/str_cat.h"

namespace dolerite::host {
namespace {

constexpr size_t kMostFrames = 8192;

// One profile in the making; each name is one location.
class Folder {
 public:
  explicit Folder(const FoldedOptions& options) : options_(options) {
    Symbols& symbols = profile_.symbols;
    profile_.sample_types = {
        {symbols.strings.Add(options.type), symbols.strings.Add(options.unit)}};
    profile_.period_type = profile_.sample_types[0];
    profile_.period = options.factor;
  }

  absl::Status AddLine(std::string_view line) {
    int64_t value = 1;
    if (!options_.lines) {
      const size_t space = line.rfind(' ');
      if (space == std::string_view::npos) return absl::InvalidArgumentError("no value");
      const char* end = line.data() + line.size();
      const auto parsed = std::from_chars(line.data() + space + 1, end, value);
      if (parsed.ec != std::errc() || parsed.ptr != end || value < 0) {
        return absl::InvalidArgumentError("expected a stack, a space and a count");
      }
      line = line.substr(0, space);
    }
    if (__builtin_mul_overflow(value, options_.factor, &value)) {
      return absl::InvalidArgumentError("the count is too large");
    }
    return AddStack(line, value);
  }

  absl::StatusOr<Profile> Finish() {
    if (profile_.samples.size() == 0) return absl::InvalidArgumentError("no stacks");
    return std::move(profile_);
  }

 private:
  // Names from the leaf to the root, as a profile lists them.
  absl::Status AddStack(std::string_view names, int64_t value) {
    size_t frames = 0;
    for (;;) {
      const size_t semicolon = names.rfind(';');
      const size_t begin = semicolon == std::string_view::npos ? 0 : semicolon + 1;
      if (++frames > kMostFrames) return absl::InvalidArgumentError("more than 8,192 frames");
      profile_.stacks.items.push_back(LocationOf(names.substr(begin)));
      if (begin == 0) break;
      names = names.substr(0, semicolon);
    }
    profile_.stacks.Close();
    profile_.samples.stack.push_back({static_cast<uint32_t>(profile_.stacks.size() - 1)});
    profile_.samples.attributes.push_back({});
    profile_.samples.values.push_back(value);
    return absl::OkStatus();
  }

  LocationId LocationOf(std::string_view name) {
    const auto [at, added] = locations_.emplace(std::string(name), LocationId());
    if (added) {
      Symbols& symbols = profile_.symbols;
      const FunctionId function = symbols.AddFunction(symbols.strings.Add(name), {}, {}, 0);
      symbols.locations.lines.items.push_back({function, 0});
      at->second = symbols.AddLocation({}, 0);
    }
    return at->second;
  }

  const FoldedOptions& options_;
  Profile profile_;
  std::unordered_map<std::string, LocationId> locations_;
};

}  // namespace

absl::StatusOr<Profile> ReadFolded(std::string_view text, const FoldedOptions& options) {
  Folder folder(options);
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (absl::Status added = folder.AddLine(line); !added.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("folded text, line ", number, ": ", added.message()));
    }
  }
  return folder.Finish();
}

}  // namespace dolerite::host
