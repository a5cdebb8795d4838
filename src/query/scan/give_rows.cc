// Rows of a chunk reach the sink in batches of one row group. Heads are given as they stand, as
// views of the chunk's columns, unless labels are selected. Bodies are copied into a buffer: whole
// columns where only the profile decides, else sample by sample.
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

// Rows of a column whose cell is not kNoCell, in place.
// No branch in the loop: each row is copied to the place of the next kept one.
template <class T>
void Keep(const std::vector<uint32_t>& cells, std::vector<T>* column) {
  size_t kept = 0;
  for (size_t i = 0; i < column->size(); ++i) {
    (*column)[kept] = (*column)[i];
    kept += cells[i] != kNoCell;
  }
  column->resize(kept);
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
      DOLERITE_RETURN_IF_ERROR(plain ? GivePlainGroup(g, group, sample)
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

// Fast path: no filter of labels, links or times applies, so whole columns are copied. If all
// profiles count for one cell, the batch needs no column of cells; if some are not selected, their
// rows are dropped afterwards.
absl::Status RowGiver::GivePlainGroup(uint32_t g, const RowGroup& group, size_t begin) {
  const ChunkRuns& runs = chunk_->reader->runs();
  profile_cells_.clear();
  for (uint32_t p = 0; p < group.profiles; ++p) {
    profile_cells_.push_back(CellOf(group.first_profile + p));
  }
  const uint32_t first = profile_cells_[0];
  const bool one_cell = first != kNoCell && std::count(profile_cells_.begin(), profile_cells_.end(),
                                                       first) == group.profiles;
  Buffer& b = buffer_;
  b.Clear(chunk_->values.size());
  const auto expand = [&](const std::vector<uint32_t>& column, std::vector<uint32_t>* out) {
    for (uint32_t run = runs.group_begin[g]; run < runs.group_begin[g + 1]; ++run) {
      out->insert(out->end(), runs.length[run], column[run]);
    }
  };
  expand(runs.stack, &b.stacks);
  const size_t rows = b.stacks.size();
  // Only where they were asked for.
  std::span ordinals(chunk_->reader->ordinals());
  if (!ordinals.empty()) ordinals = ordinals.subspan(begin, rows);
  const auto copy = [&](const auto& column, auto* out) {
    out->assign(column.begin() + begin, column.begin() + begin + rows);
  };
  if (wants_.labels && chunk_->reader->labels_in_key()) expand(runs.labels, &b.labels);
  if (wants_.labels && !chunk_->reader->labels_in_key())
    copy(chunk_->reader->body_labels(), &b.labels);
  if (wants_.links && !chunk_->links.empty()) copy(chunk_->links, &b.links);
  if (wants_.profiles) {
    for (uint32_t ordinal : ordinals) b.profiles.push_back(group.first_profile + ordinal);
  }
  for (size_t v = 0; v < chunk_->values.size(); ++v) copy(chunk_->values[v], &b.values[v]);
  if (one_cell) return GiveBuffer(first, true);

  for (uint32_t ordinal : ordinals) b.cells.push_back(profile_cells_[ordinal]);
  if (std::count(profile_cells_.begin(), profile_cells_.end(), kNoCell) > 0) DropUnselected();
  return GiveBuffer(0, false);
}

// Keeps the buffer's rows of selected profiles.
void RowGiver::DropUnselected() {
  Buffer& b = buffer_;
  Keep(b.cells, &b.stacks);
  if (!b.labels.empty()) Keep(b.cells, &b.labels);
  if (!b.links.empty()) Keep(b.cells, &b.links);
  if (!b.profiles.empty()) Keep(b.cells, &b.profiles);
  for (auto& column : b.values) Keep(b.cells, &column);
  Keep(b.cells, &b.cells);
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
