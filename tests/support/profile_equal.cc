#include "support/profile_equal.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace dolerite::testing {

namespace {

// One string of pieces. (g++ 12 warns wrongly of chains of operator+.)
std::string Join(std::initializer_list<std::string_view> pieces) {
  std::string out;
  for (std::string_view piece : pieces) out.append(piece);
  return out;
}

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (char c : bytes) out += {kDigits[(c >> 4) & 15], kDigits[c & 15]};
  return out;
}

template <class Bytes>
std::string HexOf(const Bytes& id) {
  return Hex(std::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
}

class Describer {
 public:
  explicit Describer(const Profile& profile) : p_(profile), s_(profile.symbols) {}

  std::string Describe() const {
    std::string out = Header();
    for (size_t i = 1; i < s_.mappings.size(); ++i) out += Join({"mapping ", Mapping(i), "\n"});
    std::vector<std::string> samples;
    size_t timed = 0;
    for (size_t i = 0; i < p_.samples.size(); ++i) samples.push_back(Sample(i, &timed));
    std::sort(samples.begin(), samples.end());
    for (const std::string& sample : samples) out += Join({sample, "\n"});
    return out;
  }

 private:
  // Quoted, so that no text runs into its neighbour.
  std::string Text(StringId id) const {
    std::string out = "\"";
    for (char c : s_.strings[id]) {
      if (c == '"' || c == '\\') {
        out += {'\\', c};
      } else if (static_cast<unsigned char>(c) < 0x20) {
        out += Join({"\\x", Hex(std::string_view(&c, 1))});
      } else {
        out += c;
      }
    }
    return Join({out, "\""});
  }

  static std::string Number(int64_t n) { return Join({" ", std::to_string(n)}); }
  static std::string Unsigned(uint64_t n) { return Join({" ", std::to_string(n)}); }
  std::string Type(const ValueType& type) const {
    return Join({Text(type.type), "/", Text(type.unit)});
  }

  std::string Header() const {
    std::string out;
    for (const ValueType& type : p_.sample_types) out += Join({"sample_type ", Type(type), "\n"});
    out += Join({"default_sample_type ", Text(p_.default_sample_type), "\n"});
    out += Join({"period ", Type(p_.period_type), Number(p_.period), "\n"});
    out += Join({"time", Number(p_.time_nanos), Number(p_.duration_nanos), "\n"});
    out += Join({"frames ", Text(p_.drop_frames), " ", Text(p_.keep_frames), "\n"});
    out += Join({"doc_url ", Text(p_.doc_url), "\n"});
    for (StringId comment : p_.comments) out += Join({"comment ", Text(comment), "\n"});
    if (p_.id.has_value()) out += Join({"id ", HexOf(*p_.id), "\n"});
    out += Join({"attributes", LabelSet(p_.attributes), Unsigned(p_.dropped_attributes), "\n"});
    out += Join({"payload ", Text(p_.payload_format), " ", Hex(p_.payload), "\n"});
    return out + Join({"unknown_fields ", Hex(p_.unknown_fields), "\n"});
  }

  std::string Label(AttributeId label) const {
    const Attributes& l = s_.attributes;
    const size_t row = label.value;
    const std::string value = l.value_is_string(row)
                                  ? Text(StringId{static_cast<uint32_t>(l.value[row])})
                                  : std::to_string(l.value[row]);
    return Join({Text(l.key[row]), ":", std::to_string(static_cast<int>(l.kind[row])), "=", value,
                 Text(l.unit[row])});
  }

  std::string LabelSet(AttributeSetId set) const {
    std::vector<std::string> labels;
    const auto& sets = s_.attribute_sets;
    for (const AttributeId* l = sets.begin(set.value); l != sets.end(set.value); ++l) {
      labels.push_back(Label(*l));
    }
    std::sort(labels.begin(), labels.end());
    std::string out = "{";
    for (const std::string& label : labels) out += Join({label, ","});
    return Join({out, "}"});
  }

  std::string Mapping(size_t i) const {
    const Mappings& m = s_.mappings;
    return Join({"(", Unsigned(m.start[i]), Unsigned(m.limit[i]), Unsigned(m.offset[i]),
                 Text(m.file[i]), Text(m.build_id[i]), Unsigned(m.flags[i]),
                 LabelSet(m.attributes[i]), Unsigned(m.instance[i]), ")"});
  }

  std::string Frame(LocationId location) const {
    const Locations& l = s_.locations;
    const size_t i = location.value;
    std::string out = Join({"[", Mapping(l.mapping[i].value), Unsigned(l.address[i]),
                            Unsigned(l.folded[i]), LabelSet(l.attributes[i])});
    for (const Line* line = l.lines.begin(i); line != l.lines.end(i); ++line) {
      const Functions& f = s_.functions;
      const size_t row = line->function.value;
      out += Join({"<", Text(f.name[row]), Text(f.system_name[row]), Text(f.file[row]),
                   Number(f.start_line[row]), Number(line->line), Number(line->column), ">"});
    }
    return Join({out, "]"});
  }

  // `timed` counts the timestamp values of the samples before.
  std::string Sample(size_t i, size_t* timed) const {
    const Samples& s = p_.samples;
    std::string out = "sample ";
    const auto& stacks = p_.stacks;
    const size_t stack = s.stack[i].value;
    for (const LocationId* l = stacks.begin(stack); l != stacks.end(stack); ++l) out += Frame(*l);
    out += LabelSet(s.attributes[i]);
    if (!s.link.empty() && s.link[i] != LinkId{}) {
      const size_t link = s.link[i].value;
      out += Join({" link ", HexOf(p_.links.trace_id[link]), "/", HexOf(p_.links.span_id[link])});
    }
    const size_t types = p_.sample_types.size();
    for (size_t t = 0; t < types; ++t) out += Number(s.values[i * types + t]);
    if (s.shape.empty() || s.shape[i] == SampleShape::kAggregate) return out;
    out += Join({" shape", Unsigned(static_cast<uint64_t>(s.shape[i]))});
    for (const uint64_t* t = s.timestamps.begin(i); t != s.timestamps.end(i); ++t) {
      out += Unsigned(*t);
      if (s.shape[i] == SampleShape::kTimed)
        out += Join({"=", Number(s.timestamp_values[(*timed)++])});
    }
    return out;
  }

  const Profile& p_;
  const Symbols& s_;
};

}  // namespace

std::string DescribeProfile(const Profile& profile) { return Describer(profile).Describe(); }

std::vector<std::string> DescribeAll(const std::vector<SeriesProfile>& profiles) {
  std::vector<std::string> out;
  for (const SeriesProfile& p : profiles) {
    out.push_back(p.series.ToString() + "\n" + DescribeProfile(p.profile));
  }
  return out;
}

}  // namespace dolerite::testing
