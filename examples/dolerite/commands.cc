// The commands by name.
#include <algorithm>
#include <numeric>

#include "cli.h"

namespace dolerite::cli {
namespace {

struct Command {
  std::string_view name;
  AddFunction add;
};

// In the order of the help. `profiles` is the second name of `ls`, which adds both.
constexpr Command kCommands[] = {
    {"build", AddBuild},     {"top", AddTop},           {"flame", AddFlame},
    {"diff", AddDiff},       {"series", AddSeries},     {"heatmap", AddHeatmap},
    {"callers", AddCallers}, {"callees", AddCallees},   {"labels", AddLabels},
    {"ls", AddLs},           {"get", AddGet},           {"pgo", AddPgo},
    {"ask", AddAsk},         {"info", AddInfo},         {"verify", AddVerify},
    {"dump", AddDump},       {"import", AddImport},     {"compact", AddCompact},
    {"gc", AddGc},           {"maintain", AddMaintain}, {"delete", AddDelete},
    {"expire", AddExpire},   {"stats", AddStats},
};
constexpr std::string_view kAliasOfLs = "profiles";

// The least number of characters to insert, delete or replace to make one word of the other.
size_t EditDistance(std::string_view a, std::string_view b) {
  // row[j]: the distance of the part of `a` that was read to the first j characters of `b`.
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    // The diagonal is what the row's next place held before it was replaced.
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

AddFunction FindCommand(std::string_view name) {
  if (name == kAliasOfLs) return AddLs;
  for (const Command& command : kCommands) {
    if (command.name == name) return command.add;
  }
  return nullptr;
}

// Only commands that are spelled nearly so: a wrong guess is worse than none.
std::string NearestCommand(std::string_view name) {
  std::string_view nearest;
  size_t least = name.size() / 3 + 2;  // further away is another word
  for (const Command& command : kCommands) {
    // Cut, so that an argument of any length costs little.
    const size_t distance = EditDistance(name.substr(0, 32), command.name);
    if (distance < least) least = distance, nearest = command.name;
  }
  return std::string(nearest);
}

void AddAllCommands(CLI::App* app, int* exit_code) {
  for (const Command& command : kCommands) command.add(app, exit_code);
}

}  // namespace dolerite::cli
