// Names of enumerators in JSON.
#ifndef DOLERITE_ASK_ENUM_NAMES_H_
#define DOLERITE_ASK_ENUM_NAMES_H_

#include <span>
#include <string_view>

#include "dolerite/any_question.h"

namespace dolerite::ask {

// The names of an enum's values, from 0 on.
using Names = std::span<const std::string_view>;
Names NamesOf(FrameBy);
Names NamesOf(ValueKind);
Names NamesOf(ChangeOf);
Names NamesOf(SeriesQuestion::Aggregate);
Names NamesOf(HeatmapQuestion::Observe);
Names NamesOf(FormOf<TreeQuestion>::Format);
Names NamesOf(FormOf<TreeQuestion>::View);
Names NamesOf(FormOf<GroupedTreesQuestion>::Format);
Names NamesOf(FormOf<DiffQuestion>::Format);
Names NamesOf(FormOf<ProfileQuestion>::Format);
Names NamesOf(FormOf<SeriesQuestion>::Format);
Names NamesOf(FormOf<CatalogQuestion>::Format);
Names NamesOf(FormOf<CatalogQuestion>::View);
Names NamesOf(FormOf<ListQuestion>::Format);

}  // namespace dolerite::ask

#endif  // DOLERITE_ASK_ENUM_NAMES_H_
