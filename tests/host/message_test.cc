// Both forms of messages.
#include <protozero/pbf_writer.hpp>

#include "host/querier_support.h"

namespace dolerite::testing {
namespace {

using host::Form;
using host::ReadMessage;
using host::WriteMessage;

std::string JsonOf(const host::SelectSeriesRequest& message) {
  return WriteMessage(Form::kJson, message);
}

TEST_CASE("messages: either form read back and written in the other is the same message") {
  const host::SelectSeriesRequest request{
      .profile_type = "a:b:c:d:e",
      .start = INT64_MIN,
      .end = INT64_MAX,
      .group_by = {"", "pod"},
      .step = 0.5,
      .aggregation = host::Aggregation::kAverage,
      .stacks =
          host::StackTraceSelector{.call_site = {{"main"}, {}}, .go_pgo = host::GoPgo{3, true}},
      .limit = 0};
  const auto proto =
      ReadMessage<host::SelectSeriesRequest>(Form::kProto, WriteMessage(Form::kProto, request));
  REQUIRE(proto.ok());
  CHECK(JsonOf(*proto) == JsonOf(request));
  const auto json = ReadMessage<host::SelectSeriesRequest>(Form::kJson, JsonOf(request));
  REQUIRE(json.ok());
  CHECK(WriteMessage(Form::kProto, *json) == WriteMessage(Form::kProto, request));
  CHECK(JsonOf(request) ==
        R"({"aggregation":"TIME_SERIES_AGGREGATION_TYPE_AVERAGE","end":"9223372036854775807",)"
        R"("groupBy":["","pod"],"limit":"0","profileTypeID":"a:b:c:d:e",)"
        R"("stackTraceSelector":{"callSite":[{"name":"main"},{}],)"
        R"("goPgo":{"aggregateCallees":true,"keepLocations":3}},)"
        R"("start":"-9223372036854775808","step":0.5})");
}

TEST_CASE("messages: protobuf's JSON is read in all its spellings, and nothing else") {
  const auto read = [](const std::string& json) {
    return ReadMessage<host::SelectSeriesRequest>(Form::kJson, json);
  };
  const std::string expected =
      JsonOf({.start = 1'795'693'673'970, .step = 15, .aggregation = host::Aggregation::kAverage});
  for (
      const std::string json : {
          R"({"start":1795693673970,"step":"15","aggregation":1})",
          R"({"start":"1795693673970","step":15.0,"aggregation":"TIME_SERIES_AGGREGATION_TYPE_AVERAGE","groupBy":null})",
          R"({"start":1795693673970.0,"step":15,"aggregation":1,"group_by":[],"new":{"a":[1]}})",
      }) {
    INFO(json);
    const auto message = read(json);
    REQUIRE(message.ok());
    CHECK(JsonOf(*message) == expected);
  }
  for (const std::string json :
       {"", "[]", "null", R"({"start":1.5})", R"({"start":"1x"})", R"({"start":true})",
        R"({"start":18446744073709551615})", R"({"step":"x"})", R"({"groupBy":"pod"})",
        R"({"groupBy":[1]})", R"({"aggregation":"SUM"})", R"({"stackTraceSelector":[]})",
        R"({"stackTraceSelector":{"goPgo":{"keepLocations":-1}}})", R"({"start":1)",
        R"({"unknown":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]})"}) {
    INFO(json);
    CHECK(absl::IsInvalidArgument(read(json).status()));
  }
}

TEST_CASE("messages: protobuf with unknown fields is read, damaged bytes are refused") {
  std::string body;
  {
    protozero::pbf_writer out(body);
    out.add_string(3, "of another kind");  // start is an integer
    out.add_int64(3, 7);
    out.add_fixed64(99, 1);
    out.add_int64(9, 0);
  }
  const auto message = ReadMessage<host::SelectSeriesRequest>(Form::kProto, body);
  REQUIRE(message.ok());
  CHECK(message->start == 7);
  CHECK(message->limit == std::optional<int64_t>(0));
  for (const std::string& bad : {std::string("\x0a\x05", 2), std::string("\x18", 1),
                                 std::string("\x07\x00", 2), std::string(12, '\xff')}) {
    CHECK(absl::IsInvalidArgument(
        ReadMessage<host::SelectSeriesRequest>(Form::kProto, bad).status()));
  }
}

TEST_CASE("messages: texts are written as UTF-8, which readers of protobuf insist on") {
  const std::string broken = "a\xff\xc3\xa9";
  const std::string mended = "a\xef\xbf\xbd\xc3\xa9";
  for (const Form form : {Form::kProto, Form::kJson}) {
    const auto pair =
        ReadMessage<host::LabelPair>(form, WriteMessage(form, host::LabelPair{broken, "b"}));
    REQUIRE(pair.ok());
    CHECK(pair->name == mended);
    CHECK(pair->value == "b");
  }
}

TEST_CASE("messages: numbers are read packed or one by one") {
  std::string packed, single;
  const std::vector<int64_t> values = {0, -1, INT64_MAX};
  protozero::pbf_writer(packed).add_packed_int64(1, values.begin(), values.end());
  for (const int64_t value : values) protozero::pbf_writer(single).add_int64(1, value);
  for (const std::string& body : {packed, single}) {
    const auto level = ReadMessage<host::LevelMessage>(Form::kProto, body);
    REQUIRE(level.ok());
    CHECK(level->values == values);
  }
  const std::vector<double> lower = {0, -1.5};
  std::string doubles;
  protozero::pbf_writer(doubles).add_packed_double(2, lower.begin(), lower.end());
  CHECK(ReadMessage<host::HeatmapSlot>(Form::kProto, doubles)->y_min == lower);
}

}  // namespace
}  // namespace dolerite::testing
