// Splits and partials that were cut, changed or forged.
#include "query/envelope.h"
#include "query/every_question.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

// Small ones of each kind.
template <class Try>
void EachKind(const Try& attempt) {
  GenerateOptions options;
  options.samples = 3, options.names = 3;
  const Stored stored = StoredBlocks(6, 1, 3, options);
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish&) {
    const std::string split = MakePlan(stored.blocks(), question)->splits.at(0).bytes;
    attempt(split,
            [&](const std::string& bytes) { return Execute(*stored.store, bytes).status(); });
    const std::string partial = *Execute(*stored.store, split);
    attempt(partial, [&](const std::string& bytes) { return Query<Q>::Parse(bytes).status(); });
  });
}

TEST_CASE("every cut and every changed byte of splits and partials is noticed") {
  EachKind([](const std::string& bytes, const auto& read) {
    REQUIRE(read(bytes).ok());
    size_t noticed = 0;
    for (size_t size = 0; size < bytes.size(); ++size) {
      noticed += absl::IsDataLoss(read(bytes.substr(0, size)));
    }
    CHECK(noticed == bytes.size());
    noticed = 0;
    for (size_t at = 0; at < bytes.size(); ++at) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
      noticed += absl::IsDataLoss(read(changed));
    }
    CHECK(noticed == bytes.size());
    CHECK(absl::IsDataLoss(read(bytes + "x")));
  });
}

// Changes a few bytes from `head` on, except for the last `tail`.
std::string Mutated(const std::string& bytes, size_t head, size_t tail, Random* random) {
  std::string out = bytes;
  const auto any = [&] { return head + random->Below(out.size() - head - tail); };
  for (uint32_t n = 1 + random->Below(3); n > 0 && out.size() > head + tail + 1; --n) {
    const size_t at = any();
    switch (random->Below(5)) {
      case 0:
        out[at] = static_cast<char>((*random)());
        break;
      case 1:
        out.erase(at, 1 + random->Below(std::min<size_t>(9, out.size() - tail - at)));
        break;
      case 2: {  // a huge number where some number or text begins
        std::string number;
        AppendVarint(&number, random->OneIn(2) ? UINT64_MAX : uint64_t{1} << random->Below(64));
        out.replace(at, 1, number);
        break;
      }
      case 3:
        out.insert(at, out.substr(any(), 1 + random->Below(20)));
        break;
      default:
        out[at] = static_cast<char>(out[at] + (random->OneIn(2) ? 1 : -1));
    }
  }
  return out;
}

TEST_CASE("forged splits and partials do no harm") {
  GenerateOptions options;
  options.samples = 3, options.names = 3;
  const Stored stored = StoredBlocks(6, 1, 3, options);
  AskEvery({}, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
    const std::string split = MakePlan(stored.blocks(), question)->splits.at(0).bytes;
    const std::string partial = *Execute(*stored.store, split);
    const std::string content = *Unpack(*Unseal(kPartialEnvelope, partial), SIZE_MAX);
    size_t refused = 0;
    const size_t rounds = ShareOf(1500, 600);
    for (uint64_t round = 0; round < rounds; ++round) {
      INFO(typeid(Q).name() << " round " << round);
      Random random(round);
      // The checksum agrees again. What is packed inside is changed too, before it is packed.
      refused += !Execute(*stored.store, Resealed(Mutated(split, 8, 8, &random))).ok();
      const std::string forged =
          round % 4 == 0 ? Resealed(Mutated(partial, 8, 8, &random))
                         : Seal(kPartialEnvelope, Pack(Mutated(content, 0, 0, &random)));
      absl::StatusOr<Query<Q>> parsed = Query<Q>::Parse(forged);
      refused += !parsed.ok();
      if (!parsed.ok()) continue;
      // What was taken is a partial like any other.
      const std::string again = parsed->Serialize();
      REQUIRE(Query<Q>::Parse(again).ok());
      const std::vector<std::string_view> both = {forged, again};
      MergePartials(both).status().IgnoreError();
      absl::StatusOr<Query<Q>> other = Query<Q>::Parse(Query<Q>(question).Serialize());
      other->Merge(*Query<Q>::Parse(again)).IgnoreError();
      std::move(*parsed).Finish(how).status().IgnoreError();
    }
    CHECK(refused > rounds / 3);
  });
}

}  // namespace
}  // namespace dolerite::testing
