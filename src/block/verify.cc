// Verify has two parts. CheckCoverage looks at the layout of the block: magic, sections and footer
// leave no gap. DatasetCheck then looks at each dataset in four phases:
//
//   1. the sections of its tables: checksums and directories, in batches;
//   2. the tables: all decode, and ids of profiles lie in them;
//   3. each chunk: samples decode, and agree with content checks, totals, sums in heads and
//   filters;
//   4. the sections of chunks that the profile table does not have.
//
// A phase runs only if the ones before found no damage that it would report again.
#include <algorithm>
#include <functional>
#include <span>

#include "base/checksum.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "block/dataset_reader.h"
#include "block/read_profiles.h"
#include "block/read_rows.h"
#include "dolerite/block_reader.h"
#include "model/content_hash.h"

namespace dolerite {

namespace {

// Checks one dataset; collects damage and goes on with what does not depend on it. Memory is that
// of the tables and of one chunk.
class DatasetCheck {
 public:
  DatasetCheck(const BlockReader::Internal& block, size_t index, const CallContext& call,
               std::vector<Damage>* damage)
      : cost_{.call = &call}, dataset_(block, index, &cost_), damage_(*damage) {}

  // The check goes on after damage wherever a later phase does not depend on it. Without sound
  // tables the chunks are unknown (0), so phase 4 checks the sections of all of them.
  void Run() {
    const size_t before = damage_.size();
    CheckSections([](const SectionEntry& entry) { return !IsOfChunk(entry.kind); });
    // Decoding damaged sections would repeat what is known.
    if (damage_.size() == before) CheckTables();
    const bool sound = damage_.size() == before;
    if (sound) CheckChunks();
    const size_t chunks = sound ? (*dataset_.Profiles())->chunks.size() : 0;
    // What no chunk has.
    CheckSections(
        [&](const SectionEntry& entry) { return IsOfChunk(entry.kind) && entry.part >= chunks; });
  }

 private:
  void Note(std::string_view what, const absl::Status& status) {
    if (status.ok()) return;
    damage_.push_back({Concat("dataset \"", dataset_.footer().summary.name, "\", ", what), status});
  }

  // The sections that `taken` takes, some together: one by one only to find the damaged ones.
  void CheckSections(const std::function<bool(const SectionEntry&)>& taken) {
    constexpr uint64_t kBatchBytes = 4 << 20;
    std::vector<DatasetReader::Key> batch;
    uint64_t bytes = 0;
    for (const SectionEntry& entry : dataset_.block().footer.SectionsOf(dataset_.footer())) {
      if (!taken(entry)) continue;
      batch.push_back(entry.key());
      bytes += entry.stored;
      if (bytes < kBatchBytes) continue;
      CheckBatch(batch);
      batch.clear(), bytes = 0;
    }
    CheckBatch(batch);
  }

  // Sections of tables stay, since they are decoded next.
  void CheckBatch(const std::vector<DatasetReader::Key>& keys) {
    const bool sound = dataset_.Fetch(keys).ok();
    for (const DatasetReader::Key& key : keys) {
      if (!sound) {
        Note(Concat(NameOf(key.first), " section ", key.second), dataset_.Fetch({key}));
      }
      if (IsOfChunk(key.first) || key.first == SectionKind::kPadding) dataset_.Drop({key});
    }
  }

  // A dataset has its tables decoded once: later calls find them. Stacks of all types are read only
  // if the profile table, which has the types, can be.
  void CheckTables() {
    const size_t before = damage_.size();
    const absl::StatusOr<const ProfileTable*> table = dataset_.Profiles();
    Note("tables", (table.ok() ? dataset_.Everything() : dataset_.Everything({})).status());
    Note("profiles", table.status());
    if (damage_.size() == before) CheckProfiles(**table);
    const absl::StatusOr<const LinkFilters*> filters = dataset_.Filters();
    // Filters depend on the profile table: without it they would report its damage again.
    if (damage_.size() > before) return;
    Note("link filter", filters.status());
    if (!filters.ok()) return;
    filters_ = *filters;
    // Hashes of all rows of the tables, once: a content check adds up those that its samples use.
    absl::StatusOr<ContentHashes> hashes = HashContent(**dataset_.Everything(), dataset_.call());
    Note("content", hashes.status());
    if (hashes.ok()) hashes_ = *std::move(hashes);
  }

  // VisitChunks gives each chunk or what kept it from being read. If that is a damaged section, it
  // is named; otherwise the error of the chunk is.
  void CheckChunks() {
    const ProfileTable& table = **dataset_.Profiles();
    const absl::Status ended = VisitChunks(
        &dataset_, [](uint32_t) { return true; },
        [&](uint32_t part, absl::StatusOr<ChunkProfiles> read) {
          // Of a chunk without bodies nothing more can be said than its heads' checksum does.
          if (absl::IsFailedPrecondition(read.status())) return absl::OkStatus();
          const size_t before = damage_.size();
          if (!read.ok()) CheckBatch(SectionsOfChunk(part));
          if (damage_.size() > before) return absl::OkStatus();
          Note(Concat("chunk ", part), read.ok() ? CheckChunk(table, part, *read) : read.status());
          return absl::OkStatus();
        });
    Note("chunks", ended);
  }

  // What the footer says of the dataset was checked when its profile table was read.
  void CheckProfiles(const ProfileTable& table) {
    const MergedTables& tables = **dataset_.Everything();
    for (const ProfileRow& row : table.profiles) {
      if (row.layout < tables.layouts.size()) continue;
      return Note("profiles",
                  DataLoss("a profile has layout ", row.layout, " of ", tables.layouts.size()));
    }
    for (const ProfileHeader& header : table.headers) {
      if (header.attributes.value < tables.symbols.attribute_sets.size()) continue;
      return Note("profiles", DataLoss("a profile has label set ", header.attributes.value, " of ",
                                       tables.symbols.attribute_sets.size()));
    }
  }

  // What was written comes back: each profile's samples have the count, totals and
  // content check that its row says.
  absl::Status CheckChunk(const ProfileTable& table, uint32_t part, const ChunkProfiles& read) {
    for (size_t i = 0; i < read.profiles.size(); ++i) {
      DOLERITE_RETURN_IF_ERROR(dataset_.Check());
      const uint32_t profile = read.profiles[i];
      const ProfileRow& row = table.profiles[profile];
      if (ContentCheck(read.rows[i], table.checked_header(row), hashes_) != row.check) {
        return DataLoss("profile ", profile,
                        ": its samples do not have the content it was stored with");
      }
      if (read.rows[i].size() != row.samples || !TotalsAgree(row, read.rows[i])) {
        return DataLoss("profile ", profile, ": its samples do not add up to its totals");
      }
    }
    DOLERITE_RETURN_IF_ERROR(CheckFilter(read.rows, part));
    return CheckSums(table, part);
  }

  // No filter may rule out a link that its chunk has: a look-up would pass over the chunk. Ids of
  // zeros are not in filters.
  absl::Status CheckFilter(const std::vector<SampleRows>& all, uint32_t part) const {
    if (filters_ == nullptr) return absl::OkStatus();
    const auto missing = [&](std::span<const uint8_t> id) {
      const bool none = std::all_of(id.begin(), id.end(), [](uint8_t byte) { return byte == 0; });
      return !none && !filters_->MayHold(part, id);
    };
    for (const SampleRows& rows : all) {
      for (const LinkBytes& link : rows.link) {
        const std::span<const uint8_t> ids(link);
        if (missing(ids.first(16)) || missing(ids.subspan(16))) {
          return DataLoss("the filter of links rules out a link that is there");
        }
      }
    }
    return absl::OkStatus();
  }

  // The sums are exact: 128 bits hold 2^64 values of 64 bits each.
  static bool TotalsAgree(const ProfileRow& row, const SampleRows& rows) {
    const size_t n = row.totals.size();
    for (size_t v = 0; v < n; ++v) {
      __int128 total = 0;
      for (size_t i = v; i < rows.values.size(); i += n) total += rows.values[i];
      if (total != row.totals[v].value()) return false;
    }
    return true;
  }

  // Heads must say what bodies add up to. Chunks without exact sums are never answered from heads,
  // so there is nothing to compare.
  absl::Status CheckSums(const ProfileTable& table, uint32_t part) {
    DOLERITE_ASSIGN_OR_RETURN(ChunkReader chunk, OpenChunk(&dataset_, part));
    DOLERITE_RETURN_IF_ERROR(OpenBodies(&dataset_, part, true, &chunk));
    const size_t values = table.types[table.chunks[part].type].sample_types.size();
    for (size_t v = 0; chunk.exact_sums() && v < values; ++v) {
      std::vector<int64_t> sums, all;
      DOLERITE_RETURN_IF_ERROR(chunk.Sums(v, &sums));
      DOLERITE_RETURN_IF_ERROR(chunk.Values(v, &all));
      size_t next = 0;
      for (size_t run = 0; run < sums.size(); ++run) {
        __int128 sum = 0;
        for (uint32_t i = 0; i < chunk.runs().length[run]; ++i) sum += all[next++];
        if (sum != sums[run]) return DataLoss("run ", run, ": head and body disagree");
      }
    }
    return absl::OkStatus();
  }

  IoCost cost_;
  DatasetReader dataset_;
  ContentHashes hashes_;
  const LinkFilters* filters_ = nullptr;
  std::vector<Damage>& damage_;
};

// Every byte belongs to the magic, to one section, or to footer and trailer.
// Needs the first bytes of the block, which the suffix has only if it is the whole block: one more
// read of 8 bytes.
absl::Status CheckCoverage(const BlockReader::Internal& block, const CallContext& call) {
  std::string_view start = block.suffix.bytes;
  ReadResult read;
  if (block.suffix_offset > 0) {
    absl::StatusOr<ReadResult> first =
        block.store->Read(block.key, ByteRange::At(0, kMagic.size()), block.Reading(call));
    if (!first.ok()) return block.Failed(first.status(), call);
    read = *std::move(first);
    start = read.slice.bytes;
  }
  // Overlaps were refused when the footer was read, so going through the sections by offset finds
  // every gap.
  if (!start.starts_with(kMagic)) return DataLoss(block.Place(), ": magic at offset 0 is damaged");
  std::vector<SectionEntry> sections = block.footer.sections;
  std::sort(sections.begin(), sections.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  uint64_t end = kMagic.size();
  for (const SectionEntry& section : sections) {
    if (section.offset != end) return DataLoss(block.Place(), ": sections leave a gap at ", end);
    end += section.stored;
  }
  if (end != block.footer_offset) {
    return DataLoss(block.Place(), ": bytes between the last section and the footer, at ", end);
  }
  return absl::OkStatus();
}

}  // namespace

// Damage is the answer, not an error: the call fails only if the host stops it.
absl::StatusOr<std::vector<Damage>> BlockReader::Verify(const CallContext& call) const {
  std::vector<Damage> damage;
  if (absl::Status status = CheckCoverage(*internal_, call); !status.ok()) {
    damage.push_back({"layout", status});
  }
  for (size_t d = 0; d < internal_->footer.datasets.size(); ++d) {
    // What a stopped call collects is no damage of the block.
    DOLERITE_RETURN_IF_ERROR(call.Check());
    const absl::Status status = WithinMemory([&] {
      DatasetCheck(*internal_, d, call, &damage).Run();
      return absl::OkStatus();
    });
    if (!status.ok()) damage.push_back({Concat("dataset ", d), status});
  }
  DOLERITE_RETURN_IF_ERROR(call.Check());
  return damage;
}

}  // namespace dolerite
