// kNarrowGroups, kWideGroups: two control bits for each code, four codes a byte from the lowest
// bits up; then, for each code, as many of its lowest bytes as the kind has for them. Control bits
// apart from data is the idea of Lemire, Kurz and Rupp, "Stream VByte" (2018).
#include <algorithm>
#include <bit>

#include "encoding/codes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dolerite {
namespace {

// For each control byte of one table: how many bytes its four codes take, and
// where they lie for a byte shuffle to four 32-bit lanes.
struct GroupTables {
  std::array<uint8_t, 256> bytes{};
  std::array<std::array<uint8_t, 16>, 256> shuffles{};
};

// A shuffle index with its high bit set gives a byte of 0, so short codes are filled up with zeros.
constexpr GroupTables MakeTables(const std::array<uint8_t, 4>& lengths) {
  GroupTables tables;
  for (size_t control = 0; control < 256; ++control) {
    uint8_t at = 0;
    for (size_t lane = 0; lane < 4; ++lane) {
      const uint8_t length = lengths[control >> (2 * lane) & 3];
      for (uint8_t b = 0; b < 4; ++b) {
        tables.shuffles[control][4 * lane + b] = b < length ? at + b : 0x80;
      }
      at += length;
    }
    tables.bytes[control] = at;
  }
  return tables;
}

// Frozen.
constexpr std::array<std::array<uint8_t, 4>, 2> kLengths = {{{0, 1, 2, 4}, {0, 2, 4, 8}}};
constexpr std::array<GroupTables, 2> kTables = {MakeTables(kLengths[0]), MakeTables(kLengths[1])};

uint8_t ControlAt(std::string_view controls, size_t i) {
  return static_cast<uint8_t>(controls[i / 4]) >> (i % 4 * 2) & 3;
}

// The bytes of data that `count` codes take.
// Whole groups by table, the codes of the last group one by one: unused control bits are ignored.
size_t DataBytes(size_t table, std::string_view controls, size_t count) {
  size_t sum = 0;
  for (size_t group = 0; group < count / 4; ++group) {
    sum += kTables[table].bytes[static_cast<uint8_t>(controls[group])];
  }
  for (size_t i = count / 4 * 4; i < count; ++i) {
    sum += kLengths[table][ControlAt(controls, i)];
  }
  return sum;
}

uint64_t Mask(uint8_t bytes) { return bytes == 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * bytes) - 1; }

// Decodes codes [i, stop) and removes their data. Reads whole words while there is room for them.
// *all becomes the bitwise or of all codes.
template <class T>
void ReadScalar(size_t table, std::string_view controls, size_t i, size_t stop,
                std::string_view* data, T* codes, uint64_t* all) {
  const auto& lengths = kLengths[table];
  const std::array<uint64_t, 4> masks = {Mask(lengths[0]), Mask(lengths[1]), Mask(lengths[2]),
                                         Mask(lengths[3])};
  const char* at = data->data();
  const char* end = at + data->size();
  for (; i < stop; ++i) {
    const uint8_t control = ControlAt(controls, i);
    uint64_t code = 0;
    if (end - at >= 8) {
      code = LoadLittle<uint64_t>(at) & masks[control];
    } else {
      std::memcpy(&code, at, lengths[control]);
    }
    *all |= code;
    codes[i] = static_cast<T>(code);
    at += lengths[control];
  }
  data->remove_prefix(at - data->data());
}

#if defined(__x86_64__)
// These functions are compiled for SSSE3 and are called only if the processor has it.
__attribute__((target("ssse3"))) inline void Store(__m128i lanes, uint32_t* codes) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(codes), lanes);
}
// Narrow lanes become 64-bit codes with zeros above.
__attribute__((target("ssse3"))) inline void Store(__m128i lanes, uint64_t* codes) {
  const __m128i zero = _mm_setzero_si128();
  _mm_storeu_si128(reinterpret_cast<__m128i*>(codes), _mm_unpacklo_epi32(lanes, zero));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(codes + 2), _mm_unpackhi_epi32(lanes, zero));
}

// True if a code of the group takes eight bytes: too many for a shuffle.
bool HasEight(size_t table, uint8_t control) {
  return table == 1 && (control & control >> 1 & 0x55) != 0;
}

// Decodes groups of four from code i on, up to one that is not for a shuffle or has
// less than 16 bytes of data; takes their data away and returns where it stopped.
// At least 16 bytes are left in each round, so that the load stays in the data.
template <class T>
__attribute__((target("ssse3"))) size_t ReadShuffled(size_t table, std::string_view controls,
                                                     size_t i, size_t count, std::string_view* data,
                                                     T* codes) {
  const GroupTables& tables = kTables[table];
  const char* at = data->data();
  const char* end = at + data->size();
  for (; i + 4 <= count && end - at >= 16; i += 4) {
    const uint8_t control = static_cast<uint8_t>(controls[i / 4]);
    if (HasEight(table, control)) break;
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto* shuffle = reinterpret_cast<const __m128i*>(tables.shuffles[control].data());
    Store(_mm_shuffle_epi8(bytes, _mm_loadu_si128(shuffle)), codes + i);
    at += tables.bytes[control];
  }
  data->remove_prefix(at - data->data());
  return i;
}

bool CanShuffle() { return __builtin_cpu_supports("ssse3"); }
#else
template <class T>
size_t ReadShuffled(size_t, std::string_view, size_t i, size_t, std::string_view*, T*) {
  return i;
}
bool CanShuffle() { return false; }
#endif

}  // namespace

const std::array<uint8_t, 4>& GroupLengths(CodeKind kind) {
  return kLengths[kind == CodeKind::kWideGroups];
}

// Room for the longest is reserved, so that the place of the controls does not move.
void AppendGroups(CodeKind kind, std::span<const uint64_t> codes, std::string* out) {
  const auto& lengths = GroupLengths(kind);
  std::array<uint8_t, 9> controls{};  // by the bytes that a code has
  for (size_t bytes = 0; bytes < 9; ++bytes) {
    while (controls[bytes] < 3 && lengths[controls[bytes]] < bytes) ++controls[bytes];
  }
  std::array<uint8_t, 65> control_of{};  // by the bits
  for (size_t bits = 0; bits < 65; ++bits) control_of[bits] = controls[(bits + 7) / 8];
  const size_t begin = out->size(), groups = (codes.size() + 3) / 4;
  out->reserve(begin + groups + 8 * codes.size());
  out->resize(begin + groups);
  char* group = out->data() + begin;
  NumberAppender data(out);
  const uint64_t *code = codes.data(), *const end = code + codes.size();
  for (; code != end; ++group) {
    unsigned group_controls = 0;
    char* at = data.Begin();
    for (int shift = 0; shift < 8 && code != end; shift += 2, ++code) {
      const uint8_t control = control_of.data()[std::bit_width(*code)];
      group_controls |= unsigned{control} << shift;
      std::memcpy(at, code, 8);
      at += lengths.data()[control];
    }
    data.End(at);
    *group = static_cast<char>(group_controls);
  }
}

// All sizes are known before the first code is read: the control bytes say how much data follows,
// and it must be there. Groups of four go through the shuffle; a group that has wide codes, and the
// end of the data, go through the scalar loop.
template <class T>
CodesRead ReadGroups(CodeKind kind, ByteReader* in, size_t count, T* codes) {
  const size_t table = kind == CodeKind::kWideGroups;
  std::string_view controls, data;
  if (!in->ReadBytes(count / 4 + (count % 4 != 0), &controls) ||
      !in->ReadBytes(DataBytes(table, controls, count), &data)) {
    return CodesRead::kDamaged;
  }
  const bool can_shuffle = CanShuffle();
  uint64_t all = 0;  // shuffled codes have 32 bits
  for (size_t i = 0; i < count;) {
    if (can_shuffle) i = ReadShuffled(table, controls, i, count, &data, codes);
    const size_t stop = can_shuffle && data.size() >= 16 ? std::min(count, i + 4) : count;
    ReadScalar(table, controls, i, stop, &data, codes, &all);
    i = stop;
  }
  return all == static_cast<T>(all) ? CodesRead::kOk : CodesRead::kTooWide;
}

template CodesRead ReadGroups(CodeKind kind, ByteReader* in, size_t count, uint32_t* codes);
template CodesRead ReadGroups(CodeKind kind, ByteReader* in, size_t count, uint64_t* codes);

}  // namespace dolerite
