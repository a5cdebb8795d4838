// Hashes of what rows say, whatever their ids: each row's hash is made from the hashes of the rows
// that it refers to, table by table upwards. FORMAT.md has them as the content check, so they are
// frozen.
#include "model/content_hash.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/pace.h"
#include "base/status.h"

namespace dolerite {

namespace {

constexpr uint64_t kStart = 0x2d358dccaa6c78a5;

// Each word is mixed in after a step of the hash, so that words of 0 count.
template <class... Words>
uint64_t HashWords(Words... words) {
  uint64_t hash = kStart;
  ((hash = MixHash(hash + 1, static_cast<uint64_t>(words))), ...);
  return hash;
}

// Hashes of one set of tables. Each function asks the host from row to row.
class ContentHasher {
 public:
  ContentHasher(const MergedTables& tables, const CallContext& call)
      : tables_(tables), s_(tables.symbols), call_(call) {}

  // Tables from the bottom up; each needs hashes of those that it refers to.
  absl::StatusOr<ContentHashes> Run() && {
    for (uint32_t i = 0; i < s_.strings.size(); ++i) {
      DOLERITE_RETURN_IF_ERROR(pace_.Check(call_));
      out_.strings.push_back(Checksum64(s_.strings[StringId{i}]));
    }
    DOLERITE_RETURN_IF_ERROR(LabelSets());
    DOLERITE_RETURN_IF_ERROR(MappingsAndLayouts());
    DOLERITE_RETURN_IF_ERROR(LocationTable());
    DOLERITE_RETURN_IF_ERROR(Stacks());
    return std::move(out_);
  }

 private:
  absl::Status LabelSets();
  absl::Status MappingsAndLayouts();
  absl::Status LocationTable();
  absl::Status Stacks();
  uint64_t Text(StringId id) const { return out_.strings[id.value]; }

  const MergedTables& tables_;
  const Symbols& s_;
  const CallContext& call_;
  Pace pace_;
  std::vector<uint64_t> mappings_, locations_;
  ContentHashes out_;
};

// A set is a sum over its labels: their order has no meaning, and labels of a set differ.
absl::Status ContentHasher::LabelSets() {
  std::vector<uint64_t> labels;
  for (size_t i = 0; i < s_.attributes.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(pace_.Check(call_));
    const uint64_t value = s_.attributes.value_is_string(i) ? out_.strings[s_.attributes.value[i]]
                                                            : s_.attributes.value[i];
    labels.push_back(HashWords(Text(s_.attributes.key[i]), s_.attributes.kind[i], value,
                               Text(s_.attributes.unit[i])));
  }
  for (size_t i = 0; i < s_.attribute_sets.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(pace_.Check(call_));
    uint64_t sum = HashWords(s_.attribute_sets.length(i));  // the order of labels has no meaning
    for (const AttributeId* l = s_.attribute_sets.begin(i); l != s_.attribute_sets.end(i); ++l) {
      sum += labels[l->value];
    }
    out_.attribute_sets.push_back(sum);
  }
  return absl::OkStatus();
}

absl::Status ContentHasher::MappingsAndLayouts() {
  const Mappings& m = s_.mappings;
  for (size_t i = 0; i < m.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(pace_.Check(call_));
    mappings_.push_back(HashWords(
        // Row 0, "no mapping", differs from a mapping that says nothing.
        i == 0, Text(m.file[i]), Text(m.build_id[i]), m.offset[i], m.limit[i], m.flags[i],
        out_.attribute_sets[m.attributes[i].value], m.instance[i]));
  }
  const Lists<LayoutEntry>& layouts = tables_.layouts;
  for (size_t i = 0; i < layouts.size(); ++i) {
    if (pace_.IsDue(1 + layouts.length(i))) DOLERITE_RETURN_IF_ERROR(call_.Check());
    uint64_t hash = kStart;
    for (const LayoutEntry* e = layouts.begin(i); e != layouts.end(i); ++e) {
      hash = HashWords(hash, mappings_[e->mapping.value], e->start);
    }
    out_.layouts.push_back(hash);
  }
  return absl::OkStatus();
}

// Functions, then locations. A location's hash takes its lines one by one, so order and number of
// them count.
absl::Status ContentHasher::LocationTable() {
  std::vector<uint64_t> functions;
  const Functions& f = s_.functions;
  for (size_t i = 0; i < f.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(pace_.Check(call_));
    functions.push_back(
        HashWords(Text(f.name[i]), Text(f.system_name[i]), Text(f.file[i]), f.start_line[i]));
  }
  const Locations& l = s_.locations;
  for (size_t i = 0; i < l.size(); ++i) {
    if (pace_.IsDue(1 + l.lines.length(i))) DOLERITE_RETURN_IF_ERROR(call_.Check());
    uint64_t hash = HashWords(mappings_[l.mapping[i].value], l.address[i], l.folded[i],
                              out_.attribute_sets[l.attributes[i].value]);
    for (const Line* line = l.lines.begin(i); line != l.lines.end(i); ++line) {
      hash = HashWords(hash, functions[line->function.value], line->line, line->column);
    }
    locations_.push_back(hash);
  }
  return absl::OkStatus();
}

// A stack is its parent's hash and its last location: parents come first.
absl::Status ContentHasher::Stacks() {
  const StackTree& t = tables_.stacks;
  out_.stacks.resize(std::max<size_t>(t.size(), 1));
  uint64_t* const hashes = out_.stacks.data();
  hashes[0] = kStart;
  for (size_t i = 1; i < t.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(pace_.Check(call_));
    hashes[i] =
        HashWords(hashes[t.parent.data()[i]], locations_.data()[t.location.data()[i].value]);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ContentHashes> HashContent(const MergedTables& tables, const CallContext& call) {
  return ContentHasher(tables, call).Run();
}

ContentHashes HashContent(const MergedTables& tables) { return *HashContent(tables, {}); }

}  // namespace dolerite
