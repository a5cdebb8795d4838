// The part that is alike in cores whose partial answer is one table of maps.
#ifndef DOLERITE_QUERY_ANSWERS_TABLE_CORE_H_
#define DOLERITE_QUERY_ANSWERS_TABLE_CORE_H_

#include <cstddef>
#include <utility>

#include "query/answers/best_profiles.h"
#include "query/query_core.h"

namespace dolerite {

// A table has Fields(wire, table) and two members:
//
//   // Adds all of `from`. Returns the bytes that it takes at most.
//   size_t Join(Table&& from, const Question&);
//   // Whether profiles can make such a table.
//   bool IsPossible(const Question&) const;
template <class Table>
struct TableContribution : Contribution {
  Table table;
};

template <class Question, class Table>
class TableCore : public CoreFor<Question> {
 public:
  using CoreFor<Question>::CoreFor;

  absl::Status Add(Contribution&& contribution, const CallContext&) override {
    Join(std::move(static_cast<TableContribution<Table>&>(contribution).table));
    return absl::OkStatus();
  }
  absl::Status Merge(QueryCore&& other, const CallContext&) override {
    TableCore& from = static_cast<TableCore&>(other);
    if (held_ < from.held_) std::swap(table_, from.table_), std::swap(held_, from.held_);
    Join(std::move(from.table_));
    return absl::OkStatus();
  }
  void Encode(PartialWriter* wire) const override { (*wire)(table_); }
  void Decode(PartialReader* wire) override {
    Table table;
    (*wire)(table);
    if (!wire->ok()) return;
    if (!table.IsPossible(this->question_))
      return wire->Fail("values that can't come from profiles");
    Join(std::move(table));
  }
  size_t memory_bytes() const override { return held_; }

 protected:
  const Table& table() const { return table_; }

 private:
  void Join(Table&& from) { held_ += table_.Join(std::move(from), this->question_); }

  Table table_;
  size_t held_ = 0;
};

// The value of a key in an ordered map, made if it is missing; `bytes` grows by what that takes.
template <class Map>
typename Map::mapped_type& EntryOf(const typename Map::key_type& key, size_t key_bytes, Map* map,
                                   size_t* bytes) {
  const auto [at, is_new] = map->try_emplace(key);
  if (is_new) *bytes += kMapEntryBytes + key_bytes + sizeof(typename Map::mapped_type);
  return at->second;
}

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_TABLE_CORE_H_
