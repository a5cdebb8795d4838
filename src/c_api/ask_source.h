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
absl::Status GiveAnswer(WrittenAnswer answer, const QueryCost& cost,
                        const std::vector<Damage>& left_out, dolerite_answer** out);

}  // namespace dolerite::c_api

#endif  // DOLERITE_C_API_ASK_SOURCE_H_
