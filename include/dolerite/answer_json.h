// Answers as JSON. Integers have up to 64 bits and are exact; other numbers are the shortest that
// read back as the same double. Bytes that are not UTF-8 become U+FFFD, and what a terminal obeys
// is escaped. Trees, series and heatmaps are one object (tree_text.h, charts.h); the rest is one
// object a line, so that readers need not hold all of it. All throw std::bad_alloc where memory
// runs out.
#ifndef DOLERITE_ANSWER_JSON_H_
#define DOLERITE_ANSWER_JSON_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "dolerite/any_question.h"
#include "dolerite/damage.h"
#include "dolerite/export.h"
#include "dolerite/profile.h"
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

// A profile. The first line: {"time","time_nanos","duration_nanos","samples",
// "sample_types":[{"type","unit"},..],"default_sample_type","period","period_type","mappings":
// [{"start","limit","offset","file","build_id"},..]}, and "comments", "doc_url", "drop_frames",
// "keep_frames" if it has any. Then the lines of VisitSampleLines.
DOLERITE_EXPORT std::string ProfileJson(const Profile& profile);

// A line for each sample, until a visit fails: {"sample" (its row),"values":[..],"labels":{..},
// "trace_id","span_id","times":[..],"times_nanos":[..],"time_values":[..],"stack":[..]}, where the
// last is there always and others if the sample has them. A frame of the stack, leaf first, is
// {"function","system_name" (if it is another),"file","line","column","inlined":true,"address":
// "0x7f00","mapping" (its file)}, of which it has what is known. Symbols too may have "attributes".
DOLERITE_EXPORT absl::Status VisitSampleLines(
    const Profile& profile, const std::function<absl::Status(std::string_view)>& visit);

// The value of a label or attribute. Bytes are {"bytes":"0a1b"}; numbers that JSON lacks are "NaN",
// "Infinity" and "-Infinity"; arrays and maps are what they are, bytes if one is not valid or is
// more than 32 levels deep.
DOLERITE_EXPORT std::string AttributeJson(const Symbols& symbols, AttributeId attribute);
// {"key":value,..}; a key that the set has more than once has an array of its values.
DOLERITE_EXPORT std::string AttributesJson(const Symbols& symbols, AttributeSetId set);

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
