// Content hashes for look-ups. Each text is hashed with the hash so far as seed, so ("ab", "c") and
// ("a", "bc") differ.
#include "block/distinct.h"

#include <numeric>

#include "base/sort_by_key.h"
#include "block/profile_table_fields.h"

namespace dolerite {

namespace {

uint64_t MixText(uint64_t hash, std::string_view text) {
  return MixHash(hash, SeededHash(text.data(), text.size(), hash));
}

}  // namespace

uint64_t HashOf(const ProfileType& type, uint64_t seed) {
  uint64_t hash = MixHash(seed, type.sample_types.size());
  VisitTypeStrings(type, [&](const std::string& s) { hash = MixText(hash, s); });
  return hash;
}

uint64_t HashOf(const Series& series, uint64_t seed) {
  uint64_t hash = MixHash(seed, series.type);
  for (const auto& [name, value] : series.labels.pairs()) {
    hash = MixText(MixText(hash, name), value);
  }
  return hash;
}

uint64_t HashOf(const ProfileHeader& header, uint64_t seed) {
  uint64_t hash = MixHash(seed, static_cast<uint64_t>(header.period));
  VisitHeaderStrings(header, [&](const std::string& s) { hash = MixText(hash, s); });
  hash = MixHash(MixHash(hash, header.attributes.value), header.dropped_attributes);
  for (const std::string& comment : header.comments) hash = MixText(hash, comment);
  return hash;
}

// "" is row 0 of the table and not in the set, so it is never looked up.
std::pair<uint32_t, bool> DistinctTexts::Add(std::string_view text) {
  if (text.empty()) return {0, false};
  const size_t before = texts_.size();
  const uint32_t row = rows_.FindOrAdd(
      SeededHash(text.data(), text.size(), seed_), [&](uint32_t r) { return (*this)[r] == text; },
      [&] { return texts_.Add(text).value; });
  return {row, row == before};
}

uint32_t DistinctTexts::Find(std::string_view text) const {
  if (text.empty()) return 0;
  return rows_.Find(SeededHash(text.data(), text.size(), seed_),
                    [&](uint32_t r) { return (*this)[r] == text; });
}

// Texts are sorted by their first bytes as numbers; only equal ones are compared as texts.
std::vector<uint32_t> DistinctTexts::Sorted() const {
  std::vector<uint32_t> rows(texts_.size());
  std::iota(rows.begin(), rows.end(), 0u);
  SortByKey(
      &rows, 0, [&](uint32_t row) { return BigEndianPrefix((*this)[row]); },
      [&](uint32_t a, uint32_t b) { return (*this)[a] < (*this)[b]; });
  return rows;
}

}  // namespace dolerite
