// A real block with one integer changed and good checksums: whatever the field, reading takes
// bounded memory and time.
#include <fstream>
#include <iterator>

#include "block/block_support.h"
#include "dolerite/query.h"
#include "support/child_process.h"
#include "support/reseal.h"
#include "support/share.h"
#include "support/source_dir.h"

namespace dolerite::testing {
namespace {

Input Bundled(const std::string& name) {
  std::ifstream in(SourceDir() + "/examples/data/checkout/v1.5.0/" + name, std::ios::binary);
  Input input{{{"service_name", "checkout"}}, {}};
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  PprofReader reader;
  REQUIRE(reader.Read(bytes, &input.profile).ok());
  return input;
}

// Reads the block with and without bodies. Whether it can be opened at all.
bool ReadAll(const std::string& block) {
  const absl::StatusOr<BlockReader> reader = BlockReader::FromBytes(block);
  if (!reader.ok()) return false;
  TreeQuery query({.by = FrameBy::kFunction});
  if (query.Add(*reader).ok()) std::move(query).Finish().status().IgnoreError();
  reader->Verify().status().IgnoreError();
  return true;
}

const uint64_t kValues[] = {0, 1 << 20, (1 << 24) - 1, UINT32_MAX, UINT64_MAX};

// Which rows of a column are changed: all counts, and of other columns the ends and the middle.
std::vector<size_t> RowsOf(const OpenColumn& column) {
  const size_t n = column.integers.size();
  if (column.id != column::kCounts) return {0, n / 2, n - 1};
  std::vector<size_t> rows(n);
  for (size_t i = 0; i < n; ++i) rows[i] = i;
  return rows;
}

// 1 if all blocks with one change in a section could be opened.
int ChangeEachField(const OpenBlock& sound, size_t section, size_t step) {
  size_t changes = 0;
  bool opened = true;
  for (size_t c = 0; c < sound.sections[section].columns.size(); ++c) {
    const OpenColumn& column = sound.sections[section].columns[c];
    if (column.integers.empty()) continue;
    OpenBlock block = sound;
    uint64_t* const fields = block.sections[section].columns[c].integers.data();
    for (size_t row : RowsOf(column)) {
      for (uint64_t value : kValues) {
        if (changes++ % step != 0) continue;
        const uint64_t before = std::exchange(fields[row], value);
        opened = ReadAll(block.Seal()) && opened;
        fields[row] = before;
      }
    }
    // The same column, of far more rows than any table has.
    for (uint64_t rows : {uint64_t{1} << 20, uint64_t{UINT32_MAX}}) {
      if (changes++ % step != 0) continue;
      block.sections[section].columns[c] = ConstantColumn(column.id, rows, 1, column.index);
      opened = ReadAll(block.Seal()) && opened;
    }
  }
  return opened;
}

TEST_CASE("hostile block: each field of a real block") {
  const std::string bytes = Build({Bundled("d/0011.cpu.pb.gz"), Bundled("d/0009.heap.pb.gz")});
  CHECK(bytes.size() > 20'000);
  CHECK(bytes.size() < 30'000);
  const OpenBlock sound = OpenBlock::Take(bytes);
  REQUIRE(OpenBytes(sound.Seal()).Verify()->empty());
  for (size_t i = 0; i < sound.sections.size(); ++i) {
    const auto report = RunInChild([&] { return ChangeEachField(sound, i, ShareDivisor()); });
    if (!report) return;
    INFO(NameOf(sound.sections[i].entry.kind)
         << ": " << report->how << ", " << report->peak_bytes / kMiB << " MiB, "
         << report->cpu_seconds << " s");
    CHECK(report->returned);
    CHECK(report->result == 1);
    CHECK(report->peak_bytes < 100 * kMiB);
  }
}

}  // namespace
}  // namespace dolerite::testing
