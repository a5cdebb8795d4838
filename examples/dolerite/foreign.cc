// Files that people try to import and that are neither pprof nor OTLP. By their first bytes only,
// and only for the message: nothing is read by it.
#include "foreign.h"

#include <algorithm>
#include <cctype>

namespace dolerite::cli {
namespace {

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
    // In two pieces, for `E` would be a digit of the escape.
    {"\x7f"
     "ELF",
     "a program, not a profile"},
    {"<!DOCTYPE", "an HTML page: maybe an error page that was saved"},
    {"<html", "an HTML page: maybe an error page that was saved"},
};

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
// A text of one frame a line might be anything.
bool IsFolded(std::string_view text) {
  bool has_frames = false;
  size_t lines = 0;
  // A few lines tell, of files of any size.
  for (; !text.empty() && lines < kLinesLookedAt; ++lines) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!IsFoldedLine(line)) return false;
    has_frames |= line.find(';') != std::string_view::npos;
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return has_frames;
}

}  // namespace

std::string NameOfForeign(std::string_view bytes) {
  for (const Magic& magic : kMagics) {
    if (bytes.starts_with(magic.bytes)) return std::string(magic.name);
  }
  if (IsFolded(bytes)) return "folded stacks (text): convert them to pprof first";
  return "";
}

}  // namespace dolerite::cli
