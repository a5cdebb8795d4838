// The corpus of real and hostile files beside the source tree, if it is there.
#ifndef DOLERITE_TESTS_SUPPORT_CORPUS_H_
#define DOLERITE_TESTS_SUPPORT_CORPUS_H_

#include <string>
#include <string_view>
#include <vector>

namespace dolerite::testing {

// False, with a warning in the test's output, if the corpus is missing. Tests that need it
// return then.
bool CorpusPresent();

// The whole file; `name` is relative to the corpus, as in "edge/gzip.pb.gz".
std::string ReadCorpusFile(std::string_view name);

// The files of a folder as names for ReadCorpusFile, sorted.
std::vector<std::string> ListCorpus(std::string_view folder);

// Lines of tab-separated fields; lines that begin with # are left out.
std::vector<std::vector<std::string>> ReadCorpusTsv(std::string_view name);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_CORPUS_H_
