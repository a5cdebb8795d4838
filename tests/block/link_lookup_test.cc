// A look-up by trace or span finds all chunks that hold it, and hardly another.
#include <map>

#include "block/format_reader.h"
#include "block/link_support.h"
#include "dolerite/accounting_store.h"
#include "dolerite/stores.h"

namespace dolerite::testing {
namespace {

// Chunks hold what was put in, and a query names them. Gives the look-ups that a chunk without
// the id answered, and all.
std::pair<size_t, size_t> CheckLookUps(const std::string& bytes) {
  Opened opened(bytes);
  const LinksByChunk links = ReadLinks(&opened.reader);
  const size_t chunks = links.size();
  std::map<TraceId, std::set<size_t>> traces;
  std::map<SpanId, std::set<size_t>> spans;
  for (size_t c = 0; c < chunks; ++c) {
    for (const LinkBytes& link : links[c]) {
      traces[TraceOf(link)].insert(c), spans[SpanOf(link)].insert(c);
    }
  }
  size_t lost = 0, wrong = 0, asked = 0;
  const auto ask = [&](const LinkIds& ids, const std::set<size_t>& in) {
    const std::vector<char> found = opened.Chunks(ids);
    CHECK(found.size() == chunks);
    for (size_t c = 0; c < chunks; ++c) {
      lost += in.count(c) && !found[c], wrong += !in.count(c) && found[c];
      if (links[c].empty() && found[c]) FAIL_CHECK("a chunk without links");
      asked += !in.count(c) && !links[c].empty();
    }
  };
  for (const auto& [id, in] : traces) ask({{id}, {}}, in);
  for (const auto& [id, in] : spans) ask({{}, {id}}, in);
  CHECK(lost == 0);
  return {wrong, asked};
}

TEST_CASE("each link of generated profiles is found, and few chunks beside") {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const std::string bytes =
        Build(Generated(seed, 60), {.dataset_label = "none", .samples_per_chunk = 40});
    const auto [wrong, asked] = CheckLookUps(bytes);
    CHECK(asked > 1'000);
    CHECK(wrong * 25 < asked);
  }
}

const BlockOptions kManyChunks = {.profiles_per_group = 1, .samples_per_chunk = 300};

TEST_CASE("each link of a real series is found, and few chunks beside") {
  if (!CorpusPresent()) return;
  std::vector<Input> inputs = ReadSeries("checkout");
  std::erase_if(inputs, [](const Input& i) { return i.series.Get("kind") != "cpu"; });
  const auto [wrong, asked] = CheckLookUps(Build(inputs, kManyChunks));
  CHECK(asked > 500'000);
  CHECK(wrong * 40 < asked);
  CHECK(wrong * 55 > asked);
}

TEST_CASE("alternatives join, a trace and a span both must hold") {
  const std::string bytes =
      Build(Generated(7, 60), {.dataset_label = "none", .samples_per_chunk = 40});
  Opened opened(bytes);
  const LinksByChunk links = ReadLinks(&opened.reader);
  std::vector<LinkBytes> all;
  for (const auto& of_chunk : links) all.insert(all.end(), of_chunk.begin(), of_chunk.end());
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    const TraceId t = TraceOf(all[random.Below(all.size())]),
                  u = TraceOf(all[random.Below(all.size())]);
    const SpanId s = SpanOf(all[random.Below(all.size())]);
    const std::vector<char> by_t = opened.Chunks({{t}, {}}), by_u = opened.Chunks({{u}, {}}),
                            by_s = opened.Chunks({{}, {s}});
    const std::vector<char> either = opened.Chunks({{t, u}, {}}), both = opened.Chunks({{t}, {s}});
    for (size_t c = 0; c < links.size(); ++c) {
      if (either[c] != (by_t[c] || by_u[c])) FAIL_CHECK("alternatives");
      if (both[c] != (by_t[c] && by_s[c])) FAIL_CHECK("trace and span");
    }
  }
  // Who asks for no id asks for all links; an id of zeros is nobody's.
  const std::vector<char> any = opened.Chunks({}), none = opened.Chunks({{TraceId{}}, {}});
  for (size_t c = 0; c < links.size(); ++c) {
    CHECK((any[c] != 0) == !links[c].empty());
    CHECK(none[c] == 0);
  }
}

TEST_CASE("the reader made from FORMAT.md rules out the same chunks") {
  const std::string bytes =
      Build(Generated(8, 40), {.dataset_label = "none", .samples_per_chunk = 60});
  Opened opened(bytes);
  const LinksByChunk links = ReadLinks(&opened.reader);
  const FormatDataset dataset = ReadFormat(bytes).at(0);
  const FormatLinkFilter filter(dataset);
  REQUIRE(filter.chunks() == links.size());
  REQUIRE(ReadProfiles(dataset).size() == opened.block.summary().datasets[0].profiles);
  LinkIds ids = RandomIds(4, 2'000);
  for (const LinkBytes& link : links[0]) ids.trace_ids.push_back(TraceOf(link));
  size_t ruled_out = 0;
  for (const TraceId& id : ids.trace_ids) {
    const std::vector<char> found = opened.Chunks({{id}, {}});
    for (uint32_t c = 0; c < links.size(); ++c) {
      if (links[c].empty()) continue;
      if ((found[c] != 0) != filter.MayHold(c, Text(id))) FAIL_CHECK("the readers disagree");
      ruled_out += !found[c];
    }
  }
  CHECK(ruled_out > 10'000);
}

// Bytes of one dataset's sections of some kinds; of one chunk, or of all.
uint64_t StoredBytes(const DatasetReader& dataset, const std::vector<SectionKind>& kinds,
                     const std::vector<char>* chunks = nullptr) {
  uint64_t bytes = 0;
  for (const SectionEntry& s : dataset.block().footer.sections) {
    if (std::find(kinds.begin(), kinds.end(), s.kind) == kinds.end()) continue;
    if (chunks == nullptr || (*chunks)[s.part]) bytes += s.stored;
  }
  return bytes;
}

TEST_CASE("a look-up reads the chunks that it finds, and no other") {
  if (!CorpusPresent()) return;
  std::vector<Input> inputs = ReadSeries("checkout");
  std::erase_if(inputs, [](const Input& i) { return i.series.Get("kind") != "cpu"; });
  const std::string bytes = Build(inputs, kManyChunks);
  Opened whole(bytes);
  const LinksByChunk links = ReadLinks(&whole.reader);
  const LinkBytes wanted = links[links.size() / 2][3];

  const std::unique_ptr<ObjectStore> memory = MakeMemoryStore();
  REQUIRE(memory->Put("block", bytes).ok());
  const auto store = MakeAccountingStore(memory.get());
  BlockReader::Options options;
  options.suffix_bytes = 1;
  const auto block = BlockReader::Open(store.get(), "block", options);
  REQUIRE(block.ok());
  const uint64_t opening = store->accounts().total().requests;
  IoCost cost;
  DatasetReader dataset(BlockAccess::Of(*block), 0, &cost);
  const auto chunks = dataset.ChunksWithLinks({{TraceOf(wanted)}, {SpanOf(wanted)}});
  REQUIRE(chunks.ok());
  // Table and filters, side by side.
  CHECK(store->accounts().total().requests == opening + 1);
  CHECK(cost.bytes == StoredBytes(dataset, {SectionKind::kProfiles, SectionKind::kLinkFilter}));

  REQUIRE(dataset.Everything().ok());
  const uint64_t before = cost.bytes;
  size_t found = 0;
  for (uint32_t part = 0; part < chunks->size(); ++part) {
    if (!(*chunks)[part]) continue;
    const auto read = ReadChunkProfiles(&dataset, part, [](uint32_t) { return true; });
    REQUIRE(read.ok());
    for (const SampleRows& rows : read->rows) {
      found += std::count(rows.link.begin(), rows.link.end(), wanted);
    }
  }
  CHECK(found > 0);
  const std::vector<SectionKind> of_chunks = {SectionKind::kBodies, SectionKind::kLinks,
                                              SectionKind::kTimestamps, SectionKind::kHeads};
  CHECK(chunks->size() > 50);
  CHECK(cost.bytes - before >= StoredBytes(dataset, of_chunks, &*chunks));
  CHECK((cost.bytes - before) * 20 < StoredBytes(dataset, of_chunks));
}

}  // namespace
}  // namespace dolerite::testing
