// Runs a fuzz harness without libFuzzer: over each file given, or below a directory given, as it is
// and with damage. The damage depends on the input alone, so that a run can be repeated.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;

constexpr int kSkipped = 77;  // CTest calls the test skipped
constexpr int kDamages = 16;
constexpr size_t kMaxDamagedBytes = 1 << 16;

// xorshift64*.
struct Random {
  uint64_t state = 0x9e3779b97f4a7c15;

  size_t Below(size_t n) {
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    return static_cast<size_t>((state * 0x2545f4914f6cdd1d) >> 32) % n;
  }
};

std::vector<fs::path> FilesBelow(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

// Cuts the input, or sets some of its bytes.
std::string Damage(std::string input, Random* random) {
  if (random->Below(4) == 0) return input.substr(0, random->Below(input.size()));
  for (size_t left = 1 + random->Below(4); left > 0; --left) {
    input[random->Below(input.size())] = static_cast<char>(random->Below(256));
  }
  return input;
}

void RunDamaged(const std::string& input) {
  if (input.empty() || input.size() > kMaxDamagedBytes) return;
  Random random;
  for (int i = 0; i < kDamages; ++i) Run(Damage(input, &random));
}

}  // namespace

int main(int argc, char** argv) {
  size_t inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const fs::path& file : FilesBelow(argv[i])) {
      const std::string input = ReadFile(file);
      std::fprintf(stderr, "%s\n", file.c_str());  // the last one named is the one that crashed
      Run(input);
      RunDamaged(input);
      ++inputs;
    }
  }
  std::printf("%zu inputs\n", inputs);
  if (inputs > 0) return 0;
  std::printf("SKIPPED: no inputs here\n");
  return kSkipped;
}
