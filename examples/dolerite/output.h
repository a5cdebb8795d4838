// Where data goes, and how numbers look to people.
#ifndef DOLERITE_EXAMPLES_OUTPUT_H_
#define DOLERITE_EXAMPLES_OUTPUT_H_

#include <array>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "dolerite/block_builder.h"
#include "plain.h"

namespace dolerite::cli {

using Json = nlohmann::ordered_json;

// Writes all bytes to `path` ("-": stdout) or leaves what was there: a new file takes the
// name when it is whole.
absl::Status WriteOutput(const std::string& path, std::string_view bytes);
absl::Status WriteOutput(const std::string& path,
                         const std::function<absl::Status(const ByteSink&)>& write);

// Before the work: InvalidArgument if binary data would go to a terminal or `path` is a directory,
// NotFound if its directory is not there.
absl::Status CheckOutput(const std::string& path, bool binary);

// InvalidArgument if the output is one of the files that are read.
absl::Status CheckNoInput(const std::string& path, const std::vector<std::string>& inputs);

// One line; bytes that are not UTF-8 become U+FFFD, and what a terminal obeys is escaped.
std::string JsonLine(const Json& json);

// Rows that are shown unless more are asked for.
inline constexpr size_t kRowsOfTable = 20;

// Rows of cells, columns aligned; numbers to the right where `right` says so.
struct Table {
  std::vector<bool> right;
  std::vector<std::vector<std::string>> rows;

  std::string ToString() const;
};

std::string FormatBytes(uint64_t bytes);
// A value in its unit: `1.5s` for 1500000000 nanoseconds, `2.00KiB` for 2048 bytes.
std::string FormatValue(int64_t value, std::string_view unit);
std::string FormatPercent(double share);
std::string FormatRatio(uint64_t from, uint64_t to);
std::string FormatTime(int64_t nanos);                  // RFC 3339, UTC
std::string Count(uint64_t n, std::string_view thing);  // `1 file`, `2 files`
std::string Hex(std::span<const uint8_t> bytes);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_OUTPUT_H_
