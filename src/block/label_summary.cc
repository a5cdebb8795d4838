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

void AppendText(std::string_view text, std::string* out) {
  AppendVarint(out, text.size());
  *out += text;
}

bool TakeText(ByteReader* in, std::string_view* text) {
  uint64_t size = 0;
  return in->ReadVarint(&size) && in->ReadBytes(size, text);
}

}  // namespace

// The entry of a name, made and counted when it comes first.
LabelSummaryWriter::Label& LabelSummaryWriter::Named(std::string_view name) {
  const uint32_t row = names_.Add(name).first;
  if (labels_.size() < names_.size()) labels_.resize(names_.size());
  Label& label = labels_[row];
  if (label.values.empty()) bytes_ += name.size() + kTextBytes + kEntryBytes;
  return label;
}

// One value more than can be listed is kept: it says that there are too many. Further ones change
// nothing, so the memory of a name is bounded.
void LabelSummaryWriter::Insert(std::string_view value, Label* to) {
  if (to->values.size() > kListed) return;
  const uint32_t row = values_.Add(value).first;
  if (std::find(to->values.begin(), to->values.end(), row) != to->values.end()) return;
  to->values.push_back(row);
  ++listed_;
  bytes_ += value.size() + kTextBytes;
}

void LabelSummaryWriter::AddType(std::string_view name) { Insert(name, &Named("")); }

void LabelSummaryWriter::AddSeries(const LabelSet& labels) {
  ++series_;
  for (const auto& [name, value] : labels.pairs()) {
    Label& label = Named(name);
    ++label.series;
    Insert(value, &label);
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

size_t LabelSummaryWriter::memory_bytes() const {
  constexpr size_t kListedBytes = 2 * sizeof(uint32_t);  // as lists grow by doubling
  return names_.memory_bytes() + values_.memory_bytes() + labels_.capacity() * sizeof(Label) +
         listed_ * kListedBytes;
}

// Values ascend. A label that is missing in a series counts as "", which sorts first; the entry of
// type names has no series.
void LabelSummaryWriter::EncodeValues(const Label& label, std::string* out) const {
  std::vector<std::string_view> values;
  for (const uint32_t row : label.values) values.push_back(values_[row]);
  std::sort(values.begin(), values.end());
  const bool lacking =
      label.series > 0 && label.series < series_ && !values.empty() && !values.front().empty();
  const size_t count = values.size() + lacking;
  AppendVarint(out, count <= kListed ? count : 0);
  if (count > kListed) return;
  if (lacking) AppendText("", out);
  for (const std::string_view value : values) AppendText(value, out);
}

std::string LabelSummaryWriter::Encode() const {
  std::string out;
  for (const uint32_t row : names_.Sorted()) {
    if (row >= labels_.size() || labels_[row].values.empty()) continue;  // no types were added
    AppendText(names_[row], &out);
    EncodeValues(labels_[row], &out);
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
    const size_t begin = in.position();
    for (std::string_view value; count > 0; --count) {
      if (!TakeText(&in, &value)) return std::nullopt;
    }
    entry.values = bytes.substr(begin, in.position() - begin);
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

// Whether the value of some series is taken. Read has seen that the values are well-formed.
bool LabelSummary::Entry::AnyIs(const Takes& takes) const {
  ByteReader in(values);
  for (std::string_view value; TakeText(&in, &value);) {
    if (takes(value)) return true;
  }
  return values.empty();
}

std::vector<std::string_view> LabelSummary::types() const {
  std::vector<std::string_view> types;
  const Entry* entry = Find("");
  ByteReader in(entry == nullptr ? std::string_view() : entry->values);
  for (std::string_view name; TakeText(&in, &name);) types.push_back(name);
  return types;
}

bool LabelSummary::MayHoldType(const Takes& takes) const {
  const Entry* types = Find("");
  return types == nullptr || types->AnyIs(takes);
}

// A name that no series has reads as "" everywhere.
bool LabelSummary::MayHold(std::string_view name, const Takes& takes) const {
  const Entry* entry = name.empty() ? nullptr : Find(name);
  return entry == nullptr ? takes("") : entry->AnyIs(takes);
}

}  // namespace dolerite
