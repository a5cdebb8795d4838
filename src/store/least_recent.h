// A map that knows which entry was used least recently.
#ifndef DOLERITE_STORE_LEAST_RECENT_H_
#define DOLERITE_STORE_LEAST_RECENT_H_

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dolerite {

// Values by name, with the bytes that each takes. Sorted, so that all names with a common beginning
// can be dropped. Not safe from many threads.
template <class Value>
class LeastRecent {
 public:
  explicit LeastRecent(uint64_t most_bytes) : most_bytes_(most_bytes) {}

  uint64_t bytes() const { return bytes_; }

  // Null if the name is not in the map. Counts as a use. Valid until the next call.
  const Value* Find(std::string_view name) {
    const auto found = entries_.find(name);
    if (found == entries_.end()) return nullptr;
    order_.splice(order_.end(), order_, found->second.place);
    return &found->second.value;
  }

  // Adds or replaces, as the latest use; false, and nothing changes, if it could never fit. Names
  // of entries that had to go are added to `dropped`.
  bool Add(std::string_view name, Value value, uint64_t bytes, std::vector<std::string>* dropped) {
    if (bytes > most_bytes_) return false;
    Erase(name);
    while (bytes > most_bytes_ - bytes_) {
      dropped->push_back(order_.front());
      Erase(dropped->back());
    }
    order_.emplace_back(name);
    entries_.emplace(name, Entry{std::move(value), bytes, std::prev(order_.end())});
    bytes_ += bytes;
    return true;
  }

  void Erase(std::string_view name) {
    const auto found = entries_.find(name);
    if (found == entries_.end()) return;
    bytes_ -= found->second.bytes;
    order_.erase(found->second.place);
    entries_.erase(found);
  }

  // Returns the names that are gone.
  std::vector<std::string> ErasePrefix(std::string_view prefix) {
    std::vector<std::string> names;
    for (auto it = entries_.lower_bound(prefix);
         it != entries_.end() && it->first.starts_with(prefix); ++it) {
      names.push_back(it->first);
    }
    for (const std::string& name : names) Erase(name);
    return names;
  }

 private:
  struct Entry {
    Value value;
    uint64_t bytes;
    std::list<std::string>::iterator place;
  };

  const uint64_t most_bytes_;
  uint64_t bytes_ = 0;
  std::list<std::string> order_;  // least recent first
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace dolerite

#endif  // DOLERITE_STORE_LEAST_RECENT_H_
