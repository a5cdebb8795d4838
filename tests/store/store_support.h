// What tests of stores share.
#ifndef DOLERITE_TESTS_STORE_STORE_SUPPORT_H_
#define DOLERITE_TESTS_STORE_STORE_SUPPORT_H_

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "dolerite/accounting_store.h"
#include "dolerite/caching_store.h"
#include "dolerite/fault_store.h"
#include "dolerite/forwarding_store.h"
#include "dolerite/store_conformance.h"
#include "dolerite/stores.h"

namespace dolerite {

// A new directory, removed with what is in it at the end.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "dolerite-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void RunOnThreads(int n, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) threads.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : threads) thread.join();
}

// The names of the clauses that do not hold.
inline std::vector<std::string> FailedClauses(ObjectStore* store, ConformanceOptions options = {}) {
  options.run_parallel = RunOnThreads;
  std::vector<std::string> clauses;
  for (const ConformanceFailure& failure : CheckStoreConformance(store, options)) {
    UNSCOPED_INFO(failure.clause << ": " << failure.detail);
    clauses.push_back(failure.clause);
  }
  return clauses;
}

inline std::string Content(const ObjectStore& store, std::string_view key) {
  auto read = store.Read(key, ByteRange::All());
  INFO(read.status().ToString());
  REQUIRE(read.ok());
  return std::string(read->slice.bytes);
}

}  // namespace dolerite

#endif  // DOLERITE_TESTS_STORE_STORE_SUPPORT_H_
