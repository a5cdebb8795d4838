// How fast do samples come out of a stored block as an Arrow stream? Beside it a copy of the
// columns that came out, which is what no consumer can do without.
#include <cstring>
#include <string>
#include <vector>

#include "dolerite/arrow.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

struct Columns {
  size_t rows = 0, batches = 0, bytes = 0;
  std::vector<std::string> copies;  // of all buffers of all columns
};

// Bytes of the buffers of the formats that tables of samples have.
size_t BytesOf(const ArrowSchema& schema, const ArrowArray& array, int64_t buffer) {
  const auto rows = static_cast<size_t>(array.length);
  const std::string_view format = schema.format;
  if (array.buffers[buffer] == nullptr) return 0;
  if (buffer == 0) return (rows + 7) / 8;
  if (buffer == 2) {
    return static_cast<size_t>(static_cast<const int32_t*>(array.buffers[1])[rows]);
  }
  if (format == "u" || format == "+l") return (rows + 1) * sizeof(int32_t);
  return rows * (format == "i" || format == "I" ? 4 : 8);
}

void Copy(const ArrowSchema& schema, const ArrowArray& array, Columns* out) {
  for (int64_t b = 0; b < array.n_buffers; ++b) {
    const size_t bytes = BytesOf(schema, array, b);
    if (bytes > 0) out->copies.emplace_back(static_cast<const char*>(array.buffers[b]), bytes);
    out->bytes += bytes;
  }
  for (int64_t c = 0; c < array.n_children; ++c) Copy(*schema.children[c], *array.children[c], out);
  if (array.dictionary != nullptr) Copy(*schema.dictionary, *array.dictionary, out);
}

// Reads all samples of a block; keeps a copy if `copy`.
Columns Read(const BlockReader& block, const Selection& selection, bool copy) {
  BlockViews views;
  views.blocks.push_back({&block, {}});
  SampleTable table = Must(SampleTable::Open(std::move(views), nullptr, selection));
  ArrowArrayStream stream;
  Must(table.Samples(&stream));
  ArrowSchema schema;
  Require(stream.get_schema(&stream, &schema) == 0, "no schema");
  Columns out;
  for (;;) {
    ArrowArray batch;
    Require(stream.get_next(&stream, &batch) == 0, "a batch failed");
    if (batch.release == nullptr) break;
    out.rows += static_cast<size_t>(batch.length);
    ++out.batches;
    if (copy) Copy(schema, batch, &out);
    batch.release(&batch);
  }
  schema.release(&schema);
  stream.release(&stream);
  return out;
}

// `copies` of the series: with few samples the tables of the block are most of the work.
void Measure(const Series& series, size_t copies) {
  const std::string block = BuildRepeated(series.sources, copies, 1'000'000, {});
  const BlockReader reader = Must(BlockReader::FromBytes(block));
  const Columns columns = Read(reader, {}, true);
  size_t samples = 0;
  for (const Profile& profile : ReadProfiles(series.sources)) samples += profile.samples.size();
  Require(columns.rows == samples * copies, series.name + ": rows are not samples");
  const double seconds = MedianSeconds([&] { Use(Read(reader, {}, false)); });
  std::vector<std::string> to = columns.copies;
  const double copy_seconds = MedianSeconds([&] {
    for (size_t i = 0; i < to.size(); ++i) {
      std::memcpy(to[i].data(), columns.copies[i].data(), to[i].size());
    }
    Use(to);
  });
  const double rows = static_cast<double>(columns.rows);
  const std::string what = series.name + ", " + std::to_string(copies) + "x";
  Print({what + ", samples as Arrow", Count(rows / seconds) + " rows/s",
         "a copy of the columns: " + Count(rows / copy_seconds) + " rows/s",
         Times(copy_seconds / seconds), copies > 1 ? "20 M rows/s" : "-"});
  Print({what + ", bytes a row", Text("%.1f", static_cast<double>(columns.bytes) / rows)});
}

}  // namespace

int main() {
  Title("Samples of a stored block as an Arrow stream");
  for (const Series& series : AllSeries()) {
    if (series.kind().empty()) continue;
    Measure(series, 1);
    Measure(series, 30);
  }
}
