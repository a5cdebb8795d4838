// The kind of a profile (cpu, heap, mutex ..) that its file's name says.
#ifndef DOLERITE_EXAMPLES_KIND_OF_FILE_H_
#define DOLERITE_EXAMPLES_KIND_OF_FILE_H_

#include <string>

#include "dolerite/profile.h"

namespace dolerite::cli {

// Go's mutex and block profiles have the same sample types, as heap and allocs profiles have: only
// the file's name tells them apart. The kind is the one well-known word among the words of the
// name (0001.mutex.pb.gz, block.pb.gz, go126_block), if the profile has the sample types of that
// kind; else "".
std::string KindOfFile(const std::string& path, const Profile& profile);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_KIND_OF_FILE_H_
