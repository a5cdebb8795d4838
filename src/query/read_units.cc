// Reading units has three phases. Read decodes one dataset and works out what it adds, without the
// answer: many threads may do so at once. Commit adds that to a partial answer, if both fit
// together. Workers do both for many units on the host's executor, each into a part that it has
// alone or with another one; then FirstError repeats the checks of what fits in the order of the
// units, so that an error does not depend on the threads.
#include "query/read_units.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <set>

#include "base/out_of_memory.h"
#include "base/run_tasks.h"
#include "base/status.h"

namespace dolerite {

absl::Status Union(const std::vector<Measure>& more, std::vector<Measure>* measures) {
  std::vector<Measure> both = *measures;
  for (size_t i = 0; i < more.size(); ++i) {
    DOLERITE_ASSIGN_OR_RETURN(both[i], both[i].With(more[i]));
  }
  *measures = std::move(both);
  return absl::OkStatus();
}

// Names both types, which may come from two blocks.
absl::Status SameType(const std::optional<ProfileType>& mine,
                      const std::optional<ProfileType>& other) {
  if (!mine || !other || *mine == *other) return absl::OkStatus();
  return InvalidArgument("profiles of \"", mine->name, "\" and \"", other->name,
                         "\" have different sample types and do not merge");
}

// In the order of blocks and of their datasets.
absl::StatusOr<ChosenUnits> ChooseUnits(const BlockViews& views,
                                        std::span<const SelectionFilter> filters,
                                        const CallContext& call) {
  ChosenUnits out;
  std::set<std::array<uint8_t, 16>> ids;
  for (const BlockView& view : views.blocks) {
    DOLERITE_RETURN_IF_ERROR(call.Check());
    ids.insert(view.block->summary().id);
    const std::vector<FooterDataset>& datasets = BlockAccess::Of(*view.block).footer.datasets;
    for (uint32_t d = 0; d < datasets.size(); ++d) {
      const auto takes = [&](const SelectionFilter& filter) {
        return MayTake(filter, datasets[d]);
      };
      if (std::any_of(filters.begin(), filters.end(), takes)) {
        out.units.push_back({view.block, d, view.OmissionOf(d), {}});
      }
    }
  }
  out.blocks = ids.size();
  return out;
}

absl::StatusOr<Damage> LeaveOut(const QueryUnit& unit, const absl::Status& status,
                                const QueryOptions& options) {
  DOLERITE_RETURN_IF_ERROR(options.call.Check());  // what the host says, as it is
  const BlockReader::Internal& block = BlockAccess::Of(*unit.block);
  const std::string place = block.Place();
  if (!options.skip_damaged || !absl::IsDataLoss(status)) {
    const bool placed = ToStd(status.message()).find(place) != std::string_view::npos;
    return placed ? status : Annotate(status, place);
  }
  const std::string& name = block.footer.datasets[unit.dataset].summary.name;
  return Damage{Concat(place, ": dataset \"", name, "\""), status};
}

// Sections by name: in the cost of a query they are for people.
void AddIo(const IoCost& io, QueryCost* cost) {
  cost->requests += io.requests;
  cost->bytes_read += io.bytes;
  for (const auto& [kind, bytes] : io.section_bytes) {
    cost->section_bytes[std::string(NameOf(kind))] += bytes;
  }
}

namespace {

// What one dataset adds, and what it was read from.
struct UnitRead {
  // In this order: the contribution looks into the reader's tables.
  std::unique_ptr<IoCost> io;
  std::unique_ptr<DatasetReader> reader;
  std::unique_ptr<Contribution> contribution;  // null: nothing is selected
  std::vector<Measure> measures;
  QueryCost cost;
  std::vector<Damage> damage;      // of copies that were left out
  std::optional<SplitId> dataset;  // none if all copies are damaged
};

// Counts the selected profiles of a dataset, and notes the times of the first and the last one.
void CountSelected(const DatasetScan& scan, QueryCost* cost) {
  for (size_t p = 0; p < scan.selected.size(); ++p) {
    if (!scan.selected[p]) continue;
    const int64_t time = scan.table->profiles[p].time_nanos;
    const bool first = cost->profiles++ == 0;
    cost->first_nanos = first ? time : std::min(cost->first_nanos, time);
    cost->last_nanos = first ? time : std::max(cost->last_nanos, time);
  }
}

// Measures and contribution of one dataset. A dataset of which nothing is selected has no
// contribution.
absl::Status ReadContribution(const QueryCore& core, const QueryOptions& options,
                              const std::vector<SelectionFilter>& filters, const Omission* omission,
                              UnitRead* out) {
  // If the profile table alone is read, fetching the rest of the hot part would be waste.
  if (!core.reads_samples()) out->reader->FetchSparingly();
  std::vector<DatasetScan> scans;
  for (const SelectionFilter& filter : filters) {
    DOLERITE_ASSIGN_OR_RETURN(DatasetScan scan, ScanDataset(out->reader.get(), filter, omission));
    CountSelected(scan, &out->cost);
    Measure& measure = out->measures.emplace_back();
    if (core.measures_values()) {
      DOLERITE_ASSIGN_OR_RETURN(measure, MeasureOf(scan));
    }
    scans.push_back(std::move(scan));
  }
  if (out->cost.profiles == 0) return absl::OkStatus();
  out->cost.datasets = 1;
  DOLERITE_ASSIGN_OR_RETURN(
      out->contribution,
      core.Read({out->reader.get(), scans, out->measures, &options}, &out->cost));
  return absl::OkStatus();
}

// Reads one copy. Damage is an error, or, if the caller leaves out what is damaged, a result
// without a dataset.
absl::StatusOr<UnitRead> Read(const QueryCore& core, const QueryOptions& options,
                              const std::vector<SelectionFilter>& filters, const QueryUnit& unit,
                              MemoryBudget* memory) {
  const int64_t start = options.now_nanos ? options.now_nanos() : 0;
  UnitRead out;
  const BlockReader::Internal& block = BlockAccess::Of(*unit.block);
  out.io = std::make_unique<IoCost>();
  out.io->memory = memory;
  out.io->call = &options.call;
  out.reader = std::make_unique<DatasetReader>(block, unit.dataset, out.io.get());
  absl::Status status =
      WithinMemory([&] { return ReadContribution(core, options, filters, unit.omission, &out); });
  // Limits of what is read are tighter where little memory is left: say which bound it was.
  if (absl::IsResourceExhausted(status) && options.memory_bytes != SIZE_MAX) {
    status = Annotate(status, Concat("a query that may hold ", options.memory_bytes, " bytes"));
  }
  AddIo(*out.io, &out.cost);
  if (options.now_nanos) out.cost.nanos = static_cast<uint64_t>(options.now_nanos() - start);
  if (status.ok()) {
    out.dataset = unit.id();
    return out;
  }
  // The dataset is left out, but what was read of it stays in the cost.
  DOLERITE_ASSIGN_OR_RETURN(Damage damage, LeaveOut(unit, status, options));
  out.damage.push_back(std::move(damage));
  out.contribution.reset();
  out.measures.clear();
  out.cost.profiles = out.cost.datasets = 0;
  out.cost.first_nanos = out.cost.last_nanos = 0;
  return out;
}

// Reads the first copy of a dataset that is sound. A further copy is read only if damaged ones may
// be left out; otherwise damage is an error.
absl::StatusOr<UnitRead> ReadSound(const QueryCore& core, const QueryOptions& options,
                                   const std::vector<SelectionFilter>& filters,
                                   const QueryUnit& unit, MemoryBudget* memory) {
  DOLERITE_ASSIGN_OR_RETURN(UnitRead out, Read(core, options, filters, unit, memory));
  for (const BlockReader* copy : unit.copies) {
    if (out.dataset) break;
    DOLERITE_ASSIGN_OR_RETURN(UnitRead next, Read(core, options, filters,
                                                  {copy, unit.dataset, unit.omission, {}}, memory));
    next.damage.insert(next.damage.begin(), out.damage.begin(), out.damage.end());
    next.cost += out.cost;
    out = std::move(next);
  }
  return out;
}

// What must be alike in all that an answer is made of.
struct Fit {
  std::vector<Measure> measures;
  std::optional<ProfileType> only_type;

  absl::Status Add(const Fit& other) {
    DOLERITE_RETURN_IF_ERROR(Union(other.measures, &measures));
    DOLERITE_RETURN_IF_ERROR(SameType(only_type, other.only_type));
    if (!only_type) only_type = other.only_type;
    return absl::OkStatus();
  }
};

// A dataset of which nothing is selected fits everything.
Fit FitOf(const UnitRead& unit) {
  return {unit.measures, unit.contribution ? unit.contribution->only_type : std::nullopt};
}

// Adds all that was read to a part that it fits. The part can't be used after an error. Memory that
// the core grew by is taken afterwards, as only the core knows it.
absl::Status Commit(UnitRead* unit, Fit both, QueryState* state, MemoryBudget* memory) {
  const std::string place = unit->reader->block().Place();
  DOLERITE_RETURN_IF_ERROR(state->options.call.Check());
  if (unit->contribution != nullptr) {
    const size_t before = state->core->memory_bytes();
    DOLERITE_RETURN_IF_ERROR(state->core->Add(std::move(*unit->contribution), state->options.call));
    const size_t after = state->core->memory_bytes();
    if (after < before) memory->Return(before - after);  // what merged may take less together
    if (after > before) {
      DOLERITE_RETURN_IF_ERROR(Annotate(memory->Take(after - before, "partial answer"), place));
    }
  }
  state->damage.insert(state->damage.end(), unit->damage.begin(), unit->damage.end());
  if (unit->dataset) state->splits.insert(*unit->dataset);
  state->cost += unit->cost;
  state->measures = std::move(both.measures);
  return absl::OkStatus();
}

// Workers take units until no unit is left. Those that add to one part do so one after the other;
// else threads share the number of the next unit, the outcomes and the memory.
class Workers {
 public:
  Workers(const QueryState& whole, std::span<const QueryUnit> units, MemoryBudget* memory)
      : whole_(whole),
        units_(units),
        memory_(*memory),
        workers_of_part_(whole.core->workers_of_part()),
        outcomes_(units.size()),
        workers_(WorkersFor(whole.options.executor, units.size())) {
    locks_ = std::vector<std::mutex>((workers_ + workers_of_part_ - 1) / workers_of_part_);
    for (size_t i = 0; i < locks_.size(); ++i) {
      parts_.push_back(whole.Fresh());
      parts_.back()->measures = whole.measures;
    }
  }

  // OK, or the error that one thread would have met first.
  absl::Status Run() {
    const auto work = [this](size_t worker) { Work(worker); };
    if (workers_ == 1) {
      work(0);
    } else {
      DOLERITE_RETURN_IF_ERROR(RunTasks(whole_.options.executor, workers_, work));
    }
    return FirstError();
  }

  std::vector<std::unique_ptr<QueryState>>& parts() { return parts_; }

 private:
  // What became of one unit.
  struct Outcome {
    absl::Status status;
    Fit fit;
    bool read = false;  // what went wrong, if anything, came after
  };

  // Exceptions end here: a task must not throw into the host's executor.
  void Work(size_t worker) {
    while (!failed_.load(std::memory_order_relaxed)) {
      const size_t at = next_.fetch_add(1, std::memory_order_relaxed);
      if (at >= units_.size()) return;
      Outcome& outcome = outcomes_[at];
      outcome.status =
          WithinMemory([&] { return Take(units_[at], worker / workers_of_part_, &outcome); });
      if (!outcome.status.ok()) failed_.store(true, std::memory_order_relaxed);
    }
  }

  // Reads without the part, which another worker may be adding to. An error leaves the part
  // unusable, so the other worker must know before it has the lock.
  absl::Status Take(const QueryUnit& unit, size_t part, Outcome* outcome) {
    absl::StatusOr<UnitRead> read =
        ReadSound(*whole_.core, whole_.options, *whole_.filters, unit, &memory_);
    if (!read.ok()) return read.status();
    outcome->read = true;
    outcome->fit = FitOf(*read);
    const std::lock_guard lock(locks_[part]);
    if (failed_.load(std::memory_order_relaxed)) return absl::OkStatus();
    QueryState& state = *parts_[part];
    Fit both{state.measures, state.core->only_type()};
    if (!both.Add(outcome->fit).ok()) {
      // Which of them came first depends on the threads: FirstError says which one does not fit.
      failed_.store(true, std::memory_order_relaxed);
      return absl::OkStatus();
    }
    absl::Status status =
        WithinMemory([&] { return Commit(&*read, std::move(both), &state, &memory_); });
    if (!status.ok()) failed_.store(true, std::memory_order_relaxed);
    return status;
  }

  // Which units come to one part, in which order, and which parts fit together, depends on the
  // threads. So units are put together once more, in their order, by what must be alike. Those
  // before one that failed were all taken.
  absl::Status FirstError() const {
    Fit all{whole_.measures, whole_.core->only_type()};
    for (size_t i = 0; i < units_.size(); ++i) {
      const Outcome& outcome = outcomes_[i];
      if (!outcome.read && !outcome.status.ok()) return outcome.status;
      DOLERITE_RETURN_IF_ERROR(
          Annotate(all.Add(outcome.fit), BlockAccess::Of(*units_[i].block).Place()));
      if (!outcome.status.ok()) return outcome.status;
    }
    return failed_.load() ? Internal("a dataset did not fit a part, but all fit together")
                          : absl::OkStatus();
  }

  const QueryState& whole_;
  std::span<const QueryUnit> units_;
  MemoryBudget& memory_;
  const size_t workers_of_part_;
  std::vector<Outcome> outcomes_;  // by unit; each is written by the worker that took the unit
  const size_t workers_;
  std::vector<std::unique_ptr<QueryState>> parts_;
  std::vector<std::mutex> locks_;  // by part
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace

absl::StatusOr<std::vector<std::unique_ptr<QueryState>>> ReadUnits(const QueryState& whole,
                                                                   std::span<const QueryUnit> units,
                                                                   MemoryBudget* memory) {
  Workers workers(whole, units, memory);
  DOLERITE_RETURN_IF_ERROR(workers.Run());
  return std::move(workers.parts());
}

}  // namespace dolerite
