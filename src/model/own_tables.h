// Tables of their own for profiles that share some.
#ifndef DOLERITE_MODEL_OWN_TABLES_H_
#define DOLERITE_MODEL_OWN_TABLES_H_

#include "absl/status/status.h"
#include "dolerite/profile.h"
#include "model/symbol_copier.h"

namespace dolerite {

// The ids of `profile`, which has no tables, are rows of the tables of `shared`. Gives it tables
// with a copy of the rows that it reaches, mappings in the order of the shared ones, and changes
// its ids. `shared` must live until the copier's next Start. Returns the status of the copier's
// charge.
absl::Status GiveOwnTables(const Profile& shared, Profile* profile, SymbolCopier* copier);

// A copy of a profile whose tables hold rows that it does not reach.
Profile WithOwnTables(const Profile& profile);

// Takes the tables of a profile: symbols, stacks, links and their mark.
void SwapTables(Profile* a, Profile* b);

}  // namespace dolerite

#endif  // DOLERITE_MODEL_OWN_TABLES_H_
