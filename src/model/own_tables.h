// Tables of their own for profiles that share some.
#ifndef DOLERITE_MODEL_OWN_TABLES_H_
#define DOLERITE_MODEL_OWN_TABLES_H_

#include "absl/status/status.h"
#include "dolerite/profile.h"
#include "model/symbol_copier.h"

namespace dolerite {

// `profile` has no rows of its own: its ids are rows of the tables of `shared`. Copies what it
// reaches, and no more, its mappings in the order of the shared ones, and changes its ids. `shared`
// must live until the copier's next Start. Ends with the status of the copier's charge.
absl::Status GiveOwnTables(const Profile& shared, Profile* profile, SymbolCopier* copier);

// A copy of a profile whose tables hold rows that it does not reach.
Profile WithOwnTables(const Profile& profile);

// Takes the tables of a profile: symbols, stacks, links and their mark.
void SwapTables(Profile* a, Profile* b);

}  // namespace dolerite

#endif  // DOLERITE_MODEL_OWN_TABLES_H_
