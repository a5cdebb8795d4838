// A page token of ours is the last key of the page before, a newline, and the server's own token.
// The key shows a page that comes again or out of order, which the server's token does not.
#include "s3/listing.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/status.h"
#include "s3/answers.h"

namespace dolerite::s3 {
namespace {

constexpr size_t kMaxPage = 1000;  // what a server gives at once

// The page of what a server listed behind the key `last`.
// A server is trusted with nothing but names, sizes and versions: order and place are checked here.
absl::StatusOr<ListPage> CheckPage(ListAnswer answer, std::string_view store_prefix,
                                   std::string_view prefix, std::string last) {
  ListPage page;
  for (ObjectInfo& object : answer.objects) {
    if (!object.key.starts_with(store_prefix)) return Unavailable("the list has foreign names");
    object.key.erase(0, store_prefix.size());
    // Markers of folders, say.
    if (!ValidateKey(object.key).ok()) continue;
    if (!object.key.starts_with(prefix)) {
      return Unavailable("the list of ", prefix, " has the key ", object.key);
    }
    if (object.key <= last) {
      return Unavailable("the list is not in order: ", object.key, " comes behind ", last);
    }
    last = object.key;
    page.objects.push_back(std::move(object));
  }
  // That there are more pages is what the server says, not that this one is full.
  // `last` goes into the token, so that the next page is checked against this one.
  if (answer.truncated) page.next_page = Concat(last, "\n", answer.next_token);
  return page;
}

}  // namespace

absl::StatusOr<ListPage> ListObjects(Client* client, std::string_view store_prefix,
                                     std::string_view prefix, const ListOptions& list,
                                     const CallContext& context) {
  std::string last = list.start_after, token;
  if (!list.page_token.empty()) {
    const size_t end = list.page_token.find('\n');
    if (end == std::string::npos) return InvalidArgument("not a page token of this store");
    // The caller's start, or the end of the page before: what lies behind both.
    last = std::max(last, list.page_token.substr(0, end));
    token = list.page_token.substr(end + 1);
  }
  const size_t limit = std::min(list.limit, kMaxPage);
  Call call;
  call.query = {{"list-type", "2"},
                {"max-keys", std::to_string(limit)},
                {"prefix", Concat(store_prefix, prefix)}};
  // A token goes on where the server was; the start went with the first page.
  if (!token.empty()) {
    call.query.emplace_back("continuation-token", token);
  } else if (!last.empty()) {
    call.query.emplace_back("start-after", Concat(store_prefix, last));
  }
  DOLERITE_ASSIGN_OR_RETURN(const HttpAnswer answer,
                            client->SendOk(call, Condition::kNone, context));
  DOLERITE_ASSIGN_OR_RETURN(ListAnswer listed, ParseList(answer.body));
  if (listed.objects.size() > limit) return Unavailable("the list is longer than was asked for");
  // A list that does not move would never end.
  if (listed.truncated && listed.next_token == token) {
    return Unavailable("the list does not go on: the server gives the same page again");
  }
  return CheckPage(std::move(listed), store_prefix, prefix, std::move(last));
}

}  // namespace dolerite::s3
