// Phases, each with what the one before has made:
//
//   1. tables in canonical order, without the rows that no profile uses;
//   2. profiles in canonical order, with ids of these tables;
//   3. row groups and chunks;
//   4. sections: of the stacks of each type, of chunks, then of other tables, cold ones apart from
//      hot ones;
//   5. the dataset's entry in the footer.
#include "block/dataset_encoder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "block/chunk.h"
#include "block/label_summary.h"
#include "block/link_filter.h"
#include "block/payload_section.h"
#include "block/row_groups.h"
#include "block/split_stacks.h"
#include "block/symbol_sections.h"

namespace dolerite {

namespace {

// Stacks are not marked: the merger has only those that samples refer to.
// Marks the rows of tables that headers, layouts and samples refer to.
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

class DatasetEncoder {
 public:
  DatasetEncoder(const CanonicalTables& canonical, CanonicalProfiles profiles,
                 const BlockOptions& options)
      : tables_(canonical.tables),
        profiles_(std::move(profiles)),
        options_(options),
        columns_{options.zstd_level, options.smallest, options.try_encodings, &zstd_} {}

  EncodedDataset Run(std::string name) && {
    EncodeTypeStacks();
    EncodeChunks();  // counts runs, too
    out_.need = NeedOf(tables_, profiles_, nodes_);
    EncodeTables();
    Summarize(std::move(name));
    return std::move(out_);
  }

 private:
  void EncodeTypeStacks();
  void EncodeChunks();
  void EncodeTables();
  void Summarize(std::string name);

  const MergedTables& tables_;
  CanonicalProfiles profiles_;
  const BlockOptions& options_;
  FrameEncoder zstd_;  // for all sections: its tables take longer to make than a small section
  const ColumnOptions columns_;
  uint64_t nodes_ = 0;                     // of the stack trees of all types
  std::vector<EncodedSection> stacks_;     // by type
  std::vector<std::string> link_filters_;  // by chunk
  EncodedDataset out_;
};

// Phase 4a. Each type gets the part of the stack tree that its samples need, and they get ids of
// its own: a question about one type reads the stacks of that type alone.
void DatasetEncoder::EncodeTypeStacks() {
  StackSplitter splitter(tables_.stacks);
  // One memory for all types: a list for each location.
  StackMemory memory(tables_.symbols.locations.size());
  const ProfileTable& table = profiles_.table;
  for (uint32_t type = 0, begin = 0; type < table.types.size(); ++type) {
    uint32_t end = begin;
    while (end < table.profiles.size() && table.series[table.profiles[end].series].type == type) {
      ++end;
    }
    const SplitStacks split =
        splitter.Split(std::span<SampleRows>(profiles_.rows).subspan(begin, end - begin));
    stacks_.push_back(EncodeStacks(split.tree, &memory, columns_, split.sampled, type));
    nodes_ += split.tree.size();
    begin = end;
  }
}

// Phase 4b. Heads are hot, the other sections of a chunk cold. Cold sections stand in stripes: a
// stripe ends with the chunk that takes it past stripe_bytes, and in it sections are sorted by
// kind, those of a kind by chunk. So a reader of one kind fetches neighbours, and a writer that
// streams holds one stripe.
void DatasetEncoder::EncodeChunks() {
  ProfileTable& table = profiles_.table;
  const ChunkWriteOptions chunk_options{columns_, options_.unscale_go_heap,
                                        options_.link_filter_bits};
  size_t stripe_begin = 0;
  uint64_t stripe_bytes = 0;
  const auto end_stripe = [&] {
    std::stable_sort(out_.cold.begin() + static_cast<ptrdiff_t>(stripe_begin), out_.cold.end(),
                     [](const auto& a, const auto& b) { return a.kind < b.kind; });
    stripe_begin = out_.cold.size(), stripe_bytes = 0;
  };
  // EncodeChunk also fills the groups' numbers of runs, which EncodeTables writes.
  for (uint32_t part = 0; part < table.chunks.size(); ++part) {
    const size_t cold_before = out_.cold.size();
    EncodedChunk chunk = EncodeChunk(part, profiles_.rows, tables_.symbols, chunk_options, &table);
    link_filters_.push_back(std::move(chunk.link_filter));
    for (EncodedSection& section : chunk.sections) {
      auto& to = section.kind == SectionKind::kHeads ? out_.hot : out_.cold;
      to.push_back(std::move(section));
    }
    std::optional<EncodedSection> payloads = EncodePayloads(table, profiles_.rows, part, columns_);
    if (payloads) out_.cold.push_back(*std::move(payloads));
    for (size_t i = cold_before; i < out_.cold.size(); ++i) {
      stripe_bytes += out_.cold[i].bytes.size();
    }
    if (stripe_bytes > options_.stripe_bytes) end_stripe();
  }
  end_stripe();
}

// Phase 4c. Kinds ascend here too. Tables that few queries read are cold; the link filter is the
// last hot section.
void DatasetEncoder::EncodeTables() {
  const Symbols& symbols = tables_.symbols;
  out_.cold.push_back(EncodeAddresses(tables_, columns_));
  out_.cold.push_back(EncodeLabels(symbols, columns_));
  for (EncodedSection& stacks : stacks_) out_.hot.push_back(std::move(stacks));
  out_.hot.push_back(EncodeSymbols(symbols, columns_));
  out_.hot.push_back(EncodeProfiles(profiles_.table, columns_));
  std::optional<EncodedSection> filters = EncodeLinkFilters(
      profiles_.table.chunks, std::move(link_filters_), options_.link_filter_bits, columns_);
  if (filters) out_.hot.push_back(*std::move(filters));
}

// Phase 5: totals of the dataset, so that a query can rule it out by the footer alone.
void DatasetEncoder::Summarize(std::string name) {
  const ProfileTable& table = profiles_.table;
  DatasetSummary& summary = out_.footer.summary;
  summary.name = std::move(name);
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

}  // namespace

EncodedDataset EncodeDataset(std::string name, const MergedTables& merged,
                             CollectedProfiles collected, const BlockOptions& options,
                             const FormatBounds& bounds) {
  // `merged` is not changed: canonical tables are new ones, with maps from old ids to new ones.
  const CanonicalTables canonical = MakeCanonical(merged, UsedBy(collected, merged));
  CanonicalProfiles profiles = MakeCanonicalProfiles(std::move(collected), canonical);
  MakeRowGroups(options, bounds, profiles.rows, profiles.loads, &profiles.table);
  return DatasetEncoder(canonical, std::move(profiles), options).Run(std::move(name));
}

}  // namespace dolerite
