#include "diff_sides.h"

#include <utility>

#include "cli.h"

namespace dolerite::cli {
namespace {

// Reads lists of profiles only, not samples.
absl::StatusOr<bool> SelectsNothing(const Selection& selection, const QueryFlags& flags) {
  Selection profiles;
  profiles.start_nanos = selection.start_nanos, profiles.end_nanos = selection.end_nanos;
  profiles.matchers = selection.matchers;
  profiles.profile_type = selection.profile_type;
  profiles.profile_ids = selection.profile_ids;
  CatalogQuery query(CatalogQuestion{profiles}, flags.options());
  std::vector<Damage> left_out;  // the question itself has said so
  const absl::Status status = AddAll(flags, &left_out, &query);
  if (!status.ok()) return status;
  return query.cost().profiles == 0;
}

}  // namespace

int CheckSides(const DiffQuestion& question, const std::string& base, const std::string& against,
               const QueryFlags& flags) {
  for (const auto& [name, side] :
       {std::pair(&base, &question.base), std::pair(&against, &question.against)}) {
    const absl::StatusOr<bool> empty = SelectsNothing(*side, flags);
    if (!empty.ok()) return Fail(empty.status());
    if (*empty) return FailNothingFound(*name + " selects no profile");
  }
  return kOk;
}

}  // namespace dolerite::cli
