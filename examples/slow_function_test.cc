// A test that fails when a function got slower: profiles of a good run and of a new one go
// into one block, and the two are compared. Here the runs are made up, one that is as
// good as before and one that is not; a harness would profile its own.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/diff_table.h"
#include "dolerite/query.h"
#include "sample_profile.h"

using Runs = std::vector<dolerite::Profile>;

// The functions whose time, with all that they call, grew by more than `tolerance` of what it was
// and by more than a hundredth of the whole run. Culprits come before their callers.
absl::StatusOr<std::vector<dolerite::DiffRow>> SlowerFunctions(const Runs& good, const Runs& now,
                                                               double tolerance) {
  absl::StatusOr<dolerite::BlockBuilder> builder = dolerite::BlockBuilder::Make();
  if (!builder.ok()) return builder.status();
  for (const auto& [name, runs] : {std::pair("good", &good), std::pair("now", &now)}) {
    for (const dolerite::Profile& profile : *runs) {
      absl::Status status = builder->Add({{"kind", "cpu"}, {"run", name}}, profile);
      if (!status.ok()) return status;
    }
  }
  absl::StatusOr<std::string> block = std::move(*builder).Finish();
  if (!block.ok()) return block.status();
  absl::StatusOr<dolerite::BlockReader> reader = dolerite::BlockReader::FromBytes(*block);
  if (!reader.ok()) return reader.status();

  dolerite::DiffQuery query({.base = {.matchers = {{.name = "run", .value = "good"}}},
                             .against = {.matchers = {{.name = "run", .value = "now"}}}});
  if (absl::Status status = query.Add(*reader); !status.ok()) return status;
  absl::StatusOr<dolerite::Tree> tree = std::move(query).Finish();
  if (!tree.ok()) return tree.status();

  // Both sides did the same work, so values are compared, not shares.
  std::vector<dolerite::DiffRow> rows = dolerite::DiffTable(*tree, dolerite::ChangeOf::kValue);
  const int64_t least = tree->columns[0].total[0] / 100;
  std::erase_if(rows, [&](const dolerite::DiffRow& row) {
    const int64_t grown = row.against_cum - row.base_cum;
    return grown <= least ||
           static_cast<double>(grown) <= tolerance * static_cast<double>(row.base_cum);
  });
  return rows;
}

// Three runs of a program; each a little different, as real ones are.
Runs Run(int64_t parse_millis) {
  Runs runs;
  for (int64_t i = 0; i < 3; ++i) {
    const int64_t wobble = (i - 1) * 2'000'000;
    runs.push_back(
        examples::MakeProfile({{{"main", "load", "parse"}, parse_millis * 1'000'000 + wobble},
                               {{"main", "load"}, 50'000'000},
                               {{"main", "solve"}, 700'000'000 - wobble}},
                              i * 1'000'000'000));
  }
  return runs;
}

// Whether the comparison says what it should: `expected` first, or nothing if "".
bool Check(const char* what, const Runs& good, const Runs& now, const std::string& expected) {
  const auto slower = SlowerFunctions(good, now, /*tolerance=*/0.1);
  if (!slower.ok()) {
    std::printf("%s: %s\n", what, slower.status().ToString().c_str());
    return false;
  }
  std::printf("%s: %s\n", what, slower->empty() ? "no function got slower" : "got slower:");
  for (const dolerite::DiffRow& row : *slower) {
    std::printf("  %-8s %4lld ms -> %4lld ms\n", row.name.c_str(),
                static_cast<long long>(row.base_cum / 1'000'000),
                static_cast<long long>(row.against_cum / 1'000'000));
  }
  return expected.empty() ? slower->empty() : !slower->empty() && slower->front().name == expected;
}

int main() {
  const Runs good = Run(/*parse_millis=*/200);
  const bool pass = Check("same code", good, Run(203), "");
  const bool fail = Check("slower parser", good, Run(290), "parse");
  return pass && fail ? 0 : 1;
}
