// Phases, of which the first is run for each input and the others once:
//
//   1. Add (merge_input.cc): the input's tables are merged into the union, row by row of what its
//      profiles use; of its samples only maps of ids are kept, and of its profiles the rows of the
//      profile table;
//   2. the union is put into canonical order, and profiles with it; of those that several inputs
//      have, one stays. Content checks and totals are the same in every block;
//   3. row groups and chunks, by what the rows say;
//   4. the stacks of each type; from here on maps of ids lead to the ids of the output;
//   5. chunk by chunk, samples are read from the inputs (merge_source.h) and encoded.
//
// Phase 1 reads samples only where they tell what tables do not: which rows of tables are used when
// some profiles are left out, and how many timestamps or bytes of payloads a profile has.
#include "block/dataset_merger.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "block/dataset_counts.h"
#include "block/row_groups.h"

namespace dolerite {

size_t MemoryOf(const MergedTables& tables) {
  return tables.symbols.memory_bytes() + tables.stacks.size() * 2 * sizeof(uint32_t) +
         tables.layouts.items.size() * sizeof(LayoutEntry);
}

DatasetMerger::DatasetMerger(std::string name, const BlockOptions& options, MemoryBudget* memory,
                             const CallContext& call, MergeRules rules)
    : name_(std::move(name)),
      options_(options),
      call_(call),
      rules_(std::move(rules)),
      memory_(memory),
      held_(memory),
      tables_(memory),
      merger_(std::make_unique<SymbolMerger>()) {}

// The union in canonical order. The merger goes, with its indexes.
absl::StatusOr<CanonicalTables> DatasetMerger::Canonical() {
  const MergedTables& merged = merger_->tables();
  UsedRows used(merged);
  std::copy(used_sets_.begin(), used_sets_.end(), used.attribute_sets.begin());
  for (const ProfileRow& row : rows_) used.layouts[row.layout] = 1;
  MemoryLease sorting(memory_);
  DOLERITE_RETURN_IF_ERROR(sorting.Take(2 * MemoryOf(merged), "tables in canonical order"));
  DOLERITE_ASSIGN_OR_RETURN(CanonicalTables canonical,
                            MakeCanonical(merged, std::move(used), call_));
  merger_.reset();
  used_sets_ = {};
  remap_ = {};
  tables_.Release();
  sorting.Release();
  DOLERITE_RETURN_IF_ERROR(
      held_.Take(5 * MemoryOf(canonical.tables) / 4, "tables in canonical order"));
  return canonical;
}

// Ids of profiles that came without one follow from types, series and headers; these are sorted
// now.
void DatasetMerger::Rank(const CanonicalTables& canonical) {
  const CollectedRanks ranks = RankTables(collected_, canonical, &table_);
  collected_ = {};
  for (MergeSource& source : sources_) {
    for (uint32_t& type : source.types) type = ranks.types.empty() ? 0 : ranks.types[type];
  }
  ProfileIds ids(table_);
  for (ProfileRow& row : rows_) {
    row.series = ranks.series[row.series];
    row.header = ranks.headers[row.header];
    row.layout = canonical.layouts[row.layout];
    row.id = ids.Of(row);
  }
}

// The order of a builder (canonical_profiles.cc). It compares content checks in place of samples.
void DatasetMerger::SortRows() {
  std::vector<uint32_t> order(rows_.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto key = [this](uint32_t i) {
    const ProfileRow& row = rows_[i];
    return std::tie(row.series, row.time_nanos, row.id, row.duration_nanos, row.header, row.layout,
                    row.has_id, row.check, origins_[i].source);
  };
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  DropDuplicates(&order);
  std::vector<MergeOrigin> origins;
  std::unordered_map<uint64_t, LoadCounts> counts;
  table_.profiles.reserve(order.size()), origins.reserve(order.size());
  for (uint32_t i : order) {
    const auto found = counts_.find(i);
    if (found != counts_.end()) counts[table_.profiles.size()] = found->second;
    table_.profiles.push_back(std::move(rows_[i]));
    origins.push_back(origins_[i]);
  }
  origins_ = std::move(origins);
  counts_ = std::move(counts);
  rows_ = {};
  if (duplicates_ > 0) DropUnusedHeaders();
}

// Where several inputs have a profile, equal in everything but perhaps its header, the one of the
// first input stays. Equal ones need not be neighbours, as headers are part of the order.
void DatasetMerger::DropDuplicates(std::vector<uint32_t>* order) {
  const auto key = [this](uint32_t i) {
    const ProfileRow& row = rows_[i];
    return std::tie(row.series, row.time_nanos, row.id, row.duration_nanos);
  };
  std::vector<uint32_t> kept;
  for (size_t begin = 0, end = 0; begin < order->size(); begin = end) {
    while (end < order->size() && key((*order)[end]) == key((*order)[begin])) ++end;
    if (end - begin == 1) {
      kept.push_back((*order)[begin]);
      continue;
    }
    std::map<uint32_t, uint32_t> first;  // by content check
    for (size_t i = begin; i < end; ++i) {
      const uint32_t row = (*order)[i];
      const auto [at, is_new] = first.emplace(rows_[row].check, row);
      if (!is_new && origins_[row].source < origins_[at->second].source) at->second = row;
    }
    for (size_t i = begin; i < end; ++i) {
      const uint32_t row = (*order)[i];
      if (first.at(rows_[row].check) == row) kept.push_back(row);
    }
  }
  duplicates_ = order->size() - kept.size();
  *order = std::move(kept);
}

// Only duplicates may have had them.
void DatasetMerger::DropUnusedHeaders() {
  std::vector<uint32_t> number(table_.headers.size(), 0);
  for (const ProfileRow& row : table_.profiles) number[row.header] = 1;
  std::vector<ProfileHeader> headers;
  for (size_t i = 0; i < number.size(); ++i) {
    if (number[i] == 0) continue;
    number[i] = static_cast<uint32_t>(headers.size());
    headers.push_back(std::move(table_.headers[i]));
  }
  table_.headers = std::move(headers);
  for (ProfileRow& row : table_.profiles) row.header = number[row.header];
}

ChunkLoad DatasetMerger::LoadOfRow(uint32_t p) const {
  const ProfileRow& row = table_.profiles[p];
  const auto found = counts_.find(p);
  if (found != counts_.end()) {
    LoadCounts counts = found->second;
    // A rule may have taken some.
    counts.sample_types = table_.type_of(row).sample_types.size();
    return LoadOf(counts);
  }
  const MergeOrigin& origin = origins_[p];
  const MergeSource& source = sources_[origin.source];
  return LoadOf({row.samples, table_.type_of(row).sample_types.size(), 0, 0,
                 source.links[source.chunk_of[origin.row]] != 0, 0});
}

// Phase 4. Each map of ids is unpacked twice: to say which nodes its type has, and when they have
// got their ids.
void DatasetMerger::EncodeStacks(const CanonicalTables& canonical, TypeStackEncoder* stacks) {
  for (uint32_t type = 0; type < table_.types.size(); ++type) {
    const auto of_type = [&](const auto& visit) {
      for (MergeSource& source : sources_) {
        for (size_t t = 0; t < source.types.size(); ++t) {
          if (source.types[t] == type && source.stacks[t].size() > 0) visit(&source.stacks[t]);
        }
      }
    };
    of_type([&](const PackedIds* packed) {
      for (uint32_t node : packed->Unpack()) stacks->Add(canonical.stacks.data()[node]);
    });
    stacks->EndType();
    std::vector<uint32_t>& nodes = nodes_of_.emplace_back();
    of_type([&](PackedIds* packed) {
      std::vector<uint32_t> ids = packed->Unpack();
      for (uint32_t& id : ids) {
        const uint32_t node = canonical.stacks.data()[id];
        id = stacks->IdOf(node);
        if (!rules_.change_content()) continue;
        nodes.resize(std::max<size_t>(nodes.size(), id + size_t{1}));
        nodes[id] = node;
      }
      *packed = PackedIds(ids);
    });
  }
  for (MergeSource& source : sources_) {
    std::vector<uint32_t> sets = source.attribute_sets.Unpack();
    for (uint32_t& set : sets) set = canonical.attribute_sets[set];
    source.attribute_sets = PackedIds(sets);
  }
}

// What a rule changes of a profile's samples, beside values and ids of label sets: their order, and
// the content check.
absl::Status DatasetMerger::ChangeRows(const ContentHashes& hashes, uint32_t p, SampleRows* rows) {
  ProfileRow& row = table_.profiles[p];
  const uint32_t type = table_.series[row.series].type;
  dolerite::SortRows(rows, table_.types[type].sample_types.size());
  std::vector<uint32_t> ids = rows->stack;
  for (uint32_t& stack : rows->stack) stack = nodes_of_[type][stack];
  row.check = ContentCheck(*rows, table_.checked_header(row), hashes);
  rows->stack = std::move(ids);
  return absl::OkStatus();
}

absl::StatusOr<EncodedDataset> DatasetMerger::Finish(const SectionSink& cold,
                                                     MemoryLease* hot_memory) {
  // Phase 2.
  DOLERITE_ASSIGN_OR_RETURN(CanonicalTables canonical, Canonical());
  Rank(canonical);
  SortRows();
  DatasetCounts counts = CountsOf(canonical.tables);
  counts.profiles = table_.profiles.size(), counts.series = table_.series.size();
  counts.types = table_.types.size(), counts.headers = table_.headers.size();
  DOLERITE_RETURN_IF_ERROR(CheckDataset(counts, kFormatBounds));
  // Phase 3.
  const LoadOfProfile load_of = [this](uint32_t p) { return LoadOfRow(p); };
  MakeRowGroups(options_, kFormatBounds, load_of, &table_);
  // Phase 4.
  FrameEncoder zstd;
  DatasetParts parts{name_, &canonical.tables, &table_, {}, 0, &zstd, rules_.bodies, {}};
  {
    MemoryLease encoding(memory_);
    DOLERITE_RETURN_IF_ERROR(
        encoding.Take(canonical.tables.stacks.size() * 72 +
                          canonical.tables.symbols.locations.size() * kStackDecodeLocationBytes,
                      "stacks"));
    TypeStackEncoder stacks(canonical.tables, ColumnOptionsOf(options_, &zstd));
    EncodeStacks(canonical, &stacks);
    parts.nodes = stacks.nodes();
    parts.stacks = std::move(stacks).Take();
  }
  canonical.stacks = {}, canonical.strings = {}, canonical.attribute_sets = {};
  // Phase 5.
  ContentHashes hashes;
  MergedChunks::Change change;
  if (rules_.change_content()) {
    DOLERITE_ASSIGN_OR_RETURN(hashes, HashContent(canonical.tables, call_));
    change = [&](uint32_t p, SampleRows* rows) { return ChangeRows(hashes, p, rows); };
  }
  MergedChunks chunks(sources_, table_, origins_, load_of, memory_, call_, change);
  absl::StatusOr<EncodedDataset> encoded = EncodeDataset(
      std::move(parts), options_, [&](uint32_t part) { return chunks.Take(part); }, cold,
      hot_memory);
  failed_input_ = chunks.failed_source();
  if (encoded.ok()) dropped_.bodies = encoded->bodies_dropped;
  return encoded;
}

}  // namespace dolerite
