// Each exported structure owns what it points to through its private data, and keeps the shared
// buffers alive. A consumer may move a child out of its parent, which it marks by clearing the
// child's `release`; so a parent releases the children that are still there, and nothing else.
#include "arrow/export_stream.h"

#include <cerrno>
#include <string>

#include "base/out_of_memory.h"
#include "base/status.h"

namespace dolerite::arrow {

namespace {

// The children and the dictionary of a schema or an array. They are in place until released.
template <class C>
struct Below {
  std::vector<C> children;
  std::vector<C*> pointers;
  C dictionary{};

  explicit Below(size_t n) : children(n) {
    for (C& child : children) pointers.push_back(&child);
  }
  ~Below() {
    for (C& child : children) Release(&child);
    Release(&dictionary);
  }
  Below(const Below&) = delete;
  Below& operator=(const Below&) = delete;

 private:
  static void Release(C* c) {
    if (c->release != nullptr) c->release(c);
  }
};

// The private data of a schema: the texts that it points to, and what is below it.
struct SchemaData {
  explicit SchemaData(size_t n) : below(n) {}
  std::string format, name, metadata;
  Below<ArrowSchema> below;
};

// The private data of an array: its buffers, which others may share, and what is below it.
struct ArrayData {
  explicit ArrayData(size_t n) : below(n) {}
  std::vector<Buffer> buffers;
  std::vector<const void*> pointers;
  Below<ArrowArray> below;
};

// Deletes all that the structure owns, then marks it as released, as the interface wants.
template <class C, class Data>
void ReleaseOf(C* c) {
  delete static_cast<Data*>(c->private_data);
  c->private_data = nullptr;
  c->release = nullptr;
}

void AppendInt(std::string* out, size_t value) {
  const auto number = static_cast<int32_t>(value);
  out->append(reinterpret_cast<const char*>(&number), sizeof(number));
}

// The layout that the interface gives for metadata: numbers in the machine's own byte order.
std::string EncodeMetadata(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string out;
  if (pairs.empty()) return out;
  AppendInt(&out, pairs.size());
  for (const auto& [key, value] : pairs) {
    AppendInt(&out, key.size());
    out += key;
    const std::string text = ToUtf8(value);
    AppendInt(&out, text.size());
    out += text;
  }
  return out;
}

// `out` becomes whole at the end only: an exception before leaves it released.
void ExportField(const Field& field, ArrowSchema* out) {
  auto data = std::make_unique<SchemaData>(field.children.size());
  data->format = field.format;
  data->name = field.name;
  data->metadata = EncodeMetadata(field.metadata);
  for (size_t i = 0; i < field.children.size(); ++i) {
    ExportField(field.children[i], &data->below.children[i]);
  }
  if (field.dictionary != nullptr) ExportField(*field.dictionary, &data->below.dictionary);
  out->format = data->format.c_str();
  out->name = data->name.c_str();
  out->metadata = data->metadata.empty() ? nullptr : data->metadata.c_str();
  out->flags = field.nullable ? ARROW_FLAG_NULLABLE : 0;
  out->n_children = static_cast<int64_t>(field.children.size());
  out->children = data->below.pointers.data();
  out->dictionary = field.dictionary != nullptr ? &data->below.dictionary : nullptr;
  out->release = &ReleaseOf<ArrowSchema, SchemaData>;
  out->private_data = data.release();
}

// As ExportField: children first, `out` last.
void ExportColumn(const Column& column, ArrowArray* out) {
  auto data = std::make_unique<ArrayData>(column.children.size());
  data->buffers = column.buffers;
  for (const Buffer& buffer : data->buffers) data->pointers.push_back(buffer.data);
  for (size_t i = 0; i < column.children.size(); ++i) {
    ExportColumn(column.children[i], &data->below.children[i]);
  }
  if (column.dictionary != nullptr) ExportColumn(*column.dictionary, &data->below.dictionary);
  out->length = column.length;
  out->null_count = column.nulls;
  out->offset = 0;
  out->n_buffers = static_cast<int64_t>(data->pointers.size());
  out->buffers = data->pointers.data();
  out->n_children = static_cast<int64_t>(column.children.size());
  out->children = data->below.pointers.data();
  out->dictionary = column.dictionary != nullptr ? &data->below.dictionary : nullptr;
  out->release = &ReleaseOf<ArrowArray, ArrayData>;
  out->private_data = data.release();
}

// A table is a column of structures, whose children are the table's columns.
void ExportSchema(const Schema& schema, ArrowSchema* out) {
  Field root = Field::Of("", "+s");
  root.metadata = schema.metadata;
  root.children = schema.fields;
  ExportField(root, out);
}

void ExportBatch(Batch batch, ArrowArray* out) {
  Column root;
  root.length = static_cast<int64_t>(batch.rows);
  root.buffers = {Buffer()};
  root.children = std::move(batch.columns);
  ExportColumn(root, out);
}

// The error numbers that the interface asks for.
int ErrorNumber(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
      return EINVAL;
    case absl::StatusCode::kResourceExhausted:
      return ENOMEM;
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
      return ECANCELED;
    default:
      return EIO;
  }
}

// The private data of a stream. The first error stays, with its text, until the stream is released.
struct StreamData {
  std::unique_ptr<BatchSource> source;
  absl::Status failed;
  std::string error;
};

StreamData* DataOf(ArrowArrayStream* stream) {
  return static_cast<StreamData*>(stream->private_data);
}

int Fail(StreamData* data, absl::Status status) {
  const int number = ErrorNumber(status);
  data->failed = std::move(status);
  try {
    // The code is known in any case; the text may find no memory.
    data->error = data->failed.ToString();
  } catch (const std::bad_alloc&) {
    data->error.clear();
  }
  return number;
}

// The four functions of the stream are called by C: no exception may leave them.
int GetSchema(ArrowArrayStream* stream, ArrowSchema* out) {
  *out = {};
  StreamData* const data = DataOf(stream);
  absl::Status status = WithinMemory([&] {
    ExportSchema(data->source->schema(), out);
    return absl::OkStatus();
  });
  return status.ok() ? 0 : Fail(data, std::move(status));
}

// At the end an array that is released means "no more". An error stays.
int GetNext(ArrowArrayStream* stream, ArrowArray* out) {
  *out = {};
  StreamData* const data = DataOf(stream);
  if (!data->failed.ok()) return ErrorNumber(data->failed);
  absl::Status status = WithinMemory([&]() -> absl::Status {
    DOLERITE_ASSIGN_OR_RETURN(std::optional<Batch> batch, data->source->Next());
    if (batch) ExportBatch(*std::move(batch), out);
    return absl::OkStatus();
  });
  return status.ok() ? 0 : Fail(data, std::move(status));
}

const char* GetLastError(ArrowArrayStream* stream) {
  const StreamData* const data = DataOf(stream);
  return data->failed.ok() ? nullptr : data->error.c_str();
}

void ReleaseStream(ArrowArrayStream* stream) {
  delete DataOf(stream);
  stream->private_data = nullptr;
  stream->release = nullptr;
}

// The source of a table that is in memory: one batch, then the end.
class OneBatch : public BatchSource {
 public:
  OneBatch(Schema schema, Batch batch) : schema_(std::move(schema)), batch_(std::move(batch)) {}
  const Schema& schema() const override { return schema_; }
  absl::StatusOr<std::optional<Batch>> Next() override {
    return std::exchange(batch_, std::nullopt);
  }

 private:
  Schema schema_;
  std::optional<Batch> batch_;
};

}  // namespace

void ExportStream(std::unique_ptr<BatchSource> source, ArrowArrayStream* out) {
  auto data = std::make_unique<StreamData>();
  data->source = std::move(source);
  *out = {&GetSchema, &GetNext, &GetLastError, &ReleaseStream, data.release()};
}

void ExportTable(Schema schema, Batch batch, ArrowArrayStream* out) {
  ExportStream(std::make_unique<OneBatch>(std::move(schema), std::move(batch)), out);
}

}  // namespace dolerite::arrow
