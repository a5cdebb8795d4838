// Opening has three phases. Sources are opened, many at once. Then each dataset gets what
// tombstones and cuts leave out of it. Then duplicates are looked for, among datasets of one name
// whose times overlap: nothing is read where there is one source alone, as after compaction, and
// what is read is read side by side.
#include "archive/sources.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "archive/profile_hashes.h"
#include "archive/windows.h"
#include "base/checksum.h"
#include "base/run_tasks.h"
#include "base/status.h"
#include "block/dataset_reader.h"
#include "query/scan/scan.h"

namespace dolerite {
namespace {

// One dataset of one source.
struct Place {
  size_t source = 0;
  uint32_t dataset = 0;
  int64_t min_time_nanos = 0, max_time_nanos = 0;
};

// Whether an object is what its name or the manifest says, as far as the first read tells: a sound
// block under another's name would be a wrong answer. Of a segment that is larger than that read
// only the times are compared.
absl::Status CheckName(const Source& source, const BlockReader& reader) {
  const BlockSummary& summary = reader.summary();
  if (source.content && *source.content != summary.id) {
    return DataLoss("block ", source.key, ": its content is that of another block");
  }
  const std::optional<SegmentName> segment = SegmentName::Parse(source.key);
  if (!segment) return absl::OkStatus();
  int32_t from = INT32_MAX, to = INT32_MIN;
  for (const DatasetSummary& dataset : summary.datasets) {
    from = std::min(from, MinuteOf(dataset.min_time_nanos));
    to = std::max(to, MinuteOf(dataset.max_time_nanos));
  }
  const std::string_view bytes = BlockAccess::Of(reader).suffix.bytes;
  const bool whole = bytes.size() == summary.bytes;
  if (from == segment->from_minute && to == segment->to_minute &&
      (!whole || ContentHash128(bytes) == segment->hash)) {
    return absl::OkStatus();
  }
  return DataLoss("block ", source.key, ": its content is not that of the segment of this name");
}

// A profile of the place of a number, by the hash of what makes it the same as another.
struct Hashed {
  ProfileHash hash;
  uint32_t place, profile;
  friend auto operator<=>(const Hashed&, const Hashed&) = default;
};

class Opening {
 public:
  Opening(const ArchiveAccess& archive, const Manifest& manifest,
          const std::vector<Source>& sources, const CallContext& call)
      : archive_(archive), manifest_(manifest), sources_(sources), call_(call) {}

  absl::StatusOr<SnapshotBlocks> Run(const DatasetFilter& compared) {
    DOLERITE_RETURN_IF_ERROR(OpenAll());
    DOLERITE_RETURN_IF_ERROR(OmitDeleted());
    DOLERITE_RETURN_IF_ERROR(OmitDuplicates(compared));
    return std::move(out_);
  }

 private:
  absl::Status OpenAll() {
    out_.readers.resize(sources_.size());
    DOLERITE_RETURN_IF_ERROR(
        RunEach(archive_.host.executor, sources_.size(), [this](size_t i, size_t) -> absl::Status {
          DOLERITE_ASSIGN_OR_RETURN(out_.readers[i], OpenSource(archive_, sources_[i], call_));
          return absl::OkStatus();
        }));
    for (size_t i = 0; i < sources_.size(); ++i) {
      out_.views.blocks.push_back({out_.readers[i].get(), {}});
      out_.objects.push_back({sources_[i].key, sources_[i].bytes, sources_[i].level});
      if (sources_[i].reader != nullptr) continue;
      const size_t suffix = BlockAccess::Of(*out_.readers[i]).suffix.bytes.size();
      // More than the first read was needed to get the footer.
      out_.cost.requests += suffix > archive_.host.reading.suffix_bytes ? 2 : 1;
      out_.cost.bytes_read += suffix;
    }
    return absl::OkStatus();
  }

  absl::Status OmitDeleted() {
    std::vector<SelectionFilter> tombstones;
    for (const Tombstone& tombstone : manifest_.tombstones) {
      DOLERITE_ASSIGN_OR_RETURN(SelectionFilter filter,
                                SelectionFilter::Make(tombstone.selection()));
      tombstones.push_back(std::move(filter));
    }
    for (size_t i = 0; i < sources_.size(); ++i) {
      const std::vector<FooterDataset>& datasets =
          BlockAccess::Of(*out_.readers[i]).footer.datasets;
      std::vector<Omission>& omissions = out_.views.blocks[i].omissions;
      for (const FooterDataset& dataset : datasets) {
        Omission& omission = omissions.emplace_back();
        omission.before_nanos = manifest_.CutOf(dataset.summary.name);
        for (size_t t = 0; t < tombstones.size(); ++t) {
          const bool pending = manifest_.tombstones[t].number > sources_[i].cleaned;
          if (pending && MayTake(tombstones[t], dataset))
            omission.selected.push_back(tombstones[t]);
        }
      }
    }
    return absl::OkStatus();
  }

  // By name and time, so that most datasets meet no other and are not read at all.
  absl::Status OmitDuplicates(const DatasetFilter& compared) {
    std::map<std::string_view, std::vector<Place>> by_name;
    for (size_t i = 0; i < sources_.size(); ++i) {
      const auto& datasets = BlockAccess::Of(*out_.readers[i]).footer.datasets;
      for (uint32_t d = 0; d < datasets.size(); ++d) {
        const DatasetSummary& summary = datasets[d].summary;
        if (!compared(datasets[d])) continue;
        by_name[summary.name].push_back({i, d, summary.min_time_nanos, summary.max_time_nanos});
      }
    }
    std::vector<std::span<Place>> runs;
    for (auto& [name, places] : by_name) {
      DOLERITE_RETURN_IF_ERROR(VisitRuns(&places, [&](std::span<Place> run) {
        if (!AreApart(run)) runs.push_back(run);
        return absl::OkStatus();
      }));
    }
    return Compare(runs);
  }

  // Whether a profile of one can be in the other too: the outputs of one job were made of profiles
  // that differ.
  bool MayShare(size_t a, size_t b) const {
    const auto &x = sources_[a].name, &y = sources_[b].name;
    return !x || !y || !x->SameJob(*y);
  }

  bool AreApart(std::span<const Place> run) const {
    return std::none_of(run.begin(), run.end(), [&](const Place& p) {
      return &p != &run[0] && MayShare(p.source, run[0].source);
    });
  }

  // The tables of all runs are read side by side: each may cost a request.
  absl::Status Compare(const std::vector<std::span<Place>>& runs) {
    std::vector<const Place*> places;
    for (const std::span<Place> run : runs) {
      std::sort(run.begin(), run.end(), [&](const Place& a, const Place& b) {
        return KeepsBefore(sources_[a.source], sources_[b.source]);
      });
      for (const Place& place : run) places.push_back(&place);
    }
    std::vector<std::vector<Hashed>> hashed(places.size());
    std::vector<IoCost> costs(places.size());
    DOLERITE_RETURN_IF_ERROR(RunEach(archive_.host.executor, places.size(), [&](size_t i, size_t) {
      return HashAll(*places[i], static_cast<uint32_t>(i), &costs[i], &hashed[i]);
    }));
    for (const IoCost& io : costs) {
      out_.cost.requests += io.requests, out_.cost.bytes_read += io.bytes;
    }
    size_t first = 0;
    for (const std::span<const Place> run : runs) {
      OmitRepeated(places, std::span(hashed).subspan(first, run.size()));
      first += run.size();
    }
    return absl::OkStatus();
  }

  // Equal profiles come together; of each only the first one stays.
  void OmitRepeated(const std::vector<const Place*>& places,
                    std::span<std::vector<Hashed>> hashed) {
    std::vector<Hashed> all;
    for (std::vector<Hashed>& part : hashed) {
      all.insert(all.end(), part.begin(), part.end());
      part = {};
    }
    std::sort(all.begin(), all.end());
    std::set<const Place*> changed;
    for (size_t i = 1; i < all.size(); ++i) {
      if (all[i].hash != all[i - 1].hash) continue;
      OmissionOf(*places[all[i].place])->profiles.push_back(all[i].profile);
      changed.insert(places[all[i].place]);
    }
    for (const Place* place : changed) {
      std::vector<uint32_t>& profiles = OmissionOf(*place)->profiles;
      std::sort(profiles.begin(), profiles.end());
    }
  }

  Omission* OmissionOf(const Place& place) {
    return &out_.views.blocks[place.source].omissions[place.dataset];
  }

  // Adds the hash of each profile that a tombstone or cut does not take: such a profile does not
  // count as the first of two.
  absl::Status HashAll(const Place& place, uint32_t number, IoCost* io, std::vector<Hashed>* all) {
    io->call = &call_;
    DatasetReader reader(BlockAccess::Of(*out_.readers[place.source]), place.dataset, io);
    DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, reader.Profiles());
    const std::vector<ProfileHash> hashes = HashProfiles(*table, manifest_.rules);
    const std::vector<char> gone = LeftOut(*table, OmissionOf(place));
    all->reserve(hashes.size());
    for (uint32_t p = 0; p < hashes.size(); ++p) {
      if (!gone[p]) all->push_back({hashes[p], number, p});
    }
    return absl::OkStatus();
  }

  const ArchiveAccess& archive_;
  const Manifest& manifest_;
  const std::vector<Source>& sources_;
  const CallContext& call_;
  SnapshotBlocks out_;
};

}  // namespace

bool KeepsBefore(const Source& a, const Source& b) {
  return a.level != b.level ? a.level > b.level : a.key < b.key;
}

Source SourceOf(const LiveSegment& segment) {
  return {segment.name.key(), segment.bytes, 0, 0, std::nullopt, std::nullopt, nullptr};
}

Source SourceOf(const BlockEntry& block) {
  return {block.name.key(), block.bytes,   block.level, block.cleaned,
          block.name,       block.content, nullptr};
}

absl::StatusOr<std::shared_ptr<const BlockReader>> OpenSource(const ArchiveAccess& archive,
                                                              const Source& source,
                                                              const CallContext& call) {
  if (source.reader != nullptr) return source.reader;
  DOLERITE_ASSIGN_OR_RETURN(
      BlockReader reader, BlockReader::Open(archive.store, source.key, archive.host.reading, call));
  DOLERITE_RETURN_IF_ERROR(CheckName(source, reader));
  return std::make_shared<const BlockReader>(std::move(reader));
}

absl::StatusOr<bool> ReadsWell(const ArchiveAccess& archive, const Source& source,
                               const CallContext& call) {
  const auto opened = OpenSource(archive, source, call);
  if (CannotBeRead(opened.status())) return false;
  if (!opened.ok()) return opened.status();
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<Damage> damage, (*opened)->Verify(call));
  return std::none_of(damage.begin(), damage.end(),
                      [](const Damage& d) { return CannotBeRead(d.status); });
}

absl::StatusOr<std::optional<size_t>> FindMissingBlock(const ArchiveAccess& archive,
                                                       const std::vector<Source>& sources,
                                                       const CallContext& call) {
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].level == 0) continue;
    const absl::Status there = archive.store->Head(sources[i].key, {.context = call}).status();
    if (absl::IsNotFound(there)) return i;
    if (!there.ok()) return there;
  }
  return std::nullopt;
}

absl::StatusOr<SnapshotBlocks> OpenSources(const ArchiveAccess& archive, const Manifest& manifest,
                                           const std::vector<Source>& sources,
                                           const CallContext& call, const DatasetFilter& compared) {
  return Opening(archive, manifest, sources, call).Run(compared);
}

absl::StatusOr<std::vector<size_t>> KeptProfiles(const BlockView& view, const CallContext& call) {
  std::vector<size_t> kept;
  size_t profiles = 0;
  const size_t datasets = BlockAccess::Of(*view.block).footer.datasets.size();
  for (uint32_t d = 0; d < datasets; ++d) {
    IoCost io;
    io.call = &call;
    DatasetReader reader(BlockAccess::Of(*view.block), d, &io);
    DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, reader.Profiles());
    const std::vector<char> left_out = LeftOut(*table, view.OmissionOf(d));
    // Profiles are counted over all datasets, as ReadProfiles numbers them.
    for (size_t p = 0; p < left_out.size(); ++p, ++profiles) {
      if (!left_out[p]) kept.push_back(profiles);
    }
  }
  return kept;
}

absl::Status VisitProfiles(const BlockReader& block, const std::vector<size_t>& profiles,
                           const SeriesVisitor& visit, const CallContext& call) {
  DOLERITE_ASSIGN_OR_RETURN(const BlockReader::Listing listing, block.ListProfiles(call));
  return block.ReadProfiles(
      profiles,
      [&](size_t index, const Profile& profile) {
        return visit(*listing.profiles[index].series, profile);
      },
      call);
}

}  // namespace dolerite
