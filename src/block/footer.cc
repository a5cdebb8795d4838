#include "block/footer.h"

#include <flatbuffers/flatbuffers.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/status.h"
#include "block/block_generated.h"

namespace dolerite {

static_assert(sizeof(fb::Dataset) == kFooterDatasetBytes);
static_assert(sizeof(fb::Section) == kFooterSectionBytes);

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
  const fb::Knobs knobs(options.group_window_nanos, options.profiles_per_group,
                        options.samples_per_group, options.samples_per_chunk, options.zstd_level,
                        options.smallest, options.unscale_go_heap,
                        static_cast<uint8_t>(options.link_filter_bits), 0);
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

absl::Status ReadSections(const fb::Footer& from, uint64_t data_end, const BlockLimits& limits,
                          Footer* footer) {
  if (from.sections() == nullptr) return absl::OkStatus();
  for (const fb::Section* s : *from.sections()) {
    const std::string place = Concat("footer: section ", footer->sections.size());
    if (s->offset() < kMagic.size() || s->offset() > data_end ||
        s->stored() > data_end - s->offset()) {
      return DataLoss(place, " lies outside the block");
    }
    if (s->encoding() > static_cast<uint8_t>(SectionEncoding::kZstd)) {
      return DataLoss(place, " has an unknown encoding");
    }
    DOLERITE_RETURN_IF_ERROR(CheckLimit(place, s->stored(), limits.section_bytes));
    DOLERITE_RETURN_IF_ERROR(CheckLimit(place, s->decoded(), limits.section_bytes));
    footer->sections.push_back({static_cast<SectionKind>(s->kind()),
                                static_cast<SectionEncoding>(s->encoding()), s->part(), s->offset(),
                                s->stored(), s->decoded(), s->checksum()});
  }
  return absl::OkStatus();
}

absl::Status ReadDatasets(const fb::Footer& from, Footer* footer) {
  if (from.datasets() == nullptr) return absl::OkStatus();
  const size_t text_size = from.text() == nullptr ? 0 : from.text()->size();
  const std::string_view text(
      text_size == 0 ? "" : reinterpret_cast<const char*>(from.text()->data()), text_size);
  for (const fb::Dataset* d : *from.datasets()) {
    const size_t sections = footer->sections.size();
    if (d->first_section() > sections || d->sections() > sections - d->first_section()) {
      return DataLoss("footer: a dataset's sections are not there");
    }
    if (d->name_begin() > d->name_end() || d->name_end() > d->labels_end() ||
        d->labels_end() > text.size()) {
      return DataLoss("footer: a dataset's name is not there");
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
    footer->datasets.push_back(std::move(out));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Footer> DecodeFooter(std::string_view footer_and_trailer, uint64_t block_bytes,
                                    const BlockLimits& limits) {
  const size_t size = footer_and_trailer.size() - kTrailerBytes;
  const std::string_view bytes = footer_and_trailer.substr(0, size);
  const char* trailer = footer_and_trailer.data() + size;
  if (Checksum64(footer_and_trailer.substr(0, size + 8)) != LoadLittle<uint64_t>(trailer + 8)) {
    return DataLoss("footer: checksum mismatch at offset ",
                    block_bytes - footer_and_trailer.size());
  }
  if (const uint32_t version = LoadLittle<uint32_t>(trailer + 4); version != kFormatVersion) {
    return absl::UnimplementedError(ToAbsl(
        Concat("format version ", version, "; this library reads version ", kFormatVersion)));
  }
  // FlatBuffers wants its buffer aligned.
  const std::vector<uint64_t> aligned = [&] {
    std::vector<uint64_t> copy((size + 7) / 8);
    if (size > 0) std::memcpy(copy.data(), bytes.data(), size);
    return copy;
  }();
  const uint8_t* data = reinterpret_cast<const uint8_t*>(aligned.data());
  flatbuffers::Verifier verifier(data, size, /*max_depth=*/8, /*max_tables=*/16);
  if (!verifier.VerifyBuffer<fb::Footer>(nullptr)) return DataLoss("footer: not well-formed");
  const fb::Footer& from = *flatbuffers::GetRoot<fb::Footer>(data);
  Footer footer;
  const uint64_t data_end = block_bytes - footer_and_trailer.size();
  DOLERITE_RETURN_IF_ERROR(ReadSections(from, data_end, limits, &footer));
  DOLERITE_RETURN_IF_ERROR(ReadDatasets(from, &footer));
  return footer;
}

}  // namespace dolerite
