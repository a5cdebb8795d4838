// `dolerite verify` of archives.
#ifndef DOLERITE_EXAMPLES_ARCHIVE_CHECK_H_
#define DOLERITE_EXAMPLES_ARCHIVE_CHECK_H_

#include <CLI/CLI.hpp>
#include <string>

namespace dolerite::cli {

struct ArchiveCheck {
  std::string service, from, to;  // "": all
  std::string dataset_label;      // of a header that is made anew; "": is found
  bool repair = false, json = false;

  void AddTo(CLI::App* command);
  // The exit code: damaged if something is wrong, and was not repaired.
  int Run(const std::string& archive) const;
};

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_ARCHIVE_CHECK_H_
