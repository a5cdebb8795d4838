// Rows of the one table that run.sh prints, and the end of a benchmark whose results are wrong.
#ifndef DOLERITE_BENCH_SUPPORT_TABLE_H_
#define DOLERITE_BENCH_SUPPORT_TABLE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dolerite::bench {

struct Row {
  std::string what, ours;
  std::string rival = "-";  // a rival's figure, or a limit's
  std::string ratio = "-";
  std::string goal = "-";  // what the design wants to reach
};

void Title(const std::string& question);
void Print(const Row& row);

// As printf.
__attribute__((format(printf, 1, 2))) std::string Text(const char* format, ...);
std::string Count(double n);       // 12,345 with a unit: "1.23 M"
std::string Bytes(double bytes);   // "12,345 B"
std::string Time(double seconds);  // "1.23 ms"
std::string Times(double ratio);   // "12.3x"

// Ends the program: what was to be timed is wrong.
void Require(bool law, const std::string& what);
void Must(const absl::Status& status);

template <class T>
T Must(absl::StatusOr<T> value) {
  Must(value.status());
  return *std::move(value);
}

}  // namespace dolerite::bench

#endif  // DOLERITE_BENCH_SUPPORT_TABLE_H_
