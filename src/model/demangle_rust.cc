// One class reads v0 names by recursive descent and prints as it reads. Depth and output are
// bounded: back references could otherwise repeat parts without end.
#include <array>
#include <cstdint>
#include <utility>

#include "model/demangle.h"

namespace dolerite {

namespace {

// Bounds of one name: bytes printed, nesting of productions, and productions in all. The last one
// bounds time where references repeat parts that print nothing.
constexpr size_t kMostOutput = 16'384;
constexpr int kMostDepth = 64;
constexpr int kMostSteps = 4'096;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view BasicType(char c) {
  constexpr std::pair<char, std::string_view> kTypes[] = {
      {'a', "i8"},   {'b', "bool"},  {'c', "char"},  {'d', "f64"}, {'e', "str"}, {'f', "f32"},
      {'h', "u8"},   {'i', "isize"}, {'j', "usize"}, {'l', "i32"}, {'m', "u32"}, {'n', "i128"},
      {'o', "u128"}, {'p', "_"},     {'s', "i16"},   {'t', "u16"}, {'u', "()"},  {'v', "..."},
      {'x', "i64"},  {'y', "u64"},   {'z', "!"}};
  for (const auto& [letter, name] : kTypes) {
    if (letter == c) return name;
  }
  return "";
}

// One method for each production of the grammar in rust-lang RFC 2603. A fault clears ok_, after
// which nothing is taken or printed, so that methods need not look at it.
class V0Reader {
 public:
  explicit V0Reader(std::string_view text) : text_(text) {}

  // A name is shown only if all of it was read and understood.
  std::optional<std::string> Read() {
    Path(true);
    // The crate that made the instance follows, and what a compiler put behind a dot.
    if (at_ < text_.size() && text_[at_] >= 'A' && text_[at_] <= 'Z')
      Silently([&] { Path(false); });
    if (at_ < text_.size() && text_[at_] != '.' && text_[at_] != '$') return std::nullopt;
    if (!ok_ || out_.empty()) return std::nullopt;
    return std::move(out_);
  }

 private:
  // Counts nested productions while it lives.
  // Limits are checked when a production begins; after a fault nothing is read, so all open ones
  // end at once.
  struct Nested {
    explicit Nested(V0Reader* reader) : reader_(*reader) {
      if (++reader_.depth_ > kMostDepth || ++reader_.steps_ > kMostSteps) reader_.ok_ = false;
    }
    ~Nested() { --reader_.depth_; }
    V0Reader& reader_;
  };

  bool Take(char c) {
    if (!ok_ || at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  char Next() {
    if (at_ >= text_.size()) ok_ = false;
    return ok_ ? text_[at_++] : '\0';
  }
  void Print(std::string_view text) {
    if (silent_) return;
    out_ += text;
    if (out_.size() > kMostOutput) ok_ = false;
  }
  // Reads a part that is not shown, such as the path of an impl.
  template <class Read>
  void Silently(const Read& read) {
    const bool before = std::exchange(silent_, true);
    read();
    silent_ = before;
  }

  // Base 62, ended by `_`: 0 for nothing before it.
  uint64_t Base62() {
    if (Take('_')) return 0;
    uint64_t value = 0;
    while (ok_ && !Take('_')) {
      const char c = Next();
      const int digit = IsDigit(c)             ? c - '0'
                        : c >= 'a' && c <= 'z' ? c - 'a' + 10
                        : c >= 'A' && c <= 'Z' ? c - 'A' + 36
                                               : -1;
      if (digit < 0 || value > UINT64_MAX / 64) ok_ = false;
      // Neither the multiplication nor the sum overflows: values beyond a 64th of the range were
      // refused.
      value = value * 62 + static_cast<uint64_t>(digit);
    }
    return value + 1;
  }
  uint64_t Disambiguator() { return Take('s') ? Base62() + 1 : 0; }

  std::string_view Identifier() {
    Take('u');  // Punycode stays as it is
    size_t size = 0;
    if (at_ >= text_.size() || !IsDigit(text_[at_])) ok_ = false;
    // 0 has one digit: digits after it belong to what follows.
    const bool none = Take('0');
    while (ok_ && !none && at_ < text_.size() && IsDigit(text_[at_]) && size < text_.size()) {
      size = size * 10 + static_cast<size_t>(Next() - '0');
    }
    Take('_');
    if (!ok_ || size > text_.size() - at_) return ok_ = false, "";
    at_ += size;
    return text_.substr(at_ - size, size);
  }

  // Reads an earlier part of the text once more, in its place here. It may only point back, so it
  // ends.
  template <class Read>
  void BackReference(size_t start, const Read& read) {
    const uint64_t target = Base62();
    if (target >= start) ok_ = false;  // only what came before
    // Parts that are not shown need not be read again: only what is printed matters.
    if (!ok_ || silent_) return;
    const size_t behind = std::exchange(at_, static_cast<size_t>(target));
    read();
    at_ = behind;
  }

  // `in_value`: generic arguments then follow `::`.
  // The first letter names the production.
  void Path(bool in_value) {
    const Nested nested(this);
    if (!ok_) return;
    const size_t start = at_;
    switch (Next()) {
      case 'C':
        Disambiguator();
        return Print(Identifier());
      case 'N':
        return NestedPath(in_value);
      case 'M':
        ImplPath();
        return Qualified(false);
      case 'X':
        ImplPath();
        return Qualified(true);
      case 'Y':
        return Qualified(true);
      case 'I':
        Path(in_value);
        Print(in_value ? "::<" : "<");
        List([&] { GenericArgument(); });
        return Print(">");
      case 'B':
        return BackReference(start, [&] { Path(in_value); });
      default:
        ok_ = false;
    }
  }

  // Namespaces in capitals are made by the compiler (closures, shims) and have numbers; others are
  // names.
  void NestedPath(bool in_value) {
    const char space = Next();
    Path(in_value);
    const uint64_t number = Disambiguator();
    const std::string_view name = Identifier();
    if (space >= 'A' && space <= 'Z') {
      Print(space == 'C' ? "::{closure" : space == 'S' ? "::{shim" : "::{");
      if (!name.empty()) Print(":"), Print(name);
      Print("#"), Print(std::to_string(number)), Print("}");
    } else if (!name.empty()) {
      Print("::"), Print(name);
    }
  }

  void ImplPath() {
    Disambiguator();
    Silently([&] { Path(false); });
  }
  // <Type as Trait>, or <Type> of an inherent impl.
  void Qualified(bool trait) {
    Print("<");
    Type();
    if (trait) Print(" as "), Path(false);
    Print(">");
  }

  // What `read` reads, up to `E`, with commas between.
  template <class Read>
  size_t List(const Read& read) {
    size_t count = 0;
    for (; ok_ && !Take('E'); ++count) {
      if (count > 0) Print(", ");
      read();
    }
    return count;
  }

  void GenericArgument() {
    if (Take('L')) {
      Base62();
      return Print("'_");
    }
    return Take('K') ? Const() : Type();
  }

  // Lower case letters are basic types; others begin a compound one, or a path.
  void Type() {
    const Nested nested(this);
    if (!ok_) return;
    const size_t start = at_;
    const char c = Next();
    if (const std::string_view basic = BasicType(c); !basic.empty()) return Print(basic);
    switch (c) {
      case 'A':
        Print("["), Type(), Print("; "), Const();
        return Print("]");
      case 'S':
        Print("["), Type();
        return Print("]");
      case 'T':
        Print("(");
        if (List([&] { Type(); }) == 1) Print(",");
        return Print(")");
      case 'R':
      case 'Q':
        if (Take('L')) Base62();
        Print(c == 'R' ? "&" : "&mut ");
        return Type();
      case 'P':
      case 'O':
        Print(c == 'P' ? "*const " : "*mut ");
        return Type();
      case 'F':
        return Function();
      case 'D':
        return Dyn();
      case 'B':
        return BackReference(start, [&] { Type(); });
      default:
        --at_;
        return Path(false);
    }
  }

  // Function pointers: lifetimes of a binder, safety, ABI, parameters up to E, result.
  void Function() {
    if (Take('G')) Base62();
    if (Take('U')) Print("unsafe ");
    if (Take('K')) {
      Print("extern \"");
      if (Take('C')) {
        Print("C");
      } else {
        Print(Identifier());
      }
      Print("\" ");
    }
    Print("fn(");
    List([&] { Type(); });
    Print(")");
    if (!Take('u')) Print(" -> "), Type();
  }

  // Traits with their bindings, up to E, then the lifetime of the object.
  void Dyn() {
    if (Take('G')) Base62();
    Print("dyn ");
    for (size_t count = 0; ok_ && !Take('E'); ++count) {
      if (count > 0) Print(" + ");
      Path(false);
      while (Take('p')) Print("<"), Print(Identifier()), Print(" = "), Type(), Print(">");
    }
    if (!Take('L')) ok_ = false;
    Base62();
  }

  // The value in hex, as it is written. Its type is not shown.
  void Const() {
    const Nested nested(this);
    if (!ok_) return;
    const size_t start = at_;
    const char type = Next();
    if (type == 'p') return Print("_");
    if (type == 'B') return BackReference(start, [&] { Const(); });
    if (BasicType(type).empty()) return static_cast<void>(ok_ = false);
    const bool negative = Take('n');
    const size_t begin = at_;
    while (ok_ && !Take('_')) Next();
    if (!ok_) return;
    Print(negative ? "-0x" : "0x");
    Print(at_ - 1 == begin ? "0" : text_.substr(begin, at_ - 1 - begin));
  }

  std::string_view text_;  // behind `_R`
  size_t at_ = 0;
  std::string out_;
  int depth_ = 0, steps_ = 0;
  bool ok_ = true, silent_ = false;
};

// Legacy names write what C++ names cannot hold as `$..$`, and `..` for `::`. Each step takes an
// escape or one byte.
std::string Unescaped(std::string_view part) {
  constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {
      {"$SP$", "@"},   {"$BP$", "*"},  {"$RF$", "&"},  {"$LT$", "<"},  {"$GT$", ">"},
      {"$LP$", "("},   {"$RP$", ")"},  {"$C$", ","},   {"..", "::"},   {"$u20$", " "},
      {"$u22$", "\""}, {"$u27$", "'"}, {"$u2b$", "+"}, {"$u3b$", ";"}, {"$u5b$", "["},
      {"$u5d$", "]"},  {"$u7b$", "{"}, {"$u7d$", "}"}, {"$u7e$", "~"}};
  if (part.starts_with("_$")) part.remove_prefix(1);
  std::string out;
  while (!part.empty()) {
    size_t taken = 1;
    std::string_view text = part.substr(0, 1);
    for (const auto& [escape, meaning] : kEscapes) {
      if (part.starts_with(escape)) taken = escape.size(), text = meaning;
    }
    out += text;
    part.remove_prefix(taken);
  }
  return out;
}

// The last part of a legacy name: h and 16 digits, which are not shown.
bool IsHash(std::string_view part) {
  return part.size() == 17 && part[0] == 'h' &&
         part.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

}  // namespace

std::optional<std::string> DemangleRustV0(std::string_view name) {
  if (!name.starts_with("_R")) return std::nullopt;
  name.remove_prefix(2);
  if (name.empty() || IsDigit(name[0])) return std::nullopt;  // of a later version
  return V0Reader(name).Read();
}

// Parts are counted by length, as in C++: `_ZN`, lengths and parts, `E`. Only the hash at the end
// tells a Rust name from a C++ one.
std::optional<std::string> DemangleRustLegacy(std::string_view name) {
  if (!name.starts_with("_ZN")) return std::nullopt;
  name.remove_prefix(3);
  std::string out;
  std::string_view last;
  for (bool first = true; !name.empty() && name[0] != 'E'; first = false) {
    size_t size = 0;
    // The bound keeps the number from growing; names are shorter anyway.
    while (!name.empty() && IsDigit(name[0]) && size < 10'000) {
      size = size * 10 + static_cast<size_t>(name[0] - '0');
      name.remove_prefix(1);
    }
    if (size == 0 || size > name.size()) return std::nullopt;
    // A part is printed when the next one is there: the last one is the hash.
    if (!first) out += (out.empty() ? "" : "::") + Unescaped(last);
    last = name.substr(0, size);
    name.remove_prefix(size);
  }
  if (name.empty() || !IsHash(last) || out.empty()) return std::nullopt;
  return out;
}

}  // namespace dolerite
