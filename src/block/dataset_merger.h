// Merges datasets of several blocks into one: the same bytes as a builder makes of the same
// profiles, without any profile in between.
#ifndef DOLERITE_BLOCK_DATASET_MERGER_H_
#define DOLERITE_BLOCK_DATASET_MERGER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/memory_budget.h"
#include "block/dataset_encoder.h"
#include "block/dataset_reader.h"
#include "block/merge_rules.h"
#include "block/merge_source.h"
#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/call_context.h"
#include "model/content_hash.h"
#include "model/symbol_merger.h"

namespace dolerite {

// A dataset of a block, and which of its profiles are merged.
struct MergeInput {
  const BlockReader* block = nullptr;
  size_t dataset = 0;
  // By row of the profile table; null: all profiles are.
  std::function<std::vector<char>(const ProfileTable&)> taken;
  // Whether the dataset may be copied as it is stored, where a merger would make the same of it:
  // not if the block was made with encodings untried, which its footer does not tell.
  bool may_copy = false;
};

// For one dataset: Add for each input, then Finish. Not thread-safe. After an error, throw the
// merger away.
//
// Of profiles that several inputs have, equal in type, labels, time, duration, id and content
// check, the one of the first input stays.
//
// Memory is taken from a budget before it is used: of the tables of one input at a time, the union
// of all tables, the rows of the profile table, the samples of some chunks of the output.
// ResourceExhausted if it does not suffice.
class DatasetMerger {
 public:
  // `name` is the dataset's; all but the name must outlive the merger.
  DatasetMerger(std::string name, const BlockOptions& options, MemoryBudget* memory,
                const CallContext& call, MergeRules rules = {});

  // The block must outlive the merger. Reads its tables.
  absl::Status Add(const MergeInput& input);

  // Profiles that were taken so far.
  size_t profiles() const { return rows_.size(); }

  // Reads the samples, chunk by chunk. Cold sections go to `cold` as they are made; hot ones are in
  // the result, and their memory is taken by `hot_memory`.
  absl::StatusOr<EncodedDataset> Finish(const SectionSink& cold, MemoryLease* hot_memory);

  // After Finish: profiles that several inputs had.
  uint64_t duplicates() const { return duplicates_; }
  // After Finish: what the rules took out.
  const MergeDropped& dropped() const { return dropped_; }
  // After an error of Finish: the number of the input that could not be read, if there is one.
  std::optional<size_t> failed_input() const { return failed_input_; }

 private:
  struct Used;

  absl::Status FindUsed(DatasetReader* reader, const std::vector<char>& taken, MergeSource* source,
                        Used* used);
  absl::Status MergeTables(DatasetReader* reader, const Used& used, MergeSource* source);
  absl::Status CollectRows(const MergedTables& tables, const ProfileTable& table,
                           const std::vector<char>& taken);
  uint32_t KeepSeries(const ProfileTable& table, uint32_t series);
  std::vector<char> TakenOf(const MergeInput& input, const ProfileTable& table,
                            const std::vector<std::vector<uint32_t>>& values);
  AttributeSetId WithoutLabels(const MergedTables& tables, uint32_t set);
  absl::Status ChangeRows(const ContentHashes& hashes, uint32_t profile, SampleRows* rows);
  absl::StatusOr<CanonicalTables> Canonical();
  void Rank(const CanonicalTables& canonical);
  void SortRows();
  void DropDuplicates(std::vector<uint32_t>* order);
  void DropUnusedHeaders();
  ChunkLoad LoadOfRow(uint32_t row) const;
  void EncodeStacks(const CanonicalTables& canonical, TypeStackEncoder* stacks);

  const std::string name_;
  const BlockOptions& options_;
  const CallContext& call_;
  const MergeRules rules_;
  MemoryBudget* const memory_;
  MemoryLease held_;    // for as long as the merger lives
  MemoryLease tables_;  // of the merger's tables, until they are in canonical order

  std::unique_ptr<SymbolMerger> merger_;
  SymbolMerger::Remap remap_;
  std::vector<char> used_sets_;  // label sets, by row of the merger
  CollectedTables collected_;
  std::vector<MergeSource> sources_;
  // By number in the order of arrival.
  std::vector<ProfileRow> rows_;
  std::vector<MergeOrigin> origins_;
  std::unordered_map<uint64_t, LoadCounts> counts_;  // of profiles whose counts no table tells

  ProfileTable table_;
  std::vector<std::vector<uint32_t>> nodes_of_;  // by type, by id of a stack; under rules only
  uint64_t duplicates_ = 0;
  MergeDropped dropped_;
  std::optional<size_t> failed_input_;
};

// What tables take in memory.
size_t MemoryOf(const MergedTables& tables);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DATASET_MERGER_H_
