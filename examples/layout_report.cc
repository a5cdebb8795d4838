// Writes the same profiles with different layouts and prints what each costs.
//
//   layout_report [DIR]     *.{kind}.pb.gz below DIR, a series for each folder; else made-up ones
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/pprof.h"
#include "dolerite/query.h"
#include "sample_profile.h"

struct Input {
  dolerite::LabelSet series;
  dolerite::Profile profile;
  size_t bytes;  // of the file that it came in
};

struct Layout {
  std::string name;
  dolerite::BlockOptions options;
};

struct Cost {
  size_t bytes = 0;
  double build_millis = 0, flame_millis = 0;
  std::map<std::pair<std::string, std::string>, uint64_t> columns;  // section and column
};

std::vector<Layout> Layouts() {
  std::vector<Layout> layouts = {{"default", {}}};
  for (uint32_t n : {1u, 8u, 1'000'000u}) {
    layouts.push_back(
        {n == 1'000'000 ? "group all" : "group " + std::to_string(n), {.profiles_per_group = n}});
  }
  for (int level : {1, 9, 19}) {
    layouts.push_back({"zstd " + std::to_string(level), {.zstd_level = level}});
  }
  layouts.push_back({"smallest", {.zstd_level = 19, .smallest = true}});
  layouts.push_back({"chunk 4 Ki", {.samples_per_chunk = 4'096}});
  layouts.push_back({"chunk 1 Mi", {.samples_per_chunk = 1'048'576}});
  layouts.push_back({"heap scaled", {.unscale_go_heap = false}});
  return layouts;
}

double MillisSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

// One flame graph for each profile type.
absl::Status DrawAll(const dolerite::BlockReader& block) {
  absl::StatusOr<dolerite::BlockReader::Listing> listing = block.ListProfiles();
  if (!listing.ok()) return listing.status();
  std::set<std::string> types;
  for (const dolerite::ProfileSummary& profile : listing->profiles)
    types.insert(profile.type->name);
  for (const std::string& type : types) {
    dolerite::TreeQuery query({.selection = {.profile_type = type}});
    if (absl::Status status = query.Add(block); !status.ok()) return status;
    if (auto tree = std::move(query).Finish(); !tree.ok()) return tree.status();
  }
  return absl::OkStatus();
}

absl::StatusOr<Cost> Measure(const std::vector<Input>& inputs,
                             const dolerite::BlockOptions& options) {
  Cost cost;
  const auto start = std::chrono::steady_clock::now();
  absl::StatusOr<dolerite::BlockBuilder> builder = dolerite::BlockBuilder::Make(options);
  if (!builder.ok()) return builder.status();
  for (const Input& input : inputs) {
    if (absl::Status status = builder->Add(input.series, input.profile); !status.ok())
      return status;
  }
  absl::StatusOr<std::string> block = std::move(*builder).Finish();
  if (!block.ok()) return block.status();
  cost.build_millis = MillisSince(start);
  cost.bytes = block->size();

  const auto drawing = std::chrono::steady_clock::now();
  absl::StatusOr<dolerite::BlockReader> reader = dolerite::BlockReader::FromBytes(*block);
  if (!reader.ok()) return reader.status();
  if (absl::Status status = DrawAll(*reader); !status.ok()) return status;
  cost.flame_millis = MillisSince(drawing);

  absl::StatusOr<std::vector<dolerite::ColumnUsage>> usage = reader->Usage();
  if (!usage.ok()) return usage.status();
  for (const auto& column : *usage) cost.columns[{column.section, column.column}] += column.stored;
  return cost;
}

void PrintCosts(const std::vector<Layout>& layouts, const std::vector<Cost>& costs, size_t bytes) {
  std::printf("%-12s %10s %7s %10s %10s\n", "layout", "bytes", "ratio", "build ms", "flame ms");
  for (size_t i = 0; i < layouts.size(); ++i) {
    std::printf("%-12s %10zu %7.2f %10.1f %10.2f\n", layouts[i].name.c_str(), costs[i].bytes,
                static_cast<double>(bytes) / static_cast<double>(costs[i].bytes),
                costs[i].build_millis, costs[i].flame_millis);
  }
}

// A line for each column, a number for each layout.
void PrintColumns(const std::vector<Layout>& layouts, const std::vector<Cost>& costs) {
  std::set<std::pair<std::string, std::string>> names;
  for (const Cost& cost : costs) {
    for (const auto& [name, stored] : cost.columns) names.insert(name);
  }
  std::printf("\nstored bytes of each column\n");
  for (const Layout& layout : layouts) std::printf("%11s ", layout.name.c_str());
  std::printf(" column\n");
  for (const auto& name : names) {
    for (const Cost& cost : costs) {
      const auto at = cost.columns.find(name);
      std::printf("%11llu ",
                  at == cost.columns.end() ? 0ull : static_cast<unsigned long long>(at->second));
    }
    std::printf(" %s %s\n", name.first.c_str(), name.second.c_str());
  }
}

// `0003.heap.pb.gz` in the folder `a`: {kind="heap", pod="a"}.
std::vector<Input> ReadInputs(const std::string& directory) {
  std::vector<Input> inputs;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.path().string().ends_with(".pb.gz")) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    absl::StatusOr<dolerite::Profile> profile = dolerite::ReadPprof(bytes);
    if (!profile.ok()) continue;
    const std::string kind = entry.path().stem().stem().extension().string();
    inputs.push_back({{{"service_name", "report"},
                       {"kind", kind.empty() ? "profile" : kind.substr(1)},
                       {"pod", entry.path().parent_path().filename().string()}},
                      *std::move(profile),
                      bytes.size()});
  }
  return inputs;
}

std::vector<Input> MakeInputs() {
  std::vector<Input> inputs;
  for (int64_t i = 0; i < 200; ++i) {
    std::vector<examples::StackTime> stacks;
    for (int64_t j = 0; j < 40; ++j) {
      stacks.push_back({{"main", "serve", "step " + std::to_string(j % 7),
                         "call " + std::to_string((i * j) % 50)},
                        10'000'000 * (1 + (i + j) % 5)});
    }
    dolerite::Profile profile = examples::MakeProfile(stacks, i * 15'000'000'000);
    absl::StatusOr<std::string> bytes = dolerite::WritePprof(profile);
    inputs.push_back({{{"service_name", "report"}, {"kind", "cpu"}, {"pod", std::to_string(i % 2)}},
                      std::move(profile),
                      bytes.ok() ? bytes->size() : 0});
  }
  return inputs;
}

int main(int argc, char** argv) {
  const std::vector<Input> inputs = argc > 1 ? ReadInputs(argv[1]) : MakeInputs();
  const std::vector<Layout> layouts = Layouts();
  size_t bytes = 0;
  for (const Input& input : inputs) bytes += input.bytes;
  std::vector<Cost> costs;
  for (const Layout& layout : layouts) {
    absl::StatusOr<Cost> cost = Measure(inputs, layout.options);
    if (!cost.ok()) {
      std::fprintf(stderr, "layout_report: %s: %s\n", layout.name.c_str(),
                   cost.status().ToString().c_str());
      return 1;
    }
    costs.push_back(*std::move(cost));
  }
  std::printf("%zu profiles, %zu bytes as pprof.gz\n\n", inputs.size(), bytes);
  PrintCosts(layouts, costs, bytes);
  PrintColumns(layouts, costs);
  return 0;
}
