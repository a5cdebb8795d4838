#include "support/generate.h"

#include <algorithm>
#include <numeric>
#include <sstream>
#include <vector>

#include "support/profile_equal.h"

namespace dolerite::testing {

namespace {

class Generator {
 public:
  Generator(uint64_t seed, const GenerateOptions& options) : random_(seed), o_(options) {}

  Profile Make() {
    Header();
    LabelsAndSets();
    Mappings();
    FunctionsAndLocations();
    Stacks();
    if (o_.everything) Links();
    for (size_t i = 0; i < o_.samples; ++i) Sample();
    if (o_.everything) Timestamps();
    return std::move(p_);
  }

 private:
  StringId Text(std::string_view stem, uint32_t n) {
    return p_.symbols.strings.Add(std::string(stem) + std::to_string(n));
  }
  AttributeSetId AnySet() {
    return {o_.everything && random_.OneIn(3) ? random_.Below(p_.symbols.attribute_sets.size())
                                              : 0};
  }
  std::string Bytes(size_t most) {
    std::string bytes(random_.Below(most), '\0');
    for (char& c : bytes) c = static_cast<char>(random_());
    return bytes;
  }

  void Header() {
    for (uint32_t i = 0; i < o_.sample_types; ++i) {
      p_.sample_types.push_back({Text("type", i), Text("unit", i % 2)});
    }
    p_.period_type = {Text("period", 0), Text("unit", 0)};
    p_.period = random_.Below(3) * 1'000'003;
    p_.time_nanos = int64_t{1'700'000'000'000'000'000} + random_.Below(1000) * 10'000'000'000;
    p_.duration_nanos = random_.Below(2) * 10'000'000'000;
    if (!o_.everything) return;
    if (random_.OneIn(2)) p_.drop_frames = Text("drop.*", random_.Below(2));
    if (random_.OneIn(2)) p_.keep_frames = Text("keep.*", random_.Below(2));
    if (random_.OneIn(2)) p_.doc_url = Text("https://doc/", random_.Below(2));
    while (random_.OneIn(2)) p_.comments.push_back(Text("comment", random_.Below(3)));
    if (random_.OneIn(2)) {
      for (uint8_t& byte : p_.id.emplace()) byte = static_cast<uint8_t>(random_());
    }
    p_.dropped_attributes = random_.OneIn(4) ? random_() : 0;
    if (random_.OneIn(3)) p_.payload_format = Text("jfr", 0), p_.payload = Bytes(300);
    if (random_.OneIn(3)) p_.unknown_fields = Bytes(40);
  }

  void LabelsAndSets() {
    Symbols& s = p_.symbols;
    for (uint32_t i = 0; i < 14; ++i) {
      const AttributeKind kind = static_cast<AttributeKind>(o_.everything ? i % 7 : i % 2);
      uint64_t value = random_.OneIn(4) ? random_() : random_.Below(5);
      const bool text = kind == AttributeKind::kString || kind == AttributeKind::kBytes ||
                        kind == AttributeKind::kStructured;
      if (text) value = Text("value", random_.Below(4)).value;
      if (kind == AttributeKind::kEmpty) value = 0;
      if (kind == AttributeKind::kBoolean) value &= 1;
      s.AddAttribute(Text("key", random_.Below(4)), kind, value,
                     random_.OneIn(4) ? Text("bytes", 0) : StringId{});
    }
    for (uint32_t i = 0; i < 8; ++i) {
      for (uint32_t n = random_.Below(4); n > 0; --n) {
        s.attribute_sets.items.push_back({random_.Below(s.attributes.size())});
      }
      s.attribute_sets.Close();
    }
  }

  // Among them several that are equal but for their start, and at times none at all.
  void Mappings() {
    if (o_.everything && random_.OneIn(6)) return;
    uint64_t start = 0x400000 + uint64_t{random_.Below(64)} * 0x10000;
    for (uint32_t i = 0; i < 4; ++i) {
      const uint32_t kind = std::min(i, 2u);
      p_.symbols.AddMapping(start, start + 0x8000 * (kind + 1), kind * 0x1000,
                            Text("/usr/lib/binary", kind), Text("build", kind),
                            static_cast<uint8_t>(kind * 5),
                            kind == 1 ? AnySet() : AttributeSetId{});
      start = i == 0 ? start - 0x300000 : start + 0x100000 + random_.Below(9) * 0x1000;
    }
  }

  void FunctionsAndLocations() {
    Symbols& s = p_.symbols;
    for (uint32_t i = 0; o_.symbols && i < o_.names; ++i) {
      const uint32_t name = random_.Below(o_.names);
      s.AddFunction(random_.OneIn(12) ? StringId{} : Text("function", name),
                    random_.OneIn(2) ? Text("_Zfunction", name) : StringId{},
                    random_.OneIn(6) ? StringId{} : Text("file", name % 3),
                    random_.OneIn(9) ? -int64_t{name} : name * 10);
    }
    for (uint32_t i = 0; i < 3 * o_.names; ++i) {
      for (uint32_t n = o_.symbols ? random_.Below(4) : 0; n > 0; --n) {
        s.locations.lines.items.push_back({FunctionId{random_.Below(s.functions.size())},
                                           random_.Below(50),
                                           o_.everything ? random_.Below(2) : 0});
      }
      const MappingId mapping{random_.Below(s.mappings.size())};
      s.AddLocation(mapping, s.mappings.start[mapping.value] + random_.Below(0x8000),
                    o_.everything && random_.OneIn(8),
                    random_.OneIn(4) ? AnySet() : AttributeSetId{});
    }
  }

  void Stacks() {
    for (size_t i = 0; i < o_.samples / 2 + 1; ++i) {
      for (uint32_t n = random_.Below(12); n > 0; --n) {
        p_.stacks.items.push_back({random_.Below(p_.symbols.locations.size())});
      }
      p_.stacks.Close();
    }
  }

  void Links() {
    for (uint32_t i = 0; i < 5; ++i) {
      for (uint8_t& byte : p_.links.trace_id.emplace_back()) byte = random_.Below(255) + 1;
      for (uint8_t& byte : p_.links.span_id.emplace_back()) byte = random_.Below(255) + 1;
    }
  }

  int64_t Value() {
    if (o_.extreme && random_.OneIn(4)) return random_.OneIn(2) ? INT64_MIN : INT64_MAX;
    if (random_.OneIn(10)) return 0;
    const int64_t value = int64_t{random_.Below(random_.OneIn(9) ? 4'000'000'000 : 100)} * 10;
    return o_.negative && random_.OneIn(5) ? -value : value;
  }

  void Sample() {
    Samples& s = p_.samples;
    if (s.size() > 0 && random_.OneIn(10)) {  // the same once more
      s.stack.push_back(s.stack.back()), s.attributes.push_back(s.attributes.back());
      if (!s.link.empty()) s.link.push_back(s.link.back());
      for (size_t v = 0; v < o_.sample_types; ++v) {
        s.values.push_back(s.values[s.values.size() - o_.sample_types]);
      }
      return;
    }
    s.stack.push_back({random_.Below(p_.stacks.size())});
    const bool labelled = o_.sample_labels && random_.OneIn(2);
    s.attributes.push_back({labelled ? random_.Below(p_.symbols.attribute_sets.size()) : 0});
    if (o_.everything) s.link.push_back({random_.OneIn(3) ? random_.Below(p_.links.size()) : 0});
    for (size_t v = 0; v < o_.sample_types; ++v) s.values.push_back(Value());
  }

  void Timestamps() {
    Samples& s = p_.samples;
    if (random_.OneIn(2)) return;
    for (size_t i = 0; i < s.size(); ++i) {
      const SampleShape shape = static_cast<SampleShape>(random_.Below(4));
      s.shape.push_back(shape);
      uint32_t count = shape == SampleShape::kAggregate ? 0 : random_.Below(4);
      for (; count > 0; --count) {
        const uint64_t time = static_cast<uint64_t>(p_.time_nanos) + random_.Below(10'000) * 1000;
        s.timestamps.items.push_back(random_.OneIn(20) ? random_() : time);
        if (shape == SampleShape::kTimed) s.timestamp_values.push_back(Value());
      }
      s.timestamps.Close();
    }
  }

  Random random_;
  GenerateOptions o_;
  Profile p_;
};

// new_of[old row]; the first `fixed` rows stay.
struct Permutation {
  std::vector<uint32_t> old_of, new_of;

  Permutation(size_t size, size_t fixed, Random* random) : old_of(size), new_of(size) {
    std::iota(old_of.begin(), old_of.end(), 0u);
    for (size_t i = size; i > fixed + 1; --i) {
      std::swap(old_of[i - 1], old_of[fixed + random->Below(i - fixed)]);
    }
    for (uint32_t i = 0; i < size; ++i) new_of[old_of[i]] = i;
  }

  template <class T>
  void Apply(std::vector<T>* column, size_t width = 1) const {
    if (column->empty()) return;
    std::vector<T> out;
    for (uint32_t row : old_of) {
      for (size_t i = 0; i < width; ++i) out.push_back((*column)[row * width + i]);
    }
    *column = std::move(out);
  }
  template <class T>
  void Apply(Lists<T>* lists) const {
    if (lists->ends.empty()) return;
    Lists<T> out;
    for (uint32_t row : old_of) {
      out.items.insert(out.items.end(), lists->begin(row), lists->end(row));
      out.Close();
    }
    *lists = std::move(out);
  }
  template <class T>
  void Rename(std::vector<Id<T>>* ids) const {
    for (Id<T>& id : *ids) id.value = new_of[id.value];
  }
};

void ShuffleStrings(Profile* p, Random* random) {
  Symbols& s = p->symbols;
  const Permutation strings(s.strings.size(), 1, random);
  StringTable table;
  for (size_t i = 1; i < strings.old_of.size(); ++i) {
    table.Add(s.strings[StringId{strings.old_of[i]}]);
  }
  s.strings = std::move(table);
  for (auto* column :
       {&s.mappings.file, &s.mappings.build_id, &s.functions.name, &s.functions.system_name,
        &s.functions.file, &s.attributes.key, &s.attributes.unit, &p->comments}) {
    strings.Rename(column);
  }
  for (size_t i = 0; i < s.attributes.size(); ++i) {
    if (s.attributes.value_is_string(i))
      s.attributes.value[i] = strings.new_of[s.attributes.value[i]];
  }
  std::vector<StringId*> single = {
      &p->default_sample_type, &p->period_type.type, &p->period_type.unit, &p->drop_frames,
      &p->keep_frames,         &p->doc_url,          &p->payload_format};
  for (ValueType& t : p->sample_types) single.push_back(&t.type), single.push_back(&t.unit);
  for (StringId* id : single) id->value = strings.new_of[id->value];
}

void ShuffleSymbols(Profile* p, Random* random) {
  Symbols& s = p->symbols;
  const Permutation labels(s.attributes.size(), 0, random),
      sets(s.attribute_sets.size(), 1, random);
  labels.Apply(&s.attributes.key), labels.Apply(&s.attributes.kind);
  labels.Apply(&s.attributes.value), labels.Apply(&s.attributes.unit);
  labels.Rename(&s.attribute_sets.items);
  sets.Apply(&s.attribute_sets);
  for (auto* column : {&s.mappings.attributes, &s.locations.attributes, &p->samples.attributes}) {
    sets.Rename(column);
  }
  p->attributes.value = sets.new_of[p->attributes.value];

  Mappings& m = s.mappings;
  const Permutation mappings(m.size(), std::min<size_t>(m.size(), 2), random);
  mappings.Apply(&m.start), mappings.Apply(&m.limit), mappings.Apply(&m.offset);
  mappings.Apply(&m.file), mappings.Apply(&m.build_id), mappings.Apply(&m.flags);
  mappings.Apply(&m.attributes), mappings.Apply(&m.instance);
  mappings.Rename(&s.locations.mapping);

  const Permutation functions(s.functions.size(), 1, random);
  functions.Apply(&s.functions.name), functions.Apply(&s.functions.system_name);
  functions.Apply(&s.functions.file), functions.Apply(&s.functions.start_line);
  for (Line& line : s.locations.lines.items) {
    line.function.value = functions.new_of[line.function.value];
  }

  const Permutation locations(s.locations.size(), 0, random);
  locations.Apply(&s.locations.mapping), locations.Apply(&s.locations.address);
  locations.Apply(&s.locations.folded), locations.Apply(&s.locations.attributes);
  locations.Apply(&s.locations.lines);
  locations.Rename(&p->stacks.items);
}

void ShuffleSamples(Profile* p, Random* random) {
  const Permutation stacks(p->stacks.size(), 1, random), links(p->links.size(), 1, random);
  stacks.Apply(&p->stacks);
  stacks.Rename(&p->samples.stack);
  links.Apply(&p->links.trace_id), links.Apply(&p->links.span_id);
  links.Rename(&p->samples.link);
  Samples& s = p->samples;
  const Permutation samples(s.size(), 0, random);
  samples.Apply(&s.stack), samples.Apply(&s.attributes), samples.Apply(&s.link);
  samples.Apply(&s.values, p->sample_types.size());
  std::vector<int64_t> values;
  for (uint32_t row : samples.old_of) {
    if (s.shape.empty() || s.shape[row] != SampleShape::kTimed) continue;
    size_t at = 0;
    for (uint32_t i = 0; i < row; ++i) {
      if (s.shape[i] == SampleShape::kTimed) at += s.timestamps.length(i);
    }
    for (size_t i = 0; i < s.timestamps.length(row); ++i) {
      values.push_back(s.timestamp_values[at + i]);
    }
  }
  s.timestamp_values = std::move(values);
  samples.Apply(&s.timestamps);
  samples.Apply(&s.shape);
}

}  // namespace

Profile GenerateProfile(uint64_t seed, const GenerateOptions& options) {
  return Generator(seed, options).Make();
}

LabelSet GenerateSeries(uint64_t seed) {
  Random random(seed);
  const std::string service = "service" + std::to_string(random.Below(2));
  return {{"service_name", service},
          {"pod", "pod" + std::to_string(random.Below(3))},
          {"__name__", "cpu"}};
}

Profile ShuffleTables(const Profile& profile, uint64_t seed) {
  Random random(seed);
  Profile p = profile;
  ShuffleStrings(&p, &random);
  ShuffleSymbols(&p, &random);
  ShuffleSamples(&p, &random);
  return p;
}

std::string DescribeStored(const Profile& profile) {
  std::istringstream in(DescribeProfile(profile));
  std::vector<std::string> lines, mappings;
  std::string first;
  for (std::string line; std::getline(in, line);) {
    const bool mapping = line.compare(0, 8, "mapping ") == 0;
    if (mapping && first.empty()) {
      first = line;
    } else {
      (mapping ? mappings : lines).push_back(line);
    }
  }
  std::sort(mappings.begin(), mappings.end());
  lines.push_back(first);
  lines.insert(lines.end(), mappings.begin(), mappings.end());
  std::string out;
  for (const std::string& line : lines) out.append(line).append("\n");
  return out;
}

}  // namespace dolerite::testing
