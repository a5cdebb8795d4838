// The fields of ReadLimits by their names, which error messages give too: whoever meets a limit can
// raise it.
#include "limit_flags.h"

#include <charconv>

#include "cli.h"

namespace dolerite::cli {
namespace {

struct Limit {
  const char* name;
  size_t ReadLimits::*field;
};

// By hand, since names are what users type: a limit that is new must be added here too.
constexpr Limit kLimits[] = {
    {"profile_bytes", &ReadLimits::profile_bytes},
    {"compression_ratio", &ReadLimits::compression_ratio},
    {"gzip_members", &ReadLimits::gzip_members},
    {"samples", &ReadLimits::samples},
    {"locations", &ReadLimits::locations},
    {"functions", &ReadLimits::functions},
    {"mappings", &ReadLimits::mappings},
    {"strings", &ReadLimits::strings},
    {"string_bytes", &ReadLimits::string_bytes},
    {"sample_types", &ReadLimits::sample_types},
    {"stack_depth", &ReadLimits::stack_depth},
    {"lines_per_location", &ReadLimits::lines_per_location},
    {"stack_entries", &ReadLimits::stack_entries},
    {"labels_per_sample", &ReadLimits::labels_per_sample},
    {"comments", &ReadLimits::comments},
    {"unknown_field_bytes", &ReadLimits::unknown_field_bytes},
    {"depth", &ReadLimits::depth},
    {"memory_per_byte", &ReadLimits::memory_per_byte},
    {"memory_bytes", &ReadLimits::memory_bytes},
};

std::string Names() {
  std::string out;
  for (const Limit& limit : kLimits) out += (out.empty() ? "" : ", ") + std::string(limit.name);
  return out;
}

const Limit* LimitNamed(std::string_view name) {
  for (const Limit& limit : kLimits) {
    if (limit.name == name) return &limit;
  }
  return nullptr;
}

// A whole number, or one of KiB, MiB or GiB. Digits only: the number is unsigned, so a sign is an
// error.
bool ParseSize(std::string_view text, size_t* size) {
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), *size);
  if (error != std::errc()) return false;
  const std::string_view unit(stopped, static_cast<size_t>(text.data() + text.size() - stopped));
  // Any other unit falls to the last case and is refused there.
  const int shift = unit.empty() ? 0 : unit == "KiB" ? 10 : unit == "MiB" ? 20 : 30;
  if (shift == 30 && unit != "GiB") return false;
  // Refused rather than cut: the shift must lose no bits.
  if (*size > SIZE_MAX >> shift) return false;
  *size <<= shift;
  return true;
}

}  // namespace

void AddLimitFlag(CLI::App* command, std::vector<std::string>* limits) {
  // One value a flag, so that files behind it are not taken for limits.
  command
      ->add_option("--limit", *limits,
                   "Raises or lowers what is taken of a file, as stack_depth=20000 or "
                   "profile_bytes=64MiB. Limits: " +
                       Names())
      ->allow_extra_args(false)
      ->option_text("NAME=VALUE");
}

// In order: of a limit that is given twice the last counts.
absl::Status SetLimits(const std::vector<std::string>& texts, ReadLimits* limits) {
  for (const std::string& text : texts) {
    // The whole text if there is no `=`; then it is no limit's name or has no value.
    const size_t equals = std::min(text.find('='), text.size());
    const Limit* limit = LimitNamed(std::string_view(text).substr(0, equals));
    if (limit == nullptr || equals == text.size()) {
      return absl::InvalidArgumentError("--limit: expected NAME=VALUE with one of " + Names() +
                                        ", found '" + text + "'");
    }
    if (!ParseSize(std::string_view(text).substr(equals + 1), &(limits->*limit->field))) {
      return absl::InvalidArgumentError(
          "--limit " + text + ": expected a whole number, which KiB, MiB or GiB may follow");
    }
  }
  return absl::OkStatus();
}

}  // namespace dolerite::cli
