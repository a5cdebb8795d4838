// libFuzzer: questions as JSON. What was parsed prints to one text that parses to the same, and may
// be asked.
#include <optional>
#include <string>
#include <string_view>

#include "dolerite/ask.h"
#include "dolerite/block_builder.h"
#include "dolerite/question_json.h"
#include "support/generate.h"
#include "support/must.h"

namespace {

using namespace dolerite;
using dolerite::testing::Must;

// A small block that questions are asked of, with the bytes that it is read from.
struct SmallBlock {
  std::string bytes;
  std::optional<BlockReader> reader;
  BlockViews views;
};

const BlockViews& Blocks() {
  static const SmallBlock& block = *[] {
    testing::GenerateOptions options;
    options.samples = 3, options.names = 3;
    BlockBuilder builder = *BlockBuilder::Make();
    for (uint64_t i = 0; i < 3; ++i) {
      Must(builder.Add(testing::GenerateSeries(i), testing::GenerateProfile(i, options)).ok());
    }
    auto* made = new SmallBlock{*std::move(builder).Finish(), {}, {}};
    made->reader = *BlockReader::FromBytes(made->bytes);
    made->views.blocks.push_back({&*made->reader, {}});
    return made;
  }();
  return block.views;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<AnyQuestion> question = ParseQuestion(text);
  if (!question.ok()) return 0;
  const absl::StatusOr<std::string> printed = PrintQuestion(*question);
  Must(printed.ok());
  const absl::StatusOr<AnyQuestion> again = ParseQuestion(*printed);
  Must(again.ok());
  Must(*PrintQuestion(*again) == *printed);
  QueryOptions options;
  options.memory_bytes = size_t{16} << 20;
  const absl::StatusOr<Reply> first = AskJson(text, Blocks(), "", options);
  const absl::StatusOr<Reply> second = AskJson(*printed, Blocks(), "", options);
  Must(first.status() == second.status());
  if (first.ok()) Must(first->answer.bytes == second->answer.bytes);
  return 0;
}
