// Thousands of selections, each against a plain loop over what went in.
#include <optional>

#include "dolerite/otlp.h"
#include "query/naive_selection.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

// What went in, and the blocks that were made of it.
struct StoredParts {
  std::vector<Input> inputs;
  std::vector<std::string> bytes;
  std::vector<BlockReader> blocks;
};

StoredParts Store(std::vector<Input> inputs, const BlockOptions& options, size_t parts,
                  Random* random) {
  StoredParts stored;
  std::vector<std::vector<Input>> split(parts);
  for (const Input& input : inputs) split[random->Below(parts)].push_back(input);
  for (const auto& part : split) stored.bytes.push_back(Build(part, options));
  for (const std::string& bytes : stored.bytes) stored.blocks.push_back(OpenBytes(bytes));
  stored.inputs = std::move(inputs);
  return stored;
}

template <class Question>
typename Question::Answer Answer(const StoredParts& stored, const Question& question, bool heads) {
  Query<Question> query(question, {.heads = heads});
  for (const BlockReader& block : stored.blocks) {
    const absl::Status status = query.Add(block);
    INFO(status);
    REQUIRE(status.ok());
  }
  auto answer = std::move(query).Finish();
  INFO(answer.status());
  REQUIRE(answer.ok());
  return *std::move(answer);
}

void CheckTree(const StoredParts& stored, const std::vector<Input>& expected,
               const Selection& selection, FrameBy by) {
  Sums sums;
  const std::string sample_type = NaiveSampleType(selection);
  for (const Input& input : expected) AddNaive(input.profile, sample_type, by, &sums);
  const Flames flames = FlamesOf(sums);
  for (bool heads : {true, false}) {
    const bool same = FlamesOf(Answer<TreeQuestion>(stored, {selection, by, {}}, heads)) == flames;
    INFO("tree by " << static_cast<int>(by) << ", heads " << heads);
    CHECK(same);
  }
}

void CheckProfile(const StoredParts& stored, const std::vector<Input>& expected,
                  const Selection& selection, bool heads) {
  SamplesByText theirs, ours;
  for (const Input& input : expected) AddSamples(input.profile, &theirs);
  DropZeros(&theirs);
  const Profile merged = Answer<ProfileQuestion>(stored, {selection}, heads);
  CHECK(merged.Validate().ok());
  AddSamples(merged, &ours);
  const bool same = ours == theirs;
  INFO("profile, heads " << heads << ", " << ours.size() << " instead of " << theirs.size());
  CHECK(same);
}

void CheckList(const StoredParts& stored, const std::vector<Input>& expected,
               const Selection& selection) {
  std::vector<std::pair<int64_t, std::string>> ours, theirs;
  for (const Input& input : expected) {
    theirs.emplace_back(input.profile.time_nanos, input.series.ToString());
  }
  for (const ListedProfile& listed : Answer<ListQuestion>(stored, {selection}, true)) {
    ours.emplace_back(listed.time_nanos, listed.series.ToString());
  }
  std::sort(theirs.begin(), theirs.end());
  CHECK(ours == theirs);
}

// Draws conditions, most of them from what there is.
class Drawing {
 public:
  Drawing(const StoredParts& stored, const std::vector<std::string>& patterns,
          const std::vector<std::string>& types, uint64_t seed)
      : stored_(stored), patterns_(patterns), types_(types), random_(seed) {}

  Selection Draw() {
    Selection s;
    conditions_.clear();
    for (size_t n = 1 + random_.Below(3); n > 0; --n) AddCondition(&s);
    return s;
  }
  const std::string& conditions() const { return conditions_; }

 private:
  const Input& AnyInput() { return stored_.inputs[random_.Below(stored_.inputs.size())]; }
  const std::string& AnyPattern() { return patterns_[random_.Below(patterns_.size())]; }

  LabelMatcher Matcher(const std::string& name, const std::string& value) {
    using Op = LabelMatcher::Op;
    const auto op = static_cast<Op>(random_.Below(4));
    const bool pattern = op == Op::kMatch || op == Op::kNoMatch;
    if (!pattern) return {name, op, random_.OneIn(4) ? "" : value};
    const std::string part = value.substr(0, value.size() / 2);
    switch (random_.Below(5)) {
      case 0:
        return {name, op, ".+"};
      case 1:
        return {name, op, "no such|"};
      case 2:
        return {name, op, value};
      case 3:
        return {name, op, part};  // of the whole value
      default:
        return {name, op, part + ".*|x[0-9]"};
    }
  }

  void SampleMatcher(Selection* s) {
    const Profile& p = AnyInput().profile;
    const Attributes& labels = p.symbols.attributes;
    std::string key = "no such key", value = "7";
    if (labels.size() > 0 && !random_.OneIn(8)) {
      const uint32_t l = random_.Below(labels.size());
      key = std::string(p.symbols.strings[labels.key[l]]);
      value = labels.value_is_string(l)
                  ? std::string(p.symbols.strings[{static_cast<uint32_t>(labels.value[l])}])
              : labels.kind[l] == AttributeKind::kBoolean
                  ? "true"
                  : std::to_string(static_cast<int64_t>(labels.value[l]));
    }
    // Patterns are made of names and numbers alone: others have a meaning in expressions.
    for (char& c : value) c = std::isalnum(static_cast<unsigned char>(c)) || c == '-' ? c : '.';
    s->sample_matchers.push_back(Matcher(key, value));
  }

  std::string Tag() {
    static const char* const kTags[] = {"value1",
                                        "key1=value[02]",
                                        "key0=value1,value2",
                                        "key,value3",
                                        "value1,value2",
                                        "2",
                                        "key1=2",
                                        "1:3",
                                        "key1=:3",
                                        "2:",
                                        "key3=0b:1kb",
                                        "3bytes",
                                        ":2b",
                                        "key2=",
                                        "1kb:2s",
                                        "-3:3",
                                        "no such=1",
                                        "4096",
                                        "bytes=16b:",
                                        "bytes=:1kb",
                                        "bytes=48:64b",
                                        "^key1:value1$",
                                        "64",
                                        "bytes=1kb:1mb"};
    return kTags[random_.Below(std::size(kTags))];
  }

  template <class Ids, class Column>
  void AddLinks(Ids* ids, const Column& column, const Column& other) {
    for (size_t n = 1 + random_.Below(3); n > 0; --n) {
      if (column.size() > 1) ids->push_back(column[1 + random_.Below(column.size() - 1)]);
    }
    if (other.size() > 1 && random_.OneIn(2)) ids->push_back(other.back());
    if (ids->empty() || random_.OneIn(6)) ids->emplace_back();  // "none" is no link's id
  }

  int64_t AnyTime(const Profile& p) {
    const auto& times = p.samples.timestamps.items;
    const int64_t t = times.empty() || random_.OneIn(3)
                          ? p.time_nanos
                          : static_cast<int64_t>(times[random_.Below(times.size())]);
    return random_.OneIn(20) ? INT64_MAX : t + random_.Below(2);
  }

  void CutSampleTimes(Selection* s) {
    s->sample_start_nanos = AnyTime(AnyInput().profile);
    if (!random_.OneIn(3)) s->sample_end_nanos = AnyTime(AnyInput().profile);
    if (s->sample_start_nanos > s->sample_end_nanos) {
      std::swap(s->sample_start_nanos, s->sample_end_nanos);
    }
    if (random_.OneIn(4)) s->sample_start_nanos = INT64_MIN;
  }

  // A name of a flame graph, and the path to it.
  Path AnyPath() {
    Sums sums;
    const Input& input = AnyInput();
    AddNaive(input.profile, "", FrameBy::kFunction, &sums);
    auto at = sums.begin();
    std::advance(at, random_.Below(std::max<size_t>(sums.size(), 1)));
    Path path = at == sums.end() ? Path() : at->first;
    if (!path.empty()) path.resize(1 + random_.Below(std::min<size_t>(path.size(), 4)));
    return path;
  }

  void AddAddresses(StackFilter* stacks) {
    const Symbols& s = AnyInput().profile.symbols;
    for (size_t n = 1 + random_.Below(2); n > 0 && s.locations.size() > 0; --n) {
      const uint32_t l = random_.Below(s.locations.size());
      const uint32_t mapping = s.locations.mapping[l].value;
      AddressRange& range = stacks->addresses.emplace_back();
      range.mapping =
          s.strings[random_.OneIn(2) ? s.mappings.file[mapping] : s.mappings.build_id[mapping]];
      if (range.mapping.empty()) range.mapping = "no such binary";
      range.begin = s.locations.address[l] - s.mappings.start[mapping] + s.mappings.offset[mapping];
      if (!random_.OneIn(3)) range.end = range.begin + 1 + random_.Below(0x1000);
    }
  }

  void AddProfileIds(Selection* s) {
    for (const Input& input : stored_.inputs) {
      if (input.profile.id && random_.OneIn(2)) s->profile_ids.push_back(*input.profile.id);
    }
    if (s->profile_ids.empty()) s->profile_ids.emplace_back();
  }

  void AddTimes(Selection* s) {
    s->start_nanos = AnyInput().profile.time_nanos;
    if (random_.OneIn(2)) s->end_nanos = AnyInput().profile.time_nanos;
    if (s->start_nanos > s->end_nanos) std::swap(s->start_nanos, s->end_nanos);
  }

  void AddMatcher(Selection* s) {
    const auto pairs = AnyInput().series.pairs();
    const auto& [name, value] = pairs[random_.Below(pairs.size())];
    s->matchers.push_back(random_.OneIn(8) ? Matcher("no such label", "x")
                                           : Matcher(std::string(name), std::string(value)));
  }

  void AddCondition(Selection* s) {
    const uint32_t kind = random_.Below(20);
    conditions_ += " " + std::to_string(kind);
    const Profile& p = AnyInput().profile;
    switch (kind) {
      case 0:
        return AddMatcher(s);
      case 1:
        return AddTimes(s);
      case 2:
        s->profile_type = types_[random_.Below(types_.size())];
        return;
      case 3:
        return AddProfileIds(s);
      case 4:
      case 5:
        return SampleMatcher(s);
      case 6:
        s->tag_focus = Tag();
        return;
      case 7:
        s->tag_ignore = Tag();
        return;
      case 8:
        return AddLinks(&s->trace_ids, p.links.trace_id, AnyInput().profile.links.trace_id);
      case 9:
        return AddLinks(&s->span_ids, p.links.span_id, AnyInput().profile.links.span_id);
      case 10:
      case 11:
        return CutSampleTimes(s);
      default:
        return AddStackCondition(kind, &s->stacks);
    }
  }

  void AddStackCondition(uint32_t kind, StackFilter* stacks) {
    switch (kind) {
      case 12:
        stacks->focus = AnyPattern();
        return;
      case 13:
        stacks->ignore = AnyPattern();
        return;
      case 14:
        stacks->hide = AnyPattern();
        return;
      case 15:
        stacks->show = AnyPattern();
        return;
      case 16:
        stacks->show_from = AnyPattern();
        return;
      case 17:
        stacks->call_path = AnyPath();
        return;
      case 18:
        if (const Path path = AnyPath(); !path.empty()) stacks->below = path.back();
        return;
      default:
        return AddAddresses(stacks);
    }
  }

  const StoredParts& stored_;
  const std::vector<std::string>& patterns_;
  const std::vector<std::string>& types_;
  Random random_;
  std::string conditions_;
};

std::string Describe(const Selection& s) {
  std::string out;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += std::string(" ") + name + "=" + value;
  };
  add("type", s.profile_type), add("tag_focus", s.tag_focus), add("tag_ignore", s.tag_ignore);
  for (const auto* matchers : {&s.matchers, &s.sample_matchers}) {
    for (const LabelMatcher& m : *matchers) {
      add(m.name.c_str(), std::to_string(static_cast<int>(m.op)) + "'" + m.value + "'");
    }
  }
  add("focus", s.stacks.focus), add("ignore", s.stacks.ignore), add("hide", s.stacks.hide);
  add("show", s.stacks.show), add("show_from", s.stacks.show_from);
  for (const std::string& name : s.stacks.call_path) add("path", name);
  add("below", s.stacks.below);
  add("traces", std::to_string(s.trace_ids.size())),
      add("spans", std::to_string(s.span_ids.size()));
  if (s.cuts_sample_times()) {
    add("from", std::to_string(s.sample_start_nanos)),
        add("to", std::to_string(s.sample_end_nanos));
  }
  return out;
}

struct Tally {
  size_t selections = 0, answered = 0, cut = 0;
};

void CheckLaws(const StoredParts& stored, Drawing* drawing, size_t count, Tally* tally) {
  static constexpr FrameBy kAll[] = {FrameBy::kFunction, FrameBy::kLine, FrameBy::kFile,
                                     FrameBy::kAddress, FrameBy::kMapping};
  size_t samples = 0;
  for (const Input& input : stored.inputs) samples += input.profile.samples.size();
  for (size_t i = 0; i < count; ++i) {
    const Selection selection = drawing->Draw();
    INFO("selection " << i << ", conditions" << drawing->conditions() << Describe(selection));
    const std::vector<Input> expected = NaiveSelect(stored.inputs, selection);
    size_t selected = 0;
    for (const Input& input : expected) selected += input.profile.samples.size();
    ++tally->selections;
    tally->answered += selected > 0, tally->cut += selected > 0 && selected < samples;
    CheckTree(stored, expected, selection, kAll[tally->selections % std::size(kAll)]);
    CheckProfile(stored, expected, selection, tally->selections % 2 == 0);
    CheckList(stored, expected, selection);
  }
}

TEST_CASE("generated selections of generated profiles select what a plain loop does") {
  const std::vector<std::string> patterns = {
      "function1", "function[0-3]$", "file2",     "binary1",     "^function2$",     "no such",
      "usr",       "file",           "function5", "[0-9]",       "function4|file0", "^$",
      ".",         "binary[02]",     "x*",        "^function7$", "^file1$"};
  const std::vector<std::string> types = {"cpu",
                                          "no such",
                                          "process_cpu:type0:unit0:period0:unit0",
                                          ":type0:::",
                                          "::::",
                                          "cpu::unit0::",
                                          "cpu:no such:::",
                                          "memory::::",
                                          "cpu:::period0:",
                                          "cpu::::unit1"};
  Tally tally;
  for (uint64_t seed = 0; seed < ShareOf(80); ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    GenerateOptions options;
    options.names = 4 + random.Below(9);
    options.sample_types = 1 + random.Below(2);
    options.everything = seed % 8 != 7;
    options.symbols = seed % 16 != 5;
    BlockOptions block;
    block.profiles_per_group = std::array{0u, 1u, 3u, 50u}[random.Below(4)];
    block.samples_per_chunk = std::array{15u, 40u, 65'536u}[random.Below(3)];
    block.link_filter_bits = std::array{0u, 3u, 8u}[random.Below(3)];
    std::vector<Input> inputs = Generated(seed, 3 + random.Below(10), options);
    for (size_t i = 1; i < inputs.size(); i += 3) inputs[i].series = inputs[0].series;
    const StoredParts stored = Store(std::move(inputs), block, 1 + random.Below(3), &random);
    Drawing drawing(stored, patterns, types, seed);
    CheckLaws(stored, &drawing, 45, &tally);
  }
  CHECK(tally.selections >= ShareOf(3000));
  CHECK(tally.answered > tally.selections / 3);
  CHECK(tally.cut > tally.selections / 4);
}

const std::vector<std::string>& RealPatterns() {
  static const std::vector<std::string> patterns = {
      "^runtime\\.", "json",      "main\\.",  "gc",          "http",  "malloc",
      "^$",          "syscall",   "\\.go$",   "no such",     "proto", "Write",
      "lib",         "[kK]ernel", "checkout", "(alloc|New)", "read"};
  return patterns;
}

TEST_CASE("selections of a real series select what a plain loop does") {
  if (!CorpusPresent()) return;
  Tally tally;
  Random random(5);
  for (const auto& [kind, type] : {std::pair{"cpu", "process_cpu:cpu:nanoseconds::"},
                                   {"heap", "memory:inuse_space:bytes:space:bytes"},
                                   {"mutex", "mutex"}}) {
    INFO(kind);
    std::vector<Input> inputs = ReadSeries("checkout/v1.5.0");
    std::erase_if(inputs, [kind = kind](const Input& i) { return i.series.Get("kind") != kind; });
    REQUIRE(!inputs.empty());
    inputs.resize(std::min<size_t>(inputs.size(), 5));
    const StoredParts stored = Store(std::move(inputs), {.samples_per_chunk = 500}, 2, &random);
    const std::vector<std::string> types = {kind, type, "::::", "no such"};
    Drawing drawing(stored, RealPatterns(), types, 3);
    CheckLaws(stored, &drawing, 60, &tally);
  }
  CHECK(tally.cut > 30);
}

std::string TypesText(const Profile& p) {
  std::string out;
  for (const ValueType& t : p.sample_types) {
    out.append(p.symbols.strings[t.type]).append("/").append(p.symbols.strings[t.unit]) += ",";
  }
  return out + std::string(p.symbols.strings[p.period_type.type]);
}

TEST_CASE("selections of real OpenTelemetry profiles select what a plain loop does") {
  if (!CorpusPresent()) return;
  Tally tally;
  Random random(6);
  size_t with_times = 0;
  for (const std::string& file : ListCorpus("otlp")) {
    const auto read = ReadOtlp(ReadCorpusFile(file));
    INFO(file << ": " << read.status());
    REQUIRE(read.ok());
    std::map<std::string, std::vector<Input>> by_type;
    for (const SeriesProfile& one : *read) {
      if (one.profile.sample_types.empty() || one.profile.samples.size() == 0) continue;
      std::vector<Input>& inputs = by_type[TypesText(one.profile)];
      if (inputs.size() < 20) inputs.push_back({one.series, one.profile});
      with_times += !one.profile.samples.shape.empty();
    }
    for (auto& [name, inputs] : by_type) {
      INFO(name);
      for (Input& input : inputs) {
        if (input.series.empty()) input.series = {{"service_name", "unnamed"}};
      }
      const StoredParts stored = Store(inputs, {.samples_per_chunk = 100}, 2, &random);
      const std::vector<std::string> types = {"::::", "no such"};
      Drawing drawing(stored, RealPatterns(), types, 4);
      CheckLaws(stored, &drawing, 40, &tally);
    }
  }
  CHECK(with_times > 0);
  CHECK(tally.cut > 10);
}

}  // namespace
}  // namespace dolerite::testing
