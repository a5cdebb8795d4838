// The first phase of a merge: one input after the other. Its tables are merged into the union, and
// its profiles keep their rows of the profile table; both go when it is done but for maps of ids.
#include <algorithm>
#include <numeric>
#include <utility>

#include "base/status.h"
#include "block/dataset_merger.h"
#include "block/profile_naming.h"
#include "block/read_rows.h"

namespace dolerite {

// The rows of an input's tables that its taken profiles use.
struct DatasetMerger::Used {
  std::vector<char> attribute_sets;
  std::vector<std::vector<char>> stacks;  // by type, by id; empty: none
};

namespace {

// What a profile takes beside its samples: its row as it comes and as it is sorted, and places.
constexpr size_t kMergedRowBytes = 2 * sizeof(ProfileRow) + 4 * sizeof(MergeOrigin);

// Makes a lease hold so many bytes.
absl::Status HoldExactly(size_t bytes, std::string_view what, MemoryLease* lease) {
  if (bytes > lease->taken()) return lease->Take(bytes - lease->taken(), what);
  lease->Return(lease->taken() - bytes);
  return absl::OkStatus();
}

std::vector<uint32_t> ChunkOfRows(const ProfileTable& table) {
  std::vector<uint32_t> chunk_of(table.profiles.size(), 0);
  for (uint32_t part = 0; part < table.chunks.size(); ++part) {
    for (const RowGroup& group : table.groups_of(table.chunks[part])) {
      std::fill_n(chunk_of.begin() + group.first_profile, group.profiles, part);
    }
  }
  return chunk_of;
}

// The part of a profile table that reading samples needs.
ProfileTable WithoutTexts(const ProfileTable& table) {
  ProfileTable out;
  out.types = table.types;
  for (const Series& series : table.series) out.series.push_back({series.type, {}});
  out.profiles = table.profiles, out.groups = table.groups, out.chunks = table.chunks;
  for (ProfileRow& row : out.profiles) row.totals.clear();
  return out;
}

// Rows of other tables that a profile table names; tables are read apart.
absl::Status CheckRows(const DatasetReader& reader, const ProfileTable& table,
                       const MergedTables& tables) {
  const size_t sets = tables.symbols.attribute_sets.size();
  for (const ProfileHeader& header : table.headers) {
    if (header.attributes.value >= sets) {
      return DataLoss(reader.block().Place(), ": a header names attributes ",
                      header.attributes.value, " of ", sets);
    }
  }
  for (const ProfileRow& row : table.profiles) {
    if (row.layout >= tables.layouts.size()) {
      return DataLoss(reader.block().Place(), ": a profile names layout ", row.layout, " of ",
                      tables.layouts.size());
    }
  }
  return absl::OkStatus();
}

std::vector<uint32_t> Identity(size_t size) {
  std::vector<uint32_t> ids(size);
  std::iota(ids.begin(), ids.end(), 0u);
  return ids;
}

}  // namespace

// Phase 1. The reader and its tables go when the call ends.
absl::Status DatasetMerger::Add(const MergeInput& input) {
  IoCost io;
  io.memory = memory_, io.call = &call_;
  DatasetReader reader(BlockAccess::Of(*input.block), input.dataset, &io);
  // Heads come later, with the other sections of their chunks.
  reader.FetchSparingly();
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, reader.Profiles());
  MergeSource& source = sources_.emplace_back();
  source.block = input.block, source.dataset = input.dataset;
  source.values.resize(table->types.size());
  for (size_t type = 0; type < table->types.size() && !rules_.sample_types.empty(); ++type) {
    source.values[type] = rules_.KeptValues(table->types[type]);
  }
  const std::vector<char> taken = TakenOf(input, *table, source.values);
  TypeSet types(table->types.size(), 0);
  for (size_t p = 0; p < taken.size(); ++p) {
    if (taken[p]) types[table->series[table->profiles[p].series].type] = 1;
  }
  if (std::find(types.begin(), types.end(), 1) == types.end()) return absl::OkStatus();
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, reader.Everything(types));
  DOLERITE_ASSIGN_OR_RETURN(table, reader.Profiles());
  DOLERITE_RETURN_IF_ERROR(CheckRows(reader, *table, *tables));
  source.chunk_of = ChunkOfRows(*table);
  source.stacks.resize(types.size());
  source.types.assign(types.size(), 0);
  Used used;
  used.attribute_sets.assign(tables->symbols.attribute_sets.size(), 0);
  used.stacks.resize(types.size());
  for (uint32_t type = 0; type < types.size(); ++type) {
    if (!types[type]) continue;
    DOLERITE_ASSIGN_OR_RETURN(const TypeStacks* stacks, reader.StacksOf(type));
    used.stacks[type].assign(stacks->ids.size(), 0);
  }
  DOLERITE_RETURN_IF_ERROR(FindUsed(&reader, taken, &source, &used));
  DOLERITE_RETURN_IF_ERROR(MergeTables(&reader, used, &source));
  DOLERITE_RETURN_IF_ERROR(CollectRows(*tables, *table, taken));
  source.table = WithoutTexts(*table);
  return held_.Take(source.memory_bytes(), "profile tables");
}

// Profiles without a sample type that stays go as a whole.
std::vector<char> DatasetMerger::TakenOf(const MergeInput& input, const ProfileTable& table,
                                         const std::vector<std::vector<uint32_t>>& values) {
  std::vector<char> taken(table.profiles.size(), 1);
  if (input.taken) taken = input.taken(table);
  if (rules_.sample_types.empty()) return taken;
  for (size_t p = 0; p < taken.size(); ++p) {
    if (!taken[p]) continue;
    const uint32_t type = table.series[table.profiles[p].series].type;
    const size_t all = table.types[type].sample_types.size(), stay = values[type].size();
    taken[p] = stay == all || stay > 0;
    dropped_.profiles += !taken[p];
    dropped_.sample_types += taken[p] ? all - stay : 0;
  }
  return taken;
}

// All rows of tables are used by some profile. If all profiles are taken, samples are read only
// for what tables do not tell.
absl::Status DatasetMerger::FindUsed(DatasetReader* reader, const std::vector<char>& taken,
                                     MergeSource* source, Used* used) {
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, reader->Profiles());
  // A rule changes label sets of samples but not those of tables: only samples tell which are
  // which.
  const bool all = rules_.labels.empty() && std::find(taken.begin(), taken.end(), 0) == taken.end();
  if (all) {
    used->attribute_sets.assign(used->attribute_sets.size(), 1);
    for (std::vector<char>& stacks : used->stacks) stacks.assign(stacks.size(), 1);
  }
  // Rows get their numbers when they are collected: taken ones in order.
  std::vector<uint64_t> number(taken.size());
  uint64_t next = rows_.size();
  for (size_t p = 0; p < taken.size(); ++p) number[p] = taken[p] ? next++ : 0;
  const auto has = [&](SectionKind kind, uint32_t part) {
    return reader->block().footer.Find(reader->footer(), {kind, part}) != nullptr;
  };
  for (uint32_t part = 0; part < table->chunks.size(); ++part) {
    source->links.push_back(has(SectionKind::kLinks, part));
    source->plain.push_back(!has(SectionKind::kTimestamps, part) &&
                            !has(SectionKind::kPayloads, part));
    const uint32_t type = table->chunks[part].type;
    if ((all && source->plain.back()) || used->stacks[type].empty()) continue;
    const std::vector<uint32_t> ids = Identity(used->stacks[type].size());
    DOLERITE_ASSIGN_OR_RETURN(const ChunkProfiles read,
                              ReadChunkProfiles(reader, {table, ids, used->attribute_sets.size()},
                                                part, [&](uint32_t p) { return taken[p] != 0; }));
    for (size_t i = 0; i < read.rows.size(); ++i) {
      const SampleRows& rows = read.rows[i];
      for (uint32_t stack : rows.stack) used->stacks[type][stack] = 1;
      for (uint32_t labels : rows.labels) used->attribute_sets[labels] = 1;
      if (rows.shape.empty() && rows.payload.empty() && rows.unknown_fields.empty()) continue;
      counts_[number[read.profiles[i]]] = {rows.size(),
                                           table->types[type].sample_types.size(),
                                           rows.timestamps.items.size(),
                                           rows.timestamp_values.size(),
                                           !rows.link.empty(),
                                           rows.payload.size() + rows.unknown_fields.size()};
    }
    reader->Drop(SectionsOfChunk(part));
    DOLERITE_RETURN_IF_ERROR(reader->Check());
  }
  return absl::OkStatus();
}

// Symbols are merged whole: what nothing refers to is left out in phase 2. Of stacks only nodes of
// used ones are merged, as phase 2 keeps all nodes.
absl::Status DatasetMerger::MergeTables(DatasetReader* reader, const Used& used,
                                        MergeSource* source) {
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, reader->Everything({}));
  // What the union grows by at most, with its indexes; then what it has grown by.
  const size_t before = tables_.taken();
  DOLERITE_RETURN_IF_ERROR(tables_.Take(2 * MemoryOf(*tables), "tables of a dataset"));
  merger_->Add(tables->symbols, &remap_);
  std::vector<char> nodes(tables->stacks.size(), 0);
  for (uint32_t type = 0; type < used.stacks.size(); ++type) {
    if (used.stacks[type].empty()) continue;
    DOLERITE_ASSIGN_OR_RETURN(const TypeStacks* stacks, reader->StacksOf(type));
    const char* is_used = used.stacks[type].data();
    for (uint32_t node : stacks->ids) nodes[node] |= *is_used++;
  }
  const StackTree& tree = tables->stacks;
  const uint32_t* const parents = tree.parent.data();
  char* const marks = nodes.data();
  for (size_t i = tree.size() - 1; i > 0; --i) marks[parents[i]] |= marks[i];
  // Parents stand before their children.
  std::vector<uint32_t> merged(tree.size(), 0);
  for (size_t i = 1; i < tree.size(); ++i) {
    if (!marks[i]) continue;
    const LocationId location = remap_.locations.data()[tree.location.data()[i].value];
    merged.data()[i] = merger_->AddChild({merged.data()[parents[i]]}, location).value;
  }
  for (uint32_t type = 0; type < used.stacks.size(); ++type) {
    if (used.stacks[type].empty()) continue;
    DOLERITE_ASSIGN_OR_RETURN(const TypeStacks* stacks, reader->StacksOf(type));
    // Stacks that are not used become a neighbour's, so that the list packs well.
    std::vector<uint32_t> ids(stacks->ids.size(), UINT32_MAX);
    uint32_t last = UINT32_MAX;
    for (size_t id = 0; id < ids.size(); ++id) {
      if (used.stacks[type][id]) last = merged[stacks->ids[id]];
      ids[id] = last;
    }
    for (size_t id = ids.size(); id-- > 0;) {
      if (ids[id] == UINT32_MAX) ids[id] = last;
      last = ids[id];
    }
    source->stacks[type] = PackedIds(ids);
  }
  used_sets_.resize(merger_->tables().symbols.attribute_sets.size(), 0);
  std::vector<uint32_t> sets;
  for (size_t set = 0; set < used.attribute_sets.size(); ++set) {
    AttributeSetId merged_set = remap_.attribute_sets[set];
    if (used.attribute_sets[set]) merged_set = WithoutLabels(*tables, static_cast<uint32_t>(set));
    sets.push_back(merged_set.value);
    used_sets_.resize(std::max<size_t>(used_sets_.size(), merged_set.value + size_t{1}), 0);
    used_sets_[sets.back()] |= used.attribute_sets[set];
  }
  source->attribute_sets = PackedIds(sets);
  return HoldExactly(std::max(before, merger_->memory_bytes()), "tables of a dataset", &tables_);
}

// The merged set of a sample, without the labels that are dropped.
AttributeSetId DatasetMerger::WithoutLabels(const MergedTables& tables, uint32_t set) {
  if (rules_.labels.empty()) return remap_.attribute_sets[set];
  const Symbols& from = tables.symbols;
  std::vector<AttributeId> kept;
  const Lists<AttributeId>& sets = from.attribute_sets;
  for (const AttributeId* label = sets.begin(set); label != sets.end(set); ++label) {
    if (rules_.DropsLabel(from.strings[from.attributes.key[label->value]])) {
      ++dropped_.labels;
    } else {
      kept.push_back(remap_.labels[label->value]);
    }
  }
  return merger_->AddLabelSet(kept);
}

uint32_t DatasetMerger::KeepSeries(const ProfileTable& table, uint32_t series) {
  const LabelSet labels = rules_.Apply(table.series[series].labels);
  dropped_.labels += table.series[series].labels.pairs().size() - labels.pairs().size();
  ProfileType type = rules_.Apply(table.types[table.series[series].type]);
  type.name = NameOfType(type, labels, options_.type_labels);
  return collected_.series.Add({collected_.types.Add(std::move(type)).first, labels}).first;
}

// Rows of the profile table with numbers of what was collected so far.
absl::Status DatasetMerger::CollectRows(const MergedTables& tables, const ProfileTable& table,
                                        const std::vector<char>& taken) {
  const size_t taken_rows = static_cast<size_t>(std::count(taken.begin(), taken.end(), 1));
  size_t row_bytes = kMergedRowBytes;
  for (const ProfileType& type : table.types) {
    row_bytes = std::max(row_bytes, kMergedRowBytes + MemoryOfTotals(type.sample_types.size()));
  }
  DOLERITE_RETURN_IF_ERROR(held_.Take(taken_rows * row_bytes, "rows of profiles"));
  MergeSource& source = sources_.back();
  std::vector<uint32_t> series(table.series.size(), kNotFound);
  std::vector<uint32_t> headers(table.headers.size(), kNotFound);
  std::vector<uint32_t> layouts(tables.layouts.size(), kNotFound);
  std::vector<LayoutEntry> layout;
  ProfileIds ids(table);
  for (uint32_t p = 0; p < taken.size(); ++p) {
    if (!taken[p]) continue;
    const ProfileRow& from = table.profiles[p];
    if (series[from.series] == kNotFound) {
      series[from.series] = KeepSeries(table, from.series);
      source.types[table.series[from.series].type] = collected_.series[series[from.series]].type;
    }
    if (headers[from.header] == kNotFound) {
      ProfileHeader header = table.headers[from.header];
      header.attributes = remap_.attribute_sets[header.attributes.value];
      used_sets_[header.attributes.value] = 1;
      headers[from.header] = collected_.headers.Add(std::move(header)).first;
    }
    if (layouts[from.layout] == kNotFound) {
      layout.assign(tables.layouts.begin(from.layout), tables.layouts.end(from.layout));
      for (LayoutEntry& e : layout) e.mapping = remap_.mappings[e.mapping.value];
      layouts[from.layout] = merger_->AddLayout(layout).value;
    }
    ProfileRow& row = rows_.emplace_back(from);
    if (rules_.change_content()) {
      row.id = ids.Of(from), row.has_id = true;
      const std::vector<uint32_t>& stay = source.values[table.series[from.series].type];
      if (!stay.empty()) row.totals.clear();
      for (uint32_t v : stay) row.totals.push_back(from.totals[v]);
    }
    row.series = series[from.series];
    row.header = headers[from.header];
    row.layout = layouts[from.layout];
    origins_.push_back({static_cast<uint32_t>(sources_.size() - 1), p});
  }
  return absl::OkStatus();
}

}  // namespace dolerite
