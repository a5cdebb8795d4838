// Opening looks at all datasets, to say the columns before the first row: the profile type must be
// one, and each dataset adds names of labels. Then datasets are read one after the other, each by a
// reader of its own, so that one dataset's tables are held at a time. What says the columns is kept
// until its dataset's turn, as far as it is little; of further datasets it is read twice.
#include <algorithm>

#include "arrow/dataset_samples.h"
#include "arrow/export_stream.h"
#include "arrow/words.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "query/read_units.h"

namespace dolerite {

using arrow::Batch;
using arrow::Column;
using arrow::DatasetSamples;
using arrow::Field;

// Shared by the table and the stream of its samples.
struct SampleTable::State {
  BlockViews views;
  std::shared_ptr<const void> owner;
  DatasetSamples::Shared shared;
  std::vector<QueryUnit> units;  // that have selected profiles
  arrow::Schema schema;
  std::vector<Damage> damage;
  std::vector<std::unique_ptr<DatasetSamples>> opened;  // by unit; null: to be opened again
  size_t next = 0;                                      // of units
  std::unique_ptr<DatasetSamples> reading;
  bool given = false, ended = false;
  absl::Status failed;  // what ended the samples early

  absl::Status FindUnits();
  absl::Status OpenUnits(const SampleTableOptions& table);
  absl::Status MakeColumns(const std::optional<ProfileType>& type, std::set<std::string> labels,
                           const SampleTableOptions& table);
  absl::StatusOr<std::optional<Batch>> NextBatch();

 private:
  absl::StatusOr<std::optional<Batch>> Next();
  absl::StatusOr<std::unique_ptr<DatasetSamples>> OpenUnit(const QueryUnit& unit, bool all_labels,
                                                           std::set<std::string>* labels,
                                                           std::vector<Measure>* measures,
                                                           std::optional<ProfileType>* type);
  bool MayKeepOpen() const;
  // Damage is an error, unless the caller leaves out what is damaged.
  absl::Status NoteDamage(const QueryUnit& unit, const absl::Status& status);
};

namespace {

// Lists of stacks may repeat a stack's frames for each sample: a small file may ask for very many.
// Honest profiles have some dozens for each stored byte.
constexpr uint64_t kFramesAlways = uint64_t{1} << 26, kFramesPerByte = 4096;

// What datasets that wait for their turn may hold: so much, and a part of the caller's bound.
constexpr size_t kMostWaiting = size_t{16} << 20, kPartWaiting = 4;

}  // namespace

// Each dataset once, by its content, though several blocks may have it.
absl::Status SampleTable::State::FindUnits() {
  DOLERITE_ASSIGN_OR_RETURN(const ChosenUnits chosen,
                            ChooseUnits(views, {&*shared.filter, 1}, shared.options.call));
  std::set<SplitId> known;
  for (const QueryUnit& unit : chosen.units) {
    if (known.insert(unit.id()).second) units.push_back(unit);
  }
  shared.cost.repeated_datasets = chosen.units.size() - units.size();
  shared.cost.blocks = chosen.blocks;
  // The bound grows with the blocks, as honest answers do.
  shared.frames_left = kFramesAlways;
  for (const BlockView& view : views.blocks) {
    shared.frames_left += kFramesPerByte * view.block->summary().bytes;
  }
  return absl::OkStatus();
}

absl::Status SampleTable::State::NoteDamage(const QueryUnit& unit, const absl::Status& status) {
  DOLERITE_ASSIGN_OR_RETURN(Damage left_out, LeaveOut(unit, status, shared.options));
  damage.push_back(std::move(left_out));
  return absl::OkStatus();
}

// Reads the profile table of one dataset. Its types must agree with those of the datasets before,
// in name and in sample types, since columns are fixed before the first row. Null if nothing of the
// dataset is selected.
absl::StatusOr<std::unique_ptr<DatasetSamples>> SampleTable::State::OpenUnit(
    const QueryUnit& unit, bool all_labels, std::set<std::string>* labels,
    std::vector<Measure>* measures, std::optional<ProfileType>* type) {
  auto samples = std::make_unique<DatasetSamples>(unit, &shared);
  DOLERITE_RETURN_IF_ERROR(samples->Open());
  if (samples->scan().empty()) return nullptr;
  // Types of different names first: that message lists them.
  DOLERITE_ASSIGN_OR_RETURN(const Measure measure, MeasureOf(samples->scan()));
  DOLERITE_RETURN_IF_ERROR(Union({measure}, measures));
  for (const ProfileType& one : TypesOf(samples->scan())) {
    DOLERITE_RETURN_IF_ERROR(SameType(*type, one));
    *type = one;
  }
  if (all_labels) DOLERITE_RETURN_IF_ERROR(samples->AddLabelNames(labels));
  return samples;
}

// A single dataset always stays open.
bool SampleTable::State::MayKeepOpen() const {
  const size_t held = shared.options.memory_bytes - shared.memory->left();
  return units.size() == 1 ||
         held <= std::min(kMostWaiting, shared.options.memory_bytes / kPartWaiting);
}

// Only datasets that could be opened, and have something selected, stay in `units`.
absl::Status SampleTable::State::OpenUnits(const SampleTableOptions& table) {
  std::set<std::string> labels;
  std::vector<Measure> measures(1);
  std::optional<ProfileType> type;
  std::vector<QueryUnit> sound;
  for (const QueryUnit& unit : units) {
    auto samples =
        WithinMemory([&] { return OpenUnit(unit, table.all_labels, &labels, &measures, &type); });
    if (!samples.ok()) {
      DOLERITE_RETURN_IF_ERROR(NoteDamage(unit, samples.status()));
    } else if (*samples != nullptr) {
      sound.push_back(unit);
      if (!MayKeepOpen()) samples->reset();
      opened.push_back(*std::move(samples));
    }
  }
  units = std::move(sound);
  DOLERITE_RETURN_IF_ERROR(measures[0].Check(shared.filter->selection().sample_type));
  return MakeColumns(type, std::move(labels), table);
}

// Labels that were asked for by name come first, then the others in order.
absl::Status SampleTable::State::MakeColumns(const std::optional<ProfileType>& type,
                                             std::set<std::string> labels,
                                             const SampleTableOptions& table) {
  arrow::SampleColumns& columns = shared.columns;
  columns.timestamps = table.timestamps;
  columns.links = table.links;
  columns.batch_rows = table.batch_rows;
  for (const std::string& name : table.labels) {
    if (std::count(columns.labels.begin(), columns.labels.end(), name) > 0) continue;
    columns.labels.push_back(name);
    labels.erase(name);
  }
  columns.labels.insert(columns.labels.end(), labels.begin(), labels.end());

  // The order here is the order in which DatasetSamples::MakeBatch adds columns.
  std::vector<Field>& fields = schema.fields;
  fields = {Field::Words("profile_id"), Field::Time("time")};
  arrow::FieldNames names(&shared.report);
  names.Take(fields);
  if (type) {
    const std::string& wanted = shared.filter->selection().sample_type;
    const std::vector<arrow::ValueKind> kinds = arrow::KindsOf(*type);
    for (size_t row = 0; row < kinds.size(); ++row) {
      // Without a wanted sample type all values are columns.
      const std::vector<size_t> found = type->Find(wanted);
      if (!wanted.empty() && std::count(found.begin(), found.end(), row) == 0) continue;
      columns.values.push_back(row);
      fields.push_back(arrow::FieldOf(kinds[row], &names));
    }
    schema.metadata = {{"type", type->name}};
  }
  fields.push_back(Field::List("stack", Field::Of("item", "I")));
  if (table.links) {
    fields.push_back(Field::Of("trace_id", "u").Nullable());
    fields.push_back(Field::Of("span_id", "u").Nullable());
  }
  DOLERITE_ASSIGN_OR_RETURN(const arrow::LabelColumns label_columns,
                            arrow::LabelColumns::Make(columns.labels, fields, &shared.report));
  fields.insert(fields.end(), label_columns.fields().begin(), label_columns.fields().end());
  return absl::OkStatus();
}

// One dataset after the other: its reader goes before the next one is opened, and its tables with
// it. After damage that is left out the next dataset follows; rows that were given stay given.
absl::StatusOr<std::optional<Batch>> SampleTable::State::Next() {
  for (;;) {
    if (reading == nullptr) {
      if (next == units.size()) {
        ended = true;
        return std::nullopt;
      }
      reading = std::move(opened[next++]);
      if (reading != nullptr) continue;
      reading = std::make_unique<DatasetSamples>(units[next - 1], &shared);
      // Opened before, when the columns were made: nothing is left out now but what got damaged.
      if (absl::Status status = reading->Open(); !status.ok()) {
        reading.reset();
        DOLERITE_RETURN_IF_ERROR(NoteDamage(units[next - 1], status));
        continue;
      }
    }
    absl::StatusOr<std::optional<Batch>> batch = reading->Next();
    if (batch.ok() && *batch) return batch;
    reading.reset();
    if (!batch.ok()) DOLERITE_RETURN_IF_ERROR(NoteDamage(units[next - 1], batch.status()));
  }
}

// How the samples end is noted for those who ask the table.
absl::StatusOr<std::optional<Batch>> SampleTable::State::NextBatch() {
  absl::StatusOr<std::optional<Batch>> batch = WithinMemory([&] { return Next(); });
  if (!batch.ok()) failed = batch.status();
  if (batch.ok() && *batch) shared.report.rows += (*batch)->rows;
  return batch;
}

namespace {

// What the stream holds of the table.
class SampleBatches : public arrow::BatchSource {
 public:
  explicit SampleBatches(std::shared_ptr<SampleTable::State> state) : state_(std::move(state)) {}
  const arrow::Schema& schema() const override { return state_->schema; }
  absl::StatusOr<std::optional<Batch>> Next() override { return state_->NextBatch(); }

 private:
  std::shared_ptr<SampleTable::State> state_;
};

}  // namespace

absl::StatusOr<SampleTable> SampleTable::Open(BlockViews views, std::shared_ptr<const void> owner,
                                              const Selection& selection,
                                              const SampleTableOptions& table,
                                              const QueryOptions& options) {
  return WithinMemory([&]() -> absl::StatusOr<SampleTable> {
    // Options first, then datasets: a wrong option is found before anything is read.
    if (table.batch_rows == 0 || table.batch_rows > arrow::kMostRows) {
      return InvalidArgument("batch_rows is ", table.batch_rows, ", not 1 to ", arrow::kMostRows);
    }
    DOLERITE_RETURN_IF_ERROR(CheckGroupBy(table.labels));
    auto state = std::make_shared<State>();
    state->views = std::move(views);
    state->owner = std::move(owner);
    state->shared.options = options;
    state->shared.memory.emplace(options.memory_bytes);
    DOLERITE_ASSIGN_OR_RETURN(state->shared.filter, SelectionFilter::Make(selection));
    DOLERITE_RETURN_IF_ERROR(state->FindUnits());
    DOLERITE_RETURN_IF_ERROR(state->OpenUnits(table));
    return SampleTable(std::move(state));
  });
}

absl::Status SampleTable::Samples(ArrowArrayStream* out) {
  return WithinMemory([&]() -> absl::Status {
    if (state_->given) return FailedPrecondition("the samples of this table were given away");
    arrow::ExportStream(std::make_unique<SampleBatches>(state_), out);
    state_->given = true;
    return absl::OkStatus();
  });
}

absl::StatusOr<ArrowReport> SampleTable::Functions(ArrowArrayStream* out) const {
  return WithinMemory([&]() -> absl::StatusOr<ArrowReport> {
    // Frames are numbered while batches are made, so the table is whole only at the end.
    DOLERITE_RETURN_IF_ERROR(state_->failed);
    if (!state_->ended) {
      return FailedPrecondition("functions are known when the samples are at their end");
    }
    // Ids are rows, so the first column counts.
    const arrow::FunctionTable& functions = state_->shared.functions;
    ArrowReport report;
    arrow::Schema schema;
    Batch batch;
    report.rows = batch.rows = functions.rows().size();
    std::vector<uint32_t> ids(batch.rows);
    for (uint32_t i = 0; i < ids.size(); ++i) ids[i] = i;
    schema.fields.push_back(Field::Of("id", "I"));
    batch.columns.push_back(Column::Of(std::move(ids)));
    const auto texts = [&](const char* name, StringId arrow::FunctionTable::Function::*text) {
      arrow::TextColumn column(&report);
      for (const auto& row : functions.rows()) {
        if (!column.Add(functions.text(row.*text))) return false;
      }
      schema.fields.push_back(Field::Of(name, "u"));
      batch.columns.push_back(std::move(column).Finish());
      return true;
    };
    using Function = arrow::FunctionTable::Function;
    if (!texts("name", &Function::name) || !texts("system_name", &Function::system_name) ||
        !texts("file", &Function::file)) {
      return ResourceExhausted("the functions' texts are over 2 GB in one column");
    }
    std::vector<int64_t> lines;
    for (const Function& row : functions.rows()) lines.push_back(row.start_line);
    schema.fields.push_back(Field::Of("start_line", "l"));
    batch.columns.push_back(Column::Of(std::move(lines)));
    arrow::ExportTable(std::move(schema), std::move(batch), out);
    return report;
  });
}

const QueryCost& SampleTable::cost() const { return state_->shared.cost; }
const std::vector<Damage>& SampleTable::damage() const { return state_->damage; }
const ArrowReport& SampleTable::report() const { return state_->shared.report; }

}  // namespace dolerite
