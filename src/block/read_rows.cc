// Reads whole profiles of a chunk: heads and bodies are opened, the columns of all samples decoded,
// and samples dealt out to the profiles that are wanted. Order is kept: samples of a run are in the
// order of profiles, and runs are in the order of keys, so each profile gets its samples in
// canonical order.
#include "block/read_rows.h"

#include "base/status.h"
#include "block/payload_section.h"

namespace dolerite {

std::vector<DatasetReader::Key> SectionsOfChunk(uint32_t part) {
  return {{SectionKind::kBodies, part},
          {SectionKind::kLinks, part},
          {SectionKind::kTimestamps, part},
          {SectionKind::kPayloads, part},
          {SectionKind::kHeads, part}};
}

bool IsOfChunk(SectionKind kind) {
  switch (kind) {
    case SectionKind::kBodies:
    case SectionKind::kLinks:
    case SectionKind::kTimestamps:
    case SectionKind::kPayloads:
    case SectionKind::kHeads:
      return true;
    default:
      return false;
  }
}

absl::StatusOr<ChunkReader> OpenChunk(DatasetReader* dataset, uint32_t part) {
  dataset->ReleaseColumns();  // chunk after chunk uses the same memory
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, dataset->Profiles());
  DOLERITE_ASSIGN_OR_RETURN(const TypeStacks* stacks, dataset->StacksOf(table->chunks[part].type));
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* heads, dataset->Get(SectionKind::kHeads, part));
  return ChunkReader::Open(*table, part, stacks->ids, heads, dataset->limits().section_rows);
}

// No bodies section means zeros, not damage.
absl::Status OpenBodies(DatasetReader* dataset, uint32_t part, bool ordinals, ChunkReader* chunk) {
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* bodies, dataset->Find(SectionKind::kBodies, part));
  DOLERITE_RETURN_IF_ERROR(chunk->ReadBodies(bodies));
  return ordinals ? chunk->ReadOrdinals() : absl::OkStatus();
}

// Stacks were checked when the heads were read; labels are checked here, where their table is
// known.
absl::Status CheckLabels(const SectionReader& heads, const ChunkReader& chunk, size_t sets) {
  for (uint32_t set : chunk.labels_in_key() ? chunk.runs().labels : chunk.body_labels()) {
    if (set < sets) continue;
    return heads.Damaged(Concat("attribute set ", set, " is outside its table of ", sets));
  }
  return absl::OkStatus();
}

namespace {

// What a chunk stores of each sample, in stored order, column by column. Stacks, and labels where
// they are part of a run's key, stay with the runs.
struct ChunkSamples {
  std::vector<std::vector<int64_t>> values;  // by sample type
  std::vector<LinkBytes> links;              // empty if none has one
  SampleRows times;                          // shapes and timestamps only
};

// Every column of the chunk, for all its samples: a chunk is the unit of reading.
absl::Status ReadSamples(DatasetReader* dataset, uint32_t part, const SectionReader& heads,
                         ChunkReader* chunk, ChunkSamples* samples) {
  DOLERITE_RETURN_IF_ERROR(OpenBodies(dataset, part, true, chunk));
  // Samples are dealt out to profiles: a stack and labels each. Values are counted where they are
  // read.
  DOLERITE_RETURN_IF_ERROR(heads.Take(chunk->samples(), 2 * sizeof(uint32_t)));
  DOLERITE_RETURN_IF_ERROR(chunk->AllValues(&samples->values));
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* links, dataset->Find(SectionKind::kLinks, part));
  if (links != nullptr) DOLERITE_RETURN_IF_ERROR(chunk->Links(*links, &samples->links));
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* times,
                            dataset->Find(SectionKind::kTimestamps, part));
  if (times == nullptr) return absl::OkStatus();
  return chunk->Timestamps(*times, chunk->ProfileOf(), &samples->times,
                           dataset->limits().section_rows);
}

// Appends timestamps of sample `i` to `rows`; the values of timed ones end at `values_end`.
void AddTimes(const SampleRows& times, size_t i, size_t values_end, SampleRows* rows) {
  rows->shape.push_back(times.shape[i]);
  rows->timestamps.items.insert(rows->timestamps.items.end(), times.timestamps.begin(i),
                                times.timestamps.end(i));
  rows->timestamps.Close();
  if (times.shape[i] != SampleShape::kTimed) return;
  const auto end = times.timestamp_values.begin() + values_end;
  rows->timestamp_values.insert(rows->timestamp_values.end(), end - times.timestamps.length(i),
                                end);
}

// Where the next sample of a profile goes, column by column; null for profiles that are not wanted.
struct Cursor {
  uint32_t *stack = nullptr, *labels = nullptr;
  int64_t* values = nullptr;
  LinkBytes* link = nullptr;  // null if no sample has a link
};

// Makes room for all samples of each profile that is wanted.
std::vector<Cursor> MakeRoom(const ChunkSamples& samples, const std::vector<uint32_t>& slot_of,
                             const std::vector<SampleRows*>& target) {
  std::vector<uint32_t> counts(target.size());
  for (uint32_t slot : slot_of) ++counts.data()[slot];
  std::vector<Cursor> cursors(target.size());
  for (size_t slot = 0; slot < target.size(); ++slot) {
    SampleRows* const rows = target[slot];
    if (rows == nullptr || counts[slot] == 0) continue;
    rows->stack.resize(counts[slot]), rows->labels.resize(counts[slot]);
    rows->values.resize(counts[slot] * samples.values.size());
    if (!samples.links.empty()) rows->link.resize(counts[slot]);
    cursors[slot] = {rows->stack.data(), rows->labels.data(), rows->values.data(),
                     samples.links.empty() ? nullptr : rows->link.data()};
  }
  return cursors;
}

// Deals samples out to profiles: target[slot_of[i]] gets sample i, unless it is null. Walks run by
// run, as stacks, and labels where they are part of a run's key, are stored once a run.
void Deal(const ChunkReader& chunk, const ChunkSamples& samples,
          const std::vector<uint32_t>& slot_of, const std::vector<SampleRows*>& target) {
  std::vector<Cursor> cursors = MakeRoom(samples, slot_of, target);
  std::vector<const int64_t*> values;
  for (const std::vector<int64_t>& column : samples.values) values.push_back(column.data());
  const ChunkRuns& runs = chunk.runs();
  const uint32_t* const body_labels = chunk.labels_in_key() ? nullptr : chunk.body_labels().data();
  const uint32_t *const slots = slot_of.data(), *const lengths = runs.length.data();
  size_t i = 0;
  for (size_t run = 0; run < runs.stack.size(); ++run) {
    const uint32_t stack = runs.stack.data()[run];
    const uint32_t labels = body_labels == nullptr ? runs.labels.data()[run] : 0;
    for (const size_t end = i + lengths[run]; i < end; ++i) {
      Cursor& at = cursors.data()[slots[i]];
      if (at.stack == nullptr) continue;
      *at.stack++ = stack;
      *at.labels++ = body_labels == nullptr ? labels : body_labels[i];
      for (const int64_t* column : values) *at.values++ = column[i];
      if (at.link != nullptr) *at.link++ = samples.links.data()[i];
    }
  }
}

// The same for timestamps. Their values are passed over for profiles that are not wanted, so a
// running end tells where those of a sample are.
void DealTimes(const SampleRows& times, const std::vector<uint32_t>& slot_of,
               const std::vector<SampleRows*>& target) {
  size_t values_end = 0;  // of the timestamp values that were passed
  for (size_t i = 0; i < slot_of.size(); ++i) {
    if (times.shape[i] == SampleShape::kTimed) values_end += times.timestamps.length(i);
    if (SampleRows* rows = target[slot_of[i]]) AddTimes(times, i, values_end, rows);
  }
}

}  // namespace

// Tables come first, so that the hot part is fetched with them.
absl::StatusOr<ChunkProfiles> ReadChunkProfiles(DatasetReader* dataset, uint32_t part,
                                                const std::function<bool(uint32_t)>& wanted) {
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, dataset->Profiles());
  // One type, without a set of them: a dataset may have very many types and chunks.
  const uint32_t type = table->chunks[part].type;
  DOLERITE_RETURN_IF_ERROR(dataset->StacksOf(type).status());
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* merged, dataset->Everything({}));
  // Everything may have decoded into another copy of the tables.
  DOLERITE_ASSIGN_OR_RETURN(table, dataset->Profiles());
  DOLERITE_ASSIGN_OR_RETURN(const TypeStacks* stacks, dataset->StacksOf(type));
  return ReadChunkProfiles(dataset, {table, stacks->ids, merged->symbols.attribute_sets.size()},
                           part, wanted);
}

// Fetches all sections in one request.
absl::StatusOr<ChunkReader> OpenWholeChunk(DatasetReader* dataset, const ChunkTables& tables,
                                           uint32_t part) {
  DOLERITE_RETURN_IF_ERROR(dataset->Fetch(SectionsOfChunk(part)));
  dataset->ReleaseColumns();  // chunk after chunk uses the same memory
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* heads, dataset->Get(SectionKind::kHeads, part));
  return ChunkReader::Open(*tables.table, part, tables.stacks, heads,
                           dataset->limits().section_rows);
}

absl::StatusOr<ChunkProfiles> ReadChunkProfiles(DatasetReader* dataset, const ChunkTables& tables,
                                                uint32_t part,
                                                const std::function<bool(uint32_t)>& wanted) {
  DOLERITE_ASSIGN_OR_RETURN(ChunkReader chunk, OpenWholeChunk(dataset, tables, part));
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* heads, dataset->Get(SectionKind::kHeads, part));
  ChunkSamples samples;
  DOLERITE_RETURN_IF_ERROR(ReadSamples(dataset, part, *heads, &chunk, &samples));
  DOLERITE_RETURN_IF_ERROR(CheckLabels(*heads, chunk, tables.attribute_sets));

  // Wanted profiles are a subsequence of the chunk's, so one walk over the slots matches both.
  ChunkProfiles out;
  const std::vector<uint32_t> profiles = chunk.Profiles();
  for (uint32_t p : profiles) {
    if (wanted(p)) out.profiles.push_back(p);
  }
  out.rows.resize(out.profiles.size());
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section,
                            dataset->Find(SectionKind::kPayloads, part));
  DOLERITE_ASSIGN_OR_RETURN(
      const Payloads payloads,
      Payloads::Read(section, profiles.size(), dataset->limits().section_bytes));
  std::vector<SampleRows*> target(profiles.size());  // by slot
  size_t next = 0;
  for (size_t slot = 0; slot < profiles.size() && next < out.rows.size(); ++slot) {
    if (profiles[slot] != out.profiles[next]) continue;
    target[slot] = &out.rows[next++];
    payloads.Fill(slot, target[slot]);
  }
  const std::vector<uint32_t> slots = chunk.SlotOf();
  Deal(chunk, samples, slots, target);
  if (!samples.times.shape.empty()) DealTimes(samples.times, slots, target);
  for (SampleRows& rows : out.rows) DropIdleColumns(&rows);
  return out;
}

}  // namespace dolerite
