// What the builder accepts, default limits read: at each bound of the format.
#include "block/block_support.h"
#include "block/bounded_builder.h"

namespace dolerite::testing {
namespace {

// Bounds that are cheap to reach, and limits of a reader that admits just these.
constexpr FormatBounds kSmall = {.footer_bytes = 8192,
                                 .section_bytes = 128 << 10,
                                 .table_rows = 320,
                                 .profile_rows = 20,
                                 .sample_types = 256};

BlockReader::Options Tight(const FormatBounds& bounds) {
  BlockReader::Options options;
  options.limits.footer_bytes = bounds.footer_bytes;
  options.limits.section_bytes = bounds.section_bytes;
  options.limits.section_rows = bounds.table_rows;
  return options;
}

BlockBuilder MakeSmall(const BlockOptions& options = {}) {
  return *BoundedBuilder::Make(options, kSmall);
}

absl::Status AddAll(const std::vector<Input>& inputs, BlockBuilder* builder) {
  for (const Input& input : inputs) {
    if (absl::Status status = builder->Add(input.series, input.profile); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

// One below the bound and at it blocks are built and read back by tight limits. One above, the
// last input is refused, by a status that names the bound, and the builder is as before.
template <class Make>
void CheckLaw(size_t bound, const std::string& name, const Make& make,
              const BlockOptions& options = {}, const FormatBounds& bounds = kSmall) {
  const auto make_builder = [&] { return *BoundedBuilder::Make(options, bounds); };
  for (const size_t n : {bound - 1, bound}) {
    const std::vector<Input> inputs = make(n);
    BlockBuilder builder = make_builder();
    const absl::Status added = AddAll(inputs, &builder);
    INFO(name << " " << n << ": " << added);
    REQUIRE(added.ok());
    const absl::StatusOr<std::string> block = std::move(builder).Finish();
    REQUIRE(block.ok());
    const auto reader = BlockReader::FromBytes(*block, Tight(bounds));
    INFO(reader.status());
    REQUIRE(reader.ok());
    const std::vector<Damage> damage = reader->Verify().value();
    INFO((damage.empty() ? absl::OkStatus() : damage[0].status));
    CHECK(damage.empty());
    CHECK(Describe(*reader) == Describe(inputs));
  }
  std::vector<Input> inputs = make(bound + 1);
  const Input last = inputs.back();
  inputs.pop_back();
  BlockBuilder builder = make_builder(), other = make_builder();
  REQUIRE(AddAll(inputs, &builder).ok());
  REQUIRE(AddAll(inputs, &other).ok());
  const size_t memory = builder.memory_bytes();
  const absl::Status refused = builder.Add(last.series, last.profile);
  INFO(refused);
  CHECK(absl::IsResourceExhausted(refused));
  CHECK(std::string(refused.message()).find(name) != std::string::npos);
  CHECK(builder.memory_bytes() == memory);
  CHECK(builder.profiles() == inputs.size());
  CHECK(*std::move(builder).Finish() == *std::move(other).Finish());
}

Profile WithType() {
  Profile p;
  p.sample_types = {{p.symbols.strings.Add("cpu"), p.symbols.strings.Add("count")}};
  return p;
}

void AddSample(uint32_t stack, uint32_t attributes, int64_t value, Profile* p) {
  p->samples.stack.push_back({stack});
  p->samples.attributes.push_back({attributes});
  p->samples.values.push_back(value);
}

std::vector<Input> One(Profile p) { return {{{{"service_name", "s"}}, std::move(p)}}; }

std::vector<Input> Many(size_t n) {
  std::vector<Input> inputs;
  for (size_t i = 0; i < n; ++i) {
    Profile p = WithType();
    p.time_nanos = static_cast<int64_t>(i);
    inputs.push_back({{{"service_name", "s"}}, std::move(p)});
  }
  return inputs;
}

TEST_CASE("bounds: profiles, series and types") {
  CheckLaw(20, "profiles", Many);
  CheckLaw(20, "values of profile types", [](size_t n) {
    Profile p;
    for (size_t i = 0; i < n; ++i) {
      p.sample_types.push_back({p.symbols.strings.Add("type" + std::to_string(i)), {}});
    }
    return One(std::move(p));
  });
  CheckLaw(320, "labels of series",
           [](size_t n) {
             LabelSet labels;
             // One value, so that labels are at their bound before strings are.
             for (size_t i = 0; i < 300; ++i) labels.Set("n" + std::to_string(i), "n0");
             std::vector<Input> inputs = {{labels, WithType()}};
             labels = {};
             for (size_t i = 0; i < n - 300; ++i) labels.Set("n" + std::to_string(i), "n1");
             inputs.push_back({labels, WithType()});
             return inputs;
           },
           {.dataset_label = "none"});
}

TEST_CASE("bounds: comments and strings of the profile table") {
  CheckLaw(320, "comments", [](size_t n) {
    Profile p;
    p.comments.assign(n, p.symbols.strings.Add("again"));
    // Texts are counted before equal ones are found, so two profiles share this one.
    Profile first;
    first.comments = {first.symbols.strings.Add("again")};
    p.comments.pop_back();
    std::vector<Input> inputs = One(std::move(first));
    inputs.push_back({{{"service_name", "s"}}, std::move(p)});
    return inputs;
  });
  // service_name and s are strings too.
  CheckLaw(318, "strings of the profile table", [](size_t n) {
    Profile p;
    for (size_t i = 0; i < n; ++i) {
      p.comments.push_back(p.symbols.strings.Add("comment" + std::to_string(i)));
    }
    return One(std::move(p));
  });
}

TEST_CASE("bounds: functions, lines, locations, mappings, layouts") {
  // Names of the type come first.
  CheckLaw(318, "strings", [](size_t n) {
    Profile p = WithType();
    for (size_t i = 0; i < n; ++i) {
      const StringId name = p.symbols.strings.Add("f" + std::to_string(i));
      p.symbols.locations.lines.items.push_back({p.symbols.AddFunction(name, {}, {}, 0), 1, 0});
    }
    p.stacks.items.push_back(p.symbols.AddLocation({}, 1));
    p.stacks.Close();
    AddSample(1, 0, 1, &p);
    return One(std::move(p));
  });
  CheckLaw(320, "functions", [](size_t n) {
    Profile p = WithType();
    for (size_t i = 0; i < n; ++i) {
      p.symbols.locations.lines.items.push_back(
          {p.symbols.AddFunction({1}, {}, {}, static_cast<int64_t>(i)), 1, 0});
    }
    p.stacks.items.push_back(p.symbols.AddLocation({}, 1));
    p.stacks.Close();
    AddSample(1, 0, 1, &p);
    return One(std::move(p));
  });
  CheckLaw(320, "lines of locations", [](size_t n) {
    Profile p = WithType();
    const FunctionId f = p.symbols.AddFunction({1}, {}, {}, 0);
    for (size_t i = 0; i < n; ++i) {
      p.symbols.locations.lines.items.push_back({f, static_cast<int64_t>(i), 0});
    }
    p.stacks.items.push_back(p.symbols.AddLocation({}, 1));
    p.stacks.Close();
    AddSample(1, 0, 1, &p);
    return One(std::move(p));
  });
  CheckLaw(320, "locations", [](size_t n) {
    Profile p = WithType();
    for (size_t i = 0; i < n; ++i) p.stacks.items.push_back(p.symbols.AddLocation({}, i));
    p.stacks.Close();
    AddSample(1, 0, 1, &p);
    return One(std::move(p));
  });
  CheckLaw(320, "stack nodes", [](size_t n) {
    Profile p = WithType();
    for (size_t i = 0; i < 2; ++i) p.symbols.AddLocation({}, i);
    for (uint32_t i = 0; i < n; ++i) p.stacks.items.push_back({i % 2});
    p.stacks.Close();
    AddSample(1, 0, 1, &p);
    return One(std::move(p));
  });
  CheckLaw(320, "mappings", [](size_t n) {
    Profile p = WithType();
    for (size_t i = 0; i < n; ++i) p.symbols.AddMapping(i * 16, i * 16 + 16, i, {1}, {2});
    p.stacks.items.push_back(p.symbols.AddLocation({1}, 1));
    p.stacks.Close();
    AddSample(1, 0, 1, &p);
    return One(std::move(p));
  });
}

TEST_CASE("bounds: attributes and their sets") {
  CheckLaw(320, "attributes", [](size_t n) {
    Profile p = WithType();
    for (uint32_t i = 0; i < n; ++i) {
      p.symbols.attribute_sets.items.push_back(
          p.symbols.AddAttribute({1}, AttributeKind::kInteger, i));
    }
    p.symbols.attribute_sets.Close();
    AddSample(0, 1, 1, &p);
    return One(std::move(p));
  });
  // The empty set is stored too.
  CheckLaw(319, "attribute sets", [](size_t n) {
    Profile p = WithType();
    for (uint32_t i = 0; i < n; ++i) {
      p.symbols.attribute_sets.items.push_back(
          p.symbols.AddAttribute({1}, AttributeKind::kInteger, i));
      p.symbols.attribute_sets.Close();
      AddSample(0, i + 1, 1, &p);
    }
    return One(std::move(p));
  });
}

// Bytes of sections are bounded from above before they are encoded: 5 for an integer of 32 bits, 9
// for one of 64, and 64 KiB for the directory of a section.
FormatBounds WithSectionBytes(uint64_t columns) {
  FormatBounds bounds;
  bounds.section_bytes = (64 << 10) + columns;
  return bounds;
}

TEST_CASE("bounds: bytes of each table's section") {
  constexpr size_t kMany = 700;
  // Four codes of each node.
  CheckLaw(
      kMany, "bytes of the stacks section",
      [](size_t n) {
        Profile p = WithType();
        p.symbols.AddLocation({}, 1);
        for (size_t i = 0; i < n; ++i) p.stacks.items.push_back({0});
        p.stacks.Close();
        AddSample(1, 0, 1, &p);
        return One(std::move(p));
      },
      {}, WithSectionBytes(kMany * 20));
  // An address of 64 bits, two numbers of 32; and the empty layout. Stacks would be larger, so most
  // locations are in none.
  CheckLaw(
      kMany, "bytes of the addresses section",
      [](size_t n) {
        Profile p = WithType();
        for (size_t i = 0; i < n; ++i) p.symbols.AddLocation({}, i);
        p.stacks.items.push_back({0});
        p.stacks.Close();
        AddSample(1, 0, 1, &p);
        return One(std::move(p));
      },
      {}, WithSectionBytes(kMany * 19 + 5));
  // Three numbers of 32 bits, a value of 64, a place in the one set; and the set.
  CheckLaw(
      kMany, "bytes of the labels section",
      [](size_t n) {
        Profile p = WithType();
        for (uint32_t i = 0; i < n; ++i) {
          p.symbols.attribute_sets.items.push_back(
              p.symbols.AddAttribute({1}, AttributeKind::kInteger, i));
        }
        p.symbols.attribute_sets.Close();
        AddSample(0, 1, 1, &p);
        return One(std::move(p));
      },
      {}, WithSectionBytes(kMany * 29 + 5));
  // Three strings with two lengths each, a function of 24, its line of 23, a location of 10.
  CheckLaw(
      kMany, "bytes of the symbols section",
      [](size_t n) {
        Profile p = WithType();
        const StringId name = p.symbols.strings.Add(std::string(n - 8, 'f'));  // less cpu, count
        p.symbols.locations.lines.items.push_back({p.symbols.AddFunction(name, {}, {}, 0), 1, 0});
        p.stacks.items.push_back(p.symbols.AddLocation({}, 1));
        p.stacks.Close();
        AddSample(1, 0, 1, &p);
        return One(std::move(p));
      },
      {}, WithSectionBytes(kMany + 30 + 24 + 23 + 10));
  // Five texts with two lengths each; a type of 25, its value of 64, a series of 15, its label of
  // 10, a header of 68, its comment of 5; a row of 87, its total of 18.
  CheckLaw(
      kMany, "bytes of the profiles section",
      [](size_t n) {
        Profile p = WithType();  // cpu, count, service_name, s
        p.comments = {p.symbols.strings.Add(std::string(n - 21, 'c'))};
        AddSample(0, 0, 1, &p);
        return One(std::move(p));
      },
      {}, WithSectionBytes(kMany + 50 + 25 + 64 + 15 + 10 + 68 + 5 + 87 + 18));
}

TEST_CASE("bounds: samples and timestamps of a profile") {
  CheckLaw(320, "samples", [](size_t n) {
    Profile p = WithType();
    for (size_t i = 0; i < n; ++i) AddSample(0, 0, static_cast<int64_t>(i), &p);
    return One(std::move(p));
  });
  for (const SampleShape shape : {SampleShape::kEvents, SampleShape::kTimed}) {
    CheckLaw(320, "timestamps", [&](size_t n) {
      Profile p = WithType();
      AddSample(0, 0, shape == SampleShape::kTimed ? static_cast<int64_t>(n) : 1, &p);
      p.samples.shape = {shape};
      for (size_t i = 0; i < n; ++i) p.samples.timestamps.items.push_back(i);
      p.samples.timestamps.Close();
      if (shape == SampleShape::kTimed) p.samples.timestamp_values.assign(n, 1);
      return One(std::move(p));
    });
  }
}

TEST_CASE("bounds: payloads are bounded by profile, not by dataset") {
  // 64 KiB of a section are for all but the payloads; 18 for their sizes.
  const size_t most = kSmall.section_bytes - (64 << 10) - 18;
  const auto payload = [](size_t n) {
    std::string bytes(n, '\0');
    Random random(n);
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  };
  CheckLaw(most, "bytes of payloads", [&](size_t n) {
    Profile p = WithType();
    p.payload = payload(n / 2), p.unknown_fields = payload(n - n / 2);
    return One(std::move(p));
  });
  // Twenty of these are far more than one section holds.
  std::vector<Input> inputs = Many(20);
  for (Input& input : inputs) input.profile.payload = payload(most / 2 + inputs.size());
  BlockBuilder builder = MakeSmall();
  REQUIRE(AddAll(inputs, &builder).ok());
  const absl::StatusOr<std::string> block = std::move(builder).Finish();
  INFO(block.status());
  REQUIRE(block.ok());
  CHECK(block->size() > 2 * kSmall.section_bytes);
  const auto reader = BlockReader::FromBytes(*block, Tight(kSmall));
  REQUIRE(reader.ok());
  CHECK(reader->Verify()->empty());
  CHECK(Describe(*reader) == Describe(inputs));
}

TEST_CASE("bounds: the footer, by datasets, chunks and labels") {
  const auto check = [](const BlockOptions& options, const auto& make) {
    std::vector<Input> inputs;
    BlockBuilder builder = MakeSmall(options);
    absl::Status status;
    for (size_t i = 0; i < 1000 && status.ok(); ++i) {
      const Input input = make(i);
      status = builder.Add(input.series, input.profile);
      if (status.ok()) inputs.push_back(input);
    }
    INFO(status);
    CHECK(absl::IsResourceExhausted(status));
    CHECK(std::string(status.message()).find("footer") != std::string::npos);
    CHECK(inputs.size() > 5);
    CHECK(builder.profiles() == inputs.size());
    const absl::StatusOr<std::string> block = std::move(builder).Finish();
    REQUIRE(block.ok());
    CHECK(*block == Build(inputs, options));
    const auto reader = BlockReader::FromBytes(*block, Tight(kSmall));
    INFO(reader.status());
    REQUIRE(reader.ok());
    CHECK(Describe(*reader) == Describe(inputs));
  };
  check({}, [](size_t i) {
    return Input{{{"service_name", "service" + std::to_string(i)}}, WithType()};
  });
  check({.profiles_per_group = 1, .samples_per_chunk = 1, .link_filter_bits = 0}, [](size_t i) {
    Input input = Many(i + 1).back();
    for (int v = 0; v < 10; ++v) AddSample(0, 0, v, &input.profile);
    input.series.Set("service_name", "service" + std::to_string(i / 10));
    return input;
  });
  check({.dataset_label = "none"}, [](size_t i) {
    const std::string text(300, static_cast<char>('a' + i % 26));
    return Input{{{text + std::to_string(i), text}}, WithType()};
  });
}

TEST_CASE("bounds: sample types, at the real number") {
  const auto typed = [](size_t n) {
    Profile p;
    for (size_t i = 0; i < n; ++i) p.sample_types.push_back({p.symbols.strings.Add("t"), {}});
    p.samples.stack = {{}}, p.samples.attributes = {{}};
    p.samples.values.assign(n, 7);
    return p;
  };
  for (const size_t n : {255, 256}) {
    const std::vector<Input> inputs = One(typed(n));
    const std::string bytes = Build(inputs);
    CHECK(OpenBytes(bytes).Verify()->empty());
    CHECK(Describe(OpenBytes(bytes)) == Describe(inputs));
  }
  BlockBuilder builder = *BlockBuilder::Make();
  CHECK(absl::IsInvalidArgument(builder.Add({}, typed(257))));
  CHECK(builder.profiles() == 0);
}

TEST_CASE("more payload than one section holds, at the real number") {
  constexpr size_t kMebi = 1 << 20;
  std::vector<Input> inputs = Many(258);
  BlockBuilder builder = *BlockBuilder::Make();
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].profile.payload.assign(kMebi, static_cast<char>(i));
    REQUIRE(builder.Add(inputs[i].series, inputs[i].profile).ok());
  }
  const absl::StatusOr<std::string> block = std::move(builder).Finish();
  INFO(block.status());
  REQUIRE(block.ok());
  const BlockReader reader = OpenBytes(*block);
  for (const size_t i : {0, 100, 257}) {
    const absl::StatusOr<Profile> profile = reader.ReadProfile(i);
    REQUIRE(profile.ok());
    CHECK(profile->payload == inputs[static_cast<size_t>(profile->time_nanos)].profile.payload);
  }
}

// Minutes in a debug build: run by name.
TEST_CASE("a dataset has 2^20 profiles at most, at the real number", "[.]") {
  BlockBuilder builder = *BlockBuilder::Make();
  Profile p;
  const LabelSet series = {{"service_name", "s"}};
  size_t added = 0;
  absl::Status status;
  for (; added < 1'050'000; ++added) {
    p.time_nanos = static_cast<int64_t>(added);
    status = builder.Add(series, p);
    if (!status.ok()) break;
  }
  INFO(status);
  CHECK(absl::IsResourceExhausted(status));
  CHECK(added == 1 << 20);
  const absl::StatusOr<std::string> block = std::move(builder).Finish();
  REQUIRE(block.ok());
  const BlockReader reader = OpenBytes(*block);
  const auto listing = reader.ListProfiles();
  REQUIRE(listing.ok());
  CHECK(listing->profiles.size() == added);
}

TEST_CASE("a builder that is finished refuses calls") {
  BlockBuilder builder = *BlockBuilder::Make();
  REQUIRE(std::move(builder).Finish().ok());
  CHECK(absl::IsFailedPrecondition(builder.Add({}, Profile())));
  CHECK(absl::IsFailedPrecondition(std::move(builder).Finish().status()));
  CHECK(builder.profiles() == 0);
  CHECK(builder.memory_bytes() == 0);
}

}  // namespace
}  // namespace dolerite::testing
