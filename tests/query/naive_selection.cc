#include "query/naive_selection.h"

#include <regex>
#include <set>
#include <sstream>
#include <unordered_map>

#include "query/naive_labels.h"

namespace dolerite::testing {

namespace {

// One frame of a stack. `place` is that of its location, counted from the root.
struct Frame {
  size_t place = 0, location = 0, line = kNoLine;
  bool kept = true;
};

class NaiveSelection {
 public:
  explicit NaiveSelection(const Selection& s)
      : s_(s),
        tag_focus_(s.tag_focus),
        tag_ignore_(s.tag_ignore),
        focus_(s.stacks.focus, false),
        ignore_(s.stacks.ignore, false),
        hide_(s.stacks.hide, false),
        show_(s.stacks.show, false),
        show_from_(s.stacks.show_from, false) {
    for (const LabelMatcher& m : s.matchers) matchers_.emplace_back(m);
    for (const LabelMatcher& m : s.sample_matchers) sample_matchers_.emplace_back(m);
  }

  bool TakesProfile(const Input& input) const {
    const Profile& p = input.profile;
    if (p.time_nanos < s_.start_nanos || !Before(p.time_nanos, s_.end_nanos)) return false;
    if (!s_.profile_ids.empty()) {
      if (!p.id || !std::count(s_.profile_ids.begin(), s_.profile_ids.end(), *p.id)) return false;
    }
    for (const Matcher& m : matchers_) {
      if (!m.Takes({std::string(input.series.Get(m.matcher.name).value_or(""))})) return false;
    }
    return TakesType(input);
  }

  // The profile with what is left of it.
  Profile Select(const Profile& p) const {
    Profile out = p;
    out.stacks.Clear();
    out.stacks.Close();
    out.samples = {};
    out.links = Profile().links;
    size_t timed = 0;
    const size_t types = p.sample_types.size();
    for (size_t i = 0; i < p.samples.size(); ++i) {
      const size_t first_timed = timed;
      if (ShapeOf(p, i) == SampleShape::kTimed) timed += p.samples.timestamps.length(i);
      if (!TakesLabels(p, i) || !TakesLink(p, i)) continue;
      std::vector<Frame> frames = FramesOf(p, i);
      std::vector<int64_t> values(types);
      if (!CutTimes(p, i, first_timed, &values) || !ChoosesStack(p, frames)) continue;
      if (Cuts() && !CutFrames(p, &frames)) continue;
      AddSample(p, i, frames, values, &out);
    }
    return out;
  }

 private:
  static bool Before(int64_t time, int64_t end) { return time < end || end == INT64_MAX; }
  static SampleShape ShapeOf(const Profile& p, size_t i) {
    return p.samples.shape.empty() ? SampleShape::kAggregate : p.samples.shape[i];
  }

  bool TakesType(const Input& input) const {
    if (s_.profile_type.empty()) return true;
    const Profile& p = input.profile;
    const auto text = [&](StringId id) { return p.symbols.strings[id]; };
    const std::string name(
        input.series.Get("__name__").value_or(input.series.Get("kind").value_or("")));
    std::vector<std::string> parts = PartsOf(s_.profile_type);
    if (parts.size() != 5) return s_.profile_type == name;
    if (parts[0] == "process_cpu") parts[0] = "cpu";
    if (parts[0] == "memory") parts[0] = "heap";
    const auto is = [](const std::string& part, std::string_view is) {
      return part.empty() || part == is;
    };
    bool typed = false;
    for (const ValueType& t : p.sample_types) {
      typed |= is(parts[1], text(t.type)) && is(parts[2], text(t.unit));
    }
    return is(parts[0], name) && typed && is(parts[3], text(p.period_type.type)) &&
           is(parts[4], text(p.period_type.unit));
  }

  bool TakesLabels(const Profile& p, size_t i) const {
    const Symbols& s = p.symbols;
    const uint32_t set = p.samples.attributes[i].value;
    for (const Matcher& m : sample_matchers_) {
      std::vector<std::string> values;
      for (const AttributeId* l = s.attribute_sets.begin(set); l != s.attribute_sets.end(set);
           ++l) {
        if (s.strings[s.attributes.key[l->value]] != m.matcher.name) continue;
        values.push_back(LabelValue(s, l->value));
      }
      if (values.empty()) values.emplace_back();
      if (!m.Takes(values)) return false;
    }
    return !(tag_focus_.asked() && !tag_focus_.Takes(p, i)) &&
           !(tag_ignore_.asked() && tag_ignore_.Takes(p, i));
  }

  bool TakesLink(const Profile& p, size_t i) const {
    if (s_.trace_ids.empty() && s_.span_ids.empty()) return true;
    const uint32_t link = p.samples.link.empty() ? 0 : p.samples.link[i].value;
    if (link == 0) return false;
    const auto one_of = [](const auto& ids, const auto& id) {
      return ids.empty() || std::count(ids.begin(), ids.end(), id) > 0;
    };
    return one_of(s_.trace_ids, p.links.trace_id[link]) &&
           one_of(s_.span_ids, p.links.span_id[link]);
  }

  // The values at the times that are selected; false if none is.
  bool CutTimes(const Profile& p, size_t i, size_t first_timed,
                std::vector<int64_t>* values) const {
    const size_t types = values->size();
    const int64_t* whole = p.samples.values.data() + i * types;
    values->assign(whole, whole + types);
    if (s_.sample_start_nanos == INT64_MIN && s_.sample_end_nanos == INT64_MAX) return true;
    const auto in = [&](int64_t time) {
      return time >= s_.sample_start_nanos && Before(time, s_.sample_end_nanos);
    };
    const size_t n = p.samples.shape.empty() ? 0 : p.samples.timestamps.length(i);
    if (n == 0) return in(p.time_nanos);
    bool any = false;
    std::fill(values->begin(), values->end(), 0);
    for (size_t m = 0; m < n; ++m) {
      const uint64_t time = p.samples.timestamps.begin(i)[m];
      if (!in(time > INT64_MAX ? INT64_MAX : static_cast<int64_t>(time))) continue;
      any = true;
      for (size_t t = 0; t < types; ++t) {
        if (types == 1 && ShapeOf(p, i) == SampleShape::kTimed) {
          (*values)[t] += p.samples.timestamp_values[first_timed + m];
          continue;
        }
        // An nth, of which the first ones have one more, away from 0.
        const uint64_t size = whole[t] < 0 ? -static_cast<uint64_t>(whole[t]) : whole[t];
        const auto share = static_cast<int64_t>(size / n + (m < size % n ? 1 : 0));
        (*values)[t] += whole[t] < 0 ? -share : share;
      }
    }
    return any;
  }

  // Root first.
  static std::vector<Frame> FramesOf(const Profile& p, size_t i) {
    std::vector<Frame> frames;
    const uint32_t stack = p.samples.stack[i].value;
    for (size_t at = p.stacks.length(stack), place = 0; at-- > 0; ++place) {
      const size_t location = p.stacks.begin(stack)[at].value;
      const size_t lines = p.symbols.locations.lines.length(location);
      for (size_t line = lines; line-- > 0;) frames.push_back({place, location, line});
      if (lines == 0) frames.push_back({place, location});
    }
    return frames;
  }
  static const Line& LineOf(const Profile& p, const Frame& f) {
    return p.symbols.locations.lines.begin(f.location)[f.line];
  }
  static std::string NameOf(const Profile& p, const Frame& f) {
    const Symbols& s = p.symbols;
    if (f.line != kNoLine) {
      const uint32_t function = LineOf(p, f).function.value;
      if (const auto name = s.strings[s.functions.name[function]]; !name.empty()) {
        return std::string(name);
      }
      if (const auto name = s.strings[s.functions.system_name[function]]; !name.empty()) {
        return std::string(name);
      }
    }
    const std::string file(s.strings[s.mappings.file[s.locations.mapping[f.location].value]]);
    if (file.empty()) return "[unknown]";
    return "[" + file.substr(file.find_last_of('/') + 1) + "]";
  }
  static bool FindsMapping(const Pattern& pattern, const Profile& p, const Frame& f) {
    const uint32_t mapping = p.symbols.locations.mapping[f.location].value;
    return mapping != 0 && pattern.Finds(p.symbols.strings[p.symbols.mappings.file[mapping]]);
  }
  static bool HasFunction(const Profile& p, const Frame& f) {
    return f.line != kNoLine && LineOf(p, f).function.value != 0;
  }
  static bool FindsLine(const Pattern& pattern, const Profile& p, const Frame& f) {
    if (!HasFunction(p, f)) return false;
    const Symbols& s = p.symbols;
    const uint32_t function = LineOf(p, f).function.value;
    return pattern.Finds(s.strings[s.functions.name[function]]) ||
           pattern.Finds(s.strings[s.functions.file[function]]);
  }
  static bool Finds(const Pattern& pattern, const Profile& p, const Frame& f) {
    return FindsMapping(pattern, p, f) || FindsLine(pattern, p, f);
  }

  bool ChoosesStack(const Profile& p, const std::vector<Frame>& frames) const {
    const StackFilter& filter = s_.stacks;
    const auto any = [&](const auto& holds) {
      return std::any_of(frames.begin(), frames.end(), holds);
    };
    const auto finds = [&](const Pattern& pattern) {
      return any([&](const Frame& f) { return Finds(pattern, p, f); });
    };
    if (focus_.asked() && !finds(focus_)) return false;
    if (ignore_.asked() && finds(ignore_)) return false;
    if ((ignore_.asked() || Cuts()) && frames.empty()) return false;
    if (!filter.below.empty() &&
        !any([&](const Frame& f) { return NameOf(p, f) == filter.below; })) {
      return false;
    }
    if (!filter.addresses.empty() && !any([&](const Frame& f) { return IsAddressed(p, f); })) {
      return false;
    }
    if (filter.call_path.size() > frames.size()) return false;
    for (size_t i = 0; i < filter.call_path.size(); ++i) {
      if (NameOf(p, frames[i]) != filter.call_path[i]) return false;
    }
    return true;
  }
  bool IsAddressed(const Profile& p, const Frame& f) const {
    const Symbols& s = p.symbols;
    const uint32_t mapping = s.locations.mapping[f.location].value;
    const uint64_t address = s.locations.address[f.location] - s.mappings.start[mapping] +
                             s.mappings.offset[mapping];  // in the file
    for (const AddressRange& range : s_.stacks.addresses) {
      const bool in = range.mapping == s.strings[s.mappings.file[mapping]] ||
                      range.mapping == s.strings[s.mappings.build_id[mapping]];
      if (in && address >= range.begin && address < range.end) return true;
    }
    return false;
  }

  bool Cuts() const {
    return hide_.asked() || show_.asked() || show_from_.asked() || !s_.stacks.below.empty();
  }

  // Marks what is left; false if nothing is.
  bool CutFrames(const Profile& p, std::vector<Frame>* frames) const {
    for (Frame& f : *frames) {
      if (hide_.asked() && Finds(hide_, p, f)) f.kept = false;
      if (!show_.asked()) continue;
      if (f.line == kNoLine) f.kept = false;
      if (!FindsMapping(show_, p, f) && HasFunction(p, f) && !FindsLine(show_, p, f))
        f.kept = false;
    }
    if (show_from_.asked()) StartFrom(p, frames);
    if (!s_.stacks.below.empty()) {
      for (Frame& f : *frames) {
        if (NameOf(p, f) == s_.stacks.below) break;
        f.kept = false;
      }
    }
    return std::any_of(frames->begin(), frames->end(), [](const Frame& f) { return f.kept; });
  }
  // google/pprof cuts every location that has a match, then the stack at the outermost such one.
  void StartFrom(const Profile& p, std::vector<Frame>* frames) const {
    std::map<size_t, size_t> starts;  // by place: the first frame that is kept
    for (size_t i = 0; i < frames->size(); ++i) {
      const Frame& f = (*frames)[i];
      if (!f.kept || !Finds(show_from_, p, f)) continue;
      starts.try_emplace(f.place, FindsMapping(show_from_, p, f) ? 0 : i);
    }
    for (size_t i = 0; i < frames->size(); ++i) {
      Frame& f = (*frames)[i];
      const bool started = !starts.empty() && f.place >= starts.begin()->first;
      if (!started || (starts.count(f.place) != 0 && i < starts.at(f.place))) f.kept = false;
    }
  }

  static void AddSample(const Profile& p, size_t i, const std::vector<Frame>& frames,
                        const std::vector<int64_t>& values, Profile* out) {
    for (size_t end = frames.size(); end > 0;) {  // location by location, leaf first
      size_t begin = end;
      std::vector<Line> kept;
      bool any = false, whole = true;
      while (begin > 0 && frames[begin - 1].place == frames[end - 1].place) {
        const Frame& f = frames[--begin];
        any |= f.kept, whole &= f.kept;
        if (f.kept && f.line != kNoLine) kept.push_back(LineOf(p, f));
      }
      const auto location = static_cast<uint32_t>(frames[begin].location);
      end = begin;
      if (any) out->stacks.items.push_back({whole ? location : Cut(p, location, kept, out)});
    }
    out->stacks.Close();
    out->samples.stack.push_back({static_cast<uint32_t>(out->stacks.size() - 1)});
    out->samples.attributes.push_back(p.samples.attributes[i]);
    out->samples.values.insert(out->samples.values.end(), values.begin(), values.end());
  }
  static uint32_t Cut(const Profile& p, uint32_t location, const std::vector<Line>& lines,
                      Profile* out) {
    Locations& l = out->symbols.locations;
    l.lines.items.insert(l.lines.items.end(), lines.begin(), lines.end());
    return out->symbols
        .AddLocation(p.symbols.locations.mapping[location], p.symbols.locations.address[location])
        .value;
  }

  Selection s_;
  std::vector<Matcher> matchers_, sample_matchers_;
  Tag tag_focus_, tag_ignore_;
  Pattern focus_, ignore_, hide_, show_, show_from_;
};

std::string LocationText(const Profile& p, LocationId id) {
  const Symbols& s = p.symbols;
  const uint32_t mapping = s.locations.mapping[id.value].value;
  std::ostringstream out;
  out << s.strings[s.mappings.file[mapping]] << '|' << s.strings[s.mappings.build_id[mapping]]
      << '+' << s.locations.address[id.value] - s.mappings.start[mapping];
  const Lists<Line>& lines = s.locations.lines;
  for (const Line* l = lines.begin(id.value); l != lines.end(id.value); ++l) {
    const uint32_t f = l->function.value;
    out << " <" << s.strings[s.functions.name[f]] << '|' << s.strings[s.functions.system_name[f]]
        << '|' << s.strings[s.functions.file[f]] << '|' << s.functions.start_line[f] << '|'
        << l->line << '|' << l->column << '>';
  }
  return out.str();
}

std::string LabelsText(const Profile& p, AttributeSetId set) {
  const Symbols& s = p.symbols;
  std::multiset<std::string> texts;
  for (const AttributeId* l = s.attribute_sets.begin(set.value);
       l != s.attribute_sets.end(set.value); ++l) {
    const auto kind = static_cast<char>('0' + static_cast<int>(s.attributes.kind[l->value]));
    texts.insert(std::string(s.strings[s.attributes.key[l->value]]) + kind +
                 LabelValue(s, l->value) + "|" +
                 std::string(s.strings[s.attributes.unit[l->value]]));
  }
  std::string out;
  for (const std::string& text : texts) out += text + ";";
  return out;
}

}  // namespace

std::string NaiveSampleType(const Selection& selection) {
  const std::vector<std::string> parts = PartsOf(selection.profile_type);
  if (parts.size() != 5) return selection.sample_type;
  return parts[2].empty() ? parts[1] : parts[1] + "/" + parts[2];
}

std::vector<Input> NaiveSelect(const std::vector<Input>& inputs, const Selection& selection) {
  const NaiveSelection naive(selection);
  std::vector<Input> out;
  for (const Input& input : inputs) {
    if (!naive.TakesProfile(input)) continue;
    Input one{input.series, naive.Select(input.profile)};
    if (one.profile.samples.size() == 0 && selection.selects_samples()) continue;
    out.push_back(std::move(one));
  }
  return out;
}

void AddSamples(const Profile& p, SamplesByText* samples) {
  const size_t types = p.sample_types.size();
  std::vector<std::string> locations(p.symbols.locations.size());
  for (size_t i = 0; i < p.samples.size(); ++i) {
    std::string key;
    const uint32_t stack = p.samples.stack[i].value;
    for (const LocationId* l = p.stacks.begin(stack); l != p.stacks.end(stack); ++l) {
      std::string& text = locations[l->value];
      if (text.empty()) text = LocationText(p, *l);
      key += text + "\n";
    }
    auto& sums = (*samples)[key + LabelsText(p, p.samples.attributes[i])];
    sums.resize(types);
    for (size_t t = 0; t < types; ++t) sums[t] += p.samples.values[i * types + t];
  }
}

void DropZeros(SamplesByText* samples) {
  std::erase_if(*samples, [](const auto& row) {
    return std::all_of(row.second.begin(), row.second.end(), [](__int128 v) { return v == 0; });
  });
}

}  // namespace dolerite::testing
