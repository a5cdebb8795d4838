// A dataset's samples go through three forms. The scan gives rows of a chunk in ids of the dataset;
// rows that are selected are kept as columns of such ids (Rows). Batches are cut from these: values
// and times are shared with the chunk, while lists of functions and dictionaries of texts are made
// for each batch, so that they hold what its rows use and nothing else.
#include "arrow/dataset_samples.h"

#include <algorithm>

#include "arrow/words.h"
#include "base/status.h"
#include "query/read_units.h"
#include "query/select/label_selection.h"

namespace dolerite::arrow {

namespace {

// Frames of a batch beyond which it takes no further row: 16 MB.
constexpr size_t kBatchFrames = size_t{1} << 22;

template <class T>
void Append(std::span<const T> from, std::vector<T>* to) {
  to->insert(to->end(), from.begin(), from.end());
}

// Numbers ids in the order in which they are met, from 0 on.
class LocalCodes {
 public:
  explicit LocalCodes(size_t ids) : code_(ids, kNone) {}
  uint32_t Of(uint32_t id) {
    if (code_[id] == kNone) {
      code_[id] = static_cast<uint32_t>(met_.size());
      met_.push_back(id);
    }
    return code_[id];
  }
  const std::vector<uint32_t>& met() const { return met_; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  std::vector<uint32_t> code_, met_;
};

// The column of a text for each met id: `codes` by row, `word(id)` a text or nothing.
template <class Word>
absl::StatusOr<Column> WordColumn(const std::vector<uint32_t>& rows,
                                  const std::vector<uint32_t>& met, const Word& word,
                                  ArrowReport* report) {
  // Several ids may have one word.
  Words words(report);
  for (uint32_t id : met) DOLERITE_RETURN_IF_ERROR(words.Add(word(id)));
  return std::move(words).Spread(rows);
}

}  // namespace

void DatasetSamples::Rows::Clear(size_t value_columns) {
  stacks.clear(), profiles.clear(), groups.clear(), times.clear(), links.clear();
  values.resize(value_columns);
  for (auto& column : values) column.clear();
}

// By capacity: three columns of ids, times and values, and links.
size_t DatasetSamples::Rows::memory_bytes() const {
  return stacks.capacity() * (3 * sizeof(uint32_t) + (1 + values.size()) * sizeof(int64_t)) +
         links.capacity() * sizeof(LinkBytes);
}

DatasetSamples::DatasetSamples(const QueryUnit& unit, Shared* shared)
    : shared_(*shared),
      unit_(unit),
      io_{0, 0, {}, &*shared->memory, &shared->options.call},
      reader_(BlockAccess::Of(*unit.block), unit.dataset, &io_) {}

DatasetSamples::~DatasetSamples() { AddIo(io_, &shared_.cost); }

// The profile table and the filter decide which profiles are selected. Samples wait for Start.
absl::Status DatasetSamples::Open() {
  DOLERITE_ASSIGN_OR_RETURN(scan_, ScanDataset(&reader_, *shared_.filter, unit_.omission));
  return absl::OkStatus();
}

// Names come from two places: labels of selected series, each looked at once, and the keys of all
// attributes of the dataset, as which samples are selected is not known yet.
absl::Status DatasetSamples::AddLabelNames(std::set<std::string>* names) {
  std::vector<char> seen(scan_.table->series.size(), 0);
  for (size_t p = 0; p < scan_.selected.size(); ++p) {
    const uint32_t series = scan_.table->profiles[p].series;
    if (!scan_.selected[p] || seen[series]) continue;
    seen[series] = 1;
    for (const auto& [name, value] : scan_.table->series[series].labels.pairs()) {
      names->emplace(name);
    }
  }
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, reader_.Labels());
  const Symbols& symbols = tables->symbols;
  std::vector<char> keys(symbols.strings.size(), 0);
  for (const StringId key : symbols.attributes.key) keys[key.value] = 1;
  keys[0] = 0;  // a label needs a name
  for (uint32_t s = 0; s < keys.size(); ++s) {
    if (keys[s]) names->emplace(symbols.strings[{s}]);
  }
  return reader_.Check();
}

// All tables are asked for before the scan, so that one pointer shows all of them.
absl::Status DatasetSamples::Start() {
  // Phase 1: tables, in as few requests as the reader makes of these calls.
  const bool addresses = SelectsAddresses(scan_.filter);
  DOLERITE_RETURN_IF_ERROR(reader_.Labels().status());
  DOLERITE_RETURN_IF_ERROR(reader_.Stacks(scan_.types).status());
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables,
                            addresses ? reader_.Everything(scan_.types) : reader_.Symbols());
  // Phase 2: what depends on tables alone. Groups are the combinations of labels that become
  // columns; the selection says what remains of each stack; ids are made for selected profiles
  // only.
  DOLERITE_ASSIGN_OR_RETURN(GroupKeys groups, GroupKeys::Make(scan_, shared_.columns.labels));
  groups_.emplace(std::move(groups));
  selected_ = SelectStacks(scan_.filter, *tables);
  frames_.emplace(*selected_.tables, &shared_.functions);
  ProfileIds ids(*scan_.table);
  ids_.resize(scan_.table->profiles.size());
  for (size_t p = 0; p < ids_.size(); ++p) {
    if (scan_.selected[p]) ids_[p] = ids.Of(scan_.table->profiles[p]);
  }
  // Phase 3: the scan, which chooses chunks and fetches them. Links and times come from bodies.
  wants_.labels = groups_->needs_sample_labels();
  wants_.links = shared_.columns.links;
  wants_.times = shared_.columns.timestamps;
  wants_.profiles = true;
  sink_ = [this](const RowBatch& batch) { return Take(batch); };
  scanning_ =
      std::make_unique<SampleScan>(scan_, wants_, tables->stacks.size(), &shared_.cost, sink_);
  shared_.cost.profiles += scan_.profiles();
  ++shared_.cost.datasets;
  return scanning_->Begin();
}

// A chunk may give no selected row, so chunks are read until there is one. Memory is that of one
// chunk and one batch.
absl::StatusOr<std::optional<Batch>> DatasetSamples::Next() {
  if (scanning_ == nullptr) DOLERITE_RETURN_IF_ERROR(Start());
  while (begin_ == rows_.stacks.size()) {
    if (scanning_->done()) return std::nullopt;
    DOLERITE_RETURN_IF_ERROR(NextChunk());
  }
  DOLERITE_RETURN_IF_ERROR(reader_.Check());
  return MakeBatch();
}

// Values and times move into buffers that all batches of the chunk share, and that live as long as
// the last of these batches.
absl::Status DatasetSamples::NextChunk() {
  rows_.Clear(shared_.columns.values.size());
  begin_ = 0;
  DOLERITE_RETURN_IF_ERROR(scanning_->Step());
  values_.clear();
  for (auto& column : rows_.values) values_.push_back(Buffer::Of(std::exchange(column, {})));
  times_ = Buffer::Of(std::exchange(rows_.times, {}));
  return absl::OkStatus();
}

// The group of a row: that of its series, or of its series and its own labels if the series lacks a
// name.
uint32_t DatasetSamples::GroupOf(uint32_t profile, uint32_t label_set) {
  const uint32_t series = scan_.table->profiles[profile].series;
  const uint32_t group = groups_->SeriesGroup(series);
  if (!groups_->needs_sample_labels(series)) return group;
  // Neighbours mostly have the same labels.
  if (group != last_.series_group || label_set != last_.label_set) {
    last_ = {group, label_set, groups_->GroupOf(group, label_set)};
  }
  return last_.group;
}

// Whole columns where all stacks are selected as they are.
absl::Status DatasetSamples::Take(const RowBatch& batch) {
  const std::vector<size_t>& values = shared_.columns.values;
  const bool all = selected_.all();
  if (all) {
    Append(batch.stacks, &rows_.stacks);
    Append(batch.profiles, &rows_.profiles);
    for (size_t v = 0; v < values.size(); ++v) Append(batch.values[values[v]], &rows_.values[v]);
  }
  for (size_t i = 0; i < batch.rows; ++i) {
    const uint32_t profile = batch.profiles[i];
    if (!all) {
      const uint32_t stack = selected_[batch.stacks[i]];
      if (stack == kNoStack) continue;
      rows_.stacks.push_back(stack);
      rows_.profiles.push_back(profile);
      for (size_t v = 0; v < values.size(); ++v) {
        rows_.values[v].push_back(batch.values[values[v]][i]);
      }
    }
    rows_.groups.push_back(GroupOf(profile, batch.labels.empty() ? 0 : batch.labels[i]));
    rows_.times.push_back(batch.times.empty() ? scan_.table->profiles[profile].time_nanos
                                              : batch.times[i]);
    if (shared_.columns.links) {
      rows_.links.push_back(batch.links.empty() ? LinkBytes{} : batch.links[i]);
    }
  }
  return reader_.HoldAtMost(rows_.memory_bytes() + shared_.functions.memory_bytes(),
                            "rows of samples");
}

// The stacks come first: they say where the batch ends.
absl::StatusOr<Batch> DatasetSamples::MakeBatch() {
  size_t end = std::min(rows_.stacks.size(), begin_ + shared_.columns.batch_rows);
  DOLERITE_ASSIGN_OR_RETURN(Column stacks, Stacks(&end));
  Batch batch;
  batch.rows = end - begin_;
  DOLERITE_RETURN_IF_ERROR(AddProfiles(end, &batch));
  const auto share = [&](const Buffer& all) {
    // A slice of the chunk's column: no value is copied.
    const int64_t* const first = static_cast<const int64_t*>(all.data) + begin_;
    batch.columns.push_back(Column::Shared({first, all.owner}, batch.rows));
  };
  share(times_);
  for (const Buffer& values : values_) share(values);
  batch.columns.push_back(std::move(stacks));
  if (shared_.columns.links) DOLERITE_RETURN_IF_ERROR(AddLinks(end, &batch));
  DOLERITE_RETURN_IF_ERROR(AddLabels(end, &batch));
  begin_ = end;
  return batch;
}

// The frames of the rows [begin_, *end) as one list column. Sets *end to the row where the batch
// must end. Frames are bounded in all, since a small file may name a deep stack in every sample.
absl::StatusOr<Column> DatasetSamples::Stacks(size_t* end) {
  std::vector<int32_t> offsets = {0};
  std::vector<uint32_t> items;
  items.reserve(most_frames_);
  size_t row = begin_;
  for (; row < *end && items.size() < kBatchFrames; ++row) {
    DOLERITE_ASSIGN_OR_RETURN(const std::span<const uint32_t> frames,
                              frames_->Of(rows_.stacks[row]));
    if (frames.size() > shared_.frames_left) {
      return ResourceExhausted(
          "the stacks of these samples have more frames, in all, than their "
          "blocks' bytes speak for");
    }
    shared_.frames_left -= frames.size();
    items.insert(items.end(), frames.begin(), frames.end());
    offsets.push_back(static_cast<int32_t>(items.size()));
  }
  *end = row;
  most_frames_ = std::max(most_frames_, items.size());
  return Column::List(std::move(offsets), Column::Of(std::move(items)));
}

// Rows name few profiles and few groups of labels: a dictionary has each id or text that the batch
// uses, once.
absl::Status DatasetSamples::AddProfiles(size_t end, Batch* batch) const {
  LocalCodes codes(ids_.size());
  std::vector<uint32_t> rows;
  rows.reserve(end - begin_);
  for (size_t i = begin_; i < end; ++i) rows.push_back(codes.Of(rows_.profiles[i]));
  DOLERITE_ASSIGN_OR_RETURN(
      Column column,
      WordColumn(
          rows, codes.met(), [&](uint32_t p) { return HexText(ids_[p]); }, &shared_.report));
  batch->columns.push_back(std::move(column));
  return absl::OkStatus();
}

absl::Status DatasetSamples::AddLabels(size_t end, Batch* batch) const {
  LocalCodes codes(groups_->size());
  std::vector<uint32_t> rows;
  rows.reserve(end - begin_);
  for (size_t i = begin_; i < end; ++i) rows.push_back(codes.Of(rows_.groups[i]));
  for (const std::string& name : shared_.columns.labels) {
    const auto word = [&](uint32_t group) { return groups_->labels(group).Get(name); };
    DOLERITE_ASSIGN_OR_RETURN(Column column, WordColumn(rows, codes.met(), word, &shared_.report));
    batch->columns.push_back(std::move(column));
  }
  return absl::OkStatus();
}

// Ids of traces and spans hardly repeat: plain texts.
absl::Status DatasetSamples::AddLinks(size_t end, Batch* batch) const {
  TextColumn traces(&shared_.report), spans(&shared_.report);
  std::vector<char> valid;
  for (size_t i = begin_; i < end; ++i) {
    const LinkBytes& link = rows_.links[i];
    valid.push_back(link != LinkBytes{});
    const std::span<const uint8_t> ids(link);
    traces.Add(valid.back() ? HexText(ids.first(16)) : "");
    spans.Add(valid.back() ? HexText(ids.subspan(16)) : "");
  }
  batch->columns.push_back(std::move(traces).Finish().Valid(valid));
  batch->columns.push_back(std::move(spans).Finish().Valid(valid));
  return absl::OkStatus();
}

}  // namespace dolerite::arrow
