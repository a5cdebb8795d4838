// Reads JSON of a known shape strictly: every value has the kind that is expected, every key is
// known and given once.
#ifndef DOLERITE_ASK_JSON_READER_H_
#define DOLERITE_ASK_JSON_READER_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/status.h"
#include "formats/wire/json_lexer.h"

namespace dolerite::ask {

// The one of `words` that is spelt most like `word`; "" if none is.
std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& words);
// `a, b or c`.
std::string JoinOr(const std::vector<std::string_view>& words);
// A text from outside for a message: quoted, escaped, at most 64 bytes of it.
std::string Quoted(std::string_view text);

// Calls return false after the first fault; status() tells it, with the path of the value. Depth is
// that of the calls: it does not depend on the text.
class JsonReader {
 public:
  // `what` begins messages. The text must outlive the reader.
  JsonReader(std::string_view text, std::string_view what)
      : text_(text), what_(what), lexer_(text, 0) {}

  bool Text(std::string* out);
  bool Bool(bool* out);
  bool Double(double* out);
  template <std::integral T>
  bool Integer(T* out) {
    int64_t value = 0;
    uint64_t magnitude = 0;
    if (!Digits(&value, &magnitude)) return false;
    if (value < 0 ? !std::in_range<T>(value) : !std::in_range<T>(magnitude)) {
      return Fail("the number is out of range");
    }
    *out = value < 0 ? static_cast<T>(value) : static_cast<T>(magnitude);
    return true;
  }
  // Calls member(key) for each member, which reads the value: with Under() if it knows the key.
  template <class Member>
  bool Object(const Member& member) {
    if (!Open('{', "an object")) return false;
    std::vector<std::string> seen;
    while (NextKey(&seen)) {
      if (!member(std::string_view(seen.back()))) return false;
    }
    return status_.ok();
  }
  // Calls item() for each entry, which reads it.
  template <class Item>
  bool Array(const Item& item) {
    if (!Open('[', "an array")) return false;
    for (size_t i = 0; NextItem(i); ++i) {
      if (!Under(Concat('[', i, ']'), item)) return false;
    }
    return status_.ok();
  }
  // What read() returns; faults in it have `step` at the end of their path.
  template <class Read>
  bool Under(std::string_view step, const Read& read) {
    const size_t outer = path_.size();
    path_ += step;
    const bool ok = read();
    path_.resize(outer);
    return ok;
  }
  // A value of any kind.
  bool Skip() { return lexer_.Skip() || Syntax(); }
  // Nothing but blanks may follow.
  bool End();

  // Whether the next value is a number, without a look at more of it.
  bool AtNumber();
  // Always false. The message is the path and the pieces.
  template <class... Pieces>
  bool Fail(const Pieces&... pieces) {
    if (status_.ok()) status_ = InvalidArgument(what_, ": ", path_, ": ", pieces...);
    return false;
  }
  const absl::Status& status() const { return status_; }

 private:
  char Next();
  bool Expected(std::string_view kind);
  bool Syntax();
  bool Open(char bracket, std::string_view kind);
  bool NextKey(std::vector<std::string>* seen);
  bool NextItem(size_t index);
  bool Digits(int64_t* value, uint64_t* magnitude);

  std::string_view text_, what_;
  JsonLexer lexer_;
  std::string path_ = "$";
  absl::Status status_;
};

// Reads a text that is one object. An empty text has no members. `member(reader, key)` as of
// Object.
template <class Member>
absl::Status ReadObject(std::string_view text, std::string_view what, const Member& member) {
  if (text.empty()) return absl::OkStatus();
  JsonReader reader(text, what);
  reader.Object([&](std::string_view key) { return member(reader, key); });
  reader.End();
  return reader.status();
}

}  // namespace dolerite::ask

#endif  // DOLERITE_ASK_JSON_READER_H_
