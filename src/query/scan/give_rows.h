// Gives the selected rows of a decoded chunk to a sink.
#ifndef DOLERITE_QUERY_SCAN_GIVE_ROWS_H_
#define DOLERITE_QUERY_SCAN_GIVE_ROWS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "block/read_rows.h"
#include "query/scan/sample_columns.h"
#include "query/scan/sample_scan.h"
#include "query/scan/sample_times.h"
#include "query/scan/scan_parts.h"

namespace dolerite {

// A chunk that is being read. Columns of bodies are decoded only if some row group is read from
// bodies.
struct DecodedChunk {
  std::optional<ChunkReader> reader;
  uint32_t type = 0;                         // row of the profile table's types
  std::vector<size_t> value_rows;            // of its type's values those that are wanted
  std::vector<std::vector<int64_t>> values;  // by wanted value, sample by sample
  std::vector<LinkBytes> links;              // empty if the chunk has none
  std::optional<SampleTimes> times;          // nullopt if the chunk has none

  uint32_t labels_of(uint32_t run, size_t sample) const {
    return reader->labels_in_key() ? reader->runs().labels[run] : reader->body_labels()[sample];
  }
};

// Used for one scan, chunk after chunk: its buffer keeps its memory.
class RowGiver {
 public:
  RowGiver(const DatasetScan& dataset, const RowWants& wants, QueryCost* cost, const RowSink& sink)
      : dataset_(dataset),
        selection_(dataset.filter.selection()),
        table_(*dataset.table),
        wants_(wants),
        needs_(NeedsOf(dataset, wants)),
        cost_(*cost),
        sink_(sink) {}

  // Only samples of these label sets are selected; before this is called all are.
  void SelectLabelSets(std::vector<char> label_sets) { label_sets_ = std::move(label_sets); }

  // Whether nothing but its profile decides about a sample: columns of bodies are given as they
  // are, and ordinals are looked at only where cells differ or profiles are wanted.
  bool GivesWholeGroups() const {
    return label_sets_.empty() && !selection_.selects_links() && !needs_.times;
  }

  // Rows of those groups of a part that are read from heads, then of those that are read from
  // bodies. Asks between groups, and inside large ones, whether the host has stopped the call.
  absl::Status Give(const ScanPart& part, const DecodedChunk& chunk);

 private:
  uint32_t CellOf(uint32_t profile) const { return dolerite::CellOf(dataset_, wants_, profile); }
  absl::Status GiveHeads(const ScanPart& part);
  absl::Status GiveBodies(const ScanPart& part);
  absl::Status GiveGroup(uint32_t g, uint32_t first, size_t sample);
  absl::Status GivePlainGroup(const RowGroup& group, const GroupSamples& samples);
  void TakeHeads(uint32_t begin, uint32_t end, const std::vector<std::vector<int64_t>>& sums);
  void TakeSample(uint32_t run, size_t sample, uint32_t cell, uint32_t profile);
  void TakeRow(uint32_t run, size_t sample, uint32_t cell, uint32_t profile);
  void DropUnselected(RowBatch* batch);
  absl::Status GiveBuffer(uint32_t cell, bool one_cell);
  absl::Status GiveBatch(RowBatch* batch);
  absl::Status CheckOften(size_t rows);

  const DatasetScan& dataset_;
  const Selection& selection_;
  const ProfileTable& table_;
  const RowWants& wants_;
  const ScanNeeds needs_;
  QueryCost& cost_;
  const RowSink& sink_;
  std::vector<char> label_sets_;  // selected ones; empty: all
  size_t unchecked_ = 0;          // rows since the host was asked
  const DecodedChunk* chunk_ = nullptr;

  // Rows that are collected for the sink.
  struct Buffer {
    std::vector<uint32_t> cells, stacks, labels, profiles;
    std::vector<LinkBytes> links;
    std::vector<int64_t> times;
    std::vector<std::vector<int64_t>> values;

    // Keeps its memory.
    void Clear(size_t value_columns);
  } buffer_;
  std::vector<uint32_t> profile_cells_;  // of a group's profiles
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SCAN_GIVE_ROWS_H_
