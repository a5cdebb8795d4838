// The order of texts in the profiles section, for writing and reading alike.
#ifndef DOLERITE_BLOCK_PROFILE_TABLE_FIELDS_H_
#define DOLERITE_BLOCK_PROFILE_TABLE_FIELDS_H_

#include <cstddef>

namespace dolerite {

// Calls visit(string) for each string, in the order in which they are stored.
template <class Type, class Visit>
void VisitTypeStrings(Type& type, const Visit& visit) {
  visit(type.name), visit(type.default_sample_type);
  visit(type.period_type.type), visit(type.period_type.unit);
  for (auto& value : type.sample_types) visit(value.type), visit(value.unit);
}

template <class Header, class Visit>
void VisitHeaderStrings(Header& h, const Visit& visit) {
  visit(h.drop_frames), visit(h.keep_frames), visit(h.doc_url), visit(h.payload_format);
}

// Integers of one header: period, texts, attributes, dropped attributes.
inline constexpr size_t kHeaderTexts = 4;
inline constexpr size_t kHeaderFields = 3 + kHeaderTexts;

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_PROFILE_TABLE_FIELDS_H_
