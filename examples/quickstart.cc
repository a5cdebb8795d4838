// Profiles in, a flame graph out, all in memory.
//
//   quickstart [DIR] > flame.html     CPU profiles (*.cpu.pb.gz) below DIR, else its own
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/flamegraph.h"
#include "dolerite/pprof.h"
#include "dolerite/query.h"
#include "sample_profile.h"

// [README.md shows this]
absl::StatusOr<std::string> FlameGraphOf(const std::vector<std::string>& pprof_files) {
  absl::StatusOr<dolerite::BlockBuilder> builder = dolerite::BlockBuilder::Make();
  if (!builder.ok()) return builder.status();
  for (const std::string& bytes : pprof_files) {
    absl::StatusOr<dolerite::Profile> profile = dolerite::ReadPprof(bytes);
    if (!profile.ok()) return profile.status();
    absl::Status added = builder->Add({{"service_name", "checkout"}, {"kind", "cpu"}}, *profile);
    if (!added.ok()) return added;
  }
  absl::StatusOr<std::string> block = std::move(*builder).Finish();  // bytes, to keep anywhere
  if (!block.ok()) return block.status();
  absl::StatusOr<dolerite::BlockReader> reader = dolerite::BlockReader::FromBytes(*block);
  if (!reader.ok()) return reader.status();
  dolerite::TreeQuery query({.selection = {.profile_type = "cpu"}});
  if (absl::Status status = query.Add(*reader); !status.ok()) return status;
  absl::StatusOr<dolerite::Tree> tree = std::move(query).Finish({.max_nodes = 8192});
  if (!tree.ok()) return tree.status();
  return dolerite::FlameGraphHtml(*tree, {.title = "checkout, CPU"});
}
// [to here]

std::vector<std::string> ReadProfiles(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.path().string().ends_with(".cpu.pb.gz")) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return files;
}

std::vector<std::string> MakeProfiles() {
  std::vector<std::string> files;
  for (int64_t minute = 0; minute < 3; ++minute) {
    const dolerite::Profile profile = examples::MakeProfile(
        {{{"main", "serve", "parse"}, 400'000'000},
         {{"main", "serve", "render", "escape"}, 250'000'000 + minute * 10'000'000},
         {{"main", "collect garbage"}, 90'000'000}},
        minute * 60'000'000'000);
    absl::StatusOr<std::string> bytes = dolerite::WritePprof(profile);
    if (bytes.ok()) files.push_back(*std::move(bytes));
  }
  return files;
}

int main(int argc, char** argv) {
  const std::vector<std::string> files = argc > 1 ? ReadProfiles(argv[1]) : MakeProfiles();
  absl::StatusOr<std::string> page = FlameGraphOf(files);
  if (!page.ok()) {
    std::fprintf(stderr, "quickstart: %s\n", page.status().ToString().c_str());
    return 1;
  }
  std::fwrite(page->data(), 1, page->size(), stdout);
  std::fprintf(stderr, "%zu profiles, a page of %zu bytes\n", files.size(), page->size());
  return 0;
}
