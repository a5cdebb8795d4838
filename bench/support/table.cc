#include "support/table.h"

#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace dolerite::bench {

void Title(const std::string& question) { std::printf("# %s\n", question.c_str()); }

void Print(const Row& row) {
  std::printf("%s\t%s\t%s\t%s\t%s\n", row.what.c_str(), row.ours.c_str(), row.rival.c_str(),
              row.ratio.c_str(), row.goal.c_str());
  std::fflush(stdout);
}

std::string Text(const char* format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  return text;
}

std::string Count(double n) {
  if (n >= 1e9) return Text("%.3g G", n / 1e9);
  if (n >= 1e6) return Text("%.3g M", n / 1e6);
  if (n >= 1e4) return Text("%.3g k", n / 1e3);
  return Text("%.4g", n);
}

std::string Bytes(double bytes) {
  std::string digits = Text("%.0f", bytes);
  for (ptrdiff_t i = std::ssize(digits) - 3; i > 0; i -= 3) digits.insert(i, ",");
  return digits + " B";
}

std::string Time(double seconds) {
  if (seconds < 1e-3) return Text("%.1f us", seconds * 1e6);
  if (seconds < 1) return Text("%.2f ms", seconds * 1e3);
  return Text("%.2f s", seconds);
}

std::string Times(double ratio) { return Text(ratio < 10 ? "%.2fx" : "%.1fx", ratio); }

void Require(bool law, const std::string& what) {
  if (law) return;
  std::fprintf(stderr, "WRONG RESULT: %s\n", what.c_str());
  std::exit(1);
}

void Must(const absl::Status& status) { Require(status.ok(), status.ToString()); }

}  // namespace dolerite::bench
