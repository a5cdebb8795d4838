// Answers as JSON. Integers have up to 64 bits and are exact; other numbers are the shortest that
// read back as the same double. Bytes that are not UTF-8 become U+FFFD, and what a terminal obeys
// is escaped. Trees, series and heatmaps are one object (tree_text.h, charts.h); the rest is one
// object a line, so that readers need not hold all of it. All throw std::bad_alloc where memory
// runs out.
#ifndef DOLERITE_ANSWER_JSON_H_
#define DOLERITE_ANSWER_JSON_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dolerite/any_question.h"
#include "dolerite/damage.h"
#include "dolerite/export.h"
#include "dolerite/query.h"

namespace dolerite {

// The profiles that an answer is about, and the times of the first and the last one.
struct AnswerScope {
  uint64_t profiles = 0;
  int64_t first_nanos = 0, last_nanos = 0;
};

// A table of Top. The first line is about the answer:
// {"type","unit","aggregate","total","profiles", "first_time","last_time" (RFC
// 3339),"rows","rows_left_out","flat_left_out" (the sum of those rows' flat
// values),"flat_without_frames" (samples with no stack)}; without `scope` it has no profiles and
// times. Then {"name","flat","cum"} a row, at most `rows` (0: all). With `group`, each line ends in
// "group":{"name":"value",..}.
DOLERITE_EXPORT std::string TopJson(const Tree& tree, size_t rows,
                                    const std::optional<AnswerScope>& scope,
                                    const LabelSet* group = nullptr);

// A table of DiffTable: {"name","base_flat","against_flat","base_cum","against_cum",
// "base_cum_share","against_cum_share","flat_change","cum_change","score"} a row.
DOLERITE_EXPORT std::string DiffJson(const Tree& tree, ChangeOf measure, size_t rows);

// {"labels":{"name":"value",..},"tree":(as TreeJson)} a group.
DOLERITE_EXPORT std::string GroupsJson(std::span<const GroupedTree> groups);

// By view: {"label","values":[..]} a label; {"type","sample_types":[{"type","unit"},..],"default",
// "period":{"type","unit"}} a type; {"type","profiles","first_nanos","last_nanos","labels":{..}} a
// series; or a text a line, the values of one label. `of_samples`: labels of samples instead.
DOLERITE_EXPORT std::string CatalogJson(const Catalog& catalog, const FormOf<CatalogQuestion>& form,
                                        bool of_samples);

// {"block","index","id","type","time","time_nanos","duration_nanos","samples","labels":{..},
// "sample_types":[{"type","unit"},..],"totals":[..]} a profile.
DOLERITE_EXPORT std::string ListJson(std::span<const ListedProfile> profiles);

// One object: {"requests","bytes_read","blocks","datasets","profiles","row_groups",
// "row_groups_from_heads","rows","nanos","repeated_datasets","section_bytes":{"name":n,..},
// "left_out":[{"place","error"},..]}.
DOLERITE_EXPORT std::string CostJson(const QueryCost& cost, std::span<const Damage> left_out);

}  // namespace dolerite

#endif  // DOLERITE_ANSWER_JSON_H_
