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

}  // namespace

void DatasetSamples::Rows::Clear(size_t value_columns) {
  stacks.clear(), profiles.clear(), groups.clear(), times.clear(), links.clear();
  values.resize(value_columns);
  // Buffers were given away. The next chunk has about as many rows as the last ones.
  for (auto& column : values) column.clear(), column.reserve(stacks.capacity());
  times.reserve(stacks.capacity());
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
  profiles_.resize(scan_.table->profiles.size());
  for (size_t p = 0; p < profiles_.size(); ++p) {
    if (!scan_.selected[p]) continue;
    const ProfileRow& row = scan_.table->profiles[p];
    profiles_[p] = {ids.Of(row), row.time_nanos, groups_->SeriesGroup(row.series),
                    groups_->needs_sample_labels(row.series)};
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

// The group of each row: that of its series, or of its series and its own labels if the series
// lacks a name.
void DatasetSamples::TakeGroups(std::span<const uint32_t> labels, size_t before) {
  rows_.groups.resize(rows_.profiles.size());
  const uint32_t* const profiles = rows_.profiles.data();
  const uint32_t* const rows = selected_.all() ? nullptr : kept_.data();
  const OfProfile* const of = profiles_.data();
  uint32_t* const groups = rows_.groups.data();
  for (size_t i = before; i < rows_.profiles.size(); ++i) {
    const OfProfile& profile = of[profiles[i]];
    const size_t row = rows == nullptr ? i - before : rows[i - before];
    const uint32_t label_set = labels.empty() ? 0 : labels.data()[row];
    groups[i] = profile.group;
    if (label_set == 0 || !profile.labels_matter) continue;
    // Neighbours mostly have the same labels.
    if (profile.group != last_.series_group || label_set != last_.label_set) {
      last_ = {profile.group, label_set, groups_->GroupOf(profile.group, label_set)};
    }
    groups[i] = last_.group;
  }
}

// Column by column: of all rows of the batch, or of those whose stack is selected.
absl::Status DatasetSamples::Take(const RowBatch& batch) {
  const bool all = selected_.all();
  kept_.clear();
  for (uint32_t i = 0; !all && i < batch.rows; ++i) {
    if (selected_[batch.stacks[i]] != kNoStack) kept_.push_back(i);
  }
  const auto take = [&]<class T>(std::span<const T> from, std::vector<T>* to) {
    if (all) {
      to->insert(to->end(), from.begin(), from.end());
    } else {
      for (uint32_t i : kept_) to->push_back(from[i]);
    }
  };
  const size_t before = rows_.stacks.size();
  take(batch.stacks, &rows_.stacks);
  for (size_t i = before; !all && i < rows_.stacks.size(); ++i) {
    rows_.stacks[i] = selected_[rows_.stacks[i]];
  }
  take(batch.profiles, &rows_.profiles);
  for (size_t v = 0; v < rows_.values.size(); ++v) {
    take(batch.values[shared_.columns.values[v]], &rows_.values[v]);
  }
  if (!batch.times.empty()) {
    take(batch.times, &rows_.times);
  } else {
    rows_.times.resize(rows_.profiles.size());
    std::transform(rows_.profiles.begin() + static_cast<ptrdiff_t>(before), rows_.profiles.end(),
                   rows_.times.begin() + static_cast<ptrdiff_t>(before),
                   [of = profiles_.data()](uint32_t profile) { return of[profile].time; });
  }
  if (!batch.links.empty()) take(batch.links, &rows_.links);
  if (shared_.columns.links) rows_.links.resize(rows_.stacks.size());
  if (wants_.labels) TakeGroups(batch.labels, before);
  return reader_.HoldAtMost(rows_.memory_bytes() + shared_.functions.memory_bytes(),
                            "rows of samples");
}

// The stacks come first: they say where the batch ends.
absl::StatusOr<Batch> DatasetSamples::MakeBatch() {
  size_t end = std::min(rows_.stacks.size(), begin_ + shared_.columns.batch_rows);
  DOLERITE_ASSIGN_OR_RETURN(Column stacks, Stacks(&end));
  Batch batch;
  batch.rows = end - begin_;
  const Codes profiles(std::span(rows_.profiles).subspan(begin_, batch.rows), profiles_.size());
  const auto id = [&](uint32_t profile) { return HexText(profiles_[profile].id); };
  DOLERITE_RETURN_IF_ERROR(AddWords(profiles, id, &batch));
  const auto share = [&](const Buffer& all) {
    // A slice of the chunk's column: no value is copied.
    const int64_t* const first = static_cast<const int64_t*>(all.data) + begin_;
    batch.columns.push_back(Column::Shared({first, all.owner}, batch.rows));
  };
  share(times_);
  for (const Buffer& values : values_) share(values);
  batch.columns.push_back(std::move(stacks));
  if (shared_.columns.links) DOLERITE_RETURN_IF_ERROR(AddLinks(end, &batch));
  DOLERITE_RETURN_IF_ERROR(AddLabels(profiles, &batch));
  begin_ = end;
  return batch;
}

// The frames of the rows [begin_, *end) as one list column. Sets *end to the row where the batch
// must end. Frames are bounded in all, since a small file may name a deep stack in every sample.
absl::StatusOr<Column> DatasetSamples::Stacks(size_t* end) {
  std::vector<int32_t> offsets = {0};
  offsets.reserve(*end - begin_ + 1);
  std::vector<uint32_t> items;
  items.reserve(most_frames_);
  std::span<const uint32_t> frames;
  const uint32_t* const stacks = rows_.stacks.data();
  size_t row = begin_;
  for (; row < *end && items.size() < kBatchFrames; ++row) {
    // Rows of one stack follow each other.
    if (row == begin_ || stacks[row] != stacks[row - 1]) {
      DOLERITE_ASSIGN_OR_RETURN(frames, frames_->Of(stacks[row]));
    }
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
// uses, once. `word(id)` is a text or nothing; several ids may have one word.
template <class Word>
absl::Status DatasetSamples::AddWords(const Codes& codes, const Word& word, Batch* batch) const {
  Words words(&shared_.report);
  for (uint32_t id : codes.met) DOLERITE_RETURN_IF_ERROR(words.Add(word(id)));
  batch->columns.push_back(std::move(words).Spread(codes.rows));
  return absl::OkStatus();
}

// The codes of rows' groups: where no label of a sample matters, by way of the rows' profiles.
Codes DatasetSamples::GroupsOf(const Codes& profiles) const {
  if (wants_.labels) {
    return Codes(std::span(rows_.groups).subspan(begin_, profiles.rows.size()), groups_->size());
  }
  std::vector<uint32_t> of_profiles;
  for (uint32_t profile : profiles.met) of_profiles.push_back(profiles_[profile].group);
  Codes groups(of_profiles, groups_->size());
  groups.rows = Spread(groups.rows, profiles.rows);
  return groups;
}

absl::Status DatasetSamples::AddLabels(const Codes& profiles, Batch* batch) const {
  const Codes groups = GroupsOf(profiles);
  for (const std::string& name : shared_.columns.labels) {
    const auto word = [&](uint32_t group) { return groups_->labels(group).Get(name); };
    DOLERITE_RETURN_IF_ERROR(AddWords(groups, word, batch));
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
