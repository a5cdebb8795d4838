// What does an answer cost through the C interface, beside the same answer of the library?
#include <string>

#include "dolerite/ask.h"
#include "dolerite/dolerite.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

void Answer(const Series& series, const std::string& what, const std::string& question) {
  const std::string block = BuildBlock(series.sources);
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  BlockViews views;
  views.blocks.push_back({&reader, {}});
  dolerite_source* source = nullptr;
  Require(dolerite_source_new(&source, nullptr) == DOLERITE_OK, "no source");
  Require(dolerite_source_add_bytes(source, block.data(), block.size(), nullptr) == DOLERITE_OK,
          "no block");
  const auto by_library = [&] { return Must(AskJson(question, views)).answer.bytes; };
  const auto by_c = [&] {
    dolerite_answer* answer = nullptr;
    Require(dolerite_ask(source, question.data(), question.size(), nullptr, nullptr, &answer,
                         nullptr) == DOLERITE_OK,
            "no answer");
    std::string bytes(dolerite_answer_data(answer), dolerite_answer_size(answer));
    dolerite_answer_free(answer);
    return bytes;
  };
  Require(by_library() == by_c(), "another answer through C");
  const double library = MedianSeconds([&] { Use(by_library()); });
  const double c = MedianSeconds([&] { Use(by_c()); });
  Print({series.name + ", " + what, Time(c), "AskJson: " + Time(library), Times(library / c),
         "0.95x or 50 us"});
  dolerite_source_free(source);
}

}  // namespace

int main() {
  Title("Answers through the C interface");
  for (const Series& series : AllSeries()) {
    if (series.kind() != "cpu") continue;
    Answer(series, "flame graph as folded stacks",
           R"({"question":"tree","answer":{"format":"folded"}})");
    Answer(series, "list of profiles", R"({"question":"list"})");
  }
}
