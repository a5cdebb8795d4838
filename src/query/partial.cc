#include "query/partial.h"

#include <algorithm>
#include <atomic>
#include <optional>

#include "base/checksum.h"
#include "base/status.h"
#include "query/question_fields.h"

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
  std::optional<Damage> damage;
};

void AddIo(const IoCost& io, QueryCost* cost) {
  cost->requests += io.requests;
  cost->bytes_read += io.bytes;
  for (const auto& [kind, bytes] : io.section_bytes) {
    cost->section_bytes[std::string(NameOf(kind))] += bytes;
  }
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
  return absl::OkStatus();
}

absl::StatusOr<ReadUnit> Read(const QueryCore& core, const QueryOptions& options,
                              const std::vector<SelectionFilter>& filters, const QueryUnit& unit,
                              MemoryBudget* memory) {
  const int64_t start = options.now_nanos ? options.now_nanos() : 0;
  ReadUnit out;
  const BlockReader::Internal& block = unit.block->internal();
  out.io = std::make_unique<IoCost>();
  out.io->memory = memory;
  out.reader = std::make_unique<DatasetReader>(block, unit.dataset, out.io.get());
  absl::Status status = ReadContribution(core, options, filters, &out);
  // Limits of what is read are tighter where little memory is left: say which bound it was.
  if (absl::IsResourceExhausted(status) && options.memory_bytes != SIZE_MAX) {
    status = Annotate(status, Concat("a query that may hold ", options.memory_bytes, " bytes"));
  }
  AddIo(*out.io, &out.cost);
  if (options.now_nanos) out.cost.nanos = static_cast<uint64_t>(options.now_nanos() - start);
  if (status.ok()) return out;
  if (!options.skip_damaged || !absl::IsDataLoss(status)) {
    const bool placed = ToStd(status.message()).find(block.Place()) != std::string_view::npos;
    return placed ? status : Annotate(status, block.Place());
  }
  const std::string& name = block.footer.datasets[unit.dataset].summary.name;
  out.damage = Damage{Concat(block.Place(), ": dataset \"", name, "\""), status};
  out.contribution.reset();
  out.measures.clear();
  out.cost.profiles = out.cost.datasets = 0;
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

// Adds all that was read, or nothing, but for ResourceExhausted.
absl::Status Commit(ReadUnit* unit, QueryState* state, MemoryBudget* memory) {
  std::vector<Measure> measures = state->measures;
  const std::string place = unit->reader->block().Place();
  DOLERITE_RETURN_IF_ERROR(Annotate(Union(unit->measures, &measures), place));
  if (unit->contribution != nullptr) {
    DOLERITE_RETURN_IF_ERROR(Annotate(state->core->CanAdd(*unit->contribution), place));
    const size_t before = state->core->memory_bytes();
    state->core->Add(std::move(*unit->contribution));
    const size_t more = state->core->memory_bytes() - before;
    DOLERITE_RETURN_IF_ERROR(Annotate(memory->Take(more, "partial answer"), place));
  }
  if (unit->damage) state->damage.push_back(*std::move(unit->damage));
  state->cost += unit->cost;
  state->measures = std::move(measures);
  return absl::OkStatus();
}

}  // namespace

QueryState::QueryState(std::unique_ptr<QueryCore> c, QueryOptions o)
    : core(std::move(c)), options(std::move(o)), measures(core->selections().size()) {}

std::unique_ptr<QueryState> QueryState::Fresh() const {
  return std::make_unique<QueryState>(core->Fresh(), options);
}

absl::Status QueryState::Add(std::span<const BlockReader* const> blocks) {
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<SelectionFilter> filters, CompileFilters(*core));
  std::vector<QueryUnit> units;
  for (const BlockReader* block : blocks) {
    const std::vector<FooterDataset>& datasets = block->internal().footer.datasets;
    for (size_t d = 0; d < datasets.size(); ++d) {
      const auto takes = [&](const SelectionFilter& filter) {
        return MayTake(filter, datasets[d]);
      };
      if (std::any_of(filters.begin(), filters.end(), takes)) units.push_back({block, d});
    }
  }
  DOLERITE_RETURN_IF_ERROR(AddUnits(units));
  cost.blocks += blocks.size();
  return absl::OkStatus();
}

namespace {

// Takes units until there are none left, each into a part of one thread's own.
class Workers {
 public:
  Workers(const QueryState& whole, const std::vector<SelectionFilter>& filters,
          std::span<const QueryUnit> units, size_t width, MemoryBudget* memory)
      : whole_(whole), filters_(filters), units_(units), memory_(*memory) {
    for (size_t i = std::clamp(width, size_t{1}, units.size()); i > 0; --i) {
      parts_.push_back(whole.Fresh());
      parts_.back()->measures = whole.measures;
      errors_.emplace_back(SIZE_MAX, absl::OkStatus());
    }
  }

  // OK, or the error of the first unit that has one.
  absl::Status Run(Executor* executor) {
    const auto work = [this](size_t worker) { Work(worker); };
    if (parts_.size() == 1) {
      work(0);
    } else {
      executor->Run(parts_.size(), work);
    }
    return std::min_element(errors_.begin(), errors_.end(),
                            [](const auto& a, const auto& b) { return a.first < b.first; })
        ->second;
  }

  std::vector<std::unique_ptr<QueryState>>& parts() { return parts_; }

 private:
  void Work(size_t worker) {
    while (!failed_.load(std::memory_order_relaxed)) {
      const size_t at = next_.fetch_add(1, std::memory_order_relaxed);
      if (at >= units_.size()) return;
      if (absl::Status status = Take(units_[at], parts_[worker].get()); !status.ok()) {
        errors_[worker] = {at, std::move(status)};
        failed_.store(true, std::memory_order_relaxed);
      }
    }
  }

  absl::Status Take(const QueryUnit& unit, QueryState* part) {
    absl::StatusOr<ReadUnit> read = Read(*part->core, part->options, filters_, unit, &memory_);
    if (!read.ok()) return read.status();
    if (read->contribution != nullptr) {
      DOLERITE_RETURN_IF_ERROR(
          Annotate(whole_.core->CanAdd(*read->contribution), unit.block->internal().Place()));
    }
    return Commit(&*read, part, &memory_);
  }

  const QueryState& whole_;
  const std::vector<SelectionFilter>& filters_;
  std::span<const QueryUnit> units_;
  MemoryBudget& memory_;
  std::vector<std::unique_ptr<QueryState>> parts_;
  std::vector<std::pair<size_t, absl::Status>> errors_;  // by worker: unit and what it said
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace

absl::Status QueryState::AddUnits(std::span<const QueryUnit> units) {
  if (units.empty()) return absl::OkStatus();
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<SelectionFilter> filters, CompileFilters(*core));
  const size_t width = options.executor == nullptr ? 1 : options.executor->width();
  absl::Status status = AddAll(units, filters, width);
  // What does not fit together shows where parts happen to meet: one thread tells the first place.
  if (width <= 1 || units.size() <= 1 || !absl::IsInvalidArgument(status)) return status;
  return AddAll(units, filters, 1);
}

absl::Status QueryState::AddAll(std::span<const QueryUnit> units,
                                const std::vector<SelectionFilter>& filters, size_t width) {
  MemoryBudget memory(options.memory_bytes);
  DOLERITE_RETURN_IF_ERROR(memory.Take(core->memory_bytes(), "partial answer"));
  // One alone goes straight into the answer.
  if (units.size() == 1) {
    DOLERITE_ASSIGN_OR_RETURN(ReadUnit unit, Read(*core, options, filters, units[0], &memory));
    return Commit(&unit, this, &memory);
  }
  Workers workers(*this, filters, units, width, &memory);
  DOLERITE_RETURN_IF_ERROR(workers.Run(options.executor));
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
    return absl::AlreadyExistsError("a split of the plan is in both partials");
  }
  DOLERITE_RETURN_IF_ERROR(core->CanMerge(*other.core));
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
    return DataLoss(what, ": these bytes are none");
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
  PartialReader wire(content, "partial");
  std::unique_ptr<QueryCore> core = ReadQuestion(&wire);
  if (core == nullptr) return wire.status();
  auto state = std::make_unique<QueryState>(std::move(core), std::move(options));
  DOLERITE_RETURN_IF_ERROR(CompileFilters(*state->core).status());
  std::vector<Measure> measures;
  std::vector<StoredDamage> stored;
  wire(measures, state->cost, stored, state->splits);
  if (measures.size() != state->measures.size()) wire.Fail("measures that do not fit the question");
  if (wire.ok()) state->core->Decode(&wire);
  DOLERITE_RETURN_IF_ERROR(wire.End());
  state->measures = std::move(measures);
  for (StoredDamage& d : stored) {
    const auto code = static_cast<absl::StatusCode>(static_cast<int>(d.code));
    state->damage.push_back({std::move(d.place), absl::Status(code, d.message)});
  }
  return state;
}

}  // namespace dolerite
