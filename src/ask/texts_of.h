// Counts texts of an answer that are not UTF-8: what writers of JSON and pages must replace.
#ifndef DOLERITE_ASK_TEXTS_OF_H_
#define DOLERITE_ASK_TEXTS_OF_H_

#include <cstdint>
#include <span>
#include <vector>

#include "dolerite/query.h"

namespace dolerite::ask {

// Ids, each once, in the order of their first use.
std::vector<StringId> DistinctNames(std::span<const StringId> ids, const StringTable& names);

// Names of a tree count once each, however many nodes have them.
uint64_t ReplacedTexts(const Tree& tree);
uint64_t ReplacedTexts(const std::vector<GroupedTree>& groups);
// Texts of symbols and attributes, once each. Bytes are not texts.
uint64_t ReplacedTexts(const Profile& profile);
uint64_t ReplacedTexts(const TimeSeries& series);
uint64_t ReplacedTexts(const Heatmap& heatmap);
uint64_t ReplacedTexts(const Catalog& catalog);
uint64_t ReplacedTexts(const std::vector<ListedProfile>& profiles);

}  // namespace dolerite::ask

#endif  // DOLERITE_ASK_TEXTS_OF_H_
