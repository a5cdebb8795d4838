// Phases, each with what the one before has made:
//
//   1. tables in canonical order, without the rows that no profile uses;
//   2. profiles in canonical order, with ids of these tables;
//   3. row groups and chunks;
//   4. the stacks of each type, cut out of the dataset's;
//   5. chunks: cold sections go out stripe by stripe, hot ones are kept;
//   6. sections of other tables, and the dataset's entry in the footer.
//
// Phases 5 and 6 know samples by chunk alone. Whoever merges blocks makes the first four of their
// tables (dataset_merger.h). Of collected profiles, chunks and most tables are encoded before they
// are put in order, side by side where the host lends threads.
#include "block/dataset_encoder.h"

#include <algorithm>
#include <utility>

#include "base/out_of_memory.h"
#include "base/run_tasks.h"
#include "base/status.h"
#include "block/label_summary.h"
#include "block/link_filter.h"
#include "block/payload_section.h"
#include "block/row_groups.h"
#include "block/symbol_sections.h"

namespace dolerite {

namespace {

// Marks the rows of tables that headers, layouts and samples refer to. Stacks are not marked: the
// merger has only those that samples refer to.
UsedRows UsedBy(const CollectedProfiles& collected, const MergedTables& merged) {
  UsedRows used(merged);
  for (uint32_t i = 0; i < collected.headers.size(); ++i) {
    used.attribute_sets[collected.headers[i].attributes.value] = 1;
  }
  for (const CollectedProfiles::Pending& profile : collected.profiles) {
    used.layouts[profile.row.layout] = 1;
    for (uint32_t labels : profile.rows.labels) used.attribute_sets[labels] = 1;
  }
  return used;
}

ChunkWriteOptions ChunkOptionsOf(const BlockOptions& options, const ColumnOptions& columns,
                                 bool drop_bodies) {
  return {columns, options.unscale_go_heap, options.link_filter_bits, drop_bodies};
}

// Also fills the numbers of runs of the chunk's groups.
MadeChunk MakeChunk(uint32_t part, const std::vector<SampleRows>& rows, const Symbols& symbols,
                    const ChunkWriteOptions& options, ProfileTable* table) {
  MadeChunk made{EncodeChunk(part, rows, symbols, options, table), NeedOfChunk(*table, part, rows)};
  if (made.chunk.bodies_dropped) return made;
  std::optional<EncodedSection> payloads = EncodePayloads(rows, part, options.columns);
  if (payloads) made.chunk.sections.push_back(*std::move(payloads));
  return made;
}

// Phases 5 and 6.
class DatasetEncoder {
 public:
  DatasetEncoder(DatasetParts parts, const BlockOptions& options, const ChunkSource& source,
                 const SectionSink& cold, MemoryLease* hot_memory)
      : parts_(std::move(parts)),
        options_(options),
        columns_(ColumnOptionsOf(options, parts_.zstd)),
        source_(source),
        cold_(cold),
        hot_memory_(hot_memory) {}

  absl::StatusOr<EncodedDataset> Run() && {
    DOLERITE_RETURN_IF_ERROR(EncodeChunks());  // counts runs, too
    out_.need = NeedOf(*parts_.tables, *parts_.table, parts_.nodes, largest_chunk_);
    DOLERITE_RETURN_IF_ERROR(EncodeTables());
    Summarize();
    return std::move(out_);
  }

 private:
  absl::Status EncodeChunks();
  absl::Status EncodeChunk(uint32_t part);
  absl::Status AddChunk(uint32_t part, MadeChunk made);
  absl::Status EndStripe();
  absl::Status AddHot(EncodedSection section);
  absl::Status EncodeTables();
  void Summarize();

  DatasetParts parts_;
  const BlockOptions& options_;
  const ColumnOptions columns_;
  const ChunkSource& source_;
  const SectionSink& cold_;
  MemoryLease* const hot_memory_;
  std::vector<EncodedSection> stripe_;
  uint64_t stripe_bytes_ = 0;
  uint64_t largest_chunk_ = 0;             // as a reader decodes it
  std::vector<std::string> link_filters_;  // by chunk
  EncodedDataset out_;
};

// Heads are hot, the other sections of a chunk cold. Cold sections stand in stripes: a stripe ends
// with the chunk that takes it past stripe_bytes, and in it sections are sorted by kind, those of a
// kind by chunk. So a reader of one kind fetches neighbours, and a writer that streams holds one
// stripe.
absl::Status DatasetEncoder::EncodeChunks() {
  for (uint32_t part = 0; part < parts_.table->chunks.size(); ++part) {
    DOLERITE_RETURN_IF_ERROR(EncodeChunk(part));
    if (stripe_bytes_ > options_.stripe_bytes) DOLERITE_RETURN_IF_ERROR(EndStripe());
  }
  return EndStripe();
}

// Also fills the numbers of runs of the chunk's groups, which EncodeTables writes.
absl::Status DatasetEncoder::EncodeChunk(uint32_t part) {
  DOLERITE_ASSIGN_OR_RETURN(SamplesOfChunk samples, source_(part));
  if (MadeChunk* const made = std::get_if<MadeChunk>(&samples)) {
    return AddChunk(part, std::move(*made));
  }
  const Symbols& symbols = parts_.tables->symbols;
  const ChunkWriteOptions options = ChunkOptionsOf(options_, columns_, parts_.drop_bodies);
  if (ChunkPool* const pool = std::get_if<ChunkPool>(&samples)) {
    const uint64_t all = pool->size(), linked = pool->linked_samples;
    EncodedChunk chunk =
        dolerite::EncodeChunk(part, std::move(*pool), symbols, options, parts_.table);
    return AddChunk(part, {std::move(chunk), NeedOfChunk(*parts_.table, part, all, linked)});
  }
  const auto& rows = std::get<std::vector<SampleRows>>(samples);
  return AddChunk(part, MakeChunk(part, rows, symbols, options, parts_.table));
}

absl::Status DatasetEncoder::AddChunk(uint32_t part, MadeChunk made) {
  EncodedChunk& chunk = made.chunk;
  largest_chunk_ = std::max(largest_chunk_, made.need);
  link_filters_.push_back(std::move(chunk.link_filter));
  for (const RowGroup& group : parts_.table->groups_of(parts_.table->chunks[part])) {
    if (chunk.bodies_dropped) out_.bodies_dropped += group.profiles;
  }
  for (EncodedSection& section : chunk.sections) {
    if (section.kind == SectionKind::kHeads) {
      DOLERITE_RETURN_IF_ERROR(AddHot(std::move(section)));
      continue;
    }
    stripe_bytes_ += section.bytes.size();
    stripe_.push_back(std::move(section));
  }
  return absl::OkStatus();
}

absl::Status DatasetEncoder::AddHot(EncodedSection section) {
  if (hot_memory_ != nullptr) {
    DOLERITE_RETURN_IF_ERROR(
        hot_memory_->Take(section.bytes.capacity() + sizeof section, "hot sections"));
  }
  out_.hot.push_back(std::move(section));
  return absl::OkStatus();
}

absl::Status DatasetEncoder::EndStripe() {
  std::stable_sort(stripe_.begin(), stripe_.end(),
                   [](const auto& a, const auto& b) { return a.kind < b.kind; });
  for (EncodedSection& section : stripe_) DOLERITE_RETURN_IF_ERROR(cold_(std::move(section)));
  stripe_.clear();
  stripe_bytes_ = 0;
  return absl::OkStatus();
}

// Kinds ascend here too. Tables that few queries read are cold; the link filter is the last hot
// section.
absl::Status DatasetEncoder::EncodeTables() {
  const Symbols& symbols = parts_.tables->symbols;
  std::optional<TableSections>& made = parts_.made;
  DOLERITE_RETURN_IF_ERROR(
      cold_(made ? std::move(made->addresses) : EncodeAddresses(*parts_.tables, columns_)));
  DOLERITE_RETURN_IF_ERROR(cold_(made ? std::move(made->labels) : EncodeLabels(symbols, columns_)));
  for (EncodedSection& stacks : parts_.stacks) {
    DOLERITE_RETURN_IF_ERROR(AddHot(std::move(stacks)));
  }
  DOLERITE_RETURN_IF_ERROR(
      AddHot(made ? std::move(made->symbols) : EncodeSymbols(symbols, columns_)));
  DOLERITE_RETURN_IF_ERROR(AddHot(EncodeProfiles(*parts_.table, columns_)));
  std::optional<EncodedSection> filters = EncodeLinkFilters(
      parts_.table->chunks, std::move(link_filters_), options_.link_filter_bits, columns_);
  return filters ? AddHot(*std::move(filters)) : absl::OkStatus();
}

// Totals of the dataset, so that a query can rule it out by the footer alone.
void DatasetEncoder::Summarize() {
  const ProfileTable& table = *parts_.table;
  DatasetSummary& summary = out_.footer.summary;
  summary.name = std::move(parts_.name);
  summary.profiles = table.profiles.size();
  summary.series = table.series.size();
  for (const ProfileRow& row : table.profiles) {
    // The first row begins both ranges; later ones widen them.
    const bool first = &row == &table.profiles[0];
    summary.samples += row.samples;
    summary.min_time_nanos =
        first ? row.time_nanos : std::min(summary.min_time_nanos, row.time_nanos);
    summary.max_time_nanos =
        first ? row.time_nanos : std::max(summary.max_time_nanos, row.time_nanos);
  }
  out_.footer.label_summary = SummarizeLabels(table);
}

// Phase 4. Each type gets the part of the stack tree that its samples need, and they get ids of its
// own: a question about one type reads the stacks of that type alone.
std::vector<SplitStacks> SplitByType(const StackTree& all, CanonicalProfiles* profiles) {
  const ProfileTable& table = profiles->table;
  StackSplitter splitter(all);
  std::vector<SplitStacks> types;
  for (size_t begin = 0; types.size() < table.types.size();) {
    size_t end = begin;
    while (end < table.profiles.size() &&
           table.series[table.profiles[end].series].type == types.size()) {
      ++end;
    }
    types.push_back(splitter.Split(std::span(profiles->rows).subspan(begin, end - begin)));
    begin = end;
  }
  return types;
}

// The rows of a chunk's profiles are not needed any more once it is written.
std::vector<SampleRows> TakeRows(const ProfileTable& table, uint32_t part,
                                 std::vector<SampleRows>* all) {
  std::vector<SampleRows> rows;
  for (const RowGroup& group : table.groups_of(table.chunks[part])) {
    for (uint32_t p = group.first_profile; p < group.first_profile + group.profiles; ++p) {
      rows.push_back(std::move((*all)[p]));
    }
  }
  return rows;
}

// Makes sections that do not wait for each other: the largest first, so that threads end at about
// the same time.
class SectionMaker {
 public:
  SectionMaker(const MergedTables& tables, CanonicalProfiles* profiles,
               std::vector<SplitStacks> types, const BlockOptions& options)
      : tables_(tables),
        profiles_(*profiles),
        types_(std::move(types)),
        options_(options),
        chunks_(profiles->table.chunks.size()) {}

  // `zstd` is used by one thread; others have their own.
  absl::Status Run(Executor* executor, FrameEncoder* zstd) {
    if (!IsLarge()) executor = nullptr;
    const size_t tasks = kTables + chunks_.size();
    std::vector<FrameEncoder> others(WorkersFor(executor, tasks) - 1);
    return RunEach(executor, tasks, [&](size_t task, size_t worker) {
      FrameEncoder* const its = worker == 0 ? zstd : &others[worker - 1];
      return WithinMemory([&] {
        Make(task, ColumnOptionsOf(options_, its));
        return absl::OkStatus();
      });
    });
  }

  std::vector<EncodedSection> TakeStacks() { return std::move(stacks_); }
  TableSections TakeTables() { return std::move(made_); }
  MadeChunk TakeChunk(uint32_t part) { return std::move(chunks_[part]); }

 private:
  static constexpr size_t kTables = 4;

  // Whether other threads are worth their start.
  bool IsLarge() const {
    constexpr size_t kWorthThreads = 10'000;
    return tables_.stacks.size() + tables_.symbols.locations.size() > kWorthThreads;
  }

  void Make(size_t task, const ColumnOptions& columns) {
    switch (task) {
      case 0:
        return EncodeTypes(columns);
      case 1:
        made_.symbols = EncodeSymbols(tables_.symbols, columns);
        return;
      case 2:
        made_.addresses = EncodeAddresses(tables_, columns);
        return;
      case 3:
        made_.labels = EncodeLabels(tables_.symbols, columns);
        return;
      default: {
        const auto part = static_cast<uint32_t>(task - kTables);
        // Each chunk has profiles and groups of its own.
        chunks_[part] =
            MakeChunk(part, TakeRows(profiles_.table, part, &profiles_.rows), tables_.symbols,
                      ChunkOptionsOf(options_, columns, false), &profiles_.table);
      }
    }
  }

  void EncodeTypes(const ColumnOptions& columns) {
    StackMemory memory(tables_.symbols.locations.size());
    stacks_.reserve(types_.size());
    for (SplitStacks& type : types_) {
      const auto number = static_cast<uint32_t>(stacks_.size());
      stacks_.push_back(EncodeStacks(type.tree, &memory, columns, type.sampled, number));
      type = {};
    }
  }

  const MergedTables& tables_;
  CanonicalProfiles& profiles_;
  std::vector<SplitStacks> types_;
  const BlockOptions& options_;
  std::vector<EncodedSection> stacks_;
  TableSections made_;
  std::vector<MadeChunk> chunks_;
};

}  // namespace

ColumnOptions ColumnOptionsOf(const BlockOptions& options, FrameEncoder* zstd) {
  return {options.zstd_level, options.smallest, options.try_encodings, zstd};
}

TypeStackEncoder::TypeStackEncoder(const MergedTables& tables, const ColumnOptions& columns)
    : splitter_(tables.stacks), memory_(tables.symbols.locations.size()), columns_(columns) {}

void TypeStackEncoder::EndType() {
  const SplitStacks split = splitter_.Cut();
  nodes_ += split.tree.size();
  sections_.push_back(EncodeStacks(split.tree, &memory_, columns_, split.sampled,
                                   static_cast<uint32_t>(sections_.size())));
}

absl::StatusOr<EncodedDataset> EncodeDataset(DatasetParts parts, const BlockOptions& options,
                                             const ChunkSource& source, const SectionSink& cold,
                                             MemoryLease* hot_memory) {
  return DatasetEncoder(std::move(parts), options, source, cold, hot_memory).Run();
}

absl::StatusOr<EncodedDataset> EncodeDataset(std::string name, const MergedTables& merged,
                                             CollectedProfiles collected,
                                             const BlockOptions& options,
                                             const FormatBounds& bounds, Executor* executor) {
  // Phases 1 to 4. `merged` is not changed: canonical tables are new ones, with maps from old ids
  // to new ones.
  const CanonicalTables canonical = MakeCanonical(merged, UsedBy(collected, merged));
  CanonicalProfiles profiles = MakeCanonicalProfiles(std::move(collected), canonical);
  MakeRowGroups(
      options, bounds, [&](uint32_t p) { return profiles.loads[p]; }, &profiles.table);
  std::vector<SplitStacks> types = SplitByType(canonical.tables.stacks, &profiles);
  uint64_t nodes = 0;
  for (const SplitStacks& type : types) nodes += type.tree.size();
  // For all sections of a thread: its tables take longer to make than a small section.
  FrameEncoder zstd;
  SectionMaker maker(canonical.tables, &profiles, std::move(types), options);
  DOLERITE_RETURN_IF_ERROR(maker.Run(executor, &zstd));
  std::vector<EncodedSection> cold;
  // Neither the source nor the sink fails.
  absl::StatusOr<EncodedDataset> encoded = EncodeDataset(
      {std::move(name), &canonical.tables, &profiles.table, maker.TakeStacks(), nodes, &zstd, false,
       maker.TakeTables()},
      options, [&](uint32_t part) { return maker.TakeChunk(part); },
      [&](EncodedSection section) {
        cold.push_back(std::move(section));
        return absl::OkStatus();
      });
  encoded->cold = std::move(cold);
  return encoded;
}

}  // namespace dolerite
