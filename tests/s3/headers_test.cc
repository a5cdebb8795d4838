#include "s3/headers.h"

#include <catch2/catch.hpp>

namespace dolerite::s3 {
namespace {

TEST_CASE("a head has a status and headers") {
  Head head;
  CHECK(AddHeadLine("HTTP/1.1 206 Partial Content\r\n", &head));
  CHECK(AddHeadLine("ETag:  \"a:b\" \r\n", &head));
  CHECK(AddHeadLine("etag: second\r\n", &head));
  CHECK(AddHeadLine("\r\n", &head));
  CHECK(head.status == 206);
  CHECK(head.Find("etag") == "\"a:b\"");
  CHECK(head.Find("date").empty());
  // Another answer forgets the one before.
  CHECK(AddHeadLine("HTTP/2 200\r\n", &head));
  CHECK(head.status == 200);
  CHECK(head.headers.empty());
}

TEST_CASE("a hostile head is refused") {
  for (const char* line : {"HTTP/1.1\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 abc d\r\n",
                           "HTTP/1.1 099 x\r\n", "no colon\r\n"}) {
    Head head;
    INFO(line);
    CHECK_FALSE(AddHeadLine(line, &head));
  }
  Head head;
  CHECK_FALSE(AddHeadLine("a: " + std::string(9000, 'x'), &head));
  size_t taken = 0;
  while (taken < 1000 && AddHeadLine("a: b", &head)) ++taken;
  CHECK(taken == 200);
}

TEST_CASE("content ranges") {
  const auto range = ParseContentRange("bytes 2-9/100");
  REQUIRE(range);
  CHECK(range->offset == 2);
  CHECK(range->length == 8);
  CHECK(range->object_size == 100);
  CHECK(ParseContentRange("bytes 0-18446744073709551613/18446744073709551614")->length ==
        18446744073709551614u);
  for (const char* bad :
       {"", "bytes", "bytes ", "2-9/100", "bytes 2-9", "bytes 2-9/*", "bytes */100",
        "bytes 9-2/100", "bytes 2-100/100", "bytes -9/100", "bytes 2-/100", "bytes 2/9-100",
        "bytes +2-9/100", "bytes 2-9/18446744073709551616", "bytes 2-9/100 ", "bytes=2-9/100",
        "lines 2-9/100"}) {
    INFO(bad);
    CHECK_FALSE(ParseContentRange(bad));
  }
}

TEST_CASE("versions are ETags without quotes") {
  CHECK(ParseETag("\"abc\"") == "abc");
  CHECK(ParseETag("abc") == "abc");
  CHECK(ParseETag("W/\"abc\"") == "W/\"abc\"");
  CHECK_FALSE(ParseETag(""));
  CHECK_FALSE(ParseETag("\"\""));
  CHECK_FALSE(ParseETag("\"a b\""));
  CHECK_FALSE(ParseETag("a\r\nb"));
  CHECK_FALSE(ParseETag(std::string(257, 'a')));
  CHECK(ParseETag(std::string(256, 'a')));
}

TEST_CASE("dates") {
  CHECK(ParseHttpDate("Fri, 24 May 2013 00:00:00 GMT") == 1'369'353'600);
  CHECK(ParseHttpDate("Tue, 29 Feb 2000 23:59:59 GMT") == 951'868'799);
  CHECK(ParseXmlTime("2013-05-24T00:00:00.000Z") == 1'369'353'600);
  CHECK(ParseXmlTime("2013-05-24T00:00:01Z") == 1'369'353'601);
  for (const char* bad : {"", "Fri, 24 May 2013 00:00:00 CET", "Fri, 24 Mai 2013 00:00:00 GMT",
                          "Fri, 31 Feb 2013 00:00:00 GMT", "Fri, 24 ayJ 2013 00:00:00 GMT",
                          "Fri, 24 May 2013 24:00:00 GMT", "Fri, 24 May 20x3 00:00:00 GMT",
                          "Fri; 24 May 2013 00:00:00 GMT"}) {
    INFO(bad);
    CHECK_FALSE(ParseHttpDate(bad));
  }
  for (const char* bad : {"", "2013-05-24T00:00:00", "2013-13-24T00:00:00Z", "2013-05-24 00:00:00Z",
                          "2013-05-24T00:60:00Z", "2013-05-2xT00:00:00Z", "2013-05-24T00:00Z"}) {
    INFO(bad);
    CHECK_FALSE(ParseXmlTime(bad));
  }
}

}  // namespace
}  // namespace dolerite::s3
