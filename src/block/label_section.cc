// FORMAT.md, section 11. Row 0 of the sets, the empty set, is not stored.
#include "block/symbol_sections.h"

#include <vector>

#include "base/status.h"
#include "block/table_columns.h"

namespace dolerite {

EncodedSection EncodeLabels(const Symbols& s, const ColumnOptions& options) {
  SectionWriter out(SectionKind::kLabels, options);
  Column32 kinds;
  for (AttributeKind kind : s.attributes.kind) kinds.push_back(static_cast<uint32_t>(kind));
  out.Integers(column::kCounts, Column64{s.attributes.size(), s.attribute_sets.size() - 1});
  out.Integers(column::kLabelKeys, Values(s.attributes.key));
  out.Integers(column::kLabelKinds, kinds);
  out.Integers(column::kLabelValues, s.attributes.value);
  out.Integers(column::kLabelUnits, Values(s.attributes.unit));
  out.Integers(column::kLabelSetSizes, SizesOf(s.attribute_sets, 1));
  out.Integers(column::kLabelSetItems, Values(s.attribute_sets.items));
  return std::move(out).Finish();
}

// Keys, units and string values are checked against the dataset's strings, items against the
// labels. The tables are cleared first, so that a call after a failure starts anew.
absl::Status DecodeLabels(const SectionReader& in, const BlockLimits& limits, size_t strings,
                          Symbols* s) {
  Attributes& labels = s->attributes;
  labels = {};
  s->attribute_sets.Clear();
  // Row 0, the empty set.
  s->attribute_sets.Close();
  Column64 counts;
  Column32 keys, kinds, units, sizes, items;
  DOLERITE_RETURN_IF_ERROR(in.Counts(2, &counts));
  DOLERITE_RETURN_IF_ERROR(CheckCounts(in, counts, limits));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLabelKeys, counts[0], &keys));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLabelKinds, counts[0], &kinds));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLabelValues, counts[0], &labels.value));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLabelUnits, counts[0], &units));
  DOLERITE_RETURN_IF_ERROR(ToIds(in, "label key", keys, strings, &labels.key));
  DOLERITE_RETURN_IF_ERROR(ToIds(in, "label unit", units, strings, &labels.unit));
  for (uint32_t kind : kinds) {
    if (kind > static_cast<uint32_t>(AttributeKind::kEmpty)) {
      return in.Damaged(Concat("a label has the unknown kind ", kind));
    }
    labels.kind.push_back(static_cast<AttributeKind>(kind));
  }
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels.value_is_string(i) && labels.value[i] >= strings) {
      return in.Damaged(Concat("label ", i, " has string ", labels.value[i], " of ", strings));
    }
  }
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLabelSetSizes, counts[1], &sizes));
  DOLERITE_RETURN_IF_ERROR(SizesToEnds(in, sizes, limits.section_rows, &s->attribute_sets));
  DOLERITE_RETURN_IF_ERROR(
      in.Integers(column::kLabelSetItems, s->attribute_sets.ends.back(), &items));
  return ToIds(in, "label set item", items, labels.size(), &s->attribute_sets.items);
}

// Addresses, symbols and labels are three sections; each may be right alone and wrong with the
// others.
bool AttributesInTables(const Symbols& symbols) {
  const size_t sets = symbols.attribute_sets.size();
  for (const auto* column : {&symbols.locations.attributes, &symbols.mappings.attributes}) {
    for (AttributeSetId set : *column) {
      if (set.value >= sets) return false;
    }
  }
  return true;
}

}  // namespace dolerite
