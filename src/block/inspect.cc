// Says where the bytes of a block are, and what they hold. Usage and Dump walk all sections in the
// order of the footer and read every column of each. A column is decoded even where only its size
// is wanted: what it decodes to is not stored.
#include <algorithm>
#include <map>
#include <span>

#include "base/bytes.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "base/utf8.h"
#include "block/dataset_reader.h"
#include "dolerite/block_reader.h"
#include "encoding/strings.h"

namespace dolerite {

namespace {

// Keys of rows of a usage beside those of columns.
constexpr uint64_t kDirectory = UINT64_MAX, kUnknownColumns = UINT64_MAX - 1;

// A column's name with its index, where it has one: "values 1".
std::string ColumnLabel(SectionKind kind, const SectionReader::Entry& entry) {
  std::string name = NameOf(kind, entry.id).name;
  if (entry.index > 0) name += Concat(" ", entry.index);
  return name;
}

// Which row of a usage a column belongs to, and the row's name. A block says how many columns a
// section has, so those without a name share a row, and so do those of high indexes.
// `key` orders and names the row: the column id and 64 times its index, as in a directory.
struct UsageRow {
  uint64_t key;
  std::string name;
};

UsageRow UsageRowOf(SectionKind kind, const SectionReader::Entry& entry) {
  constexpr uint32_t kIndexes = 256;
  if (NameOf(kind, entry.id).form == ColumnForm::kUnknown) return {kUnknownColumns, "(unknown)"};
  SectionReader::Entry shown = entry;
  shown.index = std::min(shown.index, kIndexes);
  std::string name = ColumnLabel(kind, shown);
  if (entry.index >= kIndexes) name += " and on";
  return {shown.id + uint64_t{64} * shown.index, std::move(name)};
}

// Bytes of the block as text of one line. Whatever is not printable ASCII is written in hex, so
// hostile names cannot change the output. `most` bounds the bytes that are shown.
std::string Escaped(std::string_view bytes, size_t most) {
  std::string out = "\"";
  for (char c : bytes.substr(0, most)) {
    const uint8_t byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\') {
      AppendByteEscape(&out, c);
    } else {
      out += c;
    }
  }
  return out + (bytes.size() > most ? "\".." : "\"");
}

// A column as text: its first values, and its size when decoded.
struct ColumnText {
  std::string values;
  uint64_t decoded = 0;
};

// `entry.rows` comes from the directory of the section; the caller has compared it with the limits.
absl::StatusOr<ColumnText> ReadIntegerColumn(const SectionReader& section,
                                             const SectionReader::Entry& entry, size_t most) {
  ColumnText out;
  std::vector<uint64_t> values;
  DOLERITE_RETURN_IF_ERROR(section.Integers(entry.id, entry.rows, &values, entry.index));
  uint64_t highest = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    highest = std::max(highest, values[i]);
    if (i < most) out.values += Concat(" ", values[i]);
  }
  // Tables keep ids in 32 bits and values in 64, so a column counts as what it would take there.
  out.decoded = values.size() * (highest > UINT32_MAX ? 8 : 4);
  return out;
}

absl::StatusOr<ColumnText> ReadStringColumn(const SectionReader& section,
                                            const SectionReader::Entry& entry,
                                            const BlockLimits& limits, size_t most) {
  ColumnText out;
  std::string bytes;
  std::vector<size_t> ends;
  DOLERITE_RETURN_IF_ERROR(
      section.SortedStrings(entry.id, entry.rows, limits.section_bytes, &bytes, &ends));
  for (size_t i = 0; i < ends.size() && i < most; ++i) {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    out.values += Concat(" ", Escaped(std::string_view(bytes).substr(begin, ends[i] - begin), 60));
  }
  out.decoded = bytes.size();
  return out;
}

// `most` values are shown; 0 shows none. Columns that this version does not know decode to nothing.
absl::StatusOr<ColumnText> ReadColumn(const SectionReader& section, SectionKind kind,
                                      const SectionReader::Entry& entry, const BlockLimits& limits,
                                      size_t most) {
  const ColumnForm form = NameOf(kind, entry.id).form;
  const size_t most_rows = form == ColumnForm::kBytes ? limits.section_bytes : limits.section_rows;
  DOLERITE_RETURN_IF_ERROR(CheckLimit(Concat(section.place(), ": rows"), entry.rows, most_rows));
  switch (form) {
    case ColumnForm::kIntegers:
      return ReadIntegerColumn(section, entry, most);
    case ColumnForm::kSortedStrings:
      return ReadStringColumn(section, entry, limits, most);
    case ColumnForm::kBytes: {
      ColumnText out;
      std::string bytes;
      DOLERITE_RETURN_IF_ERROR(section.Bytes(entry.id, limits.section_bytes, &bytes));
      if (most > 0) out.values = Concat(" ", Escaped(bytes, most * 4));
      out.decoded = bytes.size();
      return out;
    }
    case ColumnForm::kUnknown:
      break;
  }
  return ColumnText{};
}

// How many of these sections, from the first one on, are read together: few requests, bounded
// memory.
size_t BatchOf(std::span<const SectionEntry> sections) {
  constexpr uint64_t kBatchBytes = 16 << 20;
  uint64_t bytes = 0;
  size_t count = 0;
  while (count < sections.size() && (count == 0 || bytes + sections[count].stored <= kBatchBytes)) {
    bytes += sections[count++].stored;
  }
  return count;
}

// Calls visit(dataset, entry, section) for each section of a block, in their order.
// A new reader for each batch: its sections are freed before those of the next batch come, so
// memory is that of one batch and one column.
template <class Visit>
absl::Status VisitSections(const BlockReader::Internal& block, const CallContext& call,
                           const Visit& visit) {
  for (size_t d = 0; d < block.footer.datasets.size(); ++d) {
    const FooterDataset& footer = block.footer.datasets[d];
    std::span<const SectionEntry> left = block.footer.SectionsOf(footer);
    while (!left.empty()) {
      const std::span<const SectionEntry> batch = left.first(BatchOf(left));
      left = left.subspan(batch.size());
      IoCost cost{.call = &call};
      DatasetReader dataset(block, d, &cost);
      std::vector<DatasetReader::Key> keys;
      for (const SectionEntry& entry : batch) keys.push_back(entry.key());
      DOLERITE_RETURN_IF_ERROR(dataset.Fetch(keys));
      for (const SectionEntry& entry : batch) {
        DOLERITE_ASSIGN_OR_RETURN(const SectionReader* section,
                                  dataset.Get(entry.kind, entry.part));
        DOLERITE_RETURN_IF_ERROR(WithinMemory([&] { return visit(footer, entry, *section); }));
        dataset.ReleaseColumns();
      }
    }
  }
  return absl::OkStatus();
}

// What is wrong with a dataset's profile table, or with what the footer says of it.
absl::Status CheckDataset(const BlockReader::Internal& block, size_t index,
                          const CallContext& call) {
  IoCost cost{.call = &call};
  DatasetReader dataset(block, index, &cost);
  dataset.FetchSparingly();
  return dataset.Profiles().status();
}

// Bytes by dataset, section kind and column, in the order in which they are met.
class UsageTable {
 public:
  absl::Status Add(const FooterDataset& dataset, const SectionEntry& entry,
                   const SectionReader& section, const BlockLimits& limits) {
    uint64_t columns = 0;
    for (const SectionReader::Entry& e : section.entries()) {
      DOLERITE_ASSIGN_OR_RETURN(const ColumnText text,
                                ReadColumn(section, entry.kind, e, limits, 0));
      // Under one zstd frame a column's share is in proportion.
      const uint64_t stored = e.bytes.size() * entry.stored / std::max<uint64_t>(1, entry.decoded);
      UsageRow of = UsageRowOf(entry.kind, e);
      ColumnUsage& to = Row(dataset, entry.kind, of.key, std::move(of.name));
      to.stored += stored;
      to.decoded += text.decoded;
      to.rows += e.rows;
      columns += stored;
    }
    // What is left of the section: its directory and, under one frame, what rounding lost.
    Row(dataset, entry.kind, kDirectory, "(directory)").stored += entry.stored - columns;
    sections_ += entry.stored;
    return absl::OkStatus();
  }

  // Ends with the row of what is in no section of a block of so many bytes.
  std::vector<ColumnUsage> Finish(uint64_t block_bytes) && {
    const uint64_t ends = block_bytes - sections_;
    usage_.push_back({"", "footer", "(magic, footer, trailer)", ends, ends, 0});
    return std::move(usage_);
  }

 private:
  // The row of a column, made when the column is met first.
  ColumnUsage& Row(const FooterDataset& dataset, SectionKind kind, uint64_t column,
                   std::string name) {
    const std::string& of = dataset.summary.name;
    const auto [at, is_new] = rows_.try_emplace({of, kind, column}, usage_.size());
    if (is_new) usage_.push_back({of, std::string(NameOf(kind)), std::move(name), 0, 0, 0});
    return usage_[at->second];
  }

  std::vector<ColumnUsage> usage_;
  std::map<std::tuple<std::string, SectionKind, uint64_t>, size_t> rows_;
  uint64_t sections_ = 0;  // bytes of all
};

}  // namespace

absl::StatusOr<std::vector<ColumnUsage>> BlockReader::Usage(const CallContext& call) const {
  // The table is held against the footer first, so that numbers of a block that lies are not shown.
  for (size_t d = 0; d < internal_->footer.datasets.size(); ++d) {
    DOLERITE_RETURN_IF_ERROR(CheckDataset(*internal_, d, call));
  }
  UsageTable usage;
  const auto add = [&](const FooterDataset& dataset, const SectionEntry& entry,
                       const SectionReader& section) {
    return usage.Add(dataset, entry, section, internal_->options.limits);
  };
  DOLERITE_RETURN_IF_ERROR(VisitSections(*internal_, call, add));
  return std::move(usage).Finish(internal_->summary.bytes);
}

// One line for each dataset, section and column. Damage of a profile table becomes a line of its
// own; a section that cannot be read ends the dump with its error.
absl::StatusOr<std::string> BlockReader::Dump(size_t max_values, const CallContext& call) const {
  const BlockSummary& summary = internal_->summary;
  std::string out =
      Concat("block of format version ", summary.format_version, ", ", summary.bytes, " bytes\n");
  const FooterDataset* last = nullptr;
  DOLERITE_RETURN_IF_ERROR(VisitSections(
      *internal_, call,
      [&](const FooterDataset& dataset, const SectionEntry& entry,
          const SectionReader& section) -> absl::Status {
        const DatasetSummary& d = dataset.summary;
        if (last != &dataset) {
          out += Concat("\ndataset ", Escaped(d.name, SIZE_MAX), ": ", d.profiles, " profiles, ",
                        d.samples, " samples, ", d.series, " series, times ", d.min_time_nanos,
                        " to ", d.max_time_nanos, "\n");
          // `dataset` is an element of the footer's vector.
          const size_t index = static_cast<size_t>(&dataset - internal_->footer.datasets.data());
          const absl::Status status = CheckDataset(*internal_, index, call);
          if (!status.ok()) out += Concat("  damaged: ", ToStd(status.message()), "\n");
        }
        last = &dataset;
        out += Concat("  ", NameOf(entry.kind), " ", entry.part, ": offset ", entry.offset, ", ",
                      entry.stored, " bytes",
                      entry.encoding == SectionEncoding::kZstd ? " in one zstd frame" : "",
                      ", decoded ", entry.decoded, "\n");
        for (const SectionReader::Entry& e : section.entries()) {
          DOLERITE_ASSIGN_OR_RETURN(
              const ColumnText text,
              ReadColumn(section, entry.kind, e, internal_->options.limits, max_values));
          out += Concat("    ", ColumnLabel(entry.kind, e), ": ", e.rows, " rows, ", e.bytes.size(),
                        " bytes:", text.values, e.rows > max_values ? " ..\n" : "\n");
        }
        return absl::OkStatus();
      }));
  return out;
}

}  // namespace dolerite
