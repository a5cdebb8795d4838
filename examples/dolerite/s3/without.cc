// The program without S3, which starts in a millisecond, and its way to the one with it.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "cli.h"
#include "places.h"

namespace dolerite::cli {

// Only tests come here: the program itself hands over before it opens anything.
absl::StatusOr<std::unique_ptr<ObjectStore>> OpenS3(const S3Place&) {
  return absl::UnimplementedError("this program is built without S3");
}

absl::StatusOr<uint64_t> AbortS3Uploads(ObjectStore*, int64_t) { return 0; }

// On success this process goes on as the other program, with the same arguments.
std::optional<int> HandOverToS3(int argc, char** argv) {
  bool wanted = false;
  for (int i = 1; i < argc; ++i) wanted |= IsRemote(argv[i]);
  if (!wanted) return std::nullopt;
  std::error_code error;
  const std::string other = std::filesystem::read_symlink("/proc/self/exe", error).string() + "-s3";
  if (!error) execv(other.c_str(), argv);
  Say("s3:// needs the program " + other + ", which can't be started (" + std::strerror(errno) +
      "). It is built and installed beside this one where libcurl and OpenSSL are: "
      "examples/install-deps.sh installs them");
  return kFailure;
}

}  // namespace dolerite::cli
