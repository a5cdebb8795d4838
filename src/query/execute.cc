// Answers the splits of plans, and merges partials. Each split names its block: the block is
// opened, checked to be the one that was planned for, and its datasets are read into one partial
// for all splits. A merge parses partials one after the other.
#include <deque>
#include <memory>
#include <set>
#include <utility>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "dolerite/plan.h"
#include "query/envelope.h"
#include "query/partial.h"
#include "query/question_fields.h"
#include "query/split_content.h"

namespace dolerite {

namespace {

// The requests that opened a block are a split's own.
void AddOpening(const BlockReader& block, QueryCost* cost) {
  const auto [requests, bytes] = BlockAccess::Of(block).CostOfOpening();
  cost->requests += requests, cost->bytes_read += bytes;
}

// What a split says, and its question as an empty core.
struct ParsedSplit {
  SplitContent content;
  std::unique_ptr<QueryCore> core;
};

// Splits come from outside: each field is checked as it is read, and the whole before its block is
// opened.
absl::StatusOr<ParsedSplit> ParseSplit(std::string_view split) {
  DOLERITE_ASSIGN_OR_RETURN(const std::string_view bytes, Unseal(kSplitEnvelope, split));
  PartialReader wire(bytes, "split");
  ParsedSplit out;
  wire(out.content);
  out.core = ReadQuestion(&wire);
  DOLERITE_RETURN_IF_ERROR(wire.End());
  if (out.content.omissions.size() != out.content.datasets.size()) {
    return DataLoss("split: not one omission for each dataset");
  }
  return out;
}

// Blocks that are open at a time: their datasets are read side by side, and their ends are held.
constexpr size_t kOpenBlocks = 16;

// Answers splits of one question into one partial. Datasets are collected until kOpenBlocks blocks
// are open; then all of them are read, and the blocks closed.
class SplitReader {
 public:
  SplitReader(const ObjectStore& store, const QueryOptions& options,
              const BlockReader::Options& reading)
      : store_(store), options_(options), reading_(reading) {}

  absl::Status Add(std::string_view bytes) {
    DOLERITE_ASSIGN_OR_RETURN(ParsedSplit split, ParseSplit(bytes));
    DOLERITE_RETURN_IF_ERROR(Join(split));
    DOLERITE_RETURN_IF_ERROR(Open(split.content));
    return Collect(std::move(split.content));
  }

  absl::StatusOr<std::string> Finish() {
    if (state_ == nullptr) return InvalidArgument("there are no splits to execute");
    DOLERITE_RETURN_IF_ERROR(Read());
    return state_->Serialize();
  }

 private:
  // The first split says what the question is. Questions are compared by their bytes.
  absl::Status Join(ParsedSplit& split) {
    PartialWriter question;
    WriteQuestion(*split.core, &question);
    if (state_ == nullptr) {
      state_ = std::make_unique<QueryState>(std::move(split.core), options_);
      state_->snapshot = split.content.snapshot;
      question_ = question.bytes();
    }
    if (question.bytes() == question_ && split.content.snapshot == state_->snapshot) {
      return absl::OkStatus();
    }
    return InvalidArgument("splits of different questions or snapshots are not executed together");
  }

  // The block of a split; splits of one block often follow each other.
  absl::Status Open(const SplitContent& split) {
    if (blocks_.empty() || BlockAccess::Of(blocks_.back()).key != split.block) {
      if (blocks_.size() == kOpenBlocks) DOLERITE_RETURN_IF_ERROR(Read());
      DOLERITE_ASSIGN_OR_RETURN(BlockReader block,
                                BlockReader::Open(&store_, split.block, reading_, options_.call));
      ++state_->cost.blocks;
      AddOpening(block, &state_->cost);
      blocks_.push_back(std::move(block));
    }
    if (blocks_.back().summary().id == split.block_id) return absl::OkStatus();
    return FailedPrecondition(BlockAccess::Of(blocks_.back()).Place(),
                              " is not the one that the split was planned for");
  }

  // The datasets of a split are checked against its block's footer before any is read.
  absl::Status Collect(SplitContent content) {
    const SplitContent& split = contents_.emplace_back(std::move(content));
    const BlockReader& block = blocks_.back();
    std::set<uint32_t> seen;
    for (size_t i = 0; i < split.datasets.size(); ++i) {
      const uint32_t dataset = split.datasets[i];
      if (dataset >= block.summary().datasets.size() || !seen.insert(dataset).second) {
        return DataLoss("split: dataset ", dataset, " is listed twice or is not in the block");
      }
      const Omission& omission = split.omissions[i];
      units_.push_back({&block, dataset, omission.empty() ? nullptr : &omission, {}});
      if (!datasets_.insert(units_.back().id()).second) {
        return AlreadyExists("a dataset of a block is in two splits");
      }
    }
    return absl::OkStatus();
  }

  absl::Status Read() {
    DOLERITE_RETURN_IF_ERROR(state_->AddUnits(units_));
    units_.clear(), contents_.clear(), blocks_.clear();
    return absl::OkStatus();
  }

  const ObjectStore& store_;
  const QueryOptions& options_;
  const BlockReader::Options& reading_;
  std::unique_ptr<QueryState> state_;
  std::string question_;
  // What `units_` points into keeps its place.
  std::deque<BlockReader> blocks_;
  std::deque<SplitContent> contents_;
  std::vector<QueryUnit> units_;
  std::set<SplitId> datasets_;  // of all splits
};

absl::StatusOr<std::string> ExecuteAll(const ObjectStore& store,
                                       std::span<const std::string_view> splits,
                                       const QueryOptions& options,
                                       const BlockReader::Options& reading) {
  SplitReader reader(store, options, reading);
  for (std::string_view split : splits) DOLERITE_RETURN_IF_ERROR(reader.Add(split));
  return reader.Finish();
}

// Merges from the first to the last. Each partial is parsed when its turn comes, so two are in
// memory at a time.
absl::StatusOr<std::string> MergeAll(std::span<const std::string_view> partials,
                                     const QueryOptions& options) {
  std::unique_ptr<QueryState> all;
  for (std::string_view bytes : partials) {
    DOLERITE_RETURN_IF_ERROR(options.call.Check());
    DOLERITE_ASSIGN_OR_RETURN(std::unique_ptr<QueryState> one, QueryState::Parse(bytes, options));
    if (all == nullptr) {
      all = std::move(one);
      continue;
    }
    // Both must fit at once while they are merged.
    MemoryBudget memory(options.memory_bytes);
    DOLERITE_RETURN_IF_ERROR(memory.Take(all->core->memory_bytes(), "merged partials"));
    DOLERITE_RETURN_IF_ERROR(memory.Take(one->core->memory_bytes(), "partial to merge"));
    DOLERITE_RETURN_IF_ERROR(all->Merge(std::move(*one)));
  }
  if (all == nullptr) return InvalidArgument("there are no partials to merge");
  // One alone was checked, and stays as it is.
  return partials.size() == 1 ? std::string(partials[0]) : all->Serialize();
}

}  // namespace

// Nothing thrown leaves the library.
absl::StatusOr<std::string> Execute(const ObjectStore& store, std::string_view split,
                                    const QueryOptions& options,
                                    const BlockReader::Options& reading) {
  return Execute(store, {&split, 1}, options, reading);
}
absl::StatusOr<std::string> Execute(const ObjectStore& store,
                                    std::span<const std::string_view> splits,
                                    const QueryOptions& options,
                                    const BlockReader::Options& reading) {
  return WithinMemory([&] { return ExecuteAll(store, splits, options, reading); });
}

absl::StatusOr<std::string> MergePartials(std::span<const std::string_view> partials,
                                          const QueryOptions& options) {
  return WithinMemory([&] { return MergeAll(partials, options); });
}

}  // namespace dolerite
