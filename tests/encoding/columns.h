// Generated columns that look like those of profiles, and some that do not.
#ifndef DOLERITE_TESTS_ENCODING_COLUMNS_H_
#define DOLERITE_TESTS_ENCODING_COLUMNS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace dolerite::testing {

// xorshift64*: the same numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2654435769u + 88172645463325252u) {}
  uint64_t operator()() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 2685821657736338717u;
  }
  uint64_t Below(uint64_t bound) { return (*this)() % bound; }

 private:
  uint64_t state_;
};

struct Column {
  std::string name;
  std::vector<uint64_t> values;
};

template <class Next>
Column MakeColumn(std::string name, size_t count, Next next) {
  Column column{std::move(name), {}};
  column.values.reserve(count);
  for (size_t i = 0; i < count; ++i) column.values.push_back(next(i));
  return column;
}

// Values of up to `bits` bits, small ones far more often than large ones.
inline uint64_t Skewed(Random* random, int bits) {
  const uint64_t width = random->Below(bits + 1);
  return width == 0 ? 0 : (*random)() >> (64 - width);
}

inline std::vector<Column> NarrowColumns(size_t count) {
  Random random(count + 1);
  uint64_t sum = 0;
  return {
      MakeColumn("zeros", count, [](size_t) { return 0; }),
      MakeColumn("constant", count, [](size_t) { return 4'000'000'000; }),
      MakeColumn("progression", count, [](size_t i) { return 17 + 3 * i; }),
      MakeColumn("countdown", count, [&](size_t i) { return 3 * (count - i); }),
      MakeColumn("bits", count, [&](size_t) { return random() & 1; }),
      MakeColumn("bytes", count, [&](size_t) { return random.Below(200); }),
      MakeColumn("random32", count, [&](size_t) { return random() >> 32; }),
      MakeColumn("skewed", count, [&](size_t) { return Skewed(&random, 32); }),
      MakeColumn("offset", count, [&](size_t) { return 3'000'000'000 + random.Below(1000); }),
      MakeColumn("multiples", count, [&](size_t) { return 10'000'000 * random.Below(50); }),
      MakeColumn("runs", count, [&](size_t i) { return i % 300 * 7 + random.Below(7); }),
      MakeColumn("repeats", count, [&](size_t i) { return (i % 97) * (i % 97) * 12345; }),
      MakeColumn("outliers", count,
                 [&](size_t) { return random.Below(50) == 0 ? 0xffffffff : random.Below(9); }),
      MakeColumn("sorted", count, [&](size_t) { return sum += random.Below(9); }),
  };
}

inline std::vector<Column> WideColumns(size_t count) {
  Random random(count + 2);
  uint64_t time = 1'700'000'000'000'000'000;
  return {
      MakeColumn("random64", count, [&](size_t) { return random(); }),
      MakeColumn("skewed64", count, [&](size_t) { return Skewed(&random, 64); }),
      MakeColumn("times", count,
                 [&](size_t) { return time += 15'000'000'000 + random.Below(1'000'000); }),
      MakeColumn("ticks", count, [&](size_t i) { return time + 15'000'000'000 * (i / 3); }),
      MakeColumn("extremes", count,
                 [&](size_t) { return uint64_t{0} - (random.Below(3) << random.Below(64)); }),
      MakeColumn("signs", count,
                 [&](size_t i) { return i % 2 ? uint64_t{1} << 63 : (uint64_t{1} << 63) - 1; }),
      MakeColumn("halves", count, [&](size_t i) { return i % 2 ? uint64_t{1} << 63 : 0; }),
      MakeColumn("negatives", count, [&](size_t) { return 5 - random.Below(10); }),
      MakeColumn("all_ones", count, [](size_t) { return ~uint64_t{0}; }),
      MakeColumn("large_multiples", count,
                 [&](size_t) { return (uint64_t{1} << 40) * 3 * random.Below(1000); }),
  };
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_ENCODING_COLUMNS_H_
