// make_seeds DIRECTORY: writes small first inputs of the harnesses to DIRECTORY/<harness>. What is
// committed in tests/data/fuzz came from here, but for inputs of faults that were found; after a
// change of a format run the target fuzz_seeds.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "archive/manifest.h"
#include "archive/pages.h"
#include "base/bytes.h"
#include "block/footer.h"
#include "dolerite/block_builder.h"
#include "dolerite/otlp.h"
#include "dolerite/plan.h"
#include "dolerite/pprof.h"
#include "dolerite/question_json.h"
#include "dolerite/stores.h"
#include "encoding/integers.h"
#include "encoding/strings.h"
#include "query/envelope.h"
#include "support/generate.h"
#include "support/must.h"

namespace {

using namespace dolerite;
using dolerite::testing::GenerateProfile;
using dolerite::testing::GenerateSeries;
using dolerite::testing::Must;

std::filesystem::path top;

void Write(const std::string& harness, const std::string& name, std::string_view bytes) {
  std::filesystem::create_directories(top / harness);
  std::ofstream(top / harness / name, std::ios::binary) << bytes;
}

Profile Small(uint64_t seed) {
  testing::GenerateOptions options;
  options.samples = 4, options.names = 4;
  options.everything = seed % 2 == 0;
  return GenerateProfile(seed, options);
}

std::string Block(const BlockOptions& options = {}) {
  BlockBuilder builder = *BlockBuilder::Make(options);
  for (uint64_t i = 0; i < 3; ++i) Must(builder.Add(GenerateSeries(i), Small(i)).ok());
  return *std::move(builder).Finish();
}

void Profiles() {
  for (uint64_t seed = 0; seed < 3; ++seed) {
    const Profile profile = Small(seed);
    const std::string name = std::to_string(seed);
    PprofWriteOptions plain;
    plain.gzip = false;
    const absl::StatusOr<std::string> pprof = WritePprof(profile, plain);
    if (pprof.ok()) Write("pprof", name + ".pb", *pprof), Write("detect", name + ".pb", *pprof);
    const absl::StatusOr<std::string> gzip = WritePprof(profile);
    if (gzip.ok()) Write("pprof", name + ".pb.gz", *gzip), Write("detect", name + ".pb.gz", *gzip);
    const std::vector<SeriesProfile> one = {{GenerateSeries(seed), profile}};
    const absl::StatusOr<std::string> otlp = WriteOtlp(one);
    if (otlp.ok()) Write("otlp", name + ".otlp", *otlp), Write("detect", name + ".otlp", *otlp);
  }
}

void Json() {
  const std::string_view dictionary =
      R"("dictionary":{"mappingTable":[{}],"locationTable":[{},{"lines":[{"functionIndex":1}]}],)"
      R"("functionTable":[{},{"nameStrindex":1}],"linkTable":[{}],)"
      R"("stringTable":["","main","samples","count","thread"],)"
      R"("attributeTable":[{},{"keyStrindex":4,"value":{"stringValue":"a\u00e9\ud83d\ude00"}}],)"
      R"("stackTable":[{},{"locationIndices":[1]}]})";
  const std::string_view profile =
      R"("resourceProfiles":[{"resource":{"attributes":[{"key":"service.name",)"
      R"("value":{"stringValue":"svc"}}]},"scopeProfiles":[{"profiles":[{)"
      R"("sampleType":{"typeStrindex":2,"unitStrindex":3},"timeUnixNano":"1700000000000000000",)"
      R"("durationNano":"1000000000","profileId":"AAECAwQFBgcICQoLDA0ODw==",)"
      R"("samples":[{"stackIndex":1,"values":["5"],"attributeIndices":[1]}]}]}]}])";
  const std::string all = "{" + std::string(profile) + "," + std::string(dictionary) + "}";
  Write("json", "profile.json", all);
  Write("json", "spaced.json", "\n { " + std::string(profile) + " }");
  Write("json", "other.json", R"({"nodes":[1,-2.5e3,true,null,"\n"]})");
  Write("detect", "profile.json", all);
}

void Texts() {
  const std::string_view texts[] = {"service=checkout,pod=a-1", R"({a="b",c!="d",e=~"f.*",g!~"h"})",
                                    R"(a="\"\\x")", R"("trace endpoint"="GET /x")", "a=,b"};
  size_t i = 0;
  for (std::string_view text : texts) Write("labels", std::to_string(i++) + ".txt", text);
}

void Columns() {
  const std::vector<std::vector<uint64_t>> columns = {
      {7, 7, 7, 7, 7}, {1, 2, 3, 4, 5, 6, 7, 8}, {1, 1ull << 40, 3, 900, 12, 5}, {}};
  size_t i = 0;
  for (const std::vector<uint64_t>& values : columns) {
    std::string bytes = {static_cast<char>(values.size()), 0};
    EncodeIntegers(std::span<const uint64_t>(values), {}, &bytes);
    Write("columns", std::to_string(i++) + ".integers", bytes);
  }
  const std::vector<std::string_view> strings = {"", "a", "ab", "abacus", "runtime.main"};
  std::string bytes = {static_cast<char>(strings.size()), 2};
  EncodeSortedStrings(strings, {}, &bytes);
  Write("columns", "sorted.strings", bytes);
}

// Small blocks of several layouts: all kinds of sections are there.
void Blocks() {
  const BlockOptions layouts[] = {
      {}, {.profiles_per_group = 1}, {.samples_per_chunk = 1, .smallest = true}, {.zstd_level = 0}};
  int i = 0;
  for (const BlockOptions& options : layouts) {
    Write("block", "layout" + std::to_string(i++) + ".dol", Block(options));
  }
}

void Footers(const std::string& block) {
  const absl::StatusOr<size_t> size = FooterSize(block, block.size(), {});
  Must(size.ok());
  const size_t begin = block.size() - kTrailerBytes - *size;
  Write("footer", "bare.footer", std::string_view(block).substr(begin, *size));
  Write("footer", "sealed.footer", std::string_view(block).substr(begin));
}

// A partial and a split of each kind of question.
template <class Question>
void Asked(const std::string& name, const Question& question, const BlockReader& block) {
  Query<Question> query(question);
  Must(query.Add(block).ok());
  const std::string partial = query.Serialize();
  const absl::StatusOr<std::string_view> packed = Unseal(kPartialEnvelope, partial);
  Must(packed.ok());
  const absl::StatusOr<std::string> content = Unpack(*packed, SIZE_MAX);
  Must(content.ok());
  Write("partial", name + ".partial", Seal(kPartialEnvelope, std::string(1, '\0') + *content));
  const BlockReader* const blocks[] = {&block};
  const absl::StatusOr<QueryPlan> plan = MakePlan<Question>(blocks, question);
  Must(plan.ok() && !plan->splits.empty());
  Write("partial", name + ".split", plan->splits[0].bytes);
}

void Partials() {
  const auto store = MakeMemoryStore();
  Must(store->Put("block-0", Block()).ok());
  const absl::StatusOr<BlockReader> block = BlockReader::Open(store.get(), "block-0");
  Must(block.ok());
#define DOLERITE_ASK(name, number) Asked(#name, name##Question(), *block);
  DOLERITE_QUESTIONS(DOLERITE_ASK)
#undef DOLERITE_ASK
  Asked("GroupedByPod", GroupedTreesQuestion{.group_by = {"pod"}}, *block);
  Asked("SeriesByPod", SeriesQuestion{.group_by = {"pod"}}, *block);
}

// A question of each kind, and one with a value of every shape that JSON has for them.
void Questions() {
#define DOLERITE_PRINT(name, number) \
  Write("question", #name ".json", *PrintQuestion(dolerite::Asked<name##Question>()));
  DOLERITE_QUESTIONS(DOLERITE_PRINT)
#undef DOLERITE_PRINT
  Write(
      "question", "selection.json",
      R"({"question":"tree","selection":{"start":"2026-05-04T10:00:00.5+02:00","end":17,)"
      R"("matchers":"{a=\"b\",c!~\"\\xff\"}","profile_type":"cpu","profile_ids":[)"
      R"("00112233445566778899aabbccddeeff"],"span_ids":["0011223344556677"],"tag_focus":"k=1:",)"
      R"("stacks":{"focus":"f","call_path":["a","\u00e9\ud83d\ude00"],"addresses":[{"mapping":"m",)"
      R"("begin":1,"end":18446744073709551615}]}},"by":"line","kinds":[{"profile_type":"heap",)"
      R"("sample_type":"x","kind":"gauge"}],"max_nodes":3,"answer":{"format":"table","rows":2}})");
  Write(
      "question", "series.json",
      R"({"question":"series","selection":{"profile_type":"cpu"},"step":"1h30m","aggregate":)"
      R"("quantile","quantile":9.5e-1,"group_by":["pod"],"exemplars":2,"answer":{"format":"svg"}})");
  Write(
      "question", "faults.json",
      R"({"question":"diff","base":{"matcher":"\ud800"},"base":[[[[1e999,18446744073709551616]]]]})");
}

void Lies() {
  Write("store", "truth", std::string(4, '\0'));
  Write("store", "cut", std::string("\0\x81", 2));
  Write("store", "long", "\x12");
  Write("store", "changed", std::string("\0\0\x83\xc3", 4));
  Write("store", "size", "\x0c\x0d");
  Write("store", "away", std::string("\0\x07", 2));
}

void S3Answers() {
  Write(
      "s3_xml", "list.xml",
      R"(<?xml version="1.0"?><ListBucketResult xmlns="u"><Contents><Key>a/b</Key><Size>12</Size>)"
      R"(<ETag>&quot;e&#34;</ETag></Contents><IsTruncated>true</IsTruncated>)"
      R"(<NextContinuationToken>t</NextContinuationToken></ListBucketResult>)");
  Write(
      "s3_xml", "uploads.xml",
      R"(<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>i</UploadId>)"
      R"(<Initiated>2013-05-24T00:00:00.000Z</Initiated></Upload><NextKeyMarker>k</NextKeyMarker>)"
      R"(<IsTruncated>true</IsTruncated></ListMultipartUploadsResult>)");
  Write(
      "s3_xml", "error.xml",
      " \n<!-- c --><Error x='>'><Code>NoSuchKey</Code><Message>&#xe4;</Message><Region>r</Region>"
      "<Endpoint/></Error>");
  Write("s3_xml", "completed.xml",
        "<n:CompleteMultipartUploadResult><n:ETag>\"e-2\"</n:ETag></"
        "n:CompleteMultipartUploadResult>");
  Write("s3_xml", "started.xml",
        "<InitiateMultipartUploadResult><UploadId>i</UploadId></InitiateMultipartUploadResult>");
  Write("s3_headers", "part",
        "HTTP/1.1 206 Partial Content\r\nETag: \"a-1\"\r\nContent-Range: bytes 2-9/100\r\n"
        "Content-Length: 8\r\nDate: Fri, 24 May 2013 00:00:00 GMT\r\n\r\n");
  Write("s3_headers", "interim",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nx: 2013-05-24T00:00:00Z\r\n\r\n");
}

void Archives() {
  Manifest m;
  m.archive = {1}, m.number = 9, m.commit = {2}, m.time_nanos = 3, m.floor = 4;
  m.last_tombstone = 6;
  m.blocks = {{{3, {1}}, {7}, 1000, 1, 5, {}, {{"cart", 3, -1, 5}, {"shop", 2, 0, 0}}},
              {{8, {0}}, {8}, 2000, 2, 0, {}, {{"", 1, INT64_MIN, INT64_MAX}}}};
  m.consumed = {{{-5, -1, 2, {1}}, 2}, {{6, 1, 1, {}}, 9}};
  m.dropped = {{{2, {5}}, 3}};
  m.tombstones = {{2, 3, 77, {4}, {{"a", LabelMatcher::Op::kNoMatch, "b.*"}}, {{1, 2}}, 0, 9}};
  m.cuts = {{"", true, -5}, {"cart", false, 6}};
  m.rules = {{"alloc_space"}, {"pod"}, false};
  const std::string full = EncodeManifest(m);
  Write("manifest", "full.manifest", full);
  Write("manifest", "full.content", std::string_view(full).substr(8, full.size() - 16));
  Manifest small;
  small.number = 1;
  const std::string first = EncodeManifest(small);
  Write("manifest", "first.content", std::string_view(first).substr(8, first.size() - 16));
  const auto pages = MakePages({}, {8, {1}}, m.blocks, 100);
  Must(pages.ok());
  const std::string& page = pages->front().bytes;
  Write("manifest", "page.content", std::string_view(page).substr(8, page.size() - 16));
  Write("manifest", "header", EncodeArchiveHeader({{5}, "service_name"}));
  Write("keys", "segment", m.consumed[0].name.key());
  Write("keys", "block", m.blocks[0].name.key());
  Write("keys", "manifest", ManifestKey(9));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "make_seeds DIRECTORY\n"), 2;
  top = argv[1];
  Profiles();
  Json();
  Texts();
  Columns();
  Blocks();
  Footers(Block());
  Partials();
  Questions();
  Lies();
  S3Answers();
  Archives();
  return 0;
}
