// Tables of samples against the profiles that went in.
#include <cerrno>
#include <memory>
#include <optional>

#include "arrow/read_stream.h"
#include "dolerite/arrow.h"
#include "query/naive_values.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

BlockViews Views(const std::vector<BlockReader>& blocks) {
  BlockViews views;
  for (const BlockReader& block : blocks) views.blocks.push_back({&block, {}});
  return views;
}

std::vector<BlockReader> Open(const std::vector<std::string>& bytes) {
  std::vector<BlockReader> blocks;
  for (const std::string& block : bytes) blocks.push_back(OpenBytes(block));
  return blocks;
}

struct Read {
  TextTable samples, functions;
  std::vector<std::string> function_names;  // by id
  QueryCost cost;
  ArrowReport report;
};

Read ReadAll(const std::vector<std::string>& bytes, const Selection& selection,
             const SampleTableOptions& options = {}, bool move_children = false,
             size_t memory_bytes = SIZE_MAX) {
  const std::vector<BlockReader> blocks = Open(bytes);
  QueryOptions bounds;
  bounds.memory_bytes = memory_bytes;
  absl::StatusOr<SampleTable> table =
      SampleTable::Open(Views(blocks), nullptr, selection, options, bounds);
  INFO(table.status());
  REQUIRE(table.ok());
  ArrowArrayStream stream;
  CHECK(table->Functions(&stream).status().code() == absl::StatusCode::kFailedPrecondition);
  REQUIRE(table->Samples(&stream).ok());
  Read out;
  out.samples = ReadStream(&stream, move_children);
  CHECK(out.samples.error == "");
  CHECK(table->Samples(&stream).code() == absl::StatusCode::kFailedPrecondition);
  REQUIRE(table->Functions(&stream).ok());
  out.functions = ReadStream(&stream, move_children);
  out.function_names = out.functions.Values("name");
  for (size_t i = 0; i < out.function_names.size(); ++i) {
    CHECK(out.functions.rows[i][0] == std::to_string(i));
  }
  out.cost = table->cost();
  out.report = table->report();
  return out;
}

// Names of a list of functions, outermost first.
Path PathOf(const std::string& list, const std::vector<std::string>& names) {
  Path path;
  std::string number;
  for (char c : list.substr(1)) {
    if (c != ' ' && c != ']') {
      number += c;
      continue;
    }
    if (!number.empty()) path.insert(path.begin(), names.at(std::stoul(number)));
    number.clear();
  }
  return path;
}

std::string ValueName(const Profile& p, size_t type) {
  return std::string(p.symbols.strings[p.sample_types[type].type]) + "/" +
         std::string(p.symbols.strings[p.sample_types[type].unit]);
}

// A row without its profile's id.
std::string RowText(const std::string& time, const std::vector<std::string>& values,
                    const Path& path, const std::vector<std::string>& labels) {
  std::string out = time;
  for (const std::string& value : values) out += " " + value;
  for (const std::string& label : labels) out += " {" + label + "}";
  for (const std::string& frame : path) out += ";" + frame;
  return out;
}

std::vector<std::string> Expected(const std::vector<Input>& inputs,
                                  const std::vector<std::string>& labels) {
  std::vector<std::string> rows;
  for (const Input& input : inputs) {
    const Profile& p = input.profile;
    const size_t types = p.sample_types.size();
    std::map<uint32_t, Path> paths;
    for (size_t i = 0; i < p.samples.size(); ++i) {
      Path& path = paths[p.samples.stack[i].value];
      if (path.empty()) {
        // The one stack of a profile with one sample; its value must not be 0 to be seen.
        Profile one = OnlySample(p, i);
        one.samples.values.assign(types, 1);
        Sums sums;
        AddNaive(one, "", FrameBy::kFunction, &sums);
        path = sums.begin()->first;
      }
      std::vector<std::string> values, words;
      for (size_t t = 0; t < types; ++t) {
        values.push_back(std::to_string(p.samples.values[i * types + t]));
      }
      const LabelSet group = NaiveGroup(input, i, labels);
      for (const std::string& name : labels) {
        words.emplace_back(group.Get(name).value_or("null"));
      }
      rows.push_back(RowText(std::to_string(p.time_nanos), values, path, words));
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

// Rows in the form of Expected.
std::vector<std::string> Rows(const Read& read, const std::vector<std::string>& values,
                              const std::vector<std::string>& labels) {
  std::vector<std::string> rows;
  const TextTable& t = read.samples;
  for (const auto& row : t.rows) {
    std::vector<std::string> numbers, words;
    for (const std::string& name : values) numbers.push_back(row[t.column(name)]);
    for (const std::string& name : labels) words.push_back(row[t.column(name)]);
    rows.push_back(RowText(row[t.column("time")], numbers,
                           PathOf(row[t.column("stack")], read.function_names), words));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<std::string> ValueNames(const Profile& p) {
  std::vector<std::string> names;
  for (size_t t = 0; t < p.sample_types.size(); ++t) names.push_back(ValueName(p, t));
  return names;
}

// Names of all labels of series and samples.
std::vector<std::string> AllLabels(const std::vector<Input>& inputs) {
  std::set<std::string> names;
  for (const Input& input : inputs) {
    for (const auto& [name, value] : input.series.pairs()) names.emplace(name);
    const Symbols& s = input.profile.symbols;
    for (const AttributeSetId set : input.profile.samples.attributes) {
      for (const AttributeId* a = s.attribute_sets.begin(set.value);
           a != s.attribute_sets.end(set.value); ++a) {
        names.emplace(s.strings[s.attributes.key[a->value]]);
      }
    }
  }
  names.erase("");
  return {names.begin(), names.end()};
}

TEST_CASE("each sample is a row, with its values, stack and labels, however batches are cut") {
  for (uint64_t seed = 0; seed < ShareOf(12, 3); ++seed) {
    INFO("seed " << seed);
    const std::vector<Input> inputs = Generated(seed, 8);
    const std::vector<std::string> labels = AllLabels(inputs);
    const std::vector<std::string> values = ValueNames(inputs[0].profile);
    const std::vector<std::string> expected = Expected(inputs, labels);
    const std::string block = Build(inputs);
    const std::string small = Build(inputs, {.profiles_per_group = 1});
    for (size_t batch_rows : {size_t{1}, size_t{7}, size_t{1} << 16}) {
      const Read read = ReadAll({block}, {}, {.batch_rows = batch_rows}, batch_rows == 7);
      CHECK(Rows(read, values, labels) == expected);
      CHECK(read.samples.metadata.at("type") != "");
      for (size_t rows : read.samples.batches) CHECK(rows <= batch_rows);
      CHECK(read.cost.profiles == inputs.size());
    }
    CHECK(Rows(ReadAll({small}, {}), values, labels) == expected);
    // Split between blocks, one of which is there twice.
    const std::vector<Input> first(inputs.begin(), inputs.begin() + 3);
    const std::vector<Input> rest(inputs.begin() + 3, inputs.end());
    CHECK(Rows(ReadAll({Build(first), Build(rest), Build(first)}, {}), values, labels) == expected);
  }
}

TEST_CASE("a table of samples has the labels that were asked for") {
  const std::vector<Input> inputs = Generated(3, 6);
  const std::string block = Build(inputs);
  const Read some = ReadAll({block}, {}, {.labels = {"pod", "nowhere"}, .all_labels = false});
  const std::vector<std::string> names = some.samples.names;
  CHECK(std::vector<std::string>(names.end() - 2, names.end()) ==
        std::vector<std::string>{"pod", "nowhere"});
  for (const std::string& value : some.samples.Values("nowhere")) CHECK(value == "null");
  const Read all = ReadAll({block}, {}, {.labels = {"pod"}});
  CHECK(all.samples.names.size() == names.size() - 1 + AllLabels(inputs).size() - 1);
}

TEST_CASE("profile tables are read once, and twice where the caller's bound has no room for them") {
  std::vector<Input> inputs = Generated(4, 6);
  inputs.resize(1);
  for (int i = 1; i < 3'000; ++i) {
    inputs.push_back(inputs[0]);
    inputs.back().profile.time_nanos += i;
  }
  const auto profile_bytes = [&](int services, size_t memory_bytes = SIZE_MAX) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      inputs[i].series.Set("service_name", std::to_string(static_cast<int>(i) % services));
    }
    const std::vector<std::string> bytes = {Build(inputs)};  // as long as its reader
    const std::vector<BlockReader> blocks = Open(bytes);
    TreeQuery query({});
    const absl::Status added = query.Add(Views(blocks));
    INFO(added);
    REQUIRE(added.ok());
    return std::pair(ReadAll(bytes, {}, {}, false, memory_bytes).cost.section_bytes.at("profiles"),
                     query.cost().section_bytes.at("profiles"));
  };
  const auto [of_one, once] = profile_bytes(1);
  CHECK(of_one == once);
  const auto [of_two, each_once] = profile_bytes(2);
  CHECK(of_two == each_once);
  // The profile tables of 300 datasets together are more than a quarter of the bound.
  const auto [of_many, many_once] = profile_bytes(300);
  CHECK(of_many == many_once);
  const uint64_t bounded = profile_bytes(300, size_t{1} << 20).first;
  CHECK(bounded > many_once);
  CHECK(bounded < 2 * many_once);
}

TEST_CASE("rows of samples name their profiles by the ids that lists give") {
  const std::vector<Input> inputs = Generated(5, 6);
  const std::string block = Build(inputs);
  ListQuery list({});
  REQUIRE(list.Add(OpenBytes(block)).ok());
  const auto profiles = std::move(list).Finish();
  REQUIRE(profiles.ok());
  std::map<std::string, uint64_t> expected, counted;
  for (const ListedProfile& p : *profiles) {
    std::string hex;
    for (uint8_t byte : p.id) {
      char text[3];
      std::snprintf(text, sizeof text, "%02x", byte);
      hex += text;
    }
    if (p.samples > 0) expected[hex] = p.samples;
  }
  for (const std::string& id : ReadAll({block}, {}).samples.Values("profile_id")) ++counted[id];
  CHECK(counted == expected);
}

TEST_CASE("selections cut tables of samples as they cut merged profiles") {
  const std::vector<Input> inputs = Generated(11, 10);
  const std::string block = Build(inputs);
  std::vector<Selection> selections(5);
  selections[0].matchers = {{"pod", LabelMatcher::Op::kNotEqual, "pod1"}};
  selections[1].stacks.focus = "function1";
  selections[2].stacks.hide = "function2";
  selections[3].sample_type = "type1";
  selections[4].profile_type = "";
  selections[4].start_nanos = inputs[4].profile.time_nanos;
  const size_t all = ReadAll({block}, {}).samples.rows.size();
  for (size_t i = 0; i < selections.size(); ++i) {
    INFO("selection " << i);
    ProfileQuery query({selections[i]});
    REQUIRE(query.Add(OpenBytes(block)).ok());
    const absl::StatusOr<Profile> merged = std::move(query).Finish();
    REQUIRE(merged.ok());
    const Read read = ReadAll({block}, selections[i]);
    CHECK(!read.samples.rows.empty());
    CHECK((read.samples.rows.size() < all) == (i != 3));
    Sums expected, sums;
    AddNaive(*merged, "type1", FrameBy::kFunction, &expected);
    const size_t value = read.samples.column("type1/unit1");
    for (const auto& row : read.samples.rows) {
      sums[PathOf(row[read.samples.column("stack")], read.function_names)] +=
          std::stoll(row[value]);
    }
    CHECK(FlamesOf(sums) == FlamesOf(expected));
    const auto has = [&](const std::string& name) {
      return std::count(read.samples.names.begin(), read.samples.names.end(), name) > 0;
    };
    CHECK(has("type0/unit0") == (i != 3));
  }
}

TEST_CASE("timestamps make rows of their own, and keep the sums") {
  const std::vector<Input> inputs = Generated(17, 8);
  const std::string block = Build(inputs);
  const Read whole = ReadAll({block}, {}), apart = ReadAll({block}, {}, {.timestamps = true});
  size_t moments = 0;
  for (const Input& input : inputs) {
    const Samples& samples = input.profile.samples;
    for (size_t i = 0; i < samples.size(); ++i) {
      moments +=
          std::max<size_t>(samples.timestamps.ends.empty() ? 0 : samples.timestamps.length(i), 1);
    }
  }
  CHECK(apart.samples.rows.size() == moments);
  CHECK(moments > whole.samples.rows.size());
  for (const std::string name : {"type0/unit0", "type1/unit1"}) {
    __int128 sum = 0;
    for (const std::string& value : whole.samples.Values(name)) sum += std::stoll(value);
    for (const std::string& value : apart.samples.Values(name)) sum -= std::stoll(value);
    const bool same = sum == 0;
    CHECK(same);
  }
}

TEST_CASE("links are there if they were asked for") {
  const std::vector<Input> inputs = Generated(2, 5);
  std::multiset<std::string> expected;
  for (const Input& input : inputs) {
    const Profile& p = input.profile;
    for (size_t i = 0; i < p.samples.size(); ++i) {
      const uint32_t link = p.samples.link.empty() ? 0 : p.samples.link[i].value;
      char text[40] = "null";
      if (link != 0) {
        for (size_t b = 0; b < 8; ++b) {
          std::snprintf(text + 2 * b, 3, "%02x", p.links.span_id[link][b]);
        }
      }
      expected.insert(text);
    }
  }
  const Read read = ReadAll({Build(inputs)}, {}, {.links = true});
  const std::vector<std::string> spans = read.samples.Values("span_id");
  CHECK(std::multiset<std::string>(spans.begin(), spans.end()) == expected);
  CHECK(std::count(spans.begin(), spans.end(), "null") < static_cast<ptrdiff_t>(spans.size()));
}

TEST_CASE("real samples come out as the google/pprof's reader's profiles have them") {
  if (!CorpusPresent()) return;
  std::vector<Input> inputs = ReadSeries("checkout", 20);
  Selection cpu;
  cpu.matchers = {{"kind", LabelMatcher::Op::kEqual, "cpu"}};
  const Read read = ReadAll({Build(inputs)}, cpu);
  std::erase_if(inputs, [](const Input& input) { return input.series.Get("kind") != "cpu"; });
  REQUIRE(inputs.size() > 2);
  const std::vector<std::string> labels = AllLabels(inputs);
  CHECK(Rows(read, ValueNames(inputs[0].profile), labels) == Expected(inputs, labels));
  CHECK(read.report.replaced_texts == 0);
}

TEST_CASE("a host can stop a table of samples between rows") {
  const std::vector<std::string> bytes = {Build(Generated(1, 20))};
  const std::vector<BlockReader> blocks = Open(bytes);
  bool stop = false;
  QueryOptions options;
  options.call.check = [&] { return stop ? absl::CancelledError("enough") : absl::OkStatus(); };
  auto table = SampleTable::Open(Views(blocks), nullptr, {}, {.batch_rows = 10}, options);
  REQUIRE(table.ok());
  ArrowArrayStream stream;
  REQUIRE(table->Samples(&stream).ok());
  ArrowArray batch;
  REQUIRE(stream.get_next(&stream, &batch) == 0);
  CHECK(batch.length == 10);
  batch.release(&batch);
  stop = true;
  const TextTable rest = ReadStream(&stream);
  CHECK(rest.error_number == ECANCELED);
  CHECK(rest.error.find("enough") != std::string::npos);
  CHECK(rest.rows.empty());
  CHECK(table->report().rows == 10);
  CHECK(table->Functions(&stream).status() == absl::CancelledError("enough"));
}

TEST_CASE("batches outlive their stream, and the stream its table and blocks") {
  ArrowArrayStream stream;
  {
    auto owner = std::make_shared<std::pair<std::string, std::vector<BlockReader>>>();
    owner->first = Build(Generated(1, 4));
    owner->second.push_back(OpenBytes(owner->first));
    auto table = SampleTable::Open(Views(owner->second), owner, {});
    REQUIRE(table.ok());
    REQUIRE(table->Samples(&stream).ok());
  }
  ArrowArray first;
  REQUIRE(stream.get_next(&stream, &first) == 0);
  REQUIRE(first.release != nullptr);
  stream.release(&stream);
  const auto* times = static_cast<const int64_t*>(first.children[1]->buffers[1]);
  CHECK(times[first.length - 1] != 0);
  first.release(&first);
}

TEST_CASE("tables of samples refuse what makes no table") {
  std::vector<Input> inputs = Generated(1, 2);
  Profile& other = inputs[1].profile;
  other.sample_types[0].type = other.symbols.strings.Add("another");
  const std::vector<std::string> bytes = {Build(inputs)};
  const std::vector<BlockReader> blocks = Open(bytes);
  const auto open = [&](const Selection& selection, const SampleTableOptions& options,
                        const QueryOptions& query = {}) {
    return SampleTable::Open(Views(blocks), nullptr, selection, options, query).status();
  };
  using Code = absl::StatusCode;
  CHECK(open({}, {}).code() == Code::kInvalidArgument);  // two types
  CHECK(open({}, {.batch_rows = 0}).code() == Code::kInvalidArgument);
  CHECK(open({}, {.labels = {""}}).code() == Code::kInvalidArgument);
  Selection bad;
  bad.stacks.focus = "(";
  CHECK(open(bad, {}).code() == Code::kInvalidArgument);
  Selection none;
  none.matchers = {{"pod", LabelMatcher::Op::kEqual, "nowhere"}};
  CHECK(open(none, {}).ok());
  Selection one;
  one.profile_ids = {};
  one.start_nanos = inputs[0].profile.time_nanos;
  QueryOptions little;
  little.memory_bytes = 100;
  CHECK(open(none, {}, little).code() == Code::kOk);
  CHECK(open({}, {}, little).code() == Code::kResourceExhausted);
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back("label" + std::to_string(i));
  CHECK(open(none, {.labels = many}).code() == Code::kResourceExhausted);
}

}  // namespace
}  // namespace dolerite::testing
