// libFuzzer: whatever bytes call themselves a split or a partial, executing, merging and finishing
// them does no harm, and what is taken is written the same way again. Each input is read as it is,
// and once more with its checksum made good. What is neither is read as the content of both. Seeds
// of partials are not compressed, so that changes reach what is inside.
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/checksum.h"
#include "dolerite/block_builder.h"
#include "dolerite/plan.h"
#include "dolerite/stores.h"
#include "query/envelope.h"
#include "support/generate.h"

namespace {

using dolerite::Query;

void Check(bool holds) {
  if (!holds) std::abort();
}

// What splits can be executed on.
const dolerite::ObjectStore& Blocks() {
  static const dolerite::ObjectStore& store = *[] {
    dolerite::testing::GenerateOptions options;
    options.samples = 3, options.names = 3;
    dolerite::BlockBuilder builder = *dolerite::BlockBuilder::Make();
    for (uint64_t i = 0; i < 3; ++i) {
      Check(builder
                .Add(dolerite::testing::GenerateSeries(i),
                     dolerite::testing::GenerateProfile(i, options))
                .ok());
    }
    auto made = dolerite::MakeMemoryStore();
    Check(made->Put("block-0", *std::move(builder).Finish()).ok());
    return made.release();
  }();
  return store;
}

template <class Question>
bool Read(std::string_view partial) {
  absl::StatusOr<Query<Question>> query = Query<Question>::Parse(partial);
  if (!query.ok()) return false;
  const std::string again = query->Serialize();
  absl::StatusOr<Query<Question>> parsed = Query<Question>::Parse(again);
  Check(parsed.ok());
  query->Merge(*std::move(parsed)).IgnoreError();
  std::move(*query).Finish().status().IgnoreError();
  const std::vector<std::string_view> both = {partial, again};
  dolerite::MergePartials(both).status().IgnoreError();
  return true;
}

void ReadAny(std::string_view bytes) {
  using namespace dolerite;
  bool taken = false;
#define DOLERITE_READ(name, number) taken = taken || Read<name##Question>(bytes);
  DOLERITE_QUESTIONS(DOLERITE_READ)
#undef DOLERITE_READ
  QueryOptions options;
  options.memory_bytes = size_t{16} << 20;
  const absl::StatusOr<std::string> partial = Execute(Blocks(), bytes, options);
  if (partial.ok()) ReadAny(*partial);
}

std::string Resealed(std::string bytes) {
  dolerite::AppendLittle(&bytes, dolerite::Checksum64(bytes));
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  ReadAny(bytes);
  const bool sealed = bytes.starts_with("DOLPART") || bytes.starts_with("DOLSPLT");
  if (sealed && size > 16) return ReadAny(Resealed(bytes.substr(0, size - 8))), 0;
  ReadAny(dolerite::Seal(dolerite::kPartialEnvelope, dolerite::Pack(bytes)));
  ReadAny(dolerite::Seal(dolerite::kSplitEnvelope, bytes));
  return 0;
}
