#include "query/partial.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>

#include "base/checksum.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "query/question_fields.h"
#include "query/run_tasks.h"

namespace dolerite {

namespace {

constexpr uint8_t kWireVersion = 1;

// What one dataset adds, and what it was read from.
struct ReadUnit {
  // In this order: the contribution looks into the reader's tables.
  std::unique_ptr<IoCost> io;
  std::unique_ptr<DatasetReader> reader;
  std::unique_ptr<Contribution> contribution;  // null: nothing is selected
  std::vector<Measure> measures;
  QueryCost cost;
  std::vector<Damage> damage;      // of copies that were left out
  std::optional<SplitId> dataset;  // none if all copies are damaged
};

void AddIo(const IoCost& io, QueryCost* cost) {
  cost->requests += io.requests;
  cost->bytes_read += io.bytes;
  for (const auto& [kind, bytes] : io.section_bytes) {
    cost->section_bytes[std::string(NameOf(kind))] += bytes;
  }
}

// Counts the frames that inlined calls add to a dataset's stacks: a location of many lines makes
// many frames in every stack that passes it, so few bytes may make very many. Where the host sets
// no bound, the dataset's stored bytes bound them.
absl::Status HoldFrames(const QueryCore& core, const QueryOptions& options, DatasetReader* reader) {
  const std::optional<FrameBy> by = core.frames_by();
  if (!by || *by == FrameBy::kMapping) return absl::OkStatus();
  constexpr uint64_t kFrameBytes = 48, kAlways = 1 << 20;
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, reader->Stacks());
  const Lists<Line>& lines = tables->symbols.locations.lines;
  uint64_t frames = 0;
  for (size_t i = 1; i < tables->stacks.size(); ++i) {
    const size_t count = lines.length(tables->stacks.location[i].value);
    frames += count > 1 ? count - 1 : 0;
  }
  if (options.memory_bytes != SIZE_MAX) return reader->Hold(frames * kFrameBytes, "inlined frames");
  uint64_t stored = 0;
  for (uint32_t i = 0; i < reader->footer().sections; ++i) {
    stored += reader->block().footer.sections[reader->footer().first_section + i].stored;
  }
  if (frames <= kAlways + stored) return absl::OkStatus();
  return ResourceExhausted(frames, " inlined frames of stacks are over the limit of ",
                           kAlways + stored, " for ", stored,
                           " stored bytes; QueryOptions::memory_bytes sets another bound");
}

absl::Status ReadContribution(const QueryCore& core, const QueryOptions& options,
                              const std::vector<SelectionFilter>& filters, ReadUnit* out) {
  std::vector<DatasetScan> scans;
  uint64_t profiles = 0;
  for (const SelectionFilter& filter : filters) {
    DOLERITE_ASSIGN_OR_RETURN(DatasetScan scan, ScanDataset(out->reader.get(), filter));
    profiles += scan.profiles();
    Measure& measure = out->measures.emplace_back();
    if (core.measures_values()) {
      DOLERITE_ASSIGN_OR_RETURN(measure, MeasureOf(scan));
    }
    scans.push_back(std::move(scan));
  }
  if (profiles == 0) return absl::OkStatus();
  out->cost.profiles = profiles;
  out->cost.datasets = 1;
  DOLERITE_ASSIGN_OR_RETURN(
      out->contribution,
      core.Read({out->reader.get(), scans, out->measures, &options}, &out->cost));
  return HoldFrames(core, options, out->reader.get());
}

absl::StatusOr<ReadUnit> Read(const QueryCore& core, const QueryOptions& options,
                              const std::vector<SelectionFilter>& filters, const QueryUnit& unit,
                              MemoryBudget* memory) {
  const int64_t start = options.now_nanos ? options.now_nanos() : 0;
  ReadUnit out;
  const BlockReader::Internal& block = BlockAccess::Of(*unit.block);
  out.io = std::make_unique<IoCost>();
  out.io->memory = memory;
  out.io->call = &options.call;
  out.reader = std::make_unique<DatasetReader>(block, unit.dataset, out.io.get());
  absl::Status status =
      WithinMemory([&] { return ReadContribution(core, options, filters, &out); });
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
  DOLERITE_RETURN_IF_ERROR(options.call.Check());  // what the host says, as it is
  if (!options.skip_damaged || !absl::IsDataLoss(status)) {
    const bool placed = ToStd(status.message()).find(block.Place()) != std::string_view::npos;
    return placed ? status : Annotate(status, block.Place());
  }
  const std::string& name = block.footer.datasets[unit.dataset].summary.name;
  out.damage.push_back({Concat(block.Place(), ": dataset \"", name, "\""), status});
  out.contribution.reset();
  out.measures.clear();
  out.cost.profiles = out.cost.datasets = 0;
  return out;
}

// Reads the first copy of a dataset that is sound, if damaged ones may be left out.
absl::StatusOr<ReadUnit> ReadSound(const QueryCore& core, const QueryOptions& options,
                                   const std::vector<SelectionFilter>& filters,
                                   const QueryUnit& unit, MemoryBudget* memory) {
  DOLERITE_ASSIGN_OR_RETURN(ReadUnit out, Read(core, options, filters, unit, memory));
  for (const BlockReader* copy : unit.copies) {
    if (out.dataset) break;
    DOLERITE_ASSIGN_OR_RETURN(ReadUnit next,
                              Read(core, options, filters, {copy, unit.dataset, {}}, memory));
    next.damage.insert(next.damage.begin(), out.damage.begin(), out.damage.end());
    next.cost += out.cost;
    out = std::move(next);
  }
  return out;
}

absl::Status Union(const std::vector<Measure>& more, std::vector<Measure>* measures) {
  std::vector<Measure> both = *measures;
  for (size_t i = 0; i < more.size(); ++i) {
    DOLERITE_ASSIGN_OR_RETURN(both[i], both[i].With(more[i]));
  }
  *measures = std::move(both);
  return absl::OkStatus();
}

absl::Status SameType(const std::optional<ProfileType>& mine,
                      const std::optional<ProfileType>& other) {
  if (!mine || !other || *mine == *other) return absl::OkStatus();
  return InvalidArgument("profiles of \"", mine->name, "\" and \"", other->name,
                         "\" have different sample types and do not merge");
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

Fit FitOf(const ReadUnit& unit) {
  return {unit.measures, unit.contribution ? unit.contribution->only_type : std::nullopt};
}

// Adds all that was read, or nothing, but for ResourceExhausted.
absl::Status Commit(ReadUnit* unit, QueryState* state, MemoryBudget* memory) {
  Fit fit{state->measures, state->core->only_type()};
  const std::string place = unit->reader->block().Place();
  DOLERITE_RETURN_IF_ERROR(Annotate(fit.Add(FitOf(*unit)), place));
  DOLERITE_RETURN_IF_ERROR(state->options.call.Check());
  if (unit->contribution != nullptr) {
    const size_t before = state->core->memory_bytes();
    state->core->Add(std::move(*unit->contribution));
    const size_t more = state->core->memory_bytes() - before;
    DOLERITE_RETURN_IF_ERROR(Annotate(memory->Take(more, "partial answer"), place));
  }
  state->damage.insert(state->damage.end(), unit->damage.begin(), unit->damage.end());
  if (unit->dataset) state->splits.insert(*unit->dataset);
  state->cost += unit->cost;
  state->measures = std::move(fit.measures);
  return absl::OkStatus();
}

}  // namespace

SplitId QueryUnit::id() const {
  const std::array<uint8_t, 16>& block_id = block->summary().id;
  std::string bytes(reinterpret_cast<const char*>(block_id.data()), block_id.size());
  AppendLittle(&bytes, dataset);
  return ContentHash128(bytes);
}

QueryState::QueryState(std::unique_ptr<QueryCore> c, QueryOptions o)
    : core(std::move(c)), options(std::move(o)), measures(core->selections().size()) {}

std::unique_ptr<QueryState> QueryState::Fresh() const {
  return std::make_unique<QueryState>(core->Fresh(), options);
}

absl::StatusOr<const std::vector<SelectionFilter>*> QueryState::Filters() {
  if (!filters) {
    DOLERITE_ASSIGN_OR_RETURN(filters, CompileFilters(*core));
  }
  return &*filters;
}

absl::Status QueryState::Add(std::span<const BlockReader* const> blocks) {
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<SelectionFilter>* all, Filters());
  std::vector<QueryUnit> units;
  std::set<std::array<uint8_t, 16>> ids;
  for (const BlockReader* block : blocks) {
    DOLERITE_RETURN_IF_ERROR(options.call.Check());
    ids.insert(block->summary().id);
    const std::vector<FooterDataset>& datasets = BlockAccess::Of(*block).footer.datasets;
    for (uint32_t d = 0; d < datasets.size(); ++d) {
      const auto takes = [&](const SelectionFilter& filter) {
        return MayTake(filter, datasets[d]);
      };
      if (std::any_of(all->begin(), all->end(), takes)) units.push_back({block, d, {}});
    }
  }
  DOLERITE_RETURN_IF_ERROR(AddUnits(units));
  cost.blocks += ids.size();
  return absl::OkStatus();
}

namespace {

// Takes units until there are none left, each into a part of one thread's own.
class Workers {
 public:
  Workers(const QueryState& whole, std::span<const QueryUnit> units, MemoryBudget* memory)
      : whole_(whole), units_(units), memory_(*memory), outcomes_(units.size()) {
    const size_t width = whole.options.executor == nullptr ? 1 : whole.options.executor->width();
    for (size_t i = std::clamp(width, size_t{1}, units.size()); i > 0; --i) {
      parts_.push_back(whole.Fresh());
      parts_.back()->measures = whole.measures;
    }
  }

  // OK, or the error that one thread would have met first.
  absl::Status Run() {
    const auto work = [this](size_t worker) { Work(worker); };
    if (parts_.size() == 1) {
      work(0);
    } else {
      DOLERITE_RETURN_IF_ERROR(RunTasks(whole_.options.executor, parts_.size(), work));
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

  void Work(size_t worker) {
    while (!failed_.load(std::memory_order_relaxed)) {
      const size_t at = next_.fetch_add(1, std::memory_order_relaxed);
      if (at >= units_.size()) return;
      Outcome& outcome = outcomes_[at];
      outcome.status =
          WithoutExceptions([&] { return Take(units_[at], parts_[worker].get(), &outcome); });
      if (!outcome.status.ok()) failed_.store(true, std::memory_order_relaxed);
    }
  }

  absl::Status Take(const QueryUnit& unit, QueryState* part, Outcome* outcome) {
    absl::StatusOr<ReadUnit> read =
        ReadSound(*part->core, part->options, *whole_.filters, unit, &memory_);
    if (!read.ok()) return read.status();
    outcome->read = true;
    outcome->fit = FitOf(*read);
    return Commit(&*read, part, &memory_);
  }

  // Which unit fits into which part, and which parts fit together, depends on the threads. So units
  // are put together once more, in their order, by what must be alike. Those before one that failed
  // were all taken.
  absl::Status FirstError() const {
    Fit all{whole_.measures, whole_.core->only_type()};
    for (size_t i = 0; i < units_.size(); ++i) {
      const Outcome& outcome = outcomes_[i];
      if (!outcome.read && !outcome.status.ok()) return outcome.status;
      DOLERITE_RETURN_IF_ERROR(
          Annotate(all.Add(outcome.fit), BlockAccess::Of(*units_[i].block).Place()));
      if (!outcome.status.ok()) return outcome.status;
    }
    return absl::OkStatus();
  }

  const QueryState& whole_;
  std::span<const QueryUnit> units_;
  MemoryBudget& memory_;
  std::vector<std::unique_ptr<QueryState>> parts_;
  std::vector<Outcome> outcomes_;  // by unit; each is written by the worker that took the unit
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace

absl::Status QueryState::AddUnits(std::span<const QueryUnit> units) {
  std::vector<QueryUnit> fresh;
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

// Each unit is none of those that are in here.
absl::Status QueryState::AddNew(std::span<const QueryUnit> units) {
  MemoryBudget memory(options.memory_bytes);
  DOLERITE_RETURN_IF_ERROR(memory.Take(core->memory_bytes(), "partial answer"));
  // One alone goes straight into the answer.
  if (units.size() == 1) {
    DOLERITE_ASSIGN_OR_RETURN(ReadUnit unit,
                              ReadSound(*core, options, *filters, units[0], &memory));
    return Commit(&unit, this, &memory);
  }
  Workers workers(*this, units, &memory);
  DOLERITE_RETURN_IF_ERROR(workers.Run());
  // All in one first, so that an error leaves this one as it was.
  QueryState& all = *workers.parts()[0];
  for (size_t i = 1; i < workers.parts().size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(all.Merge(std::move(*workers.parts()[i])));
  }
  std::sort(all.damage.begin(), all.damage.end(),
            [](const Damage& a, const Damage& b) { return a.place < b.place; });
  return Merge(std::move(all));
}

absl::Status QueryState::Merge(QueryState&& other) {
  if (core->kind() != other.core->kind()) {
    return InvalidArgument("partials of different kinds of questions do not merge");
  }
  PartialWriter mine, theirs;
  core->EncodeQuestion(&mine), other.core->EncodeQuestion(&theirs);
  if (mine.bytes() != theirs.bytes()) {
    return InvalidArgument("partials of different questions do not merge");
  }
  for (const SplitId& split : other.splits) {
    if (splits.count(split) == 0) continue;
    return absl::AlreadyExistsError("a dataset of a block is in both partials");
  }
  DOLERITE_RETURN_IF_ERROR(options.call.Check());
  DOLERITE_RETURN_IF_ERROR(SameType(core->only_type(), other.core->only_type()));
  DOLERITE_RETURN_IF_ERROR(Union(other.measures, &measures));
  core->Merge(std::move(*other.core));
  cost += other.cost;
  damage.insert(damage.end(), other.damage.begin(), other.damage.end());
  splits.insert(other.splits.begin(), other.splits.end());
  return absl::OkStatus();
}

absl::Status QueryState::CheckMeasures() const {
  const std::vector<const Selection*> selections = core->selections();
  for (size_t i = 0; i < measures.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(measures[i].Check(selections[i]->sample_type));
  }
  return absl::OkStatus();
}

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

std::string Seal(std::string_view magic, std::string_view content) {
  std::string out(magic);
  out.push_back(static_cast<char>(kWireVersion));
  out += content;
  AppendLittle(&out, Checksum64(out));
  return out;
}

absl::StatusOr<std::string_view> Unseal(std::string_view magic, std::string_view bytes,
                                        std::string_view what) {
  if (bytes.size() < magic.size() + 9 || !bytes.starts_with(magic)) {
    return DataLoss("not a ", what, ": bad magic at byte 0");
  }
  const std::string_view sealed = bytes.substr(0, bytes.size() - 8);
  if (LoadLittle<uint64_t>(bytes.data() + sealed.size()) != Checksum64(sealed)) {
    return DataLoss(what, ": checksum mismatch");
  }
  const uint8_t version = static_cast<uint8_t>(bytes[magic.size()]);
  if (version != kWireVersion) {
    return absl::UnimplementedError(
        ToAbsl(Concat(what, ": version ", uint32_t{version},
                      " is not known here, which reads version ", uint32_t{kWireVersion})));
  }
  return sealed.substr(magic.size() + 1);
}

namespace {

struct StoredDamage {
  std::string place, message;
  uint64_t code = 0;
};
template <class Wire>
void Fields(Wire& wire, StoredDamage& d) {
  wire(d.place, d.code, d.message);
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
  wire(measures, cost, stored, splits);
  core->Encode(&wire);
  return Seal(kPartialMagic, wire.bytes());
}

absl::StatusOr<std::unique_ptr<QueryState>> QueryState::Parse(std::string_view bytes,
                                                              QueryOptions options) {
  DOLERITE_ASSIGN_OR_RETURN(const std::string_view content,
                            Unseal(kPartialMagic, bytes, "partial"));
  // What is read takes memory of a few dozen times its bytes at most, if it was written by us.
  constexpr size_t kAlways = 1 << 20, kPerByte = 64;
  const size_t grown = kAlways + kPerByte * bytes.size();
  PartialReader wire(content, "partial", std::min(options.memory_bytes, grown));
  std::unique_ptr<QueryCore> core = ReadQuestion(&wire);
  if (core == nullptr) return wire.status();
  auto state = std::make_unique<QueryState>(std::move(core), std::move(options));
  DOLERITE_RETURN_IF_ERROR(CheckQuestion(*state->core));
  std::vector<Measure> measures;
  std::vector<StoredDamage> stored;
  wire(measures, state->cost, stored, state->splits);
  if (measures.size() != state->measures.size()) wire.Fail("measures that do not fit the question");
  if (wire.ok()) state->core->Decode(&wire);
  DOLERITE_RETURN_IF_ERROR(wire.End());
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
