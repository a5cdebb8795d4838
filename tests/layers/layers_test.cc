#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "layers/rules.h"
#include "layers/source_text.h"
#include "support/source_dir.h"

namespace dolerite::layers {
namespace {

size_t CountIn(const std::string& path, const std::string& text) {
  return Check({path, text}).size();
}

TEST_CASE("each file of the tree obeys the rules") {
  const std::vector<SourceFile> tree = ReadTree(SourceDir());
  CHECK(tree.size() > 50);
  for (const SourceFile& file : tree) {
    for (const std::string& violation : Check(file)) FAIL_CHECK(violation);
  }
}

TEST_CASE("a file has the layer of its folder or of its row in the table") {
  CHECK(LayerOf("src/block/sections.cc") == "block");
  CHECK(LayerOf("block/block_generated.h") == "block");
  CHECK(LayerOf("include/dolerite/pprof.h") == "formats");
  CHECK(LayerOf("dolerite/tree.h") == "model");
  CHECK(LayerOf("dolerite/nobody_knows.h").empty());
  CHECK(LayerOf("absl/status/status.h").empty());
  CHECK(LayerOf("tests/block/block_test.cc").empty());
}

TEST_CASE("layers include downwards only") {
  CHECK(CountIn("src/query/a.cc", "#include \"block/b.h\"\n#include \"base/c.h\"\n") == 0);
  CHECK(CountIn("src/query/a.cc", "#include \"dolerite/object_store.h\"\n") == 0);
  CHECK(CountIn("src/block/a.cc", "#include \"dolerite/symbols.h\"\n#include <zstd.h>\n") == 0);

  CHECK(CountIn("src/base/a.h", "#include \"model/b.h\"\n") == 1);
  CHECK(CountIn("src/model/a.cc", "#include \"encoding/b.h\"\n") == 1);
  CHECK(CountIn("src/formats/a.cc", "#include \"block/b.h\"\n") == 1);
  CHECK(CountIn("src/block/a.cc", "  #  include <dolerite/pprof.h>\n") == 1);
  CHECK(CountIn("src/query/a.cc", "#include \"archive/b.h\"\n") == 1);
  CHECK(CountIn("include/dolerite/tree.h", "#include \"dolerite/query.h\"\n") == 1);
}

TEST_CASE("folders within a layer include downwards only") {
  CHECK(FolderOf("src/query/scan/scan.cc") == "query/scan");
  CHECK(FolderOf("query/scan/scan.h") == "query/scan");
  CHECK(FolderOf("src/query/plan.cc").empty());
  CHECK(FolderOf("tests/query/scan/a.cc").empty());
  const auto allows = [](const std::string& path, const std::string& included) {
    return CheckFolders({path, "#include \"" + included + "\"\n"}).empty();
  };
  CHECK(allows("src/formats/otlp/a.cc", "formats/otlp/b.h"));
  CHECK(allows("src/formats/otlp/a.cc", "formats/wire/b.h"));
  CHECK(allows("src/formats/otlp/a.cc", "model/b.h"));
  CHECK(allows("src/formats/otlp/a.cc", "dolerite/pprof.h"));
  CHECK(allows("src/formats/jfr/a.cc", "formats/wire/b.h"));
  CHECK(allows("src/formats/a.cc", "formats/otlp/b.h"));
  CHECK_FALSE(allows("src/formats/otlp/a.cc", "formats/pprof/b.h"));
  CHECK_FALSE(allows("src/formats/otlp/a.cc", "formats/b.h"));
  CHECK_FALSE(allows("src/formats/wire/a.cc", "formats/otlp/b.h"));
  CHECK_FALSE(allows("src/render/charts/a.cc", "render/flamegraph/b.h"));

  CHECK(allows("src/query/scan/a.cc", "query/select/b.h"));
  CHECK(allows("src/query/answers/a.cc", "query/scan/b.h"));
  CHECK(allows("src/query/answers/a.cc", "query/query_core.h"));
  CHECK(allows("src/query/a.cc", "query/answers/b.h"));
  CHECK_FALSE(allows("src/query/select/a.cc", "query/scan/b.h"));
  CHECK_FALSE(allows("src/query/scan/a.cc", "query/answers/b.h"));
  CHECK_FALSE(allows("src/query/answers/a.cc", "query/partial.h"));
  CHECK_FALSE(allows("src/block/deep/a.cc", "block/b.h"));
}

TEST_CASE("public headers have a layer and show nothing but Abseil") {
  const std::string path = "include/dolerite/tree.h";
  CHECK(CountIn(path, "#include <span>\n#include \"absl/status/status.h\"\n") == 0);
  CHECK(CountIn(path, "#include <zstd.h>\n") == 1);
  CHECK(CountIn(path, "#include \"base/text.h\"\n") == 1);
  CHECK(CountIn(path, "#include <nlohmann/json.hpp>\n") == 1);
  CHECK(CountIn("include/dolerite/nobody_knows.h", "") == 1);
}

TEST_CASE("macros carry the library's name") {
  CHECK(CountIn("src/base/a.h", "#define DOLERITE_A 1\n") == 0);
  CHECK(CountIn("src/base/a.cc", "#define XXH_INLINE_ALL\n") == 0);
  CHECK(CountIn("src/base/a.h", "#define CHECK_THAT(x) x\n") == 1);
  CHECK(CountIn("src/base/a.h", "// #define CHECK_THAT(x) x\n") == 0);
  CHECK(CountIn("tests/base/a.cc", "#define CHECK_THAT(x) x\n") == 0);
}

TEST_CASE("the library leaves the process alone") {
  for (const char* line :
       {"std::cout << 1;", "std::printf(\"\");", "fprintf(f, \"\");", "abort();", "std::exit(1);",
        "getenv(\"A\");", "std::thread t;", "std::time(nullptr);", "Clock::now();", "absl::Now();",
        "rand();", "std::random_device d;", "puts(\"\");", "clock_gettime(0, &t);"}) {
    INFO(line);
    CHECK(CountIn("src/block/a.cc", line) == 1);
    CHECK(CountIn("tests/block/a.cc", line) == 0);
  }
  for (const char* line :
       {"snprintf(a, 1, \"\");", "// abort()", "\"exit()\";", "profile.time();", "run_time(x);",
        "R\"(getenv(x))\";", "/* std::cout\n std::cerr */", "int64_t operand();", "1'000 + 'a';"}) {
    INFO(line);
    CHECK(CountIn("src/block/a.cc", line) == 0);
  }
}

TEST_CASE("files are short, finished, and of no one machine") {
  std::string lines;
  for (int i = 0; i < 500; ++i) lines += "\n";
  CHECK(CountIn("tests/a.cc", lines) == 0);
  CHECK(CountIn("tests/a.cc", lines + "\n") == 1);
  CHECK(CountIn("src/block/a.cc", std::string("// TO") + "DO: later\n") == 1);
  CHECK(CountIn("examples/a.sh", std::string("cd /wo") + "rk/main\n") == 1);
  CHECK(CountIn("examples/a.sh",
                "cd $top/wo"
                "rk/main; a/home/b\n") == 0);
}

TEST_CASE("code is what is left without comments and literals") {
  CHECK(CodeOnly("a /* b */ c") == "a         c");
  CHECK(CodeOnly("a // b\nc") == "a     \nc");
  CHECK(CodeOnly(R"(f("x\"y", 'z');)") == "f(      ,    );");
  CHECK(CodeOnly("R\"x(a)\" b)x\" c") == "             c");
  CHECK(CodeOnly("1'000'000") == "1'000'000");
  CHECK(CodeOnly("/* open").size() == 7);
}

}  // namespace
}  // namespace dolerite::layers
