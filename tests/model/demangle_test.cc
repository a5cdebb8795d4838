#include "dolerite/demangle.h"

#include <catch2/catch.hpp>
#include <random>

#include "support/trees.h"

namespace dolerite::testing {
namespace {

TEST_CASE("names of linkers are shown as people write them") {
  const std::pair<const char*, const char*> kNames[] = {
      {"_ZN3foo3barEv", "foo::bar()"},
      {"__ZN3foo3barEv", "foo::bar()"},
      {"_ZN6duckdb13TaskScheduler14ExecuteForeverEPNSt3__16atomicIbEE",
       "duckdb::TaskScheduler::ExecuteForever(std::__1::atomic<bool>*)"},
      {"_ZN14regex_automata4util8captures14GroupInfoInner14small_slot_len17h3554d4e8237ec643E",
       "regex_automata::util::captures::GroupInfoInner::small_slot_len"},
      {"_ZN51_$LT$alloc..vec..Vec$u20$as$u20$core..ops..Drop$GT$4drop17h0123456789abcdefE",
       "<alloc::vec::Vec as core::ops::Drop>::drop"},
      {"_RNvCskwGfYPst2Cb_3foo16example_function", "foo::example_function"},
      {"__RNvCskwGfYPst2Cb_3foo16example_function", "foo::example_function"},
      {"_RNCNvC4core4main0", "core::main::{closure#0}"},
      {"_RINvNtC3std3mem8align_ofjE", "std::mem::align_of::<usize>"},
      {"_RNvXC3fooNtB2_3BarNtC4core4Drop4drop", "<foo::Bar as core::Drop>::drop"},
      {"_RNvMC3fooNtB2_3Bar3new", "<foo::Bar>::new"},
      {"_RINvC3foo3barRShTlxEE", "foo::bar::<&[u8], (i32, i64)>"},
      {"main.main", "main.main"},
      {"_start", "_start"},
      {"_Zo", "_Zo"},
      {"_R", "_R"},
      {"_ZN", "_ZN"},
      {"", ""},
  };
  for (const auto& [mangled, shown] : kNames) CHECK(Demangle(mangled) == shown);
}

TEST_CASE("hostile names cost little and give little") {
  CHECK(Demangle("_ZN" + std::string(5'000, '1')).size() == 5'003);
  // Each step doubles the one before.
  std::string doubling = "_Z1fSt4pairIiiE";
  for (char c : std::string("_0123456789ABCDEFGHIJ")) {
    const std::string ref = c == '_' ? "S_" : std::string("S") + c + "_";
    doubling += "St4pairI" + ref + ref + "E";
  }
  CHECK(Demangle(doubling) == doubling);
  // A v0 name that refers to itself, and one nested too deep.
  CHECK(Demangle("_RB_") == "_RB_");
  const std::string deep = "_RNvC1a1b" + std::string(900, 'R');
  CHECK(Demangle(deep).size() <= 16'384);
  std::mt19937_64 random(1);
  const std::string letters = "_RZNIBSTEKCMXYLsjp0123456789aQ.$";
  for (int i = 0; i < 20'000; ++i) {
    std::string name = i % 2 ? "_R" : "_ZN";
    for (size_t n = random() % 60; n > 0; --n) name += letters[random() % letters.size()];
    if (Demangle(name).size() > 20'000) FAIL("a name grew to " << Demangle(name).size());
  }
}

TEST_CASE("a tree is shown with its names demangled, what then is called alike as one") {
  Tree tree = TreeOf({{{"main", "_ZN3foo3barEv"}, {5}}, {{"main", "foo::bar()"}, {7}}});
  REQUIRE(tree.SumTotals().ok());
  tree.type = "cpu", tree.aggregate = "average";
  const Tree shown = Demangled(tree);
  REQUIRE(shown.size() == 3);
  CHECK(shown.names[shown.name[2]] == "foo::bar()");
  CHECK(shown.columns[0].total[2] == 12);
  CHECK(shown.type == "cpu");
  CHECK(shown.aggregate == "average");
}

}  // namespace
}  // namespace dolerite::testing
