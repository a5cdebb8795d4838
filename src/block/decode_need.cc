// Bounds of what the decoders of the tables and of a chunk take, row by row: a decoded column costs
// 16 bytes a row beside the table that is made of it, and a reader lets a table have one row for
// each 32 bytes (profiles, series, types and headers: 512 bytes) of the memory that is left.
#include "block/decode_need.h"

#include <algorithm>
#include <string>
#include <vector>

#include "block/decode_bounds.h"
#include "block/profile_naming.h"

namespace dolerite {

namespace {

// Bytes that a row of each table needs while it is decoded.
constexpr uint64_t kProfileNeed = 512;
constexpr uint64_t kProfileValueNeed = 48;
constexpr uint64_t kStringNeed = 48;
constexpr uint64_t kFunctionNeed = 112;
constexpr uint64_t kLocationNeed = 192;
constexpr uint64_t kLineNeed = 112;
constexpr uint64_t kMappingNeed = 256;
constexpr uint64_t kNodeNeed = 112;
constexpr uint64_t kAttributeNeed = 112;
constexpr uint64_t kListNeed = 48;  // a list, or an item of one
// Of a chunk.
constexpr uint64_t kRunNeed = 112;
constexpr uint64_t kRunValueNeed = 64;
constexpr uint64_t kSampleNeed = 64;
constexpr uint64_t kSampleValueNeed = 48;
constexpr uint64_t kLinkNeed = 96;
constexpr uint64_t kTimeNeed = 64;

// Text is in the column, in the bytes decoded from it, and in the table.
constexpr uint64_t kTextCopies = 4;

// Bytes for strings, symbols, attributes and layouts: what their decoders take in all.
uint64_t NeedOfSymbols(const MergedTables& tables) {
  const Symbols& s = tables.symbols;
  uint64_t text = 0;
  for (uint32_t i = 0; i < s.strings.size(); ++i) text += s.strings[StringId{i}].size();
  return kTextCopies * text + kStringNeed * s.strings.size() + kFunctionNeed * s.functions.size() +
         kLocationNeed * s.locations.size() + kLineNeed * s.locations.lines.items.size() +
         kMappingNeed * s.mappings.size() + kAttributeNeed * s.attributes.size() +
         kListNeed * (s.attribute_sets.size() + s.attribute_sets.items.size()) +
         kListNeed * (tables.layouts.size() + tables.layouts.items.size());
}

// The bytes of a label's texts, and what it takes beside them.
uint64_t NeedOfLabels(const LabelSet& labels) {
  constexpr uint64_t kLabelNeed = 64;
  constexpr size_t kLeastText = 15;
  uint64_t bytes = 0;
  for (const auto& [name, value] : labels.pairs()) {
    bytes += kLabelNeed + std::max(kLeastText, name.size()) + std::max(kLeastText, value.size());
  }
  return bytes;
}

// Bytes for the profile table. An id that is derived costs time by its texts, which readers count
// as memory.
uint64_t NeedOfProfiles(const ProfileTable& table) {
  constexpr uint64_t kHashedForOneByte = 64;
  std::vector<uint64_t> series, headers;
  uint64_t bytes =
      kProfileNeed * (table.types.size() + table.chunks.size()) + kListNeed * table.groups.size();
  for (const Series& s : table.series) series.push_back(NeedOfLabels(s.labels));
  for (const ProfileHeader& h : table.headers) headers.push_back(MemoryOf(h));
  for (const auto* texts : {&series, &headers}) {
    for (uint64_t text : *texts) bytes += kProfileNeed + kTextCopies * text;
  }
  for (const ProfileRow& row : table.profiles) {
    bytes += kProfileNeed + kProfileValueNeed * row.totals.size() +
             (series[row.series] + headers[row.header]) / kHashedForOneByte;
  }
  return bytes;
}

// Values count by sample and sample type; links and timestamps only if the profile has any.
uint64_t NeedOfSamples(const SampleRows& rows) {
  return kSampleNeed * rows.size() + kSampleValueNeed * rows.values.size() +
         kLinkNeed * rows.link.size() + kTimeNeed * rows.shape.size() +
         kTimeNeed * (rows.timestamps.items.size() + rows.timestamp_values.size()) +
         kTextCopies * (rows.payload.size() + rows.unknown_fields.size());
}

uint64_t NeedOfRuns(const ProfileTable& table, uint32_t part) {
  const Chunk& chunk = table.chunks[part];
  const uint64_t values = table.types[chunk.type].sample_types.size();
  uint64_t bytes = 0;
  for (const RowGroup& group : table.groups_of(chunk)) {
    bytes += group.runs * (kRunNeed + kRunValueNeed * values);
  }
  return bytes;
}

}  // namespace

// A chunk is decoded as a whole: runs of its groups and samples of all its profiles.
uint64_t NeedOfChunk(const ProfileTable& table, uint32_t part, std::span<const SampleRows> rows) {
  uint64_t bytes = NeedOfRuns(table, part);
  for (const SampleRows& profile : rows) bytes += NeedOfSamples(profile);
  return bytes;
}

uint64_t NeedOfChunk(const ProfileTable& table, uint32_t part, uint64_t samples,
                     uint64_t linked_samples) {
  const uint64_t values = table.types[table.chunks[part].type].sample_types.size();
  return NeedOfRuns(table, part) + (kSampleNeed + kSampleValueNeed * values) * samples +
         kLinkNeed * linked_samples;
}

// Chunks are decoded one after the other, so the largest one counts.
DecodeNeed NeedOf(const MergedTables& tables, const ProfileTable& table, uint64_t nodes,
                  uint64_t largest_chunk) {
  DecodeNeed need;
  uint64_t samples = 0, runs = 0;
  for (const ProfileRow& row : table.profiles) samples += row.samples;
  for (const RowGroup& group : table.groups) runs += group.runs;
  need.memory = NeedOfSymbols(tables) + kNodeNeed * nodes + NeedOfProfiles(table) + largest_chunk;
  need.rows = std::max(samples, runs);
  return need;
}

void SectionBytes::Add(const EncodedSection& section) {
  constexpr uint64_t kLoadedNeed = 1024;  // what is kept of a section beside its bytes
  stored += section.bytes.size();
  loaded += section.bytes.size() + section.decoded_bytes + kLoadedNeed;
}

// Verifying a block loads padding too: each byte of it as stored and as decoded.
// The readers' bounds grow with stored bytes: memory by 64 a byte, of which a byte of padding uses
// up two; rows by 256. What is lacking is divided by that.
uint64_t PaddingFor(const DecodeNeed& need, const SectionBytes& sections, size_t datasets) {
  const BlockLimits limits;
  const auto lacking = [](uint64_t wanted, uint64_t has, uint64_t for_one) {
    return wanted <= has ? 0 : (wanted - has + for_one - 1) / for_one;
  };
  const auto memory = [&](uint64_t stored) { return DecodeMemoryFor(stored, datasets, limits); };
  const auto rows = [&](uint64_t stored) { return MostSamplesFor(stored, limits); };
  return std::max(
      lacking(need.memory + sections.loaded, memory(sections.stored), memory(1) - memory(0) - 2),
      lacking(need.rows, rows(sections.stored), rows(1) - rows(0)));
}

// A level of 0: padding that is compressed would not count as stored bytes.
EncodedSection EncodePadding(uint64_t bytes) {
  SectionWriter out(SectionKind::kPadding, {.zstd_level = 0});
  out.Bytes(column::kPaddingBytes, std::string(bytes, '\0'));
  return std::move(out).Finish();
}

}  // namespace dolerite
