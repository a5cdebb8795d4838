#include "query/scan.h"

#include <algorithm>
#include <functional>
#include <set>

#include "base/status.h"
#include "block/read_rows.h"

namespace dolerite {

namespace {

void SelectProfiles(const SelectionFilter& filter, DatasetScan* scan) {
  const ProfileTable& table = *scan->table;
  std::vector<char> series;
  for (const Series& s : table.series) {
    series.push_back(filter.TakesSeries(table.types[s.type].name, s.labels));
  }
  scan->selected.assign(table.profiles.size(), 0);
  scan->types.assign(table.types.size(), 0);
  for (size_t p = 0; p < table.profiles.size(); ++p) {
    const ProfileRow& row = table.profiles[p];
    if (!series[row.series] || !filter.TakesTime(row.time_nanos)) continue;
    scan->selected[p] = 1;
    scan->types[table.series[row.series].type] = 1;
  }
}

}  // namespace

DatasetReader* BlockDatasets::Open(size_t dataset) {
  std::unique_ptr<DatasetReader>& reader = readers_[dataset];
  if (reader == nullptr) reader = std::make_unique<DatasetReader>(block_, dataset, io_.get());
  return reader.get();
}

absl::StatusOr<std::vector<DatasetScan>> ScanBlock(BlockDatasets* datasets,
                                                   const SelectionFilter& filter) {
  std::vector<DatasetScan> scan;
  for (size_t d = 0; d < datasets->size(); ++d) {
    const DatasetSummary& summary = datasets->block().footer.datasets[d].summary;
    if (!filter.TakesTimes(summary.min_time_nanos, summary.max_time_nanos)) continue;
    DatasetScan dataset;
    dataset.index = d;
    dataset.reader = datasets->Open(d);
    DOLERITE_ASSIGN_OR_RETURN(dataset.table, dataset.reader->Profiles());
    SelectProfiles(filter, &dataset);
    const auto selected = [](char s) { return s != 0; };
    if (std::none_of(dataset.selected.begin(), dataset.selected.end(), selected)) continue;
    scan.push_back(std::move(dataset));
  }
  return scan;
}

std::vector<ProfileType> TypesOf(const std::vector<DatasetScan>& scan) {
  std::set<ProfileType> types;
  for (const DatasetScan& dataset : scan) {
    for (size_t t = 0; t < dataset.types.size(); ++t) {
      if (dataset.types[t]) types.insert(dataset.table->types[t]);
    }
  }
  return {types.begin(), types.end()};
}

namespace {

std::string Listed(const std::set<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

absl::Status ChooseMeasure(const Selection& selection, const std::vector<ProfileType>& types,
                           Measure* measure) {
  std::set<std::string> names, sample_types;
  std::set<ProfileType::Value> values;
  for (const ProfileType& type : types) {
    names.insert(type.name);
    const int at = type.Find(selection.sample_type);
    if (at >= 0) values.insert(type.sample_types[at]);
    for (const ProfileType::Value& value : type.sample_types) sample_types.insert(value.type);
  }
  if (types.empty()) return absl::OkStatus();
  if (measure->known) names.insert(measure->type_name), values.insert(measure->value);
  if (names.size() > 1) {
    return InvalidArgument("several profile types are selected; name one of: ", Listed(names));
  }
  // A type without samples may have no sample type either.
  if (values.empty() && sample_types.empty()) return absl::OkStatus();
  if (values.empty()) {
    return InvalidArgument("no sample type \"", selection.sample_type,
                           "\"; there are: ", Listed(sample_types));
  }
  if (values.size() > 1) {
    return InvalidArgument("values of several sample types or units are selected, as in ",
                           values.begin()->type, "/", values.begin()->unit, " and ",
                           values.rbegin()->type, "/", values.rbegin()->unit, "; name one");
  }
  *measure = {true, *names.begin(), *values.begin()};
  return absl::OkStatus();
}

std::vector<SampleScan::Part> SampleScan::Parts() const {
  std::vector<Part> parts;
  const ProfileTable& table = *dataset_.table;
  for (uint32_t c = 0; c < table.chunks.size(); ++c) {
    const Chunk& chunk = table.chunks[c];
    Part part{c, {}, {}};
    for (uint32_t g = chunk.first_group; g < chunk.first_group + chunk.groups; ++g) {
      const RowGroup& group = table.groups[g];
      const auto begin = dataset_.selected.begin() + group.first_profile;
      const auto count = std::count(begin, begin + group.profiles, 1);
      const bool whole = heads_ && count == group.profiles;
      part.whole.push_back(whole);
      part.some.push_back(!whole && count > 0);
      part.needs_heads = part.needs_heads || count > 0;
      part.needs_bodies = part.needs_bodies || part.some.back();
    }
    if (part.needs_heads) parts.push_back(std::move(part));
  }
  return parts;
}

absl::Status SampleScan::FetchParts(const std::vector<Part>& parts, bool all_bodies) {
  std::vector<DatasetReader::Key> keys = {{SectionKind::kStacks, 0}, {SectionKind::kSymbols, 0}};
  for (const Part& part : parts) {
    keys.emplace_back(SectionKind::kHeads, part.part);
    if (part.needs_bodies || all_bodies) keys.emplace_back(SectionKind::kBodies, part.part);
  }
  return dataset_.reader->Fetch(keys, IoPurpose::kHeads);
}

absl::StatusOr<ChunkReader> SampleScan::OpenPart(const Part& part, bool bodies) {
  DOLERITE_ASSIGN_OR_RETURN(ChunkReader chunk, OpenChunk(dataset_.reader, part.part));
  if (bodies || !chunk.exact_sums()) {
    DOLERITE_RETURN_IF_ERROR(OpenBodies(dataset_.reader, part.part, &chunk));
  }
  for (char whole : part.whole) cost_.row_groups_from_heads += whole && chunk.exact_sums();
  cost_.row_groups += std::count(part.whole.begin(), part.whole.end(), 1) +
                      std::count(part.some.begin(), part.some.end(), 1);
  return chunk;
}

absl::Status SampleScan::CheckStacks(const Part& part, const ChunkReader& chunk, size_t stacks) {
  for (uint32_t stack : chunk.runs().stack) {
    if (stack >= stacks) {
      return DataLoss(dataset_.reader->block().Place(), ": heads section ", part.part,
                      ": a run's stack is not in the tree");
    }
  }
  return absl::OkStatus();
}

absl::Status SampleScan::AddHeads(const Part& part, const ChunkReader& chunk, size_t value,
                                  StackSums* by_stack) {
  std::vector<int64_t> sums;
  DOLERITE_RETURN_IF_ERROR(chunk.Sums(value, &sums));
  const ChunkRuns& runs = chunk.runs();
  for (size_t g = 0; g < part.whole.size(); ++g) {
    if (!part.whole[g]) continue;
    cost_.rows += runs.group_begin[g + 1] - runs.group_begin[g];
    for (uint32_t run = runs.group_begin[g]; run < runs.group_begin[g + 1]; ++run) {
      by_stack->Add(runs.stack[run], sums[run]);
    }
  }
  return absl::OkStatus();
}

absl::Status SampleScan::AddBodies(const Part& part, const ChunkReader& chunk, size_t value,
                                   StackSums* by_stack) {
  std::vector<int64_t> values;
  DOLERITE_RETURN_IF_ERROR(chunk.Values(value, &values));
  const ChunkRuns& runs = chunk.runs();
  const Chunk& c = dataset_.table->chunks[part.part];
  size_t sample = 0;
  for (size_t g = 0; g < part.whole.size(); ++g) {
    const bool wanted = part.some[g] || (part.whole[g] && !chunk.exact_sums());
    const char* selected =
        dataset_.selected.data() + dataset_.table->groups[c.first_group + g].first_profile;
    for (uint32_t run = runs.group_begin[g]; run < runs.group_begin[g + 1]; ++run) {
      const size_t end = sample + runs.length[run];
      if (!wanted) {
        sample = end;
        continue;
      }
      for (; sample < end; ++sample) {
        if (selected[chunk.ordinals()[sample]]) by_stack->Add(runs.stack[run], values[sample]);
      }
      cost_.rows += runs.length[run];
    }
  }
  return absl::OkStatus();
}

absl::Status SampleScan::AddByStack(const ProfileType::Value& value, StackSums* by_stack) {
  const std::vector<Part> parts = Parts();
  DOLERITE_RETURN_IF_ERROR(FetchParts(parts, false));
  for (const Part& part : parts) {
    const ProfileType& type = dataset_.table->types[dataset_.table->chunks[part.part].type];
    const auto at = std::find(type.sample_types.begin(), type.sample_types.end(), value);
    if (at == type.sample_types.end()) continue;
    const size_t index = static_cast<size_t>(at - type.sample_types.begin());
    DOLERITE_ASSIGN_OR_RETURN(const ChunkReader chunk, OpenPart(part, part.needs_bodies));
    DOLERITE_RETURN_IF_ERROR(CheckStacks(part, chunk, by_stack->size()));
    if (chunk.exact_sums()) DOLERITE_RETURN_IF_ERROR(AddHeads(part, chunk, index, by_stack));
    if (part.needs_bodies || !chunk.exact_sums()) {
      DOLERITE_RETURN_IF_ERROR(AddBodies(part, chunk, index, by_stack));
    }
  }
  return absl::OkStatus();
}

absl::Status SampleScan::AddByLabels(const AddRow& add) {
  const std::vector<Part> parts = Parts();
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, dataset_.reader->Everything());
  DOLERITE_RETURN_IF_ERROR(FetchParts(parts, !parts.empty()));
  for (const Part& part : parts) {
    DOLERITE_ASSIGN_OR_RETURN(const ChunkReader chunk, OpenPart(part, true));
    DOLERITE_RETURN_IF_ERROR(CheckStacks(part, chunk, tables->stacks.size()));
    std::vector<std::vector<int64_t>> columns(chunk.value_count());
    for (size_t v = 0; v < columns.size(); ++v) {
      DOLERITE_RETURN_IF_ERROR(chunk.Values(v, &columns[v]));
    }
    const std::vector<uint32_t> profile_of = chunk.ProfileOf();
    const size_t sets = tables->symbols.label_sets.size();
    std::vector<int64_t> values(columns.size());
    size_t sample = 0;
    for (uint32_t run = 0; run < chunk.runs().stack.size(); ++run) {
      for (uint32_t i = 0; i < chunk.runs().length[run]; ++i, ++sample) {
        if (!dataset_.selected[profile_of[sample]]) continue;
        const uint32_t labels =
            chunk.labels_in_key() ? chunk.runs().labels[run] : chunk.body_labels()[sample];
        if (labels >= sets) return DataLoss(dataset_.reader->block().Place(), ": bad label set");
        for (size_t v = 0; v < columns.size(); ++v) values[v] = columns[v][sample];
        ++cost_.rows;
        DOLERITE_RETURN_IF_ERROR(add(chunk.runs().stack[run], labels, values));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace dolerite
