// Answers to each kind of question about real profiles, held as digests: a change that is meant to
// keep answers keeps these. Whoever changes an answer on purpose says why, and takes the new
// digests from this test's message.
#include "base/checksum.h"
#include "query/every_question.h"

namespace dolerite::testing {
namespace {

struct Kind {
  const char* name;
  std::vector<uint64_t> digests;  // in the order of AskEvery
};

const Kind kKinds[] = {
    {"cpu",
     {0xd844dea6c7809d81, 0xbda1e211bde2b944, 0x675b3cee7dcbd628, 0xbc362e06b08cfc0f,
      0xd4eb1a23d47897a2, 0xc5d1a7e60ca4364f, 0x1389874105b77e2c, 0x215162cb6d9b92c0,
      0xf91ab15c9c161ef8, 0x38cc1bc837fc78dd, 0x3beb35347f88bda6}},
    {"heap",
     {0x811b2644833e6cc8, 0x0d45150ce67d1540, 0xdae975a75ba08a2c, 0xebc10e1ad7f80cf7,
      0x06d4d6062df55d8e, 0x3eb9ab76f15b3732, 0x5772a1fa5961c74b, 0xbd0860a4d252e0bc,
      0x2b8b503ea5736892, 0x482870fcee6e1f1c, 0x1b134c8c70fd353a}},
    {"goroutine",
     {0x4acb730018f759bd, 0x04436654d48ecf45, 0x5c5d98fc86f4fa41, 0xcdd01e9c6e32a1f4,
      0x00e655807292f744, 0xe6e5f6cd942203e5, 0x62104da41b69f314, 0xd540889e150f043e,
      0x5165f4245df0141a, 0x020f635ccb1b9386, 0x9a1118f7c9d19bd3}},
    {"mutex",
     {0x8fbf3a59e7d5e18e, 0xbe2c1693ea671146, 0xcbdc0d9f8805688a, 0xc0e5ea8afcd32e8f,
      0x14ab4014593d9748, 0xdcf49a76e641c264, 0x03ac696a9ac65017, 0x1911570ae5bb20c9,
      0x907aeca6101a8172, 0x7f1c03e62581b529, 0xc8aa3ab6a6c9d14f}},
};

TEST_CASE("answers about a real series are what they were") {
  if (!CorpusPresent()) return;
  Stored stored;
  stored.Put(Build(ReadSeries("checkout/", 8)));
  stored.Put(Build(ReadSeries("checkout/v1.6.0/", 12), {.profiles_per_group = 1}));
  for (const Kind& kind : kKinds) {
    Selection one;
    one.matchers = {{"kind", LabelMatcher::Op::kEqual, kind.name}};
    std::vector<uint64_t> digests;
    std::string found;
    AskEvery(one, [&]<class Q>(const Q& question, const typename Q::Finish& how) {
      digests.push_back(Checksum64(TextOfAnswer<Q>(Added(question, stored.blocks()), how)));
      found += std::to_string(digests.back()) + "u, ";
    });
    INFO(kind.name << ": " << found);
    CHECK(digests == kind.digests);
  }
}

}  // namespace
}  // namespace dolerite::testing
