// What the functions that ask a source share.
#ifndef DOLERITE_C_API_ASK_SOURCE_H_
#define DOLERITE_C_API_ASK_SOURCE_H_

#include <vector>

#include "c_api/objects.h"

namespace dolerite::c_api {

absl::StatusOr<AnyQuestion> QuestionOf(const char* question, size_t size);
// A selection alone, as questions have it; "": all.
absl::StatusOr<Selection> SelectionOf(std::string_view json);

// The blocks of a source; of an archive those that may hold what is selected.
struct OpenedSource {
  SnapshotBlocks snapshot;  // keeps blocks of an archive
  BlockViews views;
};
absl::StatusOr<OpenedSource> OpenBlocks(const dolerite_source& source,
                                        const std::vector<const Selection*>& selections,
                                        const CallContext& call);

absl::StatusOr<AnyQuery> AskSource(const dolerite_source& source, const AnyQuestion& question,
                                   const QueryOptions& options);
BlockViews ViewsOf(const dolerite_source& source);

// Formats that are not a question's own: a table, and what can be merged and finished later.
inline constexpr std::string_view kArrow = "arrow", kPartial = "partial";
// A question whose answer has the format, if that is one of its own.
absl::StatusOr<AnyQuestion> QuestionFor(const char* question, size_t size, std::string_view format);
// Finishes a query in the format.
absl::Status GiveAnswer(AnyQuery&& query, const AnyQuestion& question, std::string_view format,
                        dolerite_answer** out);

}  // namespace dolerite::c_api

#endif  // DOLERITE_C_API_ASK_SOURCE_H_
