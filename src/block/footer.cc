// Encodes, finds and checks the footer; footer.h and FORMAT.md, sections 3 and 4, have the layout.
// A reader takes three steps: FooterSize tells from the trailer where the footer begins, the
// checksum and the version say whether its bytes may be read, and the checks at the end make its
// promises true: sections lie in the block, share no bytes, and come in the order that binary
// searches need.
#include "block/footer.h"

#include <flatbuffers/flatbuffers.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/pace.h"
#include "base/status.h"
#include "block/block_generated.h"

namespace dolerite {

static_assert(sizeof(fb::Dataset) == kFooterDatasetBytes);
static_assert(sizeof(fb::Section) == kFooterSectionBytes);

const SectionEntry* Footer::Find(const FooterDataset& dataset,
                                 const std::pair<SectionKind, uint32_t>& key) const {
  const std::span<const SectionEntry> all = SectionsOf(dataset);
  const auto at =
      std::lower_bound(all.begin(), all.end(), key,
                       [](const SectionEntry& e, const auto& k) { return e.key() < k; });
  return at == all.end() || at->key() != key ? nullptr : &*at;
}

bool SameStoredOptions(const BlockOptions& a, const BlockOptions& b) {
  const auto stored = [](const BlockOptions& o) {
    return std::tuple(o.group_window_nanos, o.profiles_per_group, o.samples_per_group,
                      o.samples_per_chunk, o.zstd_level, o.smallest, o.unscale_go_heap,
                      o.link_filter_bits, o.stripe_bytes);
  };
  return stored(a) == stored(b);
}

// Structs hold numbers; all text goes into one vector, so that a reader verifies a few vectors
// instead of many small ones. The checksum covers the footer and the first 8 bytes of the trailer.
std::string EncodeFooter(const Footer& footer, const BlockOptions& options) {
  std::vector<fb::Dataset> datasets;
  std::vector<fb::Section> sections;
  std::string text;
  for (const FooterDataset& d : footer.datasets) {
    const uint32_t name = static_cast<uint32_t>(text.size());
    text += d.summary.name;
    const uint32_t name_end = static_cast<uint32_t>(text.size());
    text += d.label_summary;
    datasets.emplace_back(d.summary.min_time_nanos, d.summary.max_time_nanos, d.summary.profiles,
                          d.summary.samples, static_cast<uint32_t>(d.summary.series),
                          d.first_section, d.sections, name, name_end,
                          static_cast<uint32_t>(text.size()));
  }
  for (const SectionEntry& s : footer.sections) {
    sections.emplace_back(s.offset, s.checksum, static_cast<uint32_t>(s.stored),
                          static_cast<uint32_t>(s.decoded), s.part, static_cast<uint8_t>(s.kind),
                          static_cast<uint8_t>(s.encoding), uint16_t{0});
  }
  const fb::Knobs knobs(
      options.group_window_nanos, options.profiles_per_group, options.samples_per_group,
      options.samples_per_chunk, options.zstd_level, options.smallest, options.unscale_go_heap,
      static_cast<uint8_t>(options.link_filter_bits), 0, options.stripe_bytes, 0, 0);
  flatbuffers::FlatBufferBuilder builder;
  const auto datasets_at = builder.CreateVectorOfStructs(datasets);
  const auto sections_at = builder.CreateVectorOfStructs(sections);
  const auto text_at =
      builder.CreateVector(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  builder.Finish(fb::CreateFooter(builder, datasets_at, sections_at, text_at, &knobs));
  std::string out(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
  AppendLittle(&out, static_cast<uint32_t>(builder.GetSize()));
  AppendLittle(&out, kFormatVersion);
  AppendLittle(&out, Checksum64(out));
  out += kMagic;
  return out;
}

// The size is not yet covered by a checksum, so it is compared with the limit and the block before
// a read follows it.
absl::StatusOr<size_t> FooterSize(std::string_view suffix, uint64_t block_bytes,
                                  const BlockLimits& limits) {
  if (suffix.size() < kTrailerBytes || !suffix.ends_with(kMagic)) {
    return DataLoss("trailer: not a Dolerite block, or its end is cut off");
  }
  const char* trailer = suffix.data() + suffix.size() - kTrailerBytes;
  const uint32_t size = LoadLittle<uint32_t>(trailer);
  DOLERITE_RETURN_IF_ERROR(CheckLimit("footer bytes", size, limits.footer_bytes));
  if (block_bytes < kMagic.size() + kTrailerBytes ||
      size > block_bytes - kMagic.size() - kTrailerBytes) {
    return DataLoss("trailer: the footer is larger than the block");
  }
  return size;
}

namespace {

// Nothing is read differently for them, so no value is wrong.
void ReadOptions(const fb::Footer& from, BlockOptions* options) {
  const fb::Knobs* knobs = from.knobs();
  if (knobs == nullptr) return;
  options->group_window_nanos = knobs->group_window_nanos();
  options->profiles_per_group = knobs->profiles_per_group();
  options->samples_per_group = knobs->samples_per_group();
  options->samples_per_chunk = knobs->samples_per_chunk();
  options->zstd_level = knobs->zstd_level();
  options->smallest = knobs->smallest() != 0;
  options->unscale_go_heap = knobs->unscale_go_heap() != 0;
  options->link_filter_bits = knobs->link_filter_bits();
  options->stripe_bytes = knobs->stripe_bytes();
}

// "footer: section 7 (heads 2)": which entry of the footer an error is about.
std::string PlaceOf(size_t index, const SectionEntry& entry) {
  return Concat("footer: section ", index, " (", NameOf(entry.kind), " ", entry.part, ")");
}

// Sections as the footer has them. Unknown kinds and encodings stay: a reader passes over them.
absl::Status ReadSections(const fb::Footer& from, uint64_t data_end, const BlockLimits& limits,
                          const CallContext& call, Footer* footer) {
  if (from.sections() == nullptr) return absl::OkStatus();
  footer->sections.reserve(from.sections()->size());
  Pace pace;
  for (const fb::Section* s : *from.sections()) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    const SectionEntry entry = {static_cast<SectionKind>(s->kind()),
                                static_cast<SectionEncoding>(s->encoding()),
                                s->part(),
                                s->offset(),
                                s->stored(),
                                s->decoded(),
                                s->checksum()};
    const size_t index = footer->sections.size();
    if (entry.offset < kMagic.size() || entry.offset > data_end ||
        entry.stored > data_end - entry.offset) {
      return DataLoss(PlaceOf(index, entry), " lies outside the block: ", entry.stored,
                      " bytes at offset ", entry.offset, ", where sections may take offsets ",
                      kMagic.size(), " to ", data_end);
    }
    // The sizes bound what one section may take before it is fetched.
    for (uint64_t bytes : {entry.stored, entry.decoded}) {
      if (bytes > limits.section_bytes) {
        return CheckLimit(PlaceOf(index, entry), bytes, limits.section_bytes);
      }
    }
    footer->sections.push_back(entry);
  }
  return absl::OkStatus();
}

// The sections in the order of their offsets. Blocks have all cold sections before all hot ones and
// within these follow the order of the footer, but for stripes: mostly there is nothing to sort,
// and any other footer takes n log n.
std::vector<uint32_t> ByOffset(const std::vector<SectionEntry>& sections) {
  std::vector<uint32_t> by_offset;
  by_offset.reserve(sections.size());
  for (const bool hot : {false, true}) {
    for (uint32_t i = 0; i < sections.size(); ++i) {
      if ((sections[i].kind >= SectionKind::kHeads) == hot) by_offset.push_back(i);
    }
  }
  const auto before = [&](uint32_t a, uint32_t b) {
    return sections[a].offset < sections[b].offset;
  };
  if (!std::is_sorted(by_offset.begin(), by_offset.end(), before)) {
    std::sort(by_offset.begin(), by_offset.end(), before);
  }
  return by_offset;
}

// No byte belongs to two sections.
absl::Status CheckOverlaps(const std::vector<SectionEntry>& sections) {
  const std::vector<uint32_t> by_offset = ByOffset(sections);
  for (size_t i = 1; i < by_offset.size(); ++i) {
    const SectionEntry& before = sections[by_offset[i - 1]];
    const SectionEntry& after = sections[by_offset[i]];
    if (after.offset - before.offset >= before.stored && before.stored > 0) continue;
    return DataLoss(PlaceOf(by_offset[i], after), " at offset ", after.offset,
                    " shares bytes with ", PlaceOf(by_offset[i - 1], before));
  }
  return absl::OkStatus();
}

// Text and sections are named by ranges. Each range is checked against what there is, then copied,
// as the buffer dies with the call.
absl::Status ReadDatasets(const fb::Footer& from, const CallContext& call, Footer* footer) {
  if (from.datasets() == nullptr) return absl::OkStatus();
  const size_t text_size = from.text() == nullptr ? 0 : from.text()->size();
  const std::string_view text(
      text_size == 0 ? "" : reinterpret_cast<const char*>(from.text()->data()), text_size);
  uint64_t profiles = 0;  // of the datasets so far
  footer->datasets.reserve(from.datasets()->size());
  Pace pace;
  for (const fb::Dataset* d : *from.datasets()) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    const size_t index = footer->datasets.size();
    const size_t sections = footer->sections.size();
    if (d->first_section() > sections || d->sections() > sections - d->first_section()) {
      return DataLoss("footer: dataset ", index, ": its sections ", d->first_section(), " and ",
                      d->sections(), " from there on are not among the ", sections,
                      " of the block");
    }
    if (d->name_begin() > d->name_end() || d->name_end() > d->labels_end() ||
        d->labels_end() > text.size()) {
      return DataLoss("footer: dataset ", index,
                      ": its name or label summary is not in the text of the footer");
    }
    FooterDataset out;
    out.summary.name = text.substr(d->name_begin(), d->name_end() - d->name_begin());
    out.summary.profiles = d->profiles();
    out.summary.samples = d->samples();
    out.summary.series = d->series();
    out.summary.min_time_nanos = d->min_time_nanos();
    out.summary.max_time_nanos = d->max_time_nanos();
    out.label_summary = text.substr(d->name_end(), d->labels_end() - d->name_end());
    out.first_section = d->first_section();
    out.sections = d->sections();
    out.first_profile = profiles;
    profiles += d->profiles();
    footer->datasets.push_back(std::move(out));
  }
  return absl::OkStatus();
}

// In the block the sections of a dataset that are of one kind ascend by part, its cold sections
// stand before its hot ones, and these in the order of the footer. Other kinds are not known.
absl::Status CheckOffsets(const Footer& footer, const FooterDataset& dataset) {
  const std::span<const SectionEntry> sections = footer.SectionsOf(dataset);
  // The largest offset of the cold sections so far: a hot one must come behind it. Overlaps are
  // checked elsewhere, so offsets say enough.
  uint64_t cold_end = 0;  // of kinds before
  for (size_t i = 0; i < sections.size(); ++i) {
    const SectionEntry& entry = sections[i];
    if (entry.kind > SectionKind::kLinkFilter) break;
    const bool hot = entry.kind >= SectionKind::kHeads;
    const bool follows = i > 0 && (hot || entry.kind == sections[i - 1].kind);
    const uint64_t least = std::max(follows ? sections[i - 1].offset : 0, hot ? cold_end : 0);
    if (entry.offset < least) {
      return DataLoss(PlaceOf(dataset.first_section + i, entry), " is at offset ", entry.offset,
                      ", where one from ", least,
                      " on is expected: sections of a kind ascend by part, hot sections follow "
                      "cold ones");
    }
    if (!hot) cold_end = std::max(cold_end, entry.offset);
  }
  return absl::OkStatus();
}

// Datasets ascend by name and own their sections alone; sections of a dataset ascend by kind and
// part. Readers find sections by binary search, so an order that lies would hide some.
absl::Status CheckOrder(const Footer& footer, const CallContext& call) {
  uint64_t next_section = 0;
  Pace pace;
  for (size_t d = 0; d < footer.datasets.size(); ++d) {
    const FooterDataset& dataset = footer.datasets[d];
    if (pace.IsDue(dataset.sections)) DOLERITE_RETURN_IF_ERROR(call.Check());
    if (d > 0 && dataset.summary.name <= footer.datasets[d - 1].summary.name) {
      return DataLoss("footer: dataset ", d, " is named \"", dataset.summary.name,
                      "\", which does not come after \"", footer.datasets[d - 1].summary.name,
                      "\": names of datasets ascend");
    }
    if (dataset.first_section < next_section) {
      return DataLoss("footer: dataset ", d, " names section ", dataset.first_section,
                      ", which belongs to a dataset before it");
    }
    next_section = uint64_t{dataset.first_section} + dataset.sections;
    for (uint64_t i = uint64_t{dataset.first_section} + 1; i < next_section; ++i) {
      if (footer.sections[i - 1].key() < footer.sections[i].key()) continue;
      return DataLoss(PlaceOf(i, footer.sections[i]), " does not come after the one before it, ",
                      NameOf(footer.sections[i - 1].kind), " ", footer.sections[i - 1].part,
                      ": sections of a dataset ascend by kind and part");
    }
    DOLERITE_RETURN_IF_ERROR(CheckOffsets(footer, dataset));
  }
  return absl::OkStatus();
}

// FlatBuffers' verifier checks the alignment of a vector's length, but not of the structs that
// follow it. Structs with 64-bit fields are read in place, so a hostile offset could make
// misaligned reads.
template <class Struct>
bool IsAligned(const flatbuffers::Vector<const Struct*>* structs) {
  return structs == nullptr || structs->size() == 0 ||
         reinterpret_cast<uintptr_t>(structs->Data()) % alignof(Struct) == 0;
}

}  // namespace

// `block_bytes` may come from another request than the bytes: an object that was replaced between
// two reads has another size.
absl::StatusOr<Footer> DecodeFooter(std::string_view footer_and_trailer, uint64_t block_bytes,
                                    const BlockLimits& limits, const CallContext& call) {
  if (footer_and_trailer.size() < kTrailerBytes || footer_and_trailer.size() > block_bytes) {
    return DataLoss("footer: ", footer_and_trailer.size(), " bytes of a block of ", block_bytes,
                    " cannot be footer and trailer; the object may have changed between two reads");
  }
  const size_t size = footer_and_trailer.size() - kTrailerBytes;
  const std::string_view bytes = footer_and_trailer.substr(0, size);
  const char* trailer = footer_and_trailer.data() + size;
  if (Checksum64(footer_and_trailer.substr(0, size + 8)) != LoadLittle<uint64_t>(trailer + 8)) {
    return DataLoss("footer: checksum mismatch at offset ",
                    block_bytes - footer_and_trailer.size());
  }
  if (const uint32_t version = LoadLittle<uint32_t>(trailer + 4); version != kFormatVersion) {
    return Unimplemented("format version ", version, "; this library reads version ",
                         kFormatVersion);
  }
  // FlatBuffers reads fields in place and wants its buffer aligned to 8 bytes; the suffix may begin
  // anywhere.
  const std::vector<uint64_t> aligned = [&] {
    std::vector<uint64_t> copy((size + 7) / 8);
    if (size > 0) std::memcpy(copy.data(), bytes.data(), size);
    return copy;
  }();
  const uint8_t* data = reinterpret_cast<const uint8_t*>(aligned.data());
  // The footer has one table and four vectors, so small bounds of depth and tables suffice.
  flatbuffers::Verifier verifier(data, size, /*max_depth=*/8, /*max_tables=*/16);
  if (!verifier.VerifyBuffer<fb::Footer>(nullptr)) return DataLoss("footer: not well-formed");
  const fb::Footer& from = *flatbuffers::GetRoot<fb::Footer>(data);
  if (!IsAligned(from.sections()) || !IsAligned(from.datasets())) {
    return DataLoss("footer: not well-formed: sections and datasets must be aligned to 8 bytes");
  }
  Footer footer;
  ReadOptions(from, &footer.options);
  const uint64_t data_end = block_bytes - footer_and_trailer.size();
  DOLERITE_RETURN_IF_ERROR(ReadSections(from, data_end, limits, call, &footer));
  DOLERITE_RETURN_IF_ERROR(CheckOverlaps(footer.sections));
  DOLERITE_RETURN_IF_ERROR(call.Check());
  DOLERITE_RETURN_IF_ERROR(ReadDatasets(from, call, &footer));
  DOLERITE_RETURN_IF_ERROR(CheckOrder(footer, call));
  return footer;
}

}  // namespace dolerite
