// Protobuf messages, read with checks and with errors that name the path.
#ifndef DOLERITE_FORMATS_WIRE_MESSAGE_READER_H_
#define DOLERITE_FORMATS_WIRE_MESSAGE_READER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "dolerite/limits.h"
#include "formats/wire/proto_reader.h"

namespace dolerite {

// Where a message lies: a chain on the call stack, from the inside out, such as
// `sample[12].label[3]`. `row` is left out if it is negative.
struct Path {
  const Path* parent = nullptr;
  const char* name = "";
  int64_t row = -1;

  std::string Text(std::string_view field = "") const;
};

// What the messages of one file share.
struct MessageScope {
  std::string_view format;  // begins each error
  const ReadLimits& limits;
  uint64_t& unknown_fields;     // counts those that were skipped
  const char* begin = nullptr;  // the file's first byte; if given, errors count bytes from it

  // InvalidArgument. `at` points into the file.
  absl::Status Fault(const char* at, const Path& path, std::string_view field,
                     std::string_view what) const;
};

// Reads one message. Keeps the first fault and ends there, so that a loop over the fields needs no
// checks. The scope and the path must outlive it.
class MessageReader {
 public:
  MessageReader(const MessageScope& scope, std::string_view bytes, const Path& path)
      : scope_(scope),
        path_(path),
        begin_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        reader_(bytes) {}
  // A message of the one field, which was read before.
  MessageReader(const MessageScope& scope, const WireField& field, const Path& path)
      : scope_(scope), path_(path), begin_(field.begin), end_(nullptr), field_(field) {}
  MessageReader(const MessageScope&, std::string_view, Path&&) = delete;
  MessageReader(const MessageScope&, const WireField&, Path&&) = delete;

  bool Next() { return ok() && (reader_.Next(&field_) || End()); }
  // The careful reader takes all fields in its loop.
  static constexpr bool NextIsNumber(uint32_t) { return false; }
  static constexpr bool NextIsBytes(uint32_t) { return false; }
  uint32_t number() const { return field_.number; }
  const WireField& field() const { return field_; }
  const Path& path() const { return path_; }
  const ReadLimits& limits() const { return scope_.limits; }

  // Where the next field begins, up to end(). SkipTo goes on at a field behind it.
  const char* at() const { return reader_.at(); }
  const char* end() const { return end_; }
  void SkipTo(const char* field) { reader_.SkipTo(field); }

  // The field's value. `name` is for errors.
  uint64_t Number(const char* name) {
    if (field_.type != WireType::kVarint) return WrongType(name), 0;
    return field_.value;
  }
  int64_t Signed(const char* name) { return static_cast<int64_t>(Number(name)); }
  // A number in eight bytes, or a varint, which some senders write instead.
  uint64_t Fixed(const char* name) {
    if (field_.type != WireType::kFixed64) return Number(name);
    return field_.value;
  }
  std::string_view Bytes(const char* name) {
    if (field_.type != WireType::kBytes) return WrongType(name), std::string_view();
    return field_.bytes;
  }
  // Repeated numbers: one, or a packed run of them. take(value) may call Fail.
  template <class Take>
  void Numbers(const char* name, Take take) {
    if (field_.type != WireType::kBytes) return TakeOne(Number(name), take);
    ByteReader run(field_.bytes);
    for (uint64_t value = 0; !run.empty() && ok(); take(value)) {
      if (!run.ReadVarint(&value)) return Fail(name, "a packed number is cut off or too long");
    }
  }
  // The same in eight bytes each.
  template <class Take>
  void FixedNumbers(const char* name, Take take) {
    if (field_.type != WireType::kBytes) return TakeOne(Fixed(name), take);
    if (field_.bytes.size() % 8 != 0) return Fail(name, "packed words are cut off");
    for (size_t i = 0; i < field_.bytes.size(); i += 8) {
      take(LoadLittle<uint64_t>(field_.bytes.data() + i));
    }
  }
  // A bound, at no cost, for how many numbers Numbers would give, and the count itself.
  size_t MostNumbers() const { return field_.type == WireType::kBytes ? field_.bytes.size() : 1; }
  size_t CountNumbers() const;

  void Unknown() { ++scope_.unknown_fields; }
  void Fail(std::string_view name, std::string_view what) {
    if (ok()) SetStatus(scope_.Fault(field_.begin, path_, name, what));
  }
  void SetStatus(absl::Status status) {
    if (status_.ok()) status_ = std::move(status);
  }
  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }
  // A fault of the message as a whole.
  absl::Status Fault(std::string_view name, std::string_view what) const {
    return scope_.Fault(begin_, path_, name, what);
  }

 private:
  template <class Take>
  void TakeOne(uint64_t value, Take& take) {
    if (ok()) take(value);
  }
  bool End();
  void WrongType(const char* name);

  const MessageScope& scope_;
  const Path& path_;
  const char* begin_;
  const char* end_;
  ProtoReader reader_;
  WireField field_;
  absl::Status status_;
};

// Reads a message by take(Plain*), and if it is not plain, by undo() and take(Careful*).
template <class Plain, class Careful, class Input, class Take, class Undo>
absl::Status ReadMessageAs(Input& input, std::string_view bytes, const Path& path, const Take& take,
                           const Undo& undo) {
  Plain plain(input, bytes, path);
  take(&plain);
  if (plain.ok()) return absl::OkStatus();
  undo();
  Careful careful(input, bytes, path);
  take(&careful);
  return careful.status();
}

inline constexpr std::string_view kWrongWireType = "wrong wire type";

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_WIRE_MESSAGE_READER_H_
