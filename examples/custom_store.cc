// A host's own store: checked against the contract, then a block is written to it and a question
// answered from there.
#include "custom_store.h"

#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/query.h"
#include "dolerite/store_conformance.h"
#include "dolerite/top.h"
#include "sample_profile.h"

absl::StatusOr<std::string> MakeBlock() {
  absl::StatusOr<dolerite::BlockBuilder> builder = dolerite::BlockBuilder::Make();
  if (!builder.ok()) return builder.status();
  for (int64_t second = 0; second < 60; ++second) {
    absl::Status status =
        builder->Add({{"service_name", "checkout"}, {"kind", "cpu"}},
                     examples::MakeProfile({{{"main", "serve", "parse"}, 300'000'000},
                                            {{"main", "serve", "render"}, 500'000'000 + second}},
                                           second * 1'000'000'000));
    if (!status.ok()) return status;
  }
  return std::move(*builder).Finish();
}

// All threads at the same time, for the clauses on races.
void RunParallel(int n, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

bool KeepsTheContract(dolerite::ObjectStore* store) {
  const auto failures = dolerite::CheckStoreConformance(store, {.run_parallel = RunParallel});
  for (const dolerite::ConformanceFailure& failure : failures) {
    std::printf("broken: %s: %s\n", failure.clause.c_str(), failure.detail.c_str());
  }
  std::printf("%zu clauses of the contract tried, %zu broken\n",
              dolerite::ConformanceClauses().size(), failures.size());
  return failures.empty();
}

absl::Status Answer(examples::MapStore* store) {
  absl::StatusOr<std::string> block = MakeBlock();
  if (!block.ok()) return block.status();
  absl::StatusOr<std::string> version = store->Put("blocks/first", *block);
  if (!version.ok()) return version.status();
  const uint64_t before = store->waited_millis();

  absl::StatusOr<dolerite::BlockReader> reader = dolerite::BlockReader::Open(store, "blocks/first");
  if (!reader.ok()) return reader.status();
  dolerite::TreeQuery query({.selection = {.profile_type = "cpu"}});
  if (absl::Status status = query.Add(*reader); !status.ok()) return status;
  absl::StatusOr<dolerite::Tree> tree = std::move(query).Finish();
  if (!tree.ok()) return tree.status();
  for (const dolerite::TopRow& row : dolerite::Top(*tree)) {
    std::printf("%6lld ms  %s\n", static_cast<long long>(row.cum[0] / 1'000'000), row.name.c_str());
  }
  std::printf("asked of the store: %llu ms\n",
              static_cast<unsigned long long>(store->waited_millis() - before));
  return absl::OkStatus();
}

int main() {
  examples::MapStore store;
  if (!KeepsTheContract(&store)) return 1;
  const absl::Status status = Answer(&store);
  if (!status.ok()) std::fprintf(stderr, "custom_store: %s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
