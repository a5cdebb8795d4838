#include "block/read_rows.h"

#include "base/status.h"
#include "block/payload_section.h"

namespace dolerite {

absl::StatusOr<ChunkReader> OpenChunk(DatasetReader* dataset, uint32_t part) {
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, dataset->Profiles());
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* heads, dataset->Get(SectionKind::kHeads, part));
  return ChunkReader::Open(*table, part, heads, dataset->limits().section_rows);
}

absl::Status OpenBodies(DatasetReader* dataset, uint32_t part, ChunkReader* chunk) {
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* bodies, dataset->Find(SectionKind::kBodies, part));
  return chunk->ReadBodies(bodies);
}

namespace {

absl::Status CheckIds(const SectionReader& heads, std::string_view what,
                      const std::vector<uint32_t>& ids, size_t bound) {
  for (uint32_t id : ids) {
    if (id >= bound)
      return heads.Damaged(Concat(what, " ", id, " is outside its table of ", bound));
  }
  return absl::OkStatus();
}

// All samples of a chunk in stored order, with the columns beside them.
struct ChunkSamples {
  std::vector<uint32_t> profile_of;
  std::vector<std::vector<int64_t>> values;  // by sample type
  std::vector<LinkBytes> links;
  SampleRows times;  // shapes and timestamps only
};

absl::Status ReadSamples(DatasetReader* dataset, uint32_t part, ChunkReader* chunk,
                         ChunkSamples* samples) {
  DOLERITE_RETURN_IF_ERROR(OpenBodies(dataset, part, chunk));
  samples->profile_of = chunk->ProfileOf();
  samples->values.resize(chunk->value_count());
  for (size_t v = 0; v < chunk->value_count(); ++v) {
    DOLERITE_RETURN_IF_ERROR(chunk->Values(v, &samples->values[v]));
  }
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* links, dataset->Find(SectionKind::kLinks, part));
  if (links != nullptr) DOLERITE_RETURN_IF_ERROR(chunk->Links(*links, &samples->links));
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* times,
                            dataset->Find(SectionKind::kTimestamps, part));
  if (times == nullptr) return absl::OkStatus();
  return chunk->Timestamps(*times, samples->profile_of, &samples->times,
                           dataset->limits().section_rows);
}

}  // namespace

absl::StatusOr<ChunkProfiles> ReadChunkProfiles(DatasetReader* dataset, uint32_t part,
                                                const std::function<bool(uint32_t)>& wanted) {
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, dataset->Profiles());
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, dataset->Everything());
  DOLERITE_RETURN_IF_ERROR(dataset->Fetch({{SectionKind::kBodies, part},
                                           {SectionKind::kLinks, part},
                                           {SectionKind::kTimestamps, part},
                                           {SectionKind::kPayloads, part},
                                           {SectionKind::kHeads, part}}));
  DOLERITE_ASSIGN_OR_RETURN(ChunkReader chunk, OpenChunk(dataset, part));
  ChunkSamples samples;
  DOLERITE_RETURN_IF_ERROR(ReadSamples(dataset, part, &chunk, &samples));
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* heads, dataset->Get(SectionKind::kHeads, part));
  const ChunkRuns& runs = chunk.runs();
  DOLERITE_RETURN_IF_ERROR(CheckIds(*heads, "stack", runs.stack, tables->stacks.size()));
  const size_t sets = tables->symbols.attribute_sets.size();
  const bool in_key = chunk.labels_in_key();
  DOLERITE_RETURN_IF_ERROR(
      CheckIds(*heads, "label set", in_key ? runs.labels : chunk.body_labels(), sets));

  ChunkProfiles out;
  std::vector<uint32_t> slot(table->profiles.size(), UINT32_MAX);
  std::vector<size_t> place;  // in the chunk, of each profile that is wanted
  size_t profiles = 0;
  const Chunk& c = table->chunks[part];
  for (uint32_t g = c.first_group; g < c.first_group + c.groups; ++g) {
    const RowGroup& group = table->groups[g];
    for (uint32_t p = group.first_profile; p < group.first_profile + group.profiles;
         ++p, ++profiles) {
      if (!wanted(p)) continue;
      place.push_back(profiles);
      slot[p] = static_cast<uint32_t>(out.profiles.size());
      out.profiles.push_back(p);
    }
  }
  out.rows.resize(out.profiles.size());
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section,
                            dataset->Find(SectionKind::kPayloads, part));
  DOLERITE_ASSIGN_OR_RETURN(const Payloads payloads,
                            Payloads::Read(section, profiles, dataset->limits().section_bytes));
  for (size_t i = 0; i < place.size(); ++i) payloads.Fill(place[i], &out.rows[i]);
  size_t sample = 0, next_timed = 0;
  for (uint32_t run = 0; run < runs.stack.size(); ++run) {
    for (uint32_t i = 0; i < runs.length[run]; ++i, ++sample) {
      const bool timed =
          !samples.times.shape.empty() && samples.times.shape[sample] == SampleShape::kTimed;
      const size_t timed_values = timed ? samples.times.timestamps.length(sample) : 0;
      next_timed += timed_values;
      if (slot[samples.profile_of[sample]] == UINT32_MAX) continue;
      SampleRows& rows = out.rows[slot[samples.profile_of[sample]]];
      rows.stack.push_back(runs.stack[run]);
      rows.labels.push_back(in_key ? runs.labels[run] : chunk.body_labels()[sample]);
      for (const std::vector<int64_t>& values : samples.values) {
        rows.values.push_back(values[sample]);
      }
      if (!samples.links.empty()) rows.link.push_back(samples.links[sample]);
      if (samples.times.shape.empty()) continue;
      const Lists<uint64_t>& t = samples.times.timestamps;
      rows.shape.push_back(samples.times.shape[sample]);
      rows.timestamps.items.insert(rows.timestamps.items.end(), t.begin(sample), t.end(sample));
      rows.timestamps.Close();
      const auto values_end = samples.times.timestamp_values.begin() + next_timed;
      rows.timestamp_values.insert(rows.timestamp_values.end(), values_end - timed_values,
                                   values_end);
    }
  }
  for (SampleRows& rows : out.rows) DropIdleColumns(&rows);
  return out;
}

}  // namespace dolerite
