#include "foreign.h"

#include <algorithm>
#include <cctype>

namespace dolerite::cli {
namespace {

// Keys are looked for in so many bytes: the tools below write theirs early.
constexpr size_t kLookedAt = size_t{1} << 20;
constexpr size_t kLinesLookedAt = 20;

struct Magic {
  std::string_view bytes, name;
};

constexpr Magic kMagics[] = {
    {"DOLERITE", "a Dolerite block: ask it as it is, or take its profiles out with `get`"},
    {std::string_view("FLR\0", 4), "a JFR recording: convert it to pprof first"},
    {"PERFILE2", "a perf.data file: convert it to pprof first, as with perf_data_converter"},
    {"heap_v2/", "a heap profile of jemalloc as text: convert it with `jeprof --raw` and pprof"},
    {"heap profile:", "a heap profile of tcmalloc as text: convert it with `pprof -proto`"},
    {"goroutine profile:", "a Go profile as text (debug=1): fetch it without debug"},
    {"--- ", "a legacy profile of pprof as text: convert it with `pprof -proto`"},
    {"\x7f"
     "ELF",
     "a program, not a profile"},
    {"<!DOCTYPE", "an HTML page: maybe an error page that was saved"},
    {"<html", "an HTML page: maybe an error page that was saved"},
};

// By keys that a JSON file must have; the first line that fits counts.
struct JsonKind {
  std::string_view key, other_key, name;
};

constexpr JsonKind kJsonKinds[] = {
    {"resource_profiles", "",
     "OTLP with names in snake_case, where OTLP/JSON has resourceProfiles"},
    {"resourceSpans", "", "OTLP traces, not profiles"},
    {"resourceMetrics", "", "OTLP metrics, not profiles"},
    {"resourceLogs", "", "OTLP logs, not profiles"},
    {"traceEvents", "", "a Chrome trace"},
    {"$schema", "shared", "a speedscope file"},
    {"nodes", "timeDeltas", "a Chrome CPU profile (.cpuprofile)"},
    {"nodes", "startTime", "a Chrome CPU profile (.cpuprofile)"},
    {"head", "selfSize", "a Chrome sampling heap profile (.heapprofile)"},
    {"meta", "threads", "a Firefox profile"},
    {"nodes", "names", "a tree that `flame --format json` wrote"},
    {"flamebearer", "", "a Pyroscope flamebearer"},
};

// Past a byte order mark and white space.
std::string_view TextOf(std::string_view bytes) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  const size_t begin = bytes.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? "" : bytes.substr(begin);
}

bool HasKey(std::string_view json, std::string_view key) {
  return key.empty() || json.find("\"" + std::string(key) + "\"") != std::string_view::npos;
}

bool IsJson(std::string_view text) { return !text.empty() && (text[0] == '{' || text[0] == '['); }

std::string NameOfJson(std::string_view text) {
  for (const JsonKind& kind : kJsonKinds) {
    if (HasKey(text, kind.key) && HasKey(text, kind.other_key)) return std::string(kind.name);
  }
  return "";
}

// `a;b;c 12`: text, then a space and a whole number.
bool IsFoldedLine(std::string_view line) {
  const size_t space = line.rfind(' ');
  if (space == std::string_view::npos || space == 0 || space + 1 == line.size()) return false;
  const std::string_view number = line.substr(space + 1);
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const auto is_control = [](unsigned char c) { return c < 0x20 && c != '\t'; };
  return std::all_of(number.begin(), number.end(), is_digit) &&
         std::none_of(line.begin(), line.end(), is_control);
}

// Some lines of stacks, of which at least one has two frames.
bool IsFolded(std::string_view text) {
  bool has_frames = false;
  size_t lines = 0;
  for (; !text.empty() && lines < kLinesLookedAt; ++lines) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!IsFoldedLine(line)) return false;
    has_frames |= line.find(';') != std::string_view::npos;
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return has_frames;
}

}  // namespace

std::string NameOfForeign(std::string_view bytes) {
  for (const Magic& magic : kMagics) {
    if (bytes.starts_with(magic.bytes)) return std::string(magic.name);
  }
  const std::string_view text = TextOf(bytes).substr(0, kLookedAt);
  if (IsJson(text)) return NameOfJson(text);
  if (IsFolded(text)) return "folded stacks (text): convert them to pprof first";
  return "";
}

bool IsForeignJson(std::string_view bytes) {
  const std::string_view text = TextOf(bytes);
  return IsJson(text) && !HasKey(text, "resourceProfiles");
}

}  // namespace dolerite::cli
