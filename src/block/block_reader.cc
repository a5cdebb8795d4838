#include "dolerite/block_reader.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/status.h"
#include "block/assemble.h"
#include "block/dataset_reader.h"
#include "block/read_rows.h"

namespace dolerite {

BlockReader::BlockReader(std::unique_ptr<Internal> internal) : internal_(std::move(internal)) {}
BlockReader::~BlockReader() = default;
BlockReader::BlockReader(BlockReader&&) noexcept = default;
BlockReader& BlockReader::operator=(BlockReader&&) noexcept = default;

const BlockSummary& BlockReader::summary() const { return internal_->summary; }

namespace {

// Footer and trailer, from the suffix or, if it is longer than that, with one more read.
absl::StatusOr<std::string> ReadFooterBytes(const BlockReader::Internal& in, size_t size,
                                            const CallContext& call) {
  const size_t wanted = size + kTrailerBytes;
  if (wanted <= in.suffix.bytes.size()) {
    return std::string(in.suffix.bytes.substr(in.suffix.bytes.size() - wanted));
  }
  DOLERITE_ASSIGN_OR_RETURN(ReadResult read,
                            in.store->Read(in.key, ByteRange::Last(wanted), in.Reading(call)));
  return std::string(read.slice.bytes);
}

absl::StatusOr<Profile> ReadOneProfile(DatasetReader* dataset, const ProfileTable& table,
                                       uint32_t wanted) {
  uint32_t part = 0;
  const auto holds = [&](const Chunk& chunk) {
    for (uint32_t g = chunk.first_group; g < chunk.first_group + chunk.groups; ++g) {
      const RowGroup& group = table.groups[g];
      if (wanted - group.first_profile < group.profiles) return true;
    }
    return false;
  };
  while (part < table.chunks.size() && !holds(table.chunks[part])) ++part;
  if (part == table.chunks.size()) return DataLoss("a profile is in no row group");
  DOLERITE_ASSIGN_OR_RETURN(
      ChunkProfiles read,
      ReadChunkProfiles(dataset, part, [&](uint32_t profile) { return profile == wanted; }));
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, dataset->Everything());
  const ProfileRow& row = table.profiles[wanted];
  const ProfileHeader& header = table.headers[row.header];
  if (row.layout >= tables->layouts.size() ||
      header.attributes.value >= tables->symbols.attribute_sets.size()) {
    return DataLoss(dataset->block().Place(), ": a profile's layout or attributes are unknown");
  }
  const std::span<const LayoutEntry> layout(tables->layouts.begin(row.layout),
                                            tables->layouts.end(row.layout));
  Profile profile = AssembleProfile(*tables, table.type_of(row), header, layout, read.rows[0]);
  profile.time_nanos = row.time_nanos;
  profile.duration_nanos = row.duration_nanos;
  if (row.has_id) profile.id = row.id;
  return profile;
}

absl::Status ReadFooter(BlockReader::Internal* in, const CallContext& call) {
  const uint64_t bytes = in->summary.bytes;
  const BlockLimits& limits = in->options.limits;
  DOLERITE_ASSIGN_OR_RETURN(const size_t size, FooterSize(in->suffix.bytes, bytes, limits));
  DOLERITE_ASSIGN_OR_RETURN(const std::string footer, ReadFooterBytes(*in, size, call));
  DOLERITE_ASSIGN_OR_RETURN(in->footer, DecodeFooter(footer, bytes, limits));
  in->footer_offset = bytes - footer.size();
  in->summary.id = ContentHash128(footer);
  in->summary.format_version = kFormatVersion;
  for (const FooterDataset& dataset : in->footer.datasets) {
    in->summary.datasets.push_back(dataset.summary);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BlockReader> BlockReader::Open(const ObjectStore* store, std::string key,
                                              const Options& options, const CallContext& call) {
  auto internal = std::make_unique<Internal>();
  internal->store = store;
  internal->key = std::move(key);
  internal->options = options;
  absl::StatusOr<ReadResult> read = store->Read(
      internal->key, ByteRange::Last(std::max(options.suffix_bytes, kTrailerBytes)), {call, {}});
  if (!read.ok()) return internal->Failed(read.status(), call);
  internal->version = read->version;
  internal->suffix = std::move(read->slice);
  internal->suffix_offset = read->offset;
  internal->summary.bytes = read->object_size;
  if (absl::Status status = ReadFooter(internal.get(), call); !status.ok()) {
    return internal->Failed(status, call);
  }
  return BlockReader(std::move(internal));
}

absl::StatusOr<BlockReader> BlockReader::FromBytes(std::string_view bytes, const Options& options,
                                                   const CallContext& call) {
  DOLERITE_RETURN_IF_ERROR(call.Check());
  auto internal = std::make_unique<Internal>();
  internal->key = "in memory";
  internal->options = options;
  internal->suffix.bytes = bytes;
  internal->summary.bytes = bytes.size();
  if (absl::Status status = ReadFooter(internal.get(), call); !status.ok()) {
    return internal->Failed(status, call);
  }
  return BlockReader(std::move(internal));
}

absl::StatusOr<BlockReader::Listing> BlockReader::ListProfiles(const CallContext& call) const {
  auto tables = std::make_shared<std::vector<ProfileTable>>(internal_->footer.datasets.size());
  Listing listing;
  for (size_t d = 0; d < tables->size(); ++d) {
    IoCost cost{.call = &call};
    DatasetReader dataset(*internal_, d, &cost);
    DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* read, dataset.Profiles());
    const ProfileTable& table = (*tables)[d] = *read;
    for (const ProfileRow& row : table.profiles) {
      ProfileSummary& out = listing.profiles.emplace_back();
      out.index = listing.profiles.size() - 1;
      out.dataset = internal_->footer.datasets[d].summary.name;
      out.series = &table.series[row.series].labels;
      out.type = &table.type_of(row);
      out.id = row.id;
      out.time_nanos = row.time_nanos;
      out.duration_nanos = row.duration_nanos;
      out.samples = row.samples;
      out.totals = row.exact_totals();
    }
  }
  listing.owner = std::move(tables);
  return listing;
}

absl::StatusOr<Profile> BlockReader::ReadProfile(size_t index, const CallContext& call) const {
  uint64_t first = 0;
  for (size_t d = 0; d < internal_->footer.datasets.size(); ++d) {
    IoCost cost{.call = &call};
    DatasetReader dataset(*internal_, d, &cost);
    const uint64_t profiles = internal_->footer.datasets[d].summary.profiles;
    if (index - first >= profiles) {
      first += profiles;
      continue;
    }
    DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, dataset.Profiles());
    const uint32_t wanted = static_cast<uint32_t>(index - first);
    if (wanted >= table->profiles.size()) {
      return DataLoss(internal_->Place(), ": the footer counts more profiles than there are");
    }
    return ReadOneProfile(&dataset, *table, wanted);
  }
  return OutOfRange(internal_->Place(), ": no profile ", index, "; there are ", first);
}

}  // namespace dolerite
