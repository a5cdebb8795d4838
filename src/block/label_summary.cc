// Written while profiles come in, read when a dataset may be passed over. A name with more than 16
// values is listed without any: then every value is possible. An upper bound of the bytes is kept
// with each new text, so that the builder can refuse a profile in time.
#include "block/label_summary.h"

#include <algorithm>

#include "base/bytes.h"

namespace dolerite {

namespace {

// Values listed for each name at most.
constexpr size_t kListed = 16;

// What a text takes beside its bytes at most, and an entry beside its texts: its count, and the
// "" of series that lack the label.
constexpr uint64_t kTextBytes = 5;
constexpr uint64_t kEntryBytes = 2;

// What a node of a tree takes beside its text.
constexpr size_t kSetNodeBytes = 160;

void AppendText(std::string_view text, std::string* out) {
  AppendVarint(out, text.size());
  *out += text;
}

bool TakeText(ByteReader* in, std::string_view* text) {
  uint64_t size = 0;
  return in->ReadVarint(&size) && in->ReadBytes(size, text);
}

// An empty list means that values were not listed.
bool AnyTaken(const std::vector<std::string_view>& values, const LabelSummary::Takes& takes) {
  return values.empty() || std::any_of(values.begin(), values.end(), takes);
}

}  // namespace

// The entry of a name, made and counted when it comes first.
LabelSummaryWriter::Values& LabelSummaryWriter::Name(std::string_view name) {
  const auto at = names_.find(name);
  if (at != names_.end()) return at->second;
  bytes_ += name.size() + kTextBytes + kEntryBytes;
  memory_bytes_ += name.size() + kSetNodeBytes;
  return names_[std::string(name)];
}

// One value more than can be listed is kept: it says that there are too many. Further ones change
// nothing, so the memory of a name is bounded.
void LabelSummaryWriter::Insert(std::string_view value, Values* to) {
  if (to->listed.size() > kListed || to->listed.count(value) > 0) return;
  to->listed.emplace(value);
  bytes_ += value.size() + kTextBytes;
  memory_bytes_ += value.size() + kSetNodeBytes;
}

void LabelSummaryWriter::AddType(std::string_view name) { Insert(name, &Name("")); }

void LabelSummaryWriter::AddSeries(const LabelSet& labels) {
  ++series_;
  for (const auto& [name, value] : labels.pairs()) {
    Values& values = Name(name);
    ++values.series;
    Insert(value, &values);
  }
}

// As if every text were new.
uint64_t LabelSummaryWriter::most_bytes_with(std::string_view type, const LabelSet& labels) const {
  uint64_t bytes = bytes_ + type.size() + 2 * kTextBytes + kEntryBytes;
  for (const auto& [name, value] : labels.pairs()) {
    bytes += name.size() + value.size() + 2 * kTextBytes + kEntryBytes;
  }
  return bytes;
}

// Names ascend, as the map does, and so do the values of each. "" sorts first.
std::string LabelSummaryWriter::Encode() const {
  std::string out;
  for (const auto& [name, values] : names_) {
    // A label that is missing in a series counts as "". The entry of type names has no series.
    const bool lacking =
        values.series > 0 && values.series < series_ && values.listed.count("") == 0;
    const size_t count = values.listed.size() + lacking;
    AppendText(name, &out);
    AppendVarint(&out, count <= kListed ? count : 0);
    if (count > kListed) continue;
    if (lacking) AppendText("", &out);
    for (const std::string& value : values.listed) AppendText(value, &out);
  }
  return out;
}

// The footer's summary must equal this, byte by byte.
std::string SummarizeLabels(const ProfileTable& table) {
  LabelSummaryWriter writer;
  for (const ProfileType& type : table.types) writer.AddType(type.name);
  for (const Series& series : table.series) writer.AddSeries(series.labels);
  return writer.Encode();
}

// Bytes come from the footer, so their checksum is right, but they may be forged. Each value takes
// a byte, so memory is bounded by the input. Names must ascend, as Find is a binary search.
std::optional<LabelSummary> LabelSummary::Read(std::string_view bytes) {
  LabelSummary summary;
  ByteReader in(bytes);
  while (!in.empty()) {
    Entry& entry = summary.entries_.emplace_back();
    uint64_t count = 0;
    if (!TakeText(&in, &entry.name) || !in.ReadVarint(&count)) return std::nullopt;
    for (std::string_view value; count > 0; --count) {
      if (!TakeText(&in, &value)) return std::nullopt;
      entry.values.push_back(value);
    }
  }
  const auto unordered = [](const Entry& a, const Entry& b) { return a.name >= b.name; };
  const auto& entries = summary.entries_;
  if (std::adjacent_find(entries.begin(), entries.end(), unordered) != entries.end()) {
    return std::nullopt;
  }
  return summary;
}

const LabelSummary::Entry* LabelSummary::Find(std::string_view name) const {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), name,
                       [](const Entry& entry, std::string_view n) { return entry.name < n; });
  return at == entries_.end() || at->name != name ? nullptr : &*at;
}

bool LabelSummary::MayHoldType(const Takes& takes) const {
  const Entry* types = Find("");
  return types == nullptr || AnyTaken(types->values, takes);
}

// A name that no series has reads as "" everywhere.
bool LabelSummary::MayHold(std::string_view name, const Takes& takes) const {
  const Entry* entry = name.empty() ? nullptr : Find(name);
  return entry == nullptr ? takes("") : AnyTaken(entry->values, takes);
}

}  // namespace dolerite
