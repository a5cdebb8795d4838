#include "formats/otlp/shared_profiles.h"

#include <algorithm>
#include <utility>

#include "model/own_tables.h"
#include "model/tables_marker.h"

namespace dolerite::otlp {

const Profile& NoTables() {
  static const auto& kNone = *[] {
    auto* profile = new Profile;
    const Profile with_tables = std::move(*profile);
    return profile;
  }();
  return kNone;
}

// A stack is counted once for each profile that has it, its mappings once in all.
absl::Status CountReached(Context& context, const SharedProfiles& shared) {
  if (shared.whole) return absl::OkStatus();
  const Lists<LocationId>& stacks = shared.tables.stacks;
  const Symbols& symbols = shared.tables.symbols;
  std::vector<uint32_t> last_user(stacks.size(), 0);  // the number of a profile, from 1 on
  std::vector<uint8_t> is_used(symbols.mappings.size(), 0);
  uint32_t number = 0;
  for (const SeriesProfile& p : shared.profiles) {
    ++number;
    for (StackId stack : p.profile.samples.stack) {
      uint32_t& user = last_user[stack.value];
      if (user == number) continue;
      const LocationId *const begin = stacks.begin(stack.value), *end = stacks.end(stack.value);
      if (user == 0) {
        for (const LocationId* l = begin; l != end; ++l) {
          is_used[symbols.locations.mapping[l->value].value] = 1;
        }
      }
      user = number;
      DOLERITE_RETURN_IF_ERROR(context.Charge(static_cast<size_t>(end - begin) * sizeof(*begin)));
    }
  }
  // Row 0 is no mapping.
  context.report.mappings_dropped +=
      static_cast<uint64_t>(std::count(is_used.begin() + 1, is_used.end(), 0));
  return absl::OkStatus();
}

absl::Status OwnTables(Context& context, SharedProfiles shared, std::vector<SeriesProfile>* out) {
  if (shared.whole) {
    SwapTables(&shared.profiles[0].profile, &shared.tables);
    out->push_back(std::move(shared.profiles[0]));
    return absl::OkStatus();
  }
  SymbolCopier copier([&](size_t bytes) { return context.Charge(bytes); });
  for (SeriesProfile& p : shared.profiles) {
    Profile null_rows;
    SwapTables(&p.profile, &null_rows);
    DOLERITE_RETURN_IF_ERROR(GiveOwnTables(shared.tables, &p.profile, &copier));
    out->push_back(std::move(p));
  }
  context.memory.Return(shared.tables_bytes);
  return absl::OkStatus();
}

absl::Status View(SharedProfiles* shared, const OtlpView& view) {
  if (!shared->whole) shared->tables.tables_mark = TablesMarker::New();
  for (SeriesProfile& each : shared->profiles) {
    SeriesProfile p = std::move(each);  // ends with its view
    SwapTables(&p.profile, &shared->tables);
    DOLERITE_RETURN_IF_ERROR(view(p.series, std::as_const(p.profile)));
    SwapTables(&p.profile, &shared->tables);
  }
  return absl::OkStatus();
}

}  // namespace dolerite::otlp
