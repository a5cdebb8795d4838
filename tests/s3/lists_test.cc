// Lists of a server that is not to be trusted with them: no answer is better than a part.
#include "s3/s3_support.h"
#include "store/store_support.h"

namespace dolerite::testing {
namespace {

std::string Entry(const std::string& key) {
  return "<Contents><Key>" + key + "</Key><Size>1</Size><ETag>&quot;e&quot;</ETag></Contents>";
}

// A page of a list. `next` is the token, or "" at the end.
FakeReply Page(const std::vector<std::string>& keys, const std::string& next = "") {
  FakeReply reply;
  reply.body = "<ListBucketResult>";
  for (const std::string& key : keys) reply.body += Entry(key);
  reply.body += next.empty() ? "<IsTruncated>false</IsTruncated>"
                             : "<IsTruncated>true</IsTruncated><NextContinuationToken>" + next +
                                   "</NextContinuationToken>";
  reply.body += "</ListBucketResult>";
  return reply;
}

// Serves these pages in turn.
struct Pages {
  explicit Pages(std::vector<FakeReply> all)
      : pages(std::move(all)), store(Make(OptionsFor(server))) {
    server.SetBefore([this](FakeRequest*) { return pages[std::min(next++, pages.size() - 1)]; });
  }

  // The keys of all pages, or "refused".
  std::vector<std::string> Keys() {
    auto objects = store->ListAll("");
    if (!objects.ok()) {
      CHECK(absl::IsUnavailable(objects.status()));
      return {"refused"};
    }
    std::vector<std::string> keys;
    for (const ObjectInfo& object : *objects) keys.push_back(object.key);
    return keys;
  }

  std::vector<FakeReply> pages;
  size_t next = 0;
  FakeS3 server;
  std::unique_ptr<S3Store> store;
};

using Keys = std::vector<std::string>;
const Keys kRefused = {"refused"};

TEST_CASE("the server says whether a list goes on, not the size of its pages") {
  CHECK(Pages({Page({"a"}, "1"), Page({}, "2"), Page({}, "3"), Page({"b", "c"})}).Keys() ==
        Keys{"a", "b", "c"});
  CHECK(Pages({Page({}, "1"), Page({"a"})}).Keys() == Keys{"a"});
}

TEST_CASE("names that are no keys belong to others") {
  CHECK(Pages({Page({"a/", "a/b", "a b", "c//d", "e", "f&#0228;"})}).Keys() == Keys{"a/b", "e"});
}

TEST_CASE("lists that repeat or are out of order are refused") {
  CHECK(Pages({Page({"b", "a"})}).Keys() == kRefused);
  CHECK(Pages({Page({"a", "a"})}).Keys() == kRefused);
  CHECK(Pages({Page({"b"}, "1"), Page({"a"})}).Keys() == kRefused);
  CHECK(Pages({Page({"a"}, "1"), Page({"a"}, "2"), Page({"b"})}).Keys() == kRefused);
  CHECK(Pages({Page({"a"}, "1"), Page({"b"}, "1")}).Keys() == kRefused);
  CHECK(Pages({Page({}, "1"), Page({}, "2"), Page({}, "1"), Page({}, "2")}).Keys() == kRefused);
}

TEST_CASE("a list that is not one is refused") {
  const std::string list = Page({"a", "b"}).body;
  for (size_t size = 0; size < list.size(); ++size) {
    FakeReply cut;
    cut.body = list.substr(0, size);
    CHECK(Pages({cut}).Keys() == kRefused);
  }
  for (const char* body :
       {"<Other/>", "<html><body>login</body></html>", "{}",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>-1</Size><ETag>e</ETag></Contents></"
        "ListBucketResult>",
        "<ListBucketResult><Contents><Size>1</Size><ETag>e</ETag></Contents></ListBucketResult>"}) {
    FakeReply reply;
    reply.body = body;
    INFO(body);
    CHECK(Pages({reply}).Keys() == kRefused);
  }
}

TEST_CASE("a list holds what was asked for") {
  Pages pages({Page({"a/1", "b"})});
  CHECK(absl::IsUnavailable(pages.store->List("a/").status()));
  CHECK(absl::IsUnavailable(pages.store->List("", {.start_after = "a/1"}).status()));
  CHECK(absl::IsUnavailable(pages.store->List("", {.limit = 1}).status()));
  CHECK(pages.store->List("", {.page_token = "made up"}).status().code() ==
        absl::StatusCode::kInvalidArgument);
}

TEST_CASE("a list that is too large takes no memory") {
  FakeReply reply = Page({"a"});
  reply.body.insert(reply.body.size() - 19, std::string(9 << 20, ' '));
  CHECK(Pages({reply}).Keys() == kRefused);
}

}  // namespace
}  // namespace dolerite::testing
