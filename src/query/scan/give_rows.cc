// Rows of a chunk reach the sink in batches of one row group. Heads are given as they stand, as
// views of the chunk's columns, unless labels are selected. Bodies, too, where only the profile
// decides; else they are copied into a buffer, sample by sample.
#include "query/scan/give_rows.h"

#include <algorithm>
#include <numeric>

#include "base/status.h"

namespace dolerite {

namespace {

// The host is asked once in so many rows whether to go on: rows of about a millisecond, and the
// question costs nothing beside them.
constexpr size_t kRowsPerCheck = size_t{1} << 14;

// `rows` rows of a batch from row `begin` on. Columns that the batch does not have stay empty.
// The views stay valid: a slice is part of the same columns.
RowBatch SliceOf(const RowBatch& batch, size_t begin, size_t rows) {
  RowBatch slice = batch;
  slice.rows = rows;
  const auto cut = [&](auto* column) {
    if (!column->empty()) *column = column->subspan(begin, rows);
  };
  cut(&slice.cells), cut(&slice.stacks), cut(&slice.labels);
  cut(&slice.profiles), cut(&slice.links), cut(&slice.times);
  for (auto& column : slice.values) cut(&column);
  return slice;
}

// Whether a sample's link is selected. A link of zeros means that the sample has no link.
bool TakesLink(const Selection& s, const LinkBytes& link) {
  if (link == LinkBytes{}) return false;
  TraceId trace;
  SpanId span;
  std::copy(link.begin(), link.begin() + 16, trace.begin());
  std::copy(link.begin() + 16, link.end(), span.begin());
  const auto takes = [](const auto& ids, const auto& id) {
    return ids.empty() || std::binary_search(ids.begin(), ids.end(), id);
  };
  return takes(s.trace_ids, trace) && takes(s.span_ids, span);
}

}  // namespace

void RowGiver::Buffer::Clear(size_t value_columns) {
  cells.clear(), stacks.clear(), labels.clear(), profiles.clear();
  links.clear(), times.clear();
  values.resize(value_columns);
  for (auto& column : values) column.clear();
}

absl::Status RowGiver::Give(const ScanPart& part, const DecodedChunk& chunk) {
  chunk_ = &chunk;
  DOLERITE_RETURN_IF_ERROR(GiveHeads(part));
  return part.bodies ? GiveBodies(part) : absl::OkStatus();
}

// Sums of all wanted values are decoded for the whole chunk, then given group by group.
absl::Status RowGiver::GiveHeads(const ScanPart& part) {
  if (std::count(part.uses.begin(), part.uses.end(), GroupUse::kHeads) == 0) {
    return absl::OkStatus();
  }
  const std::vector<size_t>& value_rows = chunk_->value_rows;
  std::vector<std::vector<int64_t>> sums(value_rows.size());
  for (size_t v = 0; v < value_rows.size(); ++v) {
    DOLERITE_RETURN_IF_ERROR(chunk_->reader->Sums(value_rows[v], &sums[v]));
  }
  const ChunkRuns& runs = chunk_->reader->runs();
  for (size_t g = 0; g < part.uses.size(); ++g) {
    if (part.uses[g] != GroupUse::kHeads) continue;
    DOLERITE_RETURN_IF_ERROR(dataset_.reader->Check());
    const uint32_t begin = runs.group_begin[g], size = runs.group_begin[g + 1] - begin;
    cost_.rows += size;
    if (!label_sets_.empty()) {
      TakeHeads(begin, begin + size, sums);
      DOLERITE_RETURN_IF_ERROR(GiveBuffer(part.cells[g], true));
      continue;
    }
    RowBatch batch;
    batch.type = chunk_->type;
    batch.rows = size;
    batch.cell = part.cells[g];
    batch.stacks = std::span(runs.stack).subspan(begin, size);
    if (wants_.labels) batch.labels = std::span(runs.labels).subspan(begin, size);
    for (const auto& column : sums) batch.values.push_back(std::span(column).subspan(begin, size));
    DOLERITE_RETURN_IF_ERROR(GiveBatch(&batch));
  }
  return absl::OkStatus();
}

// Puts those runs of a group into the buffer whose label set is selected.
// Only chunks whose labels are in the key come here with a selection of labels; others are read
// from bodies.
void RowGiver::TakeHeads(uint32_t begin, uint32_t end,
                         const std::vector<std::vector<int64_t>>& sums) {
  const ChunkRuns& runs = chunk_->reader->runs();
  buffer_.Clear(sums.size());
  for (uint32_t run = begin; run < end; ++run) {
    if (!label_sets_[runs.labels[run]]) continue;
    buffer_.stacks.push_back(runs.stack[run]);
    buffer_.labels.push_back(runs.labels[run]);
    for (size_t v = 0; v < sums.size(); ++v) buffer_.values[v].push_back(sums[v][run]);
  }
}

// A row of the buffer, but for its time and values.
void RowGiver::TakeRow(uint32_t run, size_t sample, uint32_t cell, uint32_t profile) {
  buffer_.cells.push_back(cell);
  buffer_.stacks.push_back(chunk_->reader->runs().stack[run]);
  if (wants_.labels) buffer_.labels.push_back(chunk_->labels_of(run, sample));
  if (wants_.profiles) buffer_.profiles.push_back(profile);
  if (wants_.links && !chunk_->links.empty()) buffer_.links.push_back(chunk_->links[sample]);
}

// Applies the filters of labels, links and times to one sample, and adds a row for each moment that
// is left, or one row.
void RowGiver::TakeSample(uint32_t run, size_t sample, uint32_t cell, uint32_t profile) {
  if (!label_sets_.empty() && !label_sets_[chunk_->labels_of(run, sample)]) return;
  if (selection_.selects_links() &&
      (chunk_->links.empty() || !TakesLink(selection_, chunk_->links[sample])))
    return;
  if (!needs_.times) {
    TakeRow(run, sample, cell, profile);
    for (size_t v = 0; v < chunk_->values.size(); ++v)
      buffer_.values[v].push_back(chunk_->values[v][sample]);
    return;
  }
  const SampleMoments moments(chunk_->times ? &*chunk_->times : nullptr, sample,
                              table_.profiles[profile].time_nanos);
  const int64_t from = selection_.sample_start_nanos, to = selection_.sample_end_nanos;
  // Each moment is a row of its own, so that sums stay exact.
  const bool own_values = table_.types[chunk_->type].sample_types.size() == 1;
  unchecked_ += moments.size();
  for (size_t i = 0; i < moments.size(); ++i) {
    const int64_t time = moments.time(i);
    if (time < from || (time >= to && to != INT64_MAX)) continue;
    TakeRow(run, sample, cell, profile);
    if (wants_.times) buffer_.times.push_back(time);
    for (size_t v = 0; v < chunk_->values.size(); ++v) {
      buffer_.values[v].push_back(moments.value(i, chunk_->values[v][sample], own_values));
    }
  }
}

// Samples of a chunk follow each other group by group, so a running count finds each group's first
// sample, also past groups that are skipped.
absl::Status RowGiver::GiveBodies(const ScanPart& part) {
  const ChunkRuns& runs = chunk_->reader->runs();
  const Chunk& chunk = table_.chunks[part.chunk];
  const bool plain = GivesWholeGroups();
  size_t sample = 0;
  for (uint32_t g = 0; g < part.uses.size(); ++g) {
    const RowGroup& group = table_.groups[chunk.first_group + g];
    const size_t size = std::accumulate(runs.length.begin() + runs.group_begin[g],
                                        runs.length.begin() + runs.group_begin[g + 1], size_t{0});
    if (part.uses[g] == GroupUse::kBodies) {
      DOLERITE_RETURN_IF_ERROR(dataset_.reader->Check());
      cost_.rows += size;
      DOLERITE_RETURN_IF_ERROR(plain ? GivePlainGroup(group, {*chunk_->reader, g, sample, size})
                                     : GiveGroup(g, group.first_profile, sample));
    }
    sample += size;
  }
  return absl::OkStatus();
}

// The general path: every sample is looked at.
absl::Status RowGiver::GiveGroup(uint32_t g, uint32_t first, size_t sample) {
  const ChunkRuns& runs = chunk_->reader->runs();
  buffer_.Clear(chunk_->values.size());
  for (uint32_t run = runs.group_begin[g]; run < runs.group_begin[g + 1]; ++run) {
    for (const size_t end = sample + runs.length[run]; sample < end; ++sample) {
      const uint32_t profile = first + chunk_->reader->ordinals()[sample];
      const uint32_t cell = CellOf(profile);
      if (cell != kNoCell) TakeSample(run, sample, cell, profile);
      DOLERITE_RETURN_IF_ERROR(CheckOften(1));
    }
  }
  return GiveBuffer(0, false);
}

// Fast path: no filter of labels, links or times applies, so columns of the chunk are given as they
// are, without a copy. If all profiles count for one cell, the batch needs no column of cells; if
// some are not selected, their rows are dropped afterwards.
absl::Status RowGiver::GivePlainGroup(const RowGroup& group, const GroupSamples& samples) {
  if (samples.rows == 0) return absl::OkStatus();
  const ChunkReader& chunk = samples.chunk;
  Buffer& b = buffer_;
  RowBatch batch;
  batch.type = chunk_->type;
  batch.rows = samples.rows;
  batch.stacks = samples.OfRuns(chunk.runs().stack, &b.stacks);
  if (wants_.labels && chunk.labels_in_key()) {
    batch.labels = samples.OfRuns(chunk.runs().labels, &b.labels);
  } else if (wants_.labels) {
    batch.labels = samples.Of(chunk.body_labels());
  }
  if (wants_.links && !chunk_->links.empty()) batch.links = samples.Of(chunk_->links);
  if (wants_.profiles) {
    const auto row = [&](uint32_t ordinal) { return group.first_profile + ordinal; };
    batch.profiles = samples.OfProfiles(row, &b.profiles);
  }
  for (const auto& values : chunk_->values) batch.values.push_back(samples.Of(values));

  profile_cells_.clear();
  for (uint32_t p = 0; p < group.profiles; ++p) {
    profile_cells_.push_back(CellOf(group.first_profile + p));
  }
  const auto of_cell = [&](uint32_t cell) {
    return std::count(profile_cells_.begin(), profile_cells_.end(), cell);
  };
  batch.cell = profile_cells_[0];
  if (of_cell(batch.cell) == group.profiles && batch.cell != kNoCell) return GiveBatch(&batch);
  const auto cell = [of = profile_cells_.data()](uint32_t ordinal) { return of[ordinal]; };
  batch.cells = samples.OfProfiles(cell, &b.cells);
  if (of_cell(kNoCell) > 0) DropUnselected(&batch);
  return batch.rows == 0 ? absl::OkStatus() : GiveBatch(&batch);
}

// Keeps the rows of selected profiles. Cells come last, as they say which rows these are.
void RowGiver::DropUnselected(RowBatch* batch) {
  Buffer& b = buffer_;
  const auto dropped = std::count(b.cells.begin(), b.cells.end(), kNoCell);
  batch->rows -= static_cast<size_t>(dropped);
  Keep(b.cells, batch->rows, &batch->stacks, &b.stacks);
  Keep(b.cells, batch->rows, &batch->labels, &b.labels);
  Keep(b.cells, batch->rows, &batch->links, &b.links);
  Keep(b.cells, batch->rows, &batch->profiles, &b.profiles);
  b.values.resize(batch->values.size());
  for (size_t v = 0; v < b.values.size(); ++v) {
    Keep(b.cells, batch->rows, &batch->values[v], &b.values[v]);
  }
  Keep(b.cells, batch->rows, &batch->cells, &b.cells);
}

// `one_cell`: all rows are of `cell`; otherwise the buffer has a cell for each row.
absl::Status RowGiver::GiveBuffer(uint32_t cell, bool one_cell) {
  if (buffer_.stacks.empty()) return absl::OkStatus();
  RowBatch batch;
  batch.type = chunk_->type;
  batch.rows = buffer_.stacks.size();
  batch.cell = cell;
  if (!one_cell) batch.cells = buffer_.cells;
  batch.stacks = buffer_.stacks;
  batch.labels = buffer_.labels;
  batch.profiles = buffer_.profiles;
  batch.links = buffer_.links;
  batch.times = buffer_.times;
  for (const auto& column : buffer_.values) batch.values.push_back(column);
  return GiveBatch(&batch);
}

// Values that are too large for their unit are refused before any is given.
absl::Status RowGiver::GiveBatch(RowBatch* batch) {
  if (wants_.meant_value) batch->scale = dataset_.values[chunk_->type].scale;
  if (batch->scale != 1) {
    for (int64_t value : batch->values[0]) {
      DOLERITE_RETURN_IF_ERROR(Scaled(value, batch->scale).status());
    }
  }
  if (batch->rows <= kRowsPerCheck) return sink_(*batch);
  // A large batch goes to the sink in slices, so that the host may stop the call between them.
  for (size_t begin = 0; begin < batch->rows; begin += kRowsPerCheck) {
    const size_t rows = std::min(kRowsPerCheck, batch->rows - begin);
    DOLERITE_RETURN_IF_ERROR(CheckOften(rows));
    DOLERITE_RETURN_IF_ERROR(sink_(SliceOf(*batch, begin, rows)));
  }
  return absl::OkStatus();
}

// Single rows are counted, so that long groups ask too.
absl::Status RowGiver::CheckOften(size_t rows) {
  unchecked_ += rows;
  if (unchecked_ < kRowsPerCheck) return absl::OkStatus();
  unchecked_ = 0;
  return dataset_.reader->Check();
}

}  // namespace dolerite
