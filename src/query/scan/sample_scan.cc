// A scan has two phases. scan_parts chooses chunks and row groups from the profile table alone, and
// fetches their sections in one round of requests. Then this file decodes chunk after chunk and
// gives its rows to the sink: of groups that lie in one cell from heads, where sums by stack stand;
// of the others from bodies, where the samples stand.
#include "query/scan/sample_scan.h"

#include <algorithm>
#include <numeric>

#include "base/status.h"
#include "block/read_rows.h"
#include "query/scan/sample_times.h"
#include "query/scan/scan_parts.h"
#include "query/select/label_selection.h"

namespace dolerite {

namespace {

// The host is asked once in so many rows whether to go on: rows of about a millisecond, and the
// question costs nothing beside them.
constexpr size_t kRowsPerCheck = size_t{1} << 14;

// `rows` rows of a batch from row `begin` on. Columns that the batch does not have stay empty.
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

// Whether a sample's link is one of those that are selected. Zeros say that there is none.
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

class Scan {
 public:
  Scan(const DatasetScan& dataset, const RowWants& wants, size_t stacks, QueryCost* cost,
       const RowSink& sink)
      : dataset_(dataset),
        selection_(dataset.filter.selection()),
        table_(*dataset.table),
        wants_(wants),
        stacks_(stacks),
        cost_(*cost),
        sink_(sink),
        needs_(NeedsOf(dataset, wants)) {}

  absl::Status Run();

 private:
  uint32_t CellOf(uint32_t profile) const { return dolerite::CellOf(dataset_, wants_, profile); }
  absl::Status HoldPart(const ScanPart& part);
  absl::Status RunPart(const ScanPart& part);
  absl::Status ReadSamples(uint32_t part);
  absl::Status ReadValues(bool sums, std::vector<std::vector<int64_t>>* columns) const;
  absl::Status CheckRows(uint32_t part) const;
  absl::Status GiveHeads(const ScanPart& part);
  absl::Status GiveBodies(const ScanPart& part);
  absl::Status GiveGroup(uint32_t g, uint32_t first, size_t sample);
  absl::Status GivePlainGroup(uint32_t g, const RowGroup& group, size_t begin);
  void TakeSample(uint32_t run, size_t sample, uint32_t cell, uint32_t profile);
  void TakeRow(uint32_t run, size_t sample, uint32_t cell, uint32_t profile);
  absl::Status GiveBuffer(uint32_t cell, bool one_cell);
  absl::Status Give(RowBatch* batch);
  absl::Status CheckOften(size_t rows);

  const DatasetScan& dataset_;
  const Selection& selection_;
  const ProfileTable& table_;
  const RowWants& wants_;
  size_t stacks_;
  QueryCost& cost_;
  const RowSink& sink_;
  const ScanNeeds needs_;
  std::vector<char> label_sets_;  // selected ones; empty: all
  size_t label_set_count_ = 0;
  uint64_t held_ = 0;
  size_t unchecked_ = 0;  // rows since the host was asked

  // The chunk that is being read.
  std::optional<ChunkReader> chunk_;
  uint32_t type_ = 0;
  std::vector<size_t> value_rows_;            // of its type's values those that are wanted
  std::vector<std::vector<int64_t>> values_;  // by wanted value, sample by sample
  std::vector<LinkBytes> links_;
  std::optional<SampleTimes> times_;

  // Rows that are collected for the sink.
  struct Buffer {
    std::vector<uint32_t> cells, stacks, labels, profiles;
    std::vector<LinkBytes> links;
    std::vector<int64_t> times;
    std::vector<std::vector<int64_t>> values;

    // Keeps its memory.
    void Clear(size_t value_columns) {
      cells.clear(), stacks.clear(), labels.clear(), profiles.clear();
      links.clear(), times.clear();
      values.resize(value_columns);
      for (auto& column : values) column.clear();
    }
  } buffer_;
  std::vector<uint32_t> profile_cells_;  // of a group's profiles
};

absl::Status Scan::Run() {
  const std::vector<ScanPart> parts = ChooseParts(dataset_, wants_);
  DOLERITE_RETURN_IF_ERROR(FetchParts(dataset_, needs_, parts));
  if (needs_.labels) {
    DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, dataset_.reader->Labels());
    label_set_count_ = tables->symbols.attribute_sets.size();
    if (SelectsLabels(dataset_.filter)) {
      label_sets_ = SelectLabelSets(dataset_.filter, tables->symbols);
    }
  }
  for (const ScanPart& part : parts) {
    DOLERITE_RETURN_IF_ERROR(dataset_.reader->Check());
    DOLERITE_RETURN_IF_ERROR(HoldPart(part));
    DOLERITE_RETURN_IF_ERROR(RunPart(part));
  }
  return absl::OkStatus();
}

absl::Status Scan::HoldPart(const ScanPart& part) {
  const uint64_t bytes = DecodedBytes(dataset_, wants_, part);
  if (bytes <= held_) return absl::OkStatus();  // chunk after chunk uses the same memory
  DOLERITE_RETURN_IF_ERROR(dataset_.reader->Hold(bytes - held_, "samples"));
  held_ = bytes;
  return absl::OkStatus();
}

absl::Status Scan::RunPart(const ScanPart& part) {
  DOLERITE_ASSIGN_OR_RETURN(chunk_, OpenChunk(dataset_.reader, part.chunk));
  type_ = table_.chunks[part.chunk].type;
  const auto& types = table_.types[type_].sample_types;
  value_rows_.resize(wants_.values ? types.size() : 0);
  std::iota(value_rows_.begin(), value_rows_.end(), size_t{0});
  if (wants_.meant_value) value_rows_ = {dataset_.values[type_].row};
  const bool heads_suffice = chunk_->exact_sums() && (!needs_.labels || chunk_->labels_in_key());
  ScanPart now = part;
  for (GroupUse& use : now.uses) {
    cost_.row_groups += use != GroupUse::kSkip;
    if (use == GroupUse::kHeads && !heads_suffice) use = GroupUse::kBodies, now.bodies = true;
    cost_.row_groups_from_heads += use == GroupUse::kHeads;
  }
  if (now.bodies) DOLERITE_RETURN_IF_ERROR(ReadSamples(part.chunk));
  DOLERITE_RETURN_IF_ERROR(CheckRows(part.chunk));
  DOLERITE_RETURN_IF_ERROR(GiveHeads(now));
  return now.bodies ? GiveBodies(now) : absl::OkStatus();
}

absl::Status Scan::ReadSamples(uint32_t part) {
  DatasetReader* reader = dataset_.reader;
  DOLERITE_RETURN_IF_ERROR(OpenBodies(reader, part, &*chunk_));
  values_.resize(value_rows_.size());
  for (size_t v = 0; v < value_rows_.size(); ++v) {
    DOLERITE_RETURN_IF_ERROR(chunk_->Values(value_rows_[v], &values_[v]));
  }
  links_.clear(), times_.reset();
  if (needs_.links) {
    DOLERITE_ASSIGN_OR_RETURN(const SectionReader* links, reader->Find(SectionKind::kLinks, part));
    if (links != nullptr) DOLERITE_RETURN_IF_ERROR(chunk_->Links(*links, &links_));
  }
  if (needs_.times) {
    DOLERITE_ASSIGN_OR_RETURN(const SectionReader* times,
                              reader->Find(SectionKind::kTimestamps, part));
    if (times != nullptr) {
      SampleRows rows;
      DOLERITE_RETURN_IF_ERROR(
          chunk_->Timestamps(*times, chunk_->ProfileOf(), &rows, reader->limits().section_rows));
      times_.emplace(std::move(rows));
    }
  }
  return absl::OkStatus();
}

absl::Status Scan::CheckRows(uint32_t part) const {
  const auto outside = [&](const std::vector<uint32_t>& ids, size_t bound) {
    return std::any_of(ids.begin(), ids.end(), [&](uint32_t id) { return id >= bound; });
  };
  const auto& labels = chunk_->labels_in_key() ? chunk_->runs().labels : chunk_->body_labels();
  const bool stacks = outside(chunk_->runs().stack, stacks_);
  if (!stacks && !(needs_.labels && outside(labels, label_set_count_))) return absl::OkStatus();
  return DataLoss(dataset_.reader->block().Place(), ": heads section ", part, ": a sample's ",
                  stacks ? "stack" : "label set", " is not in its table");
}

absl::Status Scan::GiveHeads(const ScanPart& part) {
  if (std::count(part.uses.begin(), part.uses.end(), GroupUse::kHeads) == 0) {
    return absl::OkStatus();
  }
  std::vector<std::vector<int64_t>> sums(value_rows_.size());
  for (size_t v = 0; v < value_rows_.size(); ++v) {
    DOLERITE_RETURN_IF_ERROR(chunk_->Sums(value_rows_[v], &sums[v]));
  }
  const ChunkRuns& runs = chunk_->runs();
  for (size_t g = 0; g < part.uses.size(); ++g) {
    if (part.uses[g] != GroupUse::kHeads) continue;
    DOLERITE_RETURN_IF_ERROR(dataset_.reader->Check());
    const uint32_t begin = runs.group_begin[g], size = runs.group_begin[g + 1] - begin;
    cost_.rows += size;
    if (!label_sets_.empty()) {
      buffer_.Clear(sums.size());
      for (uint32_t run = begin; run < begin + size; ++run) {
        if (!label_sets_[runs.labels[run]]) continue;
        buffer_.stacks.push_back(runs.stack[run]);
        buffer_.labels.push_back(runs.labels[run]);
        for (size_t v = 0; v < sums.size(); ++v) buffer_.values[v].push_back(sums[v][run]);
      }
      DOLERITE_RETURN_IF_ERROR(GiveBuffer(part.cells[g], true));
      continue;
    }
    RowBatch batch;
    batch.type = type_;
    batch.rows = size;
    batch.cell = part.cells[g];
    batch.stacks = std::span(runs.stack).subspan(begin, size);
    if (wants_.labels) batch.labels = std::span(runs.labels).subspan(begin, size);
    for (const auto& column : sums) batch.values.push_back(std::span(column).subspan(begin, size));
    DOLERITE_RETURN_IF_ERROR(Give(&batch));
  }
  return absl::OkStatus();
}

// A row of the buffer, but for its time and values.
void Scan::TakeRow(uint32_t run, size_t sample, uint32_t cell, uint32_t profile) {
  buffer_.cells.push_back(cell);
  buffer_.stacks.push_back(chunk_->runs().stack[run]);
  if (wants_.labels) {
    buffer_.labels.push_back(chunk_->labels_in_key() ? chunk_->runs().labels[run]
                                                     : chunk_->body_labels()[sample]);
  }
  if (wants_.profiles) buffer_.profiles.push_back(profile);
  if (wants_.links && !links_.empty()) buffer_.links.push_back(links_[sample]);
}

void Scan::TakeSample(uint32_t run, size_t sample, uint32_t cell, uint32_t profile) {
  if (!label_sets_.empty()) {
    const uint32_t labels =
        chunk_->labels_in_key() ? chunk_->runs().labels[run] : chunk_->body_labels()[sample];
    if (!label_sets_[labels]) return;
  }
  if (selection_.selects_links() && (links_.empty() || !TakesLink(selection_, links_[sample])))
    return;
  if (!needs_.times) {
    TakeRow(run, sample, cell, profile);
    for (size_t v = 0; v < values_.size(); ++v) buffer_.values[v].push_back(values_[v][sample]);
    return;
  }
  const SampleMoments moments(times_ ? &*times_ : nullptr, sample,
                              table_.profiles[profile].time_nanos);
  const int64_t from = selection_.sample_start_nanos, to = selection_.sample_end_nanos;
  // Each moment is a row of its own, so that sums stay exact.
  const bool own_values = table_.types[type_].sample_types.size() == 1;
  unchecked_ += moments.size();
  for (size_t i = 0; i < moments.size(); ++i) {
    const int64_t time = moments.time(i);
    if (time < from || (time >= to && to != INT64_MAX)) continue;
    TakeRow(run, sample, cell, profile);
    if (wants_.times) buffer_.times.push_back(time);
    for (size_t v = 0; v < values_.size(); ++v) {
      buffer_.values[v].push_back(moments.value(i, values_[v][sample], own_values));
    }
  }
}

absl::Status Scan::GiveBodies(const ScanPart& part) {
  const ChunkRuns& runs = chunk_->runs();
  const Chunk& chunk = table_.chunks[part.chunk];
  const bool plain = label_sets_.empty() && !selection_.selects_links() && !needs_.times;
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

absl::Status Scan::GiveGroup(uint32_t g, uint32_t first, size_t sample) {
  const ChunkRuns& runs = chunk_->runs();
  buffer_.Clear(values_.size());
  for (uint32_t run = runs.group_begin[g]; run < runs.group_begin[g + 1]; ++run) {
    for (const size_t end = sample + runs.length[run]; sample < end; ++sample) {
      const uint32_t profile = first + chunk_->ordinals()[sample];
      const uint32_t cell = CellOf(profile);
      if (cell != kNoCell) TakeSample(run, sample, cell, profile);
      DOLERITE_RETURN_IF_ERROR(CheckOften(1));
    }
  }
  return GiveBuffer(0, false);
}

// Rows of a column whose cell is not kNoCell, in place.
template <class T>
void Keep(const std::vector<uint32_t>& cells, std::vector<T>* column) {
  size_t kept = 0;
  for (size_t i = 0; i < column->size(); ++i) {
    (*column)[kept] = (*column)[i];
    kept += cells[i] != kNoCell;
  }
  column->resize(kept);
}

// Fast path: no filter of labels, links or times applies, so whole columns are copied.
absl::Status Scan::GivePlainGroup(uint32_t g, const RowGroup& group, size_t begin) {
  const ChunkRuns& runs = chunk_->runs();
  profile_cells_.clear();
  for (uint32_t p = 0; p < group.profiles; ++p) {
    profile_cells_.push_back(CellOf(group.first_profile + p));
  }
  const uint32_t first = profile_cells_[0];
  const bool one_cell = first != kNoCell && std::count(profile_cells_.begin(), profile_cells_.end(),
                                                       first) == group.profiles;
  Buffer& b = buffer_;
  b.Clear(values_.size());
  const auto expand = [&](const std::vector<uint32_t>& column, std::vector<uint32_t>* out) {
    for (uint32_t run = runs.group_begin[g]; run < runs.group_begin[g + 1]; ++run) {
      out->insert(out->end(), runs.length[run], column[run]);
    }
  };
  expand(runs.stack, &b.stacks);
  const size_t rows = b.stacks.size();
  const std::span ordinals = std::span(chunk_->ordinals()).subspan(begin, rows);
  const auto copy = [&](const auto& column, auto* out) {
    out->assign(column.begin() + begin, column.begin() + begin + rows);
  };
  if (wants_.labels && chunk_->labels_in_key()) expand(runs.labels, &b.labels);
  if (wants_.labels && !chunk_->labels_in_key()) copy(chunk_->body_labels(), &b.labels);
  if (wants_.links && !links_.empty()) copy(links_, &b.links);
  if (wants_.profiles) {
    for (uint32_t ordinal : ordinals) b.profiles.push_back(group.first_profile + ordinal);
  }
  for (size_t v = 0; v < values_.size(); ++v) copy(values_[v], &b.values[v]);
  if (one_cell) return GiveBuffer(first, true);

  for (uint32_t ordinal : ordinals) b.cells.push_back(profile_cells_[ordinal]);
  if (std::count(profile_cells_.begin(), profile_cells_.end(), kNoCell) > 0) {
    Keep(b.cells, &b.stacks);
    if (!b.labels.empty()) Keep(b.cells, &b.labels);
    if (!b.links.empty()) Keep(b.cells, &b.links);
    if (!b.profiles.empty()) Keep(b.cells, &b.profiles);
    for (auto& column : b.values) Keep(b.cells, &column);
    Keep(b.cells, &b.cells);
  }
  return GiveBuffer(0, false);
}

absl::Status Scan::GiveBuffer(uint32_t cell, bool one_cell) {
  if (buffer_.stacks.empty()) return absl::OkStatus();
  RowBatch batch;
  batch.type = type_;
  batch.rows = buffer_.stacks.size();
  batch.cell = cell;
  if (!one_cell) batch.cells = buffer_.cells;
  batch.stacks = buffer_.stacks;
  batch.labels = buffer_.labels;
  batch.profiles = buffer_.profiles;
  batch.links = buffer_.links;
  batch.times = buffer_.times;
  for (const auto& column : buffer_.values) batch.values.push_back(column);
  return Give(&batch);
}

absl::Status Scan::Give(RowBatch* batch) {
  if (wants_.meant_value) batch->scale = dataset_.values[type_].scale;
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

absl::Status Scan::CheckOften(size_t rows) {
  unchecked_ += rows;
  if (unchecked_ < kRowsPerCheck) return absl::OkStatus();
  unchecked_ = 0;
  return dataset_.reader->Check();
}

}  // namespace

absl::Status ScanSamples(const DatasetScan& dataset, const RowWants& wants, size_t stacks,
                         QueryCost* cost, const RowSink& sink) {
  return Scan(dataset, wants, stacks, cost, sink).Run();
}

}  // namespace dolerite
