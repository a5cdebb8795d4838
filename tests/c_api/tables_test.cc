// Answers of the C interface in all their forms: bytes, tables and partials, and what they say of
// themselves.
#include <catch2/catch.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "arrow/read_stream.h"
#include "block/block_support.h"
#include "c_api/c_api_support.h"

namespace dolerite::testing {
namespace {

TEST_CASE("an answer tells what its question cut off, and which texts it replaced") {
  std::vector<Input> inputs = Generated(1, 3);
  for (Input& input : inputs) input.series.Set("pod", "\xff");
  dolerite_source* source = SourceOf(Build(inputs));
  const auto counts = [&](const std::string& question) {
    dolerite_answer* answer = nullptr;
    Error error;
    REQUIRE(dolerite_ask(source, question.data(), question.size(), nullptr, nullptr, &answer,
                         &error.error) == DOLERITE_OK);
    const std::pair out(dolerite_answer_cut(answer), dolerite_answer_replaced_texts(answer));
    dolerite_answer_free(answer);
    return out;
  };
  CHECK(counts(R"({"question":"list"})") == std::pair<uint64_t, uint64_t>(0, 3));
  CHECK(counts(R"({"question":"list","max_profiles":2})") == std::pair<uint64_t, uint64_t>(1, 2));
  dolerite_source_free(source);
}

// The answer in the format, which must be there.
dolerite_answer* AnswerOf(dolerite_source* source, const std::string& question, const char* format,
                          dolerite_call* call = nullptr) {
  dolerite_answer* answer = nullptr;
  Error error;
  const dolerite_code code =
      dolerite_ask(source, question.data(), question.size(), format, call, &answer, &error.error);
  INFO(error.text());
  REQUIRE(code == DOLERITE_OK);
  return answer;
}

// The table of an answer, which is freed before it is read.
TextTable TableOf(dolerite_answer* answer) {
  ArrowArrayStream stream;
  REQUIRE(dolerite_answer_stream(answer, &stream, nullptr) == DOLERITE_OK);
  CHECK(dolerite_answer_stream(answer, &stream, nullptr) == DOLERITE_FAILED_PRECONDITION);
  dolerite_answer_free(answer);
  return ReadStream(&stream);
}

TEST_CASE("tables of the C interface are those of the library") {
  dolerite_source* source = SourceOf(Build(Generated(3, 6)));
  CHECK(TableOf(AnswerOf(source, R"({"question":"list"})", "arrow")).rows.size() == 6);
  const std::string catalog = R"({"question":"catalog"})";
  dolerite_answer* answer = nullptr;
  CHECK(dolerite_ask(source, catalog.data(), catalog.size(), "arrow", nullptr, &answer, nullptr) ==
        DOLERITE_UNIMPLEMENTED);
  answer = AnswerOf(source, catalog, nullptr);
  ArrowArrayStream stream;
  Error bytes;
  CHECK(dolerite_answer_stream(answer, &stream, &bytes.error) == DOLERITE_FAILED_PRECONDITION);
  CHECK(bytes.text().find("\"arrow\"") != std::string::npos);
  dolerite_answer_free(answer);
  dolerite_answer_free(
      AnswerOf(source, R"({"question":"tree"})", "arrow"));  // nobody takes its table
  dolerite_samples* samples = nullptr;
  REQUIRE(dolerite_samples_open(source, nullptr, R"({"labels":["pod"],"all_labels":false})",
                                nullptr, &samples, nullptr) == DOLERITE_OK);
  REQUIRE(dolerite_samples_stream(samples, &stream, nullptr) == DOLERITE_OK);
  CHECK(dolerite_samples_functions(samples, &answer, nullptr) == DOLERITE_FAILED_PRECONDITION);
  dolerite_source_free(source);
  const TextTable table = ReadStream(&stream);
  CHECK(table.names.back() == "pod");
  CHECK(table.rows.size() > 6);
  REQUIRE(dolerite_samples_functions(samples, &answer, nullptr) == DOLERITE_OK);
  dolerite_samples_free(samples);
  CHECK(TableOf(answer).names[0] == "id");
}

// What an answer says of itself but for its bytes.
struct Told {
  int empty;
  uint64_t cut, replaced;
  std::string cost;
  std::tuple<int, uint64_t, uint64_t> counts() const { return {empty, cut, replaced}; }
};
Told ToldBy(const dolerite_answer* answer) {
  return {dolerite_answer_is_empty(answer), dolerite_answer_cut(answer),
          dolerite_answer_replaced_texts(answer), dolerite_answer_cost(answer)};
}

TEST_CASE("an answer is asked for once and finished in all formats") {
  std::vector<Input> inputs = Generated(3, 6);
  for (Input& input : inputs) input.series.Set("pod", "\xff");
  dolerite_source* source = SourceOf(Build(inputs));
  const std::string top = R"({"question":"tree","answer":{"format":"table","rows":2}})";
  const std::string list = R"({"question":"list","max_profiles":4})";
  for (const std::string& question : {top, list}) {
    INFO(question);
    dolerite_answer* partial = AnswerOf(source, question, "partial");
    const auto finish = [&](const char* format) {
      dolerite_answer* answer = nullptr;
      REQUIRE(dolerite_finish(dolerite_answer_data(partial), dolerite_answer_size(partial),
                              question.data(), question.size(), format, nullptr, &answer,
                              nullptr) == DOLERITE_OK);
      return answer;
    };
    dolerite_answer *bytes = finish("json"), *table = finish("arrow"), *again = finish("arrow");
    dolerite_answer* whole = AnswerOf(source, question, nullptr);  // of trees a table, too
    dolerite_answer *asked = AnswerOf(source, question, "json"),
                    *asked_table = AnswerOf(source, question, "arrow");
    CHECK(std::string(dolerite_answer_data(bytes)) == dolerite_answer_data(asked));
    CHECK(ToldBy(bytes).counts() == ToldBy(asked).counts());
    CHECK(ToldBy(table).counts() == ToldBy(asked_table).counts());
    CHECK(ToldBy(table).cost == ToldBy(partial).cost);
    CHECK(ToldBy(table).cut == (question == list ? 2 : ToldBy(whole).cut));
    CHECK(ToldBy(table).replaced == (question == list ? 1 : 0));
    CHECK(dolerite_answer_size(table) == 0);
    const TextTable expected = TableOf(asked_table);
    CHECK(expected.rows.size() == (question == list ? 4 : 2));
    CHECK(TableOf(table).rows == expected.rows);
    CHECK(TableOf(again).rows == expected.rows);
    for (dolerite_answer* answer : {partial, bytes, whole, asked}) dolerite_answer_free(answer);
  }
  dolerite_source_free(source);
}

TEST_CASE("tables say what was left out as damaged, and which texts they replaced") {
  std::vector<Input> inputs = Generated(1, 60);
  for (Input& input : inputs) input.series.Set("pod", "\xff");
  const std::string sound = Build(inputs);
  std::string damaged = sound;
  for (size_t i = 64; i < damaged.size() - 4000; ++i) damaged[i] = static_cast<char>(~damaged[i]);
  dolerite_call* call = nullptr;
  REQUIRE(dolerite_call_new(&call, nullptr) == DOLERITE_OK);
  REQUIRE(dolerite_call_set_limits(call, 0, 1, 1, nullptr) == DOLERITE_OK);
  const auto samples_of = [&](const std::string& block, dolerite_call* of) {
    dolerite_source* source = SourceOf(block);
    dolerite_samples* samples = nullptr;
    dolerite_answer* answer = nullptr;
    ArrowArrayStream stream;
    dolerite_code code = dolerite_samples_open(source, nullptr, nullptr, of, &samples, nullptr);
    dolerite_source_free(source);
    if (code != DOLERITE_OK) return std::pair(code, Told());
    REQUIRE(dolerite_samples_stream(samples, &stream, nullptr) == DOLERITE_OK);
    ReadStream(&stream);
    code = dolerite_samples_functions(samples, &answer, nullptr);
    const Told told = ToldBy(answer);
    dolerite_answer_free(answer), dolerite_samples_free(samples);
    return std::pair(code, told);
  };
  const auto [ok, whole] = samples_of(sound, call);
  CHECK(ok == DOLERITE_OK);
  CHECK((whole.empty == 0 && whole.replaced > 0));
  CHECK(whole.cost.find("\"left_out\":[]") != std::string::npos);
  const auto [left, nothing] = samples_of(damaged, call);
  CHECK(left == DOLERITE_OK);
  CHECK(nothing.empty == 1);
  CHECK(nothing.cost.find("\"left_out\":[{\"place\":") != std::string::npos);
  CHECK(samples_of(damaged, nullptr).first == DOLERITE_DATA_LOSS);

  dolerite_source* source = SourceOf(damaged);
  dolerite_answer* answer = AnswerOf(source, R"({"question":"tree"})", "arrow", call);
  CHECK(ToldBy(answer).empty == 1);
  CHECK(ToldBy(answer).cost.find("\"left_out\":[{\"place\":") != std::string::npos);
  dolerite_answer_free(answer);
  dolerite_source_free(source);
  dolerite_call_free(call);
}

}  // namespace
}  // namespace dolerite::testing
