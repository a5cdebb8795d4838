// Blocks of version 1, one for each feature: they stay in tests/data for ever, and every later
// library must read the same from them. DOLERITE_UPDATE_GOLDEN=1 writes what is missing, and
// nothing that is there.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "base/checksum.h"
#include "block/block_support.h"
#include "block/format_profiles.h"
#include "block/format_reader.h"
#include "dolerite/query.h"
#include "support/reseal.h"
#include "support/source_dir.h"

namespace dolerite::testing {
namespace {

const std::string kBlocks = SourceDir() + "/tests/data/golden/blocks/";
const std::string kContents = kBlocks + "contents.txt";

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A service with samples of all kinds, every profile of one of these types.
std::vector<Input> OfTypes(size_t count, size_t types, const GenerateOptions& options = {}) {
  std::vector<Input> inputs = Generated(500, count, options);
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].series = {{"service_name", "shop"}, {"__name__", "type" + std::to_string(i % types)}};
  }
  return inputs;
}

std::vector<Input> BundledHeaps() {
  std::vector<Input> inputs;
  PprofReader reader;
  for (const std::string pod : {"v1.5.0/d", "v1.5.0/e", "v1.6.0/g", "v1.6.0/h"}) {
    Input& input = inputs.emplace_back();
    input.series = {{"service_name", "checkout"}};
    const std::string path = SourceDir() + "/examples/data/checkout/" + pod + "/0009.heap.pb.gz";
    REQUIRE(reader.Read(ReadFile(path), &input.profile).ok());
  }
  return inputs;
}

std::vector<Input> WithPayloads() {
  std::vector<Input> inputs = OfTypes(6, 1, {.samples = 4, .everything = false});
  Random random(7);
  for (Input& input : inputs) {
    input.profile.payload.resize(1'500);
    for (char& byte : input.profile.payload) byte = static_cast<char>(random());
  }
  return inputs;
}

std::string WithoutBodies() {
  OpenBlock block = OpenBlock::Take(Build(OfTypes(5, 1, {.everything = false, .negative = false})));
  std::erase_if(block.sections, [](const OpenSection& section) {
    return section.entry.kind == SectionKind::kBodies;
  });
  block.footer.datasets[0].sections = static_cast<uint32_t>(block.sections.size());
  block.Section(SectionKind::kHeads).Column(column::kCounts).integers[0] |= 8;
  return block.Seal();
}

// How each was made once. The files count, not this.
const std::map<std::string, std::function<std::string()>>& Makers() {
  static const auto& makers = *new std::map<std::string, std::function<std::string()>>{
      {"datasets", [] { return Build(Generated(510, 8)); }},
      {"types", [] { return Build(OfTypes(9, 3)); }},
      {"profile_by_profile", [] { return Build(OfTypes(6, 1), {.profiles_per_group = 1}); }},
      {"groups", [] { return Build(OfTypes(9, 1), {.profiles_per_group = 3}); }},
      {"chunks", [] { return Build(OfTypes(8, 1), {.samples_per_chunk = 1}); }},
      {"stripes",
       [] { return Build(WithPayloads(), {.samples_per_chunk = 1, .stripe_bytes = 4'096}); }},
      {"bodies_dropped", WithoutBodies},
      {"sums_past_64_bits", [] { return Build(OfTypes(6, 1, {.extreme = true})); }},
      {"go_heap", [] { return Build(BundledHeaps(), {.profiles_per_group = 1}); }},
      {"zstd_none", [] { return Build(OfTypes(6, 2), {.zstd_level = 0}); }},
      {"zstd_smallest", [] { return Build(OfTypes(6, 2), {.zstd_level = 19, .smallest = true}); }},
  };
  return makers;
}

// What a block says: each profile, and the tree of each type, or why it has no tree.
std::string ContentOf(const BlockReader& block) {
  std::string out;
  std::set<std::string> types;
  const auto listing = block.ListProfiles();
  REQUIRE(listing.ok());
  for (const ProfileSummary& summary : listing->profiles) {
    types.insert(summary.type->name);
    const absl::StatusOr<Profile> profile = block.ReadProfile(summary.index);
    out += summary.series->ToString() + "\n" + std::string(summary.id.begin(), summary.id.end());
    for (int64_t total : summary.totals) out += " " + std::to_string(total);
    out += profile.ok() ? DescribeStored(*profile) : profile.status().ToString().substr(0, 20);
  }
  for (const std::string& type : types) {
    TreeQuery query({.selection = {.profile_type = type}});
    const absl::Status added = query.Add(block);
    const absl::StatusOr<Tree> tree = added.ok() ? std::move(query).Finish() : added;
    for (size_t i = 0; tree.ok() && i < tree->size(); ++i) {
      out += std::string(tree->names[tree->name[i]]) + " " + std::to_string(tree->parent[i]) + " " +
             std::to_string(tree->columns[0].self[i]) + "\n";
    }
  }
  return out;
}

std::string DigestOf(const std::string& block) {
  return std::to_string(Checksum64(ContentOf(OpenBytes(block))));
}

void WriteMissing(std::map<std::string, std::string>* contents) {
  std::filesystem::create_directories(kBlocks);
  for (const auto& [name, make] : Makers()) {
    if (contents->count(name) > 0) continue;
    const std::string block = make();
    std::ofstream(kBlocks + name + ".dol", std::ios::binary) << block;
    (*contents)[name] = DigestOf(block);
  }
  std::ofstream out(kContents);
  for (const auto& [name, digest] : *contents) out << name << " " << digest << "\n";
}

// Adds the section kinds and chunk flags that a block has.
void NoteFeatures(const std::string& bytes, std::set<int>* kinds, uint64_t* flags) {
  for (const FormatDataset& dataset : ReadFormat(bytes)) {
    for (const auto& [key, section] : dataset.sections) {
      kinds->insert(key.first);
      if (key.first == 7) *flags |= section.Counts()[0];
    }
  }
}

TEST_CASE("golden blocks: every feature of version 1 is read as it was written") {
  std::map<std::string, std::string> contents;
  std::ifstream in(kContents);
  for (std::string name, digest; in >> name >> digest;) contents[name] = digest;
  if (std::getenv("DOLERITE_UPDATE_GOLDEN") != nullptr) WriteMissing(&contents);
  CHECK(contents.size() == Makers().size());
  std::set<int> kinds;
  uint64_t flags = 0;
  for (const auto& [name, digest] : contents) {
    INFO(name);
    const std::string bytes = ReadFile(kBlocks + name + ".dol");
    REQUIRE(!bytes.empty());
    const BlockReader block = OpenBytes(bytes);
    CHECK(block.Verify()->empty());
    CHECK(DigestOf(bytes) == digest);
    NoteFeatures(bytes, &kinds, &flags);
    // The reader that was made from FORMAT.md says the same.
    const std::vector<Input> read = ReadByFormat(bytes);
    CHECK(read.size() == block.ListProfiles()->profiles.size());
    if (name == "bodies_dropped") continue;  // without samples
    const bool same = Describe(read) == Describe(block);
    CHECK(same);
  }
  CHECK(kinds == std::set<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(flags == (1 | 2 | 4 | 8));
}

}  // namespace
}  // namespace dolerite::testing
