// The C interface used wrongly: it says so, and nothing breaks.
#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "block/block_support.h"
#include "c_api/c_api_support.h"
#include "dolerite/arrow.h"

namespace dolerite::testing {
namespace {

const std::string kQuestion = R"({"question":"tree","answer":{"format":"folded"}})";

dolerite_code AskOf(dolerite_source* source, std::string* answer, dolerite_call* call = nullptr) {
  dolerite_answer* got = nullptr;
  const dolerite_code code =
      dolerite_ask(source, kQuestion.data(), kQuestion.size(), nullptr, call, &got, nullptr);
  if (code == DOLERITE_OK) answer->assign(dolerite_answer_data(got), dolerite_answer_size(got));
  dolerite_answer_free(got);
  return code;
}

TEST_CASE("null where an object, a text or a place for a result is needed is an error") {
  void* out = nullptr;
  const auto to = [&](auto** typed) { return typed; };
  (void)to;
  dolerite_bytes* bytes = nullptr;
  dolerite_answer* answer = nullptr;
  dolerite_store* store = nullptr;
  dolerite_source* source = nullptr;
  dolerite_plan* plan = nullptr;
  dolerite_samples* samples = nullptr;
  dolerite_archive* archive = nullptr;
  const char* q = kQuestion.data();
  const size_t n = kQuestion.size();
  ArrowArrayStream stream;
  size_t added = 0;
  const dolerite_code codes[] = {
      dolerite_call_new(nullptr, nullptr),
      dolerite_call_set_timeout(nullptr, 1, nullptr),
      dolerite_call_set_limits(nullptr, 1, 1, 0, nullptr),
      dolerite_store_open(nullptr, nullptr, &store, nullptr),
      dolerite_store_open("memory:", nullptr, nullptr, nullptr),
      dolerite_store_from_callbacks(nullptr, &store, nullptr),
      dolerite_store_put(nullptr, "a", "b", 1, 0, nullptr, nullptr),
      dolerite_store_get(nullptr, "a", nullptr, &bytes, nullptr),
      dolerite_store_list(nullptr, "", nullptr, &bytes, nullptr),
      dolerite_store_delete(nullptr, "a", nullptr, nullptr),
      dolerite_source_open(nullptr, nullptr, nullptr, &source, nullptr),
      dolerite_source_new(nullptr, nullptr),
      dolerite_source_add(nullptr, "a", nullptr, nullptr, nullptr),
      dolerite_source_add_block(nullptr, nullptr, "a", nullptr, nullptr),
      dolerite_source_add_bytes(nullptr, "a", 1, nullptr),
      dolerite_source_of_archive(nullptr, nullptr, &source, nullptr),
      dolerite_question_print(nullptr, 5, &bytes, nullptr),
      dolerite_question_print(q, n, nullptr, nullptr),
      dolerite_ask(nullptr, q, n, nullptr, nullptr, &answer, nullptr),
      dolerite_answer_stream(nullptr, &stream, nullptr),
      dolerite_samples_open(nullptr, nullptr, nullptr, nullptr, &samples, nullptr),
      dolerite_samples_stream(nullptr, &stream, nullptr),
      dolerite_samples_functions(nullptr, &answer, nullptr),
      dolerite_plan_new(nullptr, q, n, 0, nullptr, &plan, nullptr),
      dolerite_execute(nullptr, nullptr, 0, nullptr, &bytes, nullptr),
      dolerite_merge(nullptr, 2, nullptr, &bytes, nullptr),
      dolerite_merge(nullptr, 0, nullptr, &bytes, nullptr),
      dolerite_finish(nullptr, 3, q, n, nullptr, nullptr, &answer, nullptr),
      dolerite_builder_new(nullptr, nullptr),
      dolerite_builder_add(nullptr, "a", 1, nullptr, &added, nullptr),
      dolerite_builder_finish(nullptr, nullptr, &bytes, nullptr),
      dolerite_archive_open(nullptr, "r", nullptr, &archive, nullptr),
      dolerite_archive_append(nullptr, "a", 1, nullptr, &added, nullptr),
      dolerite_archive_delete(nullptr, "{}", nullptr, nullptr, nullptr),
      dolerite_archive_maintain(nullptr, 1, 0, nullptr, nullptr, nullptr),
  };
  for (size_t i = 0; i < std::size(codes); ++i) {
    INFO("call " << i);
    CHECK(codes[i] == DOLERITE_INVALID_ARGUMENT);
  }
  CHECK(out == nullptr);
  // Those that can't fail.
  dolerite_error_free(nullptr), dolerite_bytes_free(nullptr), dolerite_call_free(nullptr);
  dolerite_store_free(nullptr), dolerite_source_free(nullptr), dolerite_answer_free(nullptr);
  dolerite_samples_free(nullptr), dolerite_plan_free(nullptr), dolerite_builder_free(nullptr);
  dolerite_archive_free(nullptr), dolerite_call_cancel(nullptr);
  dolerite_reply_data(nullptr, "a", 1), dolerite_reply_object(nullptr, "a", 1, "v");
  dolerite_reply_page(nullptr, ""), dolerite_reply_message(nullptr, "");
  CHECK(dolerite_bytes_size(nullptr) + dolerite_answer_size(nullptr) + dolerite_plan_size(nullptr) +
            dolerite_answer_cut(nullptr) + dolerite_answer_replaced_texts(nullptr) ==
        0);
  CHECK(std::string(dolerite_bytes_data(nullptr)) + dolerite_answer_data(nullptr) +
            dolerite_answer_cost(nullptr) + dolerite_error_message(nullptr) ==
        "");
}

TEST_CASE("objects of another kind, and freed ones, are refused") {
  const std::string block = Build(Generated(1, 3));
  dolerite_source* source = SourceOf(block);
  Error error;
  std::string answer;
  auto* wrong = reinterpret_cast<dolerite_store*>(source);
  CHECK(dolerite_store_put(wrong, "a", "b", 1, 0, nullptr, &error.error) ==
        DOLERITE_INVALID_ARGUMENT);
  CHECK(error.text() == "store is not an object of its type");
  dolerite_store_free(wrong);  // does nothing
  CHECK(AskOf(source, &answer) == DOLERITE_OK);
  CHECK(AskOf(source, &answer, reinterpret_cast<dolerite_call*>(source)) ==
        DOLERITE_INVALID_ARGUMENT);
  dolerite_source_free(source);
  Error freed;
  CHECK(dolerite_source_add_bytes(source, block.data(), block.size(), &freed.error) ==
        DOLERITE_INVALID_ARGUMENT);
  CHECK(freed.text() == "source was freed");
  dolerite_source_free(source);  // a second time
}

TEST_CASE("sizes and texts that make no sense are errors that say where") {
  dolerite_source* source = SourceOf(Build(Generated(1, 3)));
  dolerite_answer* answer = nullptr;
  const auto ask = [&](const std::string& question, const char* format) {
    Error error;
    CHECK(dolerite_ask(source, question.data(), question.size(), format, nullptr, &answer,
                       &error.error) != DOLERITE_OK);
    CHECK(answer == nullptr);
    return error.text();
  };
  CHECK(ask("{", nullptr).find("question") != std::string::npos);
  CHECK(ask(R"({"question":"tre"})", nullptr).find("tree") != std::string::npos);
  CHECK(ask(kQuestion, "gif").find("folded") != std::string::npos);
  dolerite_samples* samples = nullptr;
  const auto open = [&](const char* selection, const char* options) {
    Error error;
    CHECK(dolerite_samples_open(source, selection, options, nullptr, &samples, &error.error) ==
          DOLERITE_INVALID_ARGUMENT);
    return error.text();
  };
  CHECK(open("{},\"max_profiles\":1", nullptr) != "");
  CHECK(open("[]", nullptr) != "");
  CHECK(open(nullptr, R"({"rows":1})").find("\"rows\"; expected labels") != std::string::npos);
  CHECK(open(nullptr, R"({"lables":[]})").find("did you mean \"labels\"") != std::string::npos);
  CHECK(open(nullptr, R"({"batch_rows":-1})").find("$.batch_rows") != std::string::npos);
  dolerite_source_free(source);

  dolerite_builder* builder = nullptr;
  REQUIRE(dolerite_builder_new(&builder, nullptr) == DOLERITE_OK);
  size_t added = 7;
  CHECK(dolerite_builder_add(builder, "no profile", 10, nullptr, &added, nullptr) != DOLERITE_OK);
  CHECK(dolerite_builder_add(builder, "", 0, R"({"a":1})", &added, nullptr) ==
        DOLERITE_INVALID_ARGUMENT);
  CHECK(added == 7);
  dolerite_builder_free(builder);

  dolerite_store* store = nullptr;
  Error scheme, secret;
  CHECK(dolerite_store_open("ftp://a", nullptr, &store, &scheme.error) ==
        DOLERITE_INVALID_ARGUMENT);
  CHECK(scheme.text().find("s3://") != std::string::npos);
  CHECK(dolerite_store_open("memory:", R"({"secret_access_key":"hush","x":1})", &store,
                            &secret.error) == DOLERITE_INVALID_ARGUMENT);
  CHECK(secret.text().find("hush") == std::string::npos);
}

// A store that misbehaves in the way that `mode` says.
struct Liar {
  std::string bytes;
  int mode = 0;
  dolerite_source* source = nullptr;  // asked from within a callback
};

dolerite_code LiarRead(void* context, const char*, uint64_t offset, uint64_t length, int from_end,
                       const char*, dolerite_reply* reply) {
  auto* liar = static_cast<Liar*>(context);
  const uint64_t size = liar->bytes.size();
  if (from_end) {
    length = std::min(length, size);
    offset = size - length;
  }
  const char* data = liar->bytes.data() + std::min(offset, size);
  switch (liar->mode) {
    case 1:
      return DOLERITE_OK;  // no data
    case 2:
      dolerite_reply_data(reply, data, 0);  // too few
      break;
    case 3:
      dolerite_reply_data(reply, std::string(length + 9, 'x').data(), length + 9);  // too many
      break;
    case 4:
      return static_cast<dolerite_code>(77);
    case 5:
      dolerite_reply_message(reply, "I would rather not");
      return DOLERITE_PERMISSION_DENIED;
    case 6: {
      std::string answer;
      if (AskOf(liar->source, &answer) != DOLERITE_OK) return DOLERITE_INTERNAL;
      [[fallthrough]];
    }
    default:
      dolerite_reply_data(reply, data, length);
  }
  dolerite_reply_object(reply, "a", liar->mode == 7 ? UINT64_MAX : size, "v");
  return DOLERITE_OK;
}
dolerite_code LiarPut(void*, const char*, const void*, size_t, int, const char*, dolerite_reply*) {
  return DOLERITE_OK;  // without an object
}
dolerite_code LiarHead(void*, const char*, dolerite_reply*) { return DOLERITE_UNAVAILABLE; }
dolerite_code LiarList(void*, const char*, const char*, const char*, size_t,
                       dolerite_reply* reply) {
  dolerite_reply_object(reply, "../outside", 1, "v");
  dolerite_reply_page(reply, "again");
  return DOLERITE_OK;
}
dolerite_code LiarRemove(void*, const char*, dolerite_reply*) { return DOLERITE_OK; }

TEST_CASE("stores of the caller's that fail or lie are errors, and may call the library") {
  Liar liar{Build(Generated(2, 3)), 0, nullptr};
  liar.source = SourceOf(Build(Generated(1, 2)));
  const dolerite_store_callbacks callbacks = {sizeof(dolerite_store_callbacks),
                                              &liar,
                                              LiarRead,
                                              LiarPut,
                                              LiarHead,
                                              LiarList,
                                              LiarRemove,
                                              nullptr};
  dolerite_store* store = nullptr;
  REQUIRE(dolerite_store_from_callbacks(&callbacks, &store, nullptr) == DOLERITE_OK);
  const auto open = [&](int mode, std::string* text) {
    liar.mode = mode;
    dolerite_source* source = nullptr;
    REQUIRE(dolerite_source_new(&source, nullptr) == DOLERITE_OK);
    Error error;
    const dolerite_code code = dolerite_source_add_block(source, store, "a", nullptr, &error.error);
    *text = error.text();
    dolerite_source_free(source);
    return code;
  };
  std::string text;
  CHECK(open(0, &text) == DOLERITE_OK);
  CHECK(open(6, &text) == DOLERITE_OK);
  CHECK(open(1, &text) == DOLERITE_INTERNAL);
  CHECK(text.find("data") != std::string::npos);
  for (int mode : {2, 3, 4, 7}) {
    INFO("mode " << mode);
    CHECK(open(mode, &text) != DOLERITE_OK);
    CHECK(text != "");
  }
  CHECK(open(5, &text) == DOLERITE_PERMISSION_DENIED);
  CHECK(text.find("I would rather not") != std::string::npos);
  CHECK(dolerite_store_put(store, "a", "b", 1, 0, nullptr, nullptr) == DOLERITE_INTERNAL);
  dolerite_bytes* bytes = nullptr;
  CHECK(dolerite_store_list(store, "", nullptr, &bytes, nullptr) != DOLERITE_OK);
  dolerite_store_free(store);

  dolerite_store_callbacks wrong = callbacks;
  wrong.size -= 1;
  CHECK(dolerite_store_from_callbacks(&wrong, &store, nullptr) == DOLERITE_INVALID_ARGUMENT);
  wrong = callbacks;
  wrong.list = nullptr;
  CHECK(dolerite_store_from_callbacks(&wrong, &store, nullptr) == DOLERITE_INVALID_ARGUMENT);
  dolerite_source_free(liar.source);
}

TEST_CASE("threads ask one source at once, and one of them cancels") {
  dolerite_source* source = SourceOf(Build(Generated(3, 10)));
  std::string expected;
  REQUIRE(AskOf(source, &expected) == DOLERITE_OK);
  dolerite_call* stopped = nullptr;
  REQUIRE(dolerite_call_new(&stopped, nullptr) == DOLERITE_OK);
  dolerite_call_cancel(stopped);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        std::string answer;
        const dolerite_code code = AskOf(source, &answer, t == 0 ? stopped : nullptr);
        wrong += t == 0 ? code != DOLERITE_CANCELLED : code != DOLERITE_OK || answer != expected;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  dolerite_call_free(stopped);
  dolerite_source_free(source);
}

TEST_CASE("a call's time and memory end what uses it") {
  dolerite_source* source = SourceOf(Build(Generated(3, 10)));
  dolerite_call* call = nullptr;
  REQUIRE(dolerite_call_new(&call, nullptr) == DOLERITE_OK);
  std::string answer;
  CHECK(dolerite_call_set_timeout(call, -1, nullptr) == DOLERITE_INVALID_ARGUMENT);
  REQUIRE(dolerite_call_set_limits(call, 1000, 1, 0, nullptr) == DOLERITE_OK);
  CHECK(AskOf(source, &answer, call) == DOLERITE_RESOURCE_EXHAUSTED);
  REQUIRE(dolerite_call_set_limits(call, 0, 3, 0, nullptr) == DOLERITE_OK);
  CHECK(AskOf(source, &answer, call) == DOLERITE_OK);
  REQUIRE(dolerite_call_set_timeout(call, 0, nullptr) == DOLERITE_OK);
  CHECK(AskOf(source, &answer, call) == DOLERITE_DEADLINE_EXCEEDED);
  dolerite_call_free(call);
  dolerite_source_free(source);
}

}  // namespace
}  // namespace dolerite::testing
