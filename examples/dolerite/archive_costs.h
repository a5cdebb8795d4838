// What an archive costs on a store that takes money for requests, as S3 does.
#ifndef DOLERITE_EXAMPLES_ARCHIVE_COSTS_H_
#define DOLERITE_EXAMPLES_ARCHIVE_COSTS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "dolerite/query.h"

namespace dolerite::cli {

// Dollars; defaults are those of S3 in us-east-1. Deletions are free there.
struct Prices {
  double put_million = 5;      // creates and lists
  double get_million = 0.4;    // reads
  double gb_month = 0.023;     // of what is kept
  double segments_day = 8640;  // that writers append: one each 10 seconds
  double queries_day = 1000;

  void AddTo(CLI::App* command);
};

struct Requests {
  double creates = 0, lists = 0, reads = 0;

  double all() const { return creates + lists + reads; }
  double Dollars(const Prices& prices) const;
};

// Of 30 days at the rates of `prices`, with one compactor and one collector at their defaults.
struct MonthCost {
  Requests append, compact, collect, query;
  double storage_dollars = 0;

  double Dollars(const Prices& prices) const;
};

// What one question takes. It is asked, on a snapshot of its own, and its requests are counted.
struct QuestionCost {
  Requests requests;
  uint64_t bytes = 0;  // read
};
absl::StatusOr<QuestionCost> MeasureQuestion(const std::string& archive,
                                             const TreeQuestion& question);

MonthCost EstimateMonth(const Requests& question, uint64_t bytes_kept, const Prices& prices);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_ARCHIVE_COSTS_H_
