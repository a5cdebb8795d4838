// FORMAT.md, section 17.
#include <initializer_list>

#include "base/checksum.h"
#include "block/format_reader.h"

namespace dolerite::testing {

namespace {

void AppendText(std::string_view text, std::string* out) {
  for (uint64_t size = text.size();; size >>= 7) {
    out->push_back(static_cast<char>(size < 128 ? size : size | 128));
    if (size < 128) break;
  }
  *out += text;
}

void AppendNumber(uint64_t value, size_t bytes, std::string* out) {
  for (; bytes > 0; --bytes, value >>= 8) out->push_back(static_cast<char>(value));
}

uint64_t HashOfWords(const Column& words) {
  std::string bytes;
  for (uint64_t word : words) AppendNumber(word, 8, &bytes);
  return Checksum64(bytes);
}

constexpr uint64_t kStart = 0x2d358dccaa6c78a5;

uint64_t Mix(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a ^ b) * 0x9fb21c651e98df25u;
  return static_cast<uint64_t>(product >> 64) ^ static_cast<uint64_t>(product);
}

uint64_t H(std::initializer_list<uint64_t> words) {
  uint64_t h = kStart;
  for (uint64_t word : words) h = Mix(h + 1, word);
  return h;
}

// The hashes of a dataset's rows, each computed where it is asked for.
struct Hashes {
  const FormatTables& t;

  uint64_t String(uint64_t id) const { return Checksum64(t.strings.at(id)); }
  uint64_t Label(uint64_t id) const {
    const FormatLabel& l = t.labels.at(id);
    const bool text = l.kind == 0 || l.kind == 4 || l.kind == 5;
    return H({String(l.key), l.kind, text ? String(l.value) : l.value, String(l.unit)});
  }
  uint64_t LabelSet(uint64_t id) const {
    uint64_t sum = H({t.attribute_sets.at(id).size()});
    for (uint64_t label : t.attribute_sets[id]) sum += Label(label);
    return sum;
  }
  uint64_t Mapping(uint64_t id) const {
    const FormatMapping& m = t.mappings.at(id);
    return H({id == 0, String(m.file), String(m.build_id), m.offset, m.size, m.flags,
              LabelSet(m.attributes), m.instance});
  }
  uint64_t Layout(uint64_t id) const {
    uint64_t h = kStart;
    for (const auto& [mapping, start] : t.layouts.at(id)) h = H({h, Mapping(mapping), start});
    return h;
  }
  uint64_t Location(uint64_t id) const {
    const FormatLocation& l = t.locations.at(id);
    uint64_t h = H({Mapping(l.mapping), l.address, l.folded, LabelSet(l.attributes)});
    for (const FormatLine& line : l.lines) {
      const FormatFunction& f = t.functions.at(line.function);
      const uint64_t function = H({String(f.name), String(f.system_name), String(f.file),
                                   static_cast<uint64_t>(f.start_line)});
      h = H({h, function, static_cast<uint64_t>(line.line), static_cast<uint64_t>(line.column)});
    }
    return h;
  }
  uint64_t Stack(const std::vector<FormatNode>& nodes, uint64_t node) const {
    if (node == 0) return kStart;
    return H({Stack(nodes, nodes.at(node).parent), Location(nodes[node].location)});
  }
};

}  // namespace

std::string DerivedId(const FormatProfile& p) {
  std::string key(1, static_cast<char>((p.type.size() - 4) / 2));
  for (const std::string& s : p.type) AppendText(s, &key);
  key.push_back(static_cast<char>(p.series.size()));
  for (const auto& [name, value] : p.series) AppendText(name, &key), AppendText(value, &key);
  for (const std::string& s : p.header_texts) AppendText(s, &key);
  for (int64_t n : {p.period, p.time, p.duration}) AppendNumber(static_cast<uint64_t>(n), 8, &key);
  AppendNumber(p.sample_count, 8, &key);
  AppendNumber(p.check, 4, &key);
  for (int64_t total : p.totals) AppendNumber(static_cast<uint64_t>(total), 8, &key);
  const auto id = ContentHash128(key);
  return {id.begin(), id.end()};
}

uint64_t CheckOf(const FormatProfile& p, const FormatTables& tables) {
  const Hashes hashes{tables};
  Column words, shapes, ends, times, timed;
  std::string links;
  bool any_link = false, any_shape = false;
  const FormatStacks& stacks = tables.stacks.at(p.type_row);
  for (const FormatSample& s : p.samples) {
    words.push_back(hashes.Stack(stacks.nodes, stacks.sampled.at(s.stack)));
    words.push_back(hashes.LabelSet(s.labels));
    shapes.push_back(s.shape);
    times.insert(times.end(), s.times.begin(), s.times.end());
    ends.push_back(times.size());
    timed.insert(timed.end(), s.timed.begin(), s.timed.end());
    links += s.link;
    any_link = any_link || s.link != std::string(24, '\0');
    any_shape = any_shape || s.shape != 0 || !s.times.empty();
  }
  for (const FormatSample& s : p.samples)
    words.insert(words.end(), s.values.begin(), s.values.end());
  for (const Column* more : {&shapes, &ends, &times, &timed}) {
    if (any_shape) words.insert(words.end(), more->begin(), more->end());
  }
  return HashOfWords({hashes.Layout(p.layout), hashes.LabelSet(p.attributes), p.dropped_attributes,
                      HashOfWords(words), Checksum64(any_link ? links : ""), Checksum64(p.payload),
                      Checksum64(p.unknown_fields)}) &
         0xffffffff;
}

}  // namespace dolerite::testing
