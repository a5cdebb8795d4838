// A partial answer: what a query has found so far, in a core of its kind. Datasets go in once
// each, by the id of block and dataset (splits). Add reads new datasets into parts and merges the
// parts, first with each other and then into this one, so that an error leaves this one as it
// was. Serialize and Parse carry it between machines: question, measures, cost, damage, splits,
// then what the core has, compressed in an envelope with a checksum.
#include "query/partial.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/checksum.h"
#include "base/out_of_memory.h"
#include "base/run_tasks.h"
#include "base/status.h"
#include "query/envelope.h"
#include "query/question_fields.h"
#include "query/read_units.h"

namespace dolerite {

// The block id depends on all content, so equal ids mean equal data, wherever it was read.
SplitId QueryUnit::id() const {
  const std::array<uint8_t, 16>& block_id = block->summary().id;
  std::string bytes(reinterpret_cast<const char*>(block_id.data()), block_id.size());
  AppendLittle(&bytes, dataset);
  return ContentHash128(bytes);
}

// A measure for each selection: most questions have one, a difference has two.
QueryState::QueryState(std::unique_ptr<QueryCore> c, QueryOptions o)
    : core(std::move(c)), options(std::move(o)), measures(core->selections().size()) {}

std::unique_ptr<QueryState> QueryState::Fresh() const {
  auto fresh = std::make_unique<QueryState>(core->Fresh(), options);
  fresh->snapshot = snapshot;
  return fresh;
}

absl::StatusOr<const std::vector<SelectionFilter>*> QueryState::Filters() {
  if (!filters) {
    DOLERITE_ASSIGN_OR_RETURN(filters, CompileFilters(*core));
  }
  return &*filters;
}

// Datasets that their footers rule out for every selection are not read.
absl::Status QueryState::Add(const BlockViews& views) {
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<SelectionFilter>* all, Filters());
  DOLERITE_ASSIGN_OR_RETURN(const ChosenUnits chosen, ChooseUnits(views, *all, options.call));
  DOLERITE_RETURN_IF_ERROR(JoinSnapshot(views.snapshot));
  DOLERITE_RETURN_IF_ERROR(AddUnits(chosen.units));
  cost.blocks += chosen.blocks;
  cost.requests += views.planning_requests, cost.bytes_read += views.planning_bytes;
  damage.insert(damage.end(), views.left_out.begin(), views.left_out.end());
  return absl::OkStatus();
}

absl::Status QueryState::JoinSnapshot(const SnapshotId& other) {
  if (snapshot == other) return absl::OkStatus();
  if (!splits.empty() || snapshot != SnapshotId{}) {
    return InvalidArgument("blocks of different snapshots of an archive do not go together");
  }
  snapshot = other;
  return absl::OkStatus();
}

// Sorts out datasets that are in here, or twice in `units`: a second copy is read only if the
// first one is damaged.
absl::Status QueryState::AddUnits(std::span<const QueryUnit> units) {
  std::vector<QueryUnit> fresh;
  // Equal ids are equal data, so the first sound copy of a dataset suffices.
  std::map<SplitId, size_t> known;  // rows of `fresh`
  for (const QueryUnit& unit : units) {
    const SplitId id = unit.id();
    if (splits.count(id) > 0) continue;
    const auto [at, is_new] = known.try_emplace(id, fresh.size());
    if (is_new) {
      fresh.push_back(unit);
    } else {
      fresh[at->second].copies.push_back(unit.block);
    }
  }
  if (!fresh.empty()) {
    DOLERITE_RETURN_IF_ERROR(Filters().status());
    DOLERITE_RETURN_IF_ERROR(AddNew(fresh));
  }
  cost.repeated_datasets += units.size() - fresh.size();
  return absl::OkStatus();
}

namespace {

// Merges parts in pairs, then pairs of pairs, side by side on the executor: with many threads the
// last one has few merges to wait for. Sums are exact, so that the answer does not depend on it.
absl::Status MergeParts(Executor* executor, std::vector<std::unique_ptr<QueryState>>* parts) {
  const size_t n = parts->size();
  for (size_t step = 1; step < n; step *= 2) {
    std::vector<absl::Status> outcomes((n - step + 2 * step - 1) / (2 * step));
    const auto merge = [&](size_t pair) {
      QueryState& to = *(*parts)[2 * step * pair];
      std::unique_ptr<QueryState>& from = (*parts)[2 * step * pair + step];
      outcomes[pair] = WithinMemory([&] { return to.Merge(std::move(*from)); });
      from.reset();
    };
    if (outcomes.size() == 1) {
      merge(0);
    } else {
      DOLERITE_RETURN_IF_ERROR(RunTasks(executor, outcomes.size(), merge));
    }
    for (const absl::Status& outcome : outcomes) DOLERITE_RETURN_IF_ERROR(outcome);
  }
  return absl::OkStatus();
}

}  // namespace

// None of `units` is in here yet.
absl::Status QueryState::AddNew(std::span<const QueryUnit> units) {
  MemoryBudget memory(options.memory_bytes);
  DOLERITE_RETURN_IF_ERROR(memory.Take(core->memory_bytes(), "partial answer"));
  DOLERITE_ASSIGN_OR_RETURN(auto parts, ReadUnits(*this, units, &memory));
  // All in one first, so that an error leaves this one as it was.
  DOLERITE_RETURN_IF_ERROR(MergeParts(options.executor, &parts));
  QueryState& all = *parts[0];
  // Each part has damage in the order in which its datasets came; sorting makes the result the same
  // for any number of threads.
  std::sort(all.damage.begin(), all.damage.end(),
            [](const Damage& a, const Damage& b) { return a.place < b.place; });
  return Merge(std::move(all));
}

// Phase 1 checks whether the two fit; it changes nothing. Phase 2 merges, and can fail only if the
// host stops the call: the core is then as it was.
absl::Status QueryState::Merge(QueryState&& other) {
  if (core->kind() != other.core->kind()) {
    return InvalidArgument("partials of different kinds of questions do not merge");
  }
  // Questions are compared by their bytes, which have all of their fields.
  PartialWriter mine, theirs;
  core->EncodeQuestion(&mine), other.core->EncodeQuestion(&theirs);
  if (mine.bytes() != theirs.bytes()) {
    return InvalidArgument("partials of different questions do not merge");
  }
  const bool other_is_new = other.splits.empty() && other.snapshot == SnapshotId{};
  if (!other_is_new) DOLERITE_RETURN_IF_ERROR(JoinSnapshot(other.snapshot));
  for (const SplitId& split : other.splits) {
    if (splits.count(split) == 0) continue;
    return AlreadyExists("a dataset of a block is in both partials");
  }
  DOLERITE_RETURN_IF_ERROR(options.call.Check());
  // All checks come before the core takes anything.
  DOLERITE_RETURN_IF_ERROR(SameType(core->only_type(), other.core->only_type()));
  std::vector<Measure> both = measures;
  DOLERITE_RETURN_IF_ERROR(Union(other.measures, &both));
  if (splits.empty()) {
    core = std::move(other.core);  // an answer from no dataset is empty
  } else {
    DOLERITE_RETURN_IF_ERROR(core->Merge(std::move(*other.core), options.call));
  }
  measures = std::move(both);
  cost += other.cost;
  damage.insert(damage.end(), other.damage.begin(), other.damage.end());
  splits.insert(other.splits.begin(), other.splits.end());
  return absl::OkStatus();
}

// A sample type that is asked for and nowhere found is an error only now: one dataset alone may
// lack it.
absl::Status QueryState::CheckMeasures() const {
  const std::vector<const Selection*> selections = core->selections();
  for (size_t i = 0; i < measures.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(measures[i].Check(selections[i]->sample_type));
  }
  return absl::OkStatus();
}

// Encoding finds enums out of range; the core checks what its fields mean.
absl::Status CheckQuestion(const QueryCore& core) {
  PartialWriter wire;
  core.EncodeQuestion(&wire);
  DOLERITE_RETURN_IF_ERROR(wire.status());
  return core.Check();
}

absl::StatusOr<std::vector<SelectionFilter>> CompileFilters(const QueryCore& core) {
  DOLERITE_RETURN_IF_ERROR(CheckQuestion(core));
  std::vector<SelectionFilter> filters;
  for (const Selection* selection : core.selections()) {
    DOLERITE_ASSIGN_OR_RETURN(SelectionFilter filter, SelectionFilter::Make(*selection));
    filters.push_back(std::move(filter));
  }
  return filters;
}

// Reads the kind, makes an empty core of it and lets it read its question. Null, with a fault in
// `wire`, if there is no such kind.
std::unique_ptr<QueryCore> ReadQuestion(PartialReader* wire) {
  QuestionKind kind{};
  (*wire)(kind);
  std::unique_ptr<QueryCore> core = wire->ok() ? MakeCore(kind) : nullptr;
  if (core == nullptr) {
    wire->Fail("an unknown kind of question");
  } else {
    core->DecodeQuestion(wire);
  }
  return core;
}

void WriteQuestion(const QueryCore& core, PartialWriter* wire) {
  (*wire)(core.kind());
  core.EncodeQuestion(wire);
}

// A status as bytes.
namespace {

struct StoredDamage {
  std::string place, message;
  uint64_t code = 0;
};
template <class Wire>
void Fields(Wire& wire, StoredDamage& d) {
  wire(d.place, d.code, d.message);
}

// As bytes: an answer without content encodes as one to which nothing was added.
bool IsEmpty(const QueryCore& core) {
  PartialWriter mine, none;
  core.Encode(&mine);
  core.Fresh()->Encode(&none);
  return mine.bytes() == none.bytes();
}

}  // namespace

std::string QueryState::Serialize() const {
  std::vector<StoredDamage> stored;
  for (const Damage& d : damage) {
    stored.push_back({d.place, std::string(ToStd(d.status.message())),
                      static_cast<uint64_t>(d.status.raw_code())});
  }
  PartialWriter wire;
  WriteQuestion(*core, &wire);
  wire(measures, cost, stored, snapshot, splits);
  core->Encode(&wire);
  return Seal(kPartialEnvelope, Pack(wire.bytes()));
}

// Order: the envelope, the question, then what every partial has, then what the core has. A core
// decodes only after its question was checked.
absl::StatusOr<std::unique_ptr<QueryState>> QueryState::Parse(std::string_view bytes,
                                                              QueryOptions options) {
  DOLERITE_ASSIGN_OR_RETURN(const std::string_view packed, Unseal(kPartialEnvelope, bytes));
  DOLERITE_ASSIGN_OR_RETURN(const std::string content, Unpack(packed, options.memory_bytes));
  // What is read takes memory of a few dozen times its content at most, if it was written by us.
  constexpr size_t kAlways = 1 << 20, kPerByte = 64;
  const size_t grown = kAlways + kPerByte * content.size();
  // From here on nothing is trusted: the reader counts memory, cores check what they decode.
  PartialReader wire(content, "partial", std::min(options.memory_bytes, grown));
  std::unique_ptr<QueryCore> core = ReadQuestion(&wire);
  if (core == nullptr) return wire.status();
  auto state = std::make_unique<QueryState>(std::move(core), std::move(options));
  DOLERITE_RETURN_IF_ERROR(CheckQuestion(*state->core));
  std::vector<Measure> measures;
  std::vector<StoredDamage> stored;
  wire(measures, state->cost, stored, state->snapshot, state->splits);
  if (measures.size() != state->measures.size()) {
    wire.Fail("one measure was expected for each selection of the question");
  }
  for (const StoredDamage& d : stored) {
    if (static_cast<int>(d.code) == 0) wire.Fail("an entry of damage has the status OK");
  }
  if (wire.ok()) state->core->Decode(&wire);
  // Merging takes an answer from no dataset for an empty one, so it must be one.
  if (wire.ok() && state->splits.empty() && !IsEmpty(*state->core)) {
    wire.Fail("an answer without datasets is not empty");
  }
  DOLERITE_RETURN_IF_ERROR(wire.End());
  // The host's bound counts what the core holds, as Add does.
  DOLERITE_RETURN_IF_ERROR(MemoryBudget(state->options.memory_bytes)
                               .Take(state->core->memory_bytes(), "partial answer"));
  state->measures = std::move(measures);
  for (StoredDamage& d : stored) {
    const auto code = static_cast<absl::StatusCode>(static_cast<int>(d.code));
    state->damage.push_back({std::move(d.place), absl::Status(code, d.message)});
  }
  return state;
}

}  // namespace dolerite
