#include <algorithm>
#include <set>
#include <vector>

#include "base/status.h"
#include "store/conformance_probe.h"

namespace dolerite {
namespace {

// In byte order. The names around the slash sort otherwise in a walk of directories: `a-` and `a.`
// before `a/`, `a0` behind it.
const std::vector<std::string>& Names() {
  static const auto& names = *new std::vector<std::string>{
      "a-", "a.", "a/b", "a/b-c", "a/c/d", "a/c/e", "a0", "ab/c", "abc", "b/x", "b/y", "c", "c~"};
  return names;
}

absl::Status CreateAll(const ConformanceProbe& probe) {
  for (const std::string& name : Names()) DOLERITE_RETURN_IF_ERROR(probe.Create(name, name));
  return absl::OkStatus();
}

// The names behind `after` that begin with `prefix`, by pages of `limit`, in the order of the
// pages.
absl::StatusOr<std::vector<std::string>> ListNames(const ConformanceProbe& probe,
                                                   const std::string& prefix,
                                                   const std::string& after, size_t limit) {
  ListOptions list{.limit = limit};
  if (!after.empty()) list.start_after = probe.Key(after);
  std::vector<std::string> names;
  // A page may hold nothing, but there must be an end.
  for (size_t pages = 0; pages <= Names().size(); ++pages) {
    DOLERITE_ASSIGN_OR_RETURN(ListPage page, probe.store->List(probe.Key(prefix), list));
    DOLERITE_RETURN_IF_ERROR(Expect(page.objects.size() <= limit, "a page passes its limit"));
    for (const ObjectInfo& info : page.objects) {
      // A key outside the prefix is another clause's, or somebody else's.
      DOLERITE_RETURN_IF_ERROR(Expect(info.key.starts_with(probe.prefix), "a list strays"));
      names.push_back(info.key.substr(probe.prefix.size()));
    }
    list.page_token = page.next_page;
    if (list.page_token.empty()) break;
  }
  DOLERITE_RETURN_IF_ERROR(Expect(list.page_token.empty(), "there is no end of pages"));
  // A store that says that it does not order pages may give them in any order.
  if (!probe.store->traits().ordered_list) std::sort(names.begin(), names.end());
  return names;
}

// What a list gives, compared with the same list made by hand.
absl::Status ListsAs(const ConformanceProbe& probe, const std::string& prefix,
                     const std::string& after, size_t limit) {
  std::vector<std::string> expected;
  for (const std::string& name : Names()) {
    if (name.starts_with(prefix) && name > after) expected.push_back(name);
  }
  const std::string what = Concat("list of '", prefix, "' after '", after, "' by pages of ", limit);
  auto names = ListNames(probe, prefix, after, limit);
  DOLERITE_RETURN_IF_ERROR(Annotate(names.status(), what));
  return Expect(*names == expected, what + ": wrong keys or order");
}

// A list sees each object as soon as its Put has returned, with size and version, and a deleted one
// no more.
absl::Status ListAfterWrite(const ConformanceProbe& probe) {
  std::set<std::string> present;
  for (const std::string& name : Names()) {
    auto version = probe.store->Put(probe.Key(name), name);
    DOLERITE_RETURN_IF_ERROR(Annotate(version.status(), "create"));
    present.insert(probe.Key(name));
    auto objects = probe.store->ListAll(probe.prefix);
    DOLERITE_RETURN_IF_ERROR(Annotate(objects.status(), "list"));
    DOLERITE_RETURN_IF_ERROR(Expect(objects->size() == present.size(), "a list lacks an object"));
    for (const ObjectInfo& info : *objects) {
      DOLERITE_RETURN_IF_ERROR(Expect(present.count(info.key) == 1, "a list has a strange object"));
      // Of the new object all is known; of older ones only that they are there.
      const bool same =
          info.key != probe.Key(name) || (info.size == name.size() && info.version == *version);
      DOLERITE_RETURN_IF_ERROR(Expect(same, "a list has a wrong size or version"));
    }
  }
  DOLERITE_RETURN_IF_ERROR(probe.store->Delete(probe.Key("c")));
  auto objects = probe.store->ListAll(probe.Key("c"));
  DOLERITE_RETURN_IF_ERROR(Annotate(objects.status(), "list after a delete"));
  return Expect(objects->size() == 1, "a list has a deleted object");
}

// Prefixes that end within a segment, at a slash, behind a key, and of nothing.
absl::Status ListPrefix(const ConformanceProbe& probe) {
  DOLERITE_RETURN_IF_ERROR(CreateAll(probe));
  for (const char* prefix : {"", "a", "a/", "a/c", "a/c/", "a/c/d", "ab", "b/", "c", "x", "a/b/"}) {
    DOLERITE_RETURN_IF_ERROR(ListsAs(probe, prefix, "", 1000));
  }
  return absl::OkStatus();
}

// Starts that are keys, that lie between keys, and that lie outside the prefix on both sides.
absl::Status ListStart(const ConformanceProbe& probe) {
  DOLERITE_RETURN_IF_ERROR(CreateAll(probe));
  std::vector<std::string> starts = Names();
  starts.insert(starts.end(), {"A", "a", "a/b-", "a/c", "a/d", "b", "z"});
  for (const std::string& after : starts) {
    for (const char* prefix : {"", "a/", "b"}) {
      DOLERITE_RETURN_IF_ERROR(ListsAs(probe, prefix, after, 1000));
    }
  }
  return absl::OkStatus();
}

// Pages of one object, of all but one and of all show mistakes at the borders.
absl::Status ListPages(const ConformanceProbe& probe) {
  DOLERITE_RETURN_IF_ERROR(CreateAll(probe));
  for (size_t limit : {size_t{1}, size_t{2}, size_t{5}, Names().size() - 1, Names().size()}) {
    for (const char* after : {"", "a/b", "a0"}) {
      DOLERITE_RETURN_IF_ERROR(ListsAs(probe, "", after, limit));
      DOLERITE_RETURN_IF_ERROR(ListsAs(probe, "a", after, limit));
    }
  }
  return absl::OkStatus();
}

constexpr ConformanceClause kListClauses[] = {
    {"list-after-write", ListAfterWrite},
    {"list-prefix", ListPrefix},
    {"list-start", ListStart},
    {"list-pages", ListPages},
};

}  // namespace

std::span<const ConformanceClause> ListClauses() { return kListClauses; }

}  // namespace dolerite
