// The selected samples of one dataset, batch by batch.
#ifndef DOLERITE_ARROW_DATASET_SAMPLES_H_
#define DOLERITE_ARROW_DATASET_SAMPLES_H_

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "arrow/codes.h"
#include "arrow/column.h"
#include "arrow/function_table.h"
#include "query/partial.h"
#include "query/scan/group_keys.h"
#include "query/scan/sample_scan.h"
#include "query/select/stack_selection.h"

namespace dolerite::arrow {

// What a table of samples has for columns: profile_id, time, values, labels, links, stack.
struct SampleColumns {
  std::vector<std::string> labels;  // their names
  std::vector<size_t> values;       // rows of the profile type's sample types
  bool timestamps = false;
  bool links = false;
  size_t batch_rows = 0;
};

// Not thread-safe.
class DatasetSamples {
 public:
  // What all datasets of a table share; it outlives them.
  struct Shared {
    SampleColumns columns;
    std::optional<SelectionFilter> filter;
    QueryOptions options;
    FunctionTable functions;
    std::optional<MemoryBudget> memory;
    uint64_t frames_left = 0;  // in lists of stacks
    ArrowReport report;
    QueryCost cost;
  };

  DatasetSamples(const QueryUnit& unit, Shared* shared);
  // Adds to the cost what was read.
  ~DatasetSamples();
  DatasetSamples(const DatasetSamples&) = delete;
  DatasetSamples& operator=(const DatasetSamples&) = delete;

  // Finds the selected profiles.
  absl::Status Open();
  const DatasetScan& scan() const { return scan_; }
  // Names of labels that selected series, or samples, have.
  absl::Status AddLabelNames(std::set<std::string>* names);

  // nullopt at the end.
  absl::StatusOr<std::optional<Batch>> Next();

 private:
  // What rows take from their profile.
  struct OfProfile {
    ProfileId id{};
    int64_t time = 0;
    uint32_t group = 0;  // of its series' labels
    bool labels_matter = false;
  };
  // Rows of the chunk that is being given away.
  struct Rows {
    std::vector<uint32_t> stacks, profiles;
    std::vector<uint32_t> groups;  // if labels of samples matter
    std::vector<int64_t> times;
    std::vector<LinkBytes> links;
    std::vector<std::vector<int64_t>> values;

    void Clear(size_t value_columns);
    size_t memory_bytes() const;
  };

  absl::Status Start();
  absl::Status NextChunk();
  absl::Status Take(const RowBatch& batch);
  void TakeGroups(std::span<const uint32_t> labels, size_t before);
  absl::StatusOr<Batch> MakeBatch();
  absl::StatusOr<Column> Stacks(size_t* end);
  template <class Word>
  absl::Status AddWords(const Codes& codes, const Word& word, Batch* batch) const;
  Codes GroupsOf(const Codes& profiles) const;
  absl::Status AddLabels(const Codes& profiles, Batch* batch) const;
  absl::Status AddLinks(size_t end, Batch* batch) const;

  Shared& shared_;
  const QueryUnit unit_;
  IoCost io_;
  DatasetReader reader_;
  DatasetScan scan_;

  // From Start on.
  SelectedStacks selected_;
  std::optional<GroupKeys> groups_;
  std::optional<StackFrames> frames_;
  std::vector<OfProfile> profiles_;  // by row of the profile table; of selected ones
  RowWants wants_;
  RowSink sink_;
  std::unique_ptr<SampleScan> scanning_;

  std::vector<uint32_t> kept_;  // rows of the last batch, if some stacks are not selected
  Rows rows_;
  std::vector<Buffer> values_;  // of rows_, as batches share them
  Buffer times_;
  size_t begin_ = 0;  // of the next batch
  // The group of the last row that had labels of its own.
  struct {
    uint32_t series_group = UINT32_MAX, label_set = 0, group = 0;
  } last_;
  size_t most_frames_ = 0;  // of a batch so far
};

}  // namespace dolerite::arrow

#endif  // DOLERITE_ARROW_DATASET_SAMPLES_H_
