/* Dolerite for C, and for every language that can call C. A shared library of its own,
 * `libdolerite_c.so`, exports these functions and nothing else.
 *
 *   dolerite_source* source = NULL;
 *   dolerite_answer* answer = NULL;
 *   dolerite_error* error = NULL;
 *   const char* question = "{\"question\":\"tree\",\"answer\":{\"format\":\"folded\"}}";
 *   if (dolerite_source_open("profiles/", NULL, NULL, &source, &error) == DOLERITE_OK &&
 *       dolerite_ask(source, question, strlen(question), NULL, NULL, &answer, &error) ==
 * DOLERITE_OK) fwrite(dolerite_answer_data(answer), 1, dolerite_answer_size(answer), stdout); else
 *     fprintf(stderr, "%s\n", dolerite_error_message(error));
 *   dolerite_answer_free(answer);
 *   dolerite_source_free(source);
 *   dolerite_error_free(error);
 *
 * Results. A function that can fail returns a dolerite_code. Where it is DOLERITE_OK, what `out`
 * points to is set; else it is untouched, and `*error`, if `error` is not null, gets an error that
 * the caller frees (an error that is there already is not freed: begin with null).
 *
 * Ownership. Each object has a function that frees it; null is allowed there. An object that was
 * made from another one stays valid when that is freed. Bytes that go in are copied or used during
 * the call only. Texts and bytes that a function returns belong to the object that was asked, and
 * live as long as it; they are never null.
 *
 * Threads. Errors, bytes, answers, plans: any number of threads at once. Stores, sources, archives:
 * the same, while no thread frees them. A call: dolerite_call_cancel from any thread; one running
 * function uses it at a time. Builders, samples and the streams of tables: one thread at a time.
 *
 * Null pointers where an object or text is needed, and objects of another kind, are
 * DOLERITE_INVALID_ARGUMENT. A library built with DOLERITE_C_DEBUG also tells of objects that were
 * freed. Nothing is thrown, and nothing is printed.
 *
 * JSON texts (questions, options, labels) are UTF-8; keys that are unknown are errors. Texts are
 * NUL-terminated unless their size is passed too. Times are nanoseconds since 1970.
 */
#ifndef DOLERITE_DOLERITE_H_
#define DOLERITE_DOLERITE_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define DOLERITE_C_API __attribute__((visibility("default")))
#else
#define DOLERITE_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct ArrowArrayStream; /* arrow.apache.org/docs/format/CStreamInterface.html */

/* The codes of absl::StatusCode, which are those of gRPC. Any number may come from a callback, so
 * the type is a number. */
typedef int32_t dolerite_code;
enum {
  DOLERITE_OK = 0,
  DOLERITE_CANCELLED = 1,
  DOLERITE_UNKNOWN = 2,
  DOLERITE_INVALID_ARGUMENT = 3,
  DOLERITE_DEADLINE_EXCEEDED = 4,
  DOLERITE_NOT_FOUND = 5,
  DOLERITE_ALREADY_EXISTS = 6,
  DOLERITE_PERMISSION_DENIED = 7,
  DOLERITE_RESOURCE_EXHAUSTED = 8,
  DOLERITE_FAILED_PRECONDITION = 9,
  DOLERITE_ABORTED = 10,
  DOLERITE_OUT_OF_RANGE = 11,
  DOLERITE_UNIMPLEMENTED = 12,
  DOLERITE_INTERNAL = 13,
  DOLERITE_UNAVAILABLE = 14,
  DOLERITE_DATA_LOSS = 15,
  DOLERITE_UNAUTHENTICATED = 16
};

typedef struct dolerite_error dolerite_error;
typedef struct dolerite_bytes dolerite_bytes;
typedef struct dolerite_call dolerite_call;
typedef struct dolerite_store dolerite_store;
typedef struct dolerite_reply dolerite_reply;
typedef struct dolerite_source dolerite_source;
typedef struct dolerite_answer dolerite_answer;
typedef struct dolerite_samples dolerite_samples;
typedef struct dolerite_plan dolerite_plan;
typedef struct dolerite_builder dolerite_builder;
typedef struct dolerite_archive dolerite_archive;

/* Some bytes of the caller's. `data` may be null if `size` is 0. */
typedef struct dolerite_slice {
  const void* data;
  size_t size;
} dolerite_slice;

/* -- The library, errors, bytes ------------------------------------------------------------- */

/* "0.1.0". */
DOLERITE_C_API const char* dolerite_version(void);
/* "NOT_FOUND" and so on; "UNKNOWN" for other numbers. Valid for ever. */
DOLERITE_C_API const char* dolerite_code_name(dolerite_code code);

/* Of null: DOLERITE_OK and "". */
DOLERITE_C_API dolerite_code dolerite_error_code(const dolerite_error* error);
DOLERITE_C_API const char* dolerite_error_message(const dolerite_error* error);
DOLERITE_C_API void dolerite_error_free(dolerite_error* error);

/* Of null: "" and 0. The bytes end in a NUL that is not counted. */
DOLERITE_C_API const char* dolerite_bytes_data(const dolerite_bytes* bytes);
DOLERITE_C_API size_t dolerite_bytes_size(const dolerite_bytes* bytes);
DOLERITE_C_API void dolerite_bytes_free(dolerite_bytes* bytes);

/* -- Calls: what the caller gives to a function that may take long ---------------------------- */

/* Functions take null for a call that can't be stopped, on one thread, with no bound of memory. */
DOLERITE_C_API dolerite_code dolerite_call_new(dolerite_call** out, dolerite_error** error);
/* The function that uses the call ends with DOLERITE_CANCELLED, mostly within 10 ms, and so does
 * every later one. From any thread, also from a signal handler. */
DOLERITE_C_API void dolerite_call_cancel(dolerite_call* call);
/* The call ends with DOLERITE_DEADLINE_EXCEEDED so many nanoseconds from now. */
DOLERITE_C_API dolerite_code dolerite_call_set_timeout(dolerite_call* call, int64_t nanos,
                                                       dolerite_error** error);
/* memory_bytes: what a function may hold, 0 for no bound but the library's own; threads: how many
 * it uses, the caller's among them, 1 to 256; skip_damaged: whether damaged parts are left out and
 * listed in the cost, else they are DOLERITE_DATA_LOSS. */
DOLERITE_C_API dolerite_code dolerite_call_set_limits(dolerite_call* call, uint64_t memory_bytes,
                                                      uint32_t threads, int skip_damaged,
                                                      dolerite_error** error);
DOLERITE_C_API void dolerite_call_free(dolerite_call* call);

/* -- Stores: named bytes ---------------------------------------------------------------------- */

/* uri: a directory, which is made if it is missing; "file://PATH"; "memory:", a new empty store;
 * "s3://BUCKET" or "s3://BUCKET/PREFIX" where the library has S3 (DOLERITE_UNIMPLEMENTED
 * elsewhere). options: null, or a JSON object; for S3 {"endpoint":"http://..","region":"..",
 * "path_style":true,"access_key_id":"..","secret_access_key":"..","session_token":".."}, for a
 * directory {"follow_links":true}: objects may be symbolic links, as those of a source may. The
 * environment is not looked at. Credentials are in no error. */
DOLERITE_C_API dolerite_code dolerite_store_open(const char* uri, const char* options,
                                                 dolerite_store** out, dolerite_error** error);

/* A store of the caller's. `size` is sizeof(dolerite_store_callbacks): members that a later version
 * adds are then known to be missing. Calls may come from many threads at once, get only valid keys
 * and ranges, and are asked for the guarantees of dolerite/object_store.h. They answer by the
 * dolerite_reply_ functions and return a code; what they replied counts only with DOLERITE_OK. A
 * call must not longjmp or throw out. It may call the library, but not wait for the function that
 * called it. */
typedef struct dolerite_store_callbacks {
  size_t size;
  void* context; /* first argument of all calls */
  /* The range [offset, offset + length), or the last `length` bytes if from_end, of an object.
   * version: "", or the one that it must have (else DOLERITE_FAILED_PRECONDITION). Replies: data,
   * object, and begin if from_end. */
  dolerite_code (*read)(void* context, const char* key, uint64_t offset, uint64_t length,
                        int from_end, const char* version, dolerite_reply* reply);
  /* mode: 0 creates, 1 replaces, 2 replaces only that version. Replies: object. */
  dolerite_code (*put)(void* context, const char* key, const void* data, size_t size, int mode,
                       const char* version, dolerite_reply* reply);
  /* Replies: object. */
  dolerite_code (*head)(void* context, const char* key, dolerite_reply* reply);
  /* Keys with the prefix that are greater than start_after, in the order of their bytes, at most
   * `limit`. Replies: object for each, and page if there are more. page: "" or what was replied. */
  dolerite_code (*list)(void* context, const char* prefix, const char* start_after,
                        const char* page, size_t limit, dolerite_reply* reply);
  /* Also OK if there is no such object. */
  dolerite_code (*remove)(void* context, const char* key, dolerite_reply* reply);
  /* Called once, when nothing uses the store any more. May be null. */
  void (*free_context)(void* context);
} dolerite_store_callbacks;

DOLERITE_C_API dolerite_code dolerite_store_from_callbacks(
    const dolerite_store_callbacks* callbacks, dolerite_store** out, dolerite_error** error);
/* Within a callback only. Bytes and texts are copied. */
DOLERITE_C_API void dolerite_reply_data(dolerite_reply* reply, const void* data, size_t size);
DOLERITE_C_API void dolerite_reply_object(dolerite_reply* reply, const char* key, uint64_t size,
                                          const char* version);
DOLERITE_C_API void dolerite_reply_page(dolerite_reply* reply, const char* next_page);
DOLERITE_C_API void dolerite_reply_message(dolerite_reply* reply, const char* message);

/* replace: 0 fails with DOLERITE_ALREADY_EXISTS if there is such an object. */
DOLERITE_C_API dolerite_code dolerite_store_put(dolerite_store* store, const char* key,
                                                const void* data, size_t size, int replace,
                                                dolerite_call* call, dolerite_error** error);
DOLERITE_C_API dolerite_code dolerite_store_get(dolerite_store* store, const char* key,
                                                dolerite_call* call, dolerite_bytes** out,
                                                dolerite_error** error);
/* [{"key":"..","size":n}, ..], in the order of the keys' bytes. */
DOLERITE_C_API dolerite_code dolerite_store_list(dolerite_store* store, const char* prefix,
                                                 dolerite_call* call, dolerite_bytes** out,
                                                 dolerite_error** error);
DOLERITE_C_API dolerite_code dolerite_store_delete(dolerite_store* store, const char* key,
                                                   dolerite_call* call, dolerite_error** error);
DOLERITE_C_API void dolerite_store_free(dolerite_store* store);

/* -- Sources: blocks, or a snapshot of an archive, to ask -------------------------------------- */

/* What the place holds: a block, a profile (pprof or OTLP), a directory of these at any depth, a
 * directory or "s3://" prefix with an archive, or "s3://BUCKET/KEY", a block. Profiles become a
 * block in memory; one without labels of its own gets service_name, the name of its folder. Blocks
 * are read as questions need them, so their files must stay. Other files of a directory are passed
 * over. options: as of dolerite_store_open. */
DOLERITE_C_API dolerite_code dolerite_source_open(const char* place, const char* options,
                                                  dolerite_call* call, dolerite_source** out,
                                                  dolerite_error** error);
/* A source without blocks, to which blocks are added. Not while it is asked. */
DOLERITE_C_API dolerite_code dolerite_source_new(dolerite_source** out, dolerite_error** error);
/* Adds what a place holds, as dolerite_source_open. FAILED_PRECONDITION for an archive beside other
 * places. After an error the source is as before. */
DOLERITE_C_API dolerite_code dolerite_source_add(dolerite_source* source, const char* place,
                                                 const char* options, dolerite_call* call,
                                                 dolerite_error** error);
DOLERITE_C_API dolerite_code dolerite_source_add_block(dolerite_source* source,
                                                       dolerite_store* store, const char* key,
                                                       dolerite_call* call, dolerite_error** error);
/* A block's bytes; they are copied. Such blocks can't be planned for: no store has them. */
DOLERITE_C_API dolerite_code dolerite_source_add_bytes(dolerite_source* source, const void* data,
                                                       size_t size, dolerite_error** error);
/* What an archive holds now. */
DOLERITE_C_API dolerite_code dolerite_source_of_archive(dolerite_archive* archive,
                                                        dolerite_call* call, dolerite_source** out,
                                                        dolerite_error** error);
DOLERITE_C_API void dolerite_source_free(dolerite_source* source);

/* -- Questions --------------------------------------------------------------------------------- */

/* The canonical text of a question (dolerite/question_json.h). */
DOLERITE_C_API dolerite_code dolerite_question_print(const char* question, size_t size,
                                                     dolerite_bytes** out, dolerite_error** error);

/* Answers a question. format: null or "" as the question says, or the name of another one ("json",
 * "table", "folded", "html", "svg", "pprof", "pgo"); "arrow" for a table, which
 * dolerite_answer_stream gives; "partial" for bytes of which dolerite_finish makes the answer in
 * any format, as often as it is called. A partial says what it took; finishing it tells the rest.
 */
DOLERITE_C_API dolerite_code dolerite_ask(dolerite_source* source, const char* question,
                                          size_t size, const char* format, dolerite_call* call,
                                          dolerite_answer** out, dolerite_error** error);
DOLERITE_C_API const char* dolerite_answer_data(const dolerite_answer* answer);
DOLERITE_C_API size_t dolerite_answer_size(const dolerite_answer* answer);
/* 1 if nothing was found: the bytes say so in their way. */
DOLERITE_C_API int dolerite_answer_is_empty(const dolerite_answer* answer);
/* Nodes, rows or profiles that a limit of the question cut off (max_nodes, rows, max_profiles). */
DOLERITE_C_API uint64_t dolerite_answer_cut(const dolerite_answer* answer);
/* Names and labels that are not UTF-8, which JSON, pages, pictures and tables have with U+FFFD. */
DOLERITE_C_API uint64_t dolerite_answer_replaced_texts(const dolerite_answer* answer);
/* What the answer took, and what was left out as damaged: JSON (dolerite/answer_json.h). */
DOLERITE_C_API const char* dolerite_answer_cost(const dolerite_answer* answer);
/* Once, of an answer in the format "arrow", which has no bytes: a table (dolerite/arrow.h), of
 * trees of their functions, of differences of their rows (as many of either as the question's
 * answer.rows says), of series of points, of heatmaps of cells, of lists of profiles. Asking for a
 * table of another kind is DOLERITE_UNIMPLEMENTED. The caller releases `out`, which may outlive
 * everything else. */
DOLERITE_C_API dolerite_code dolerite_answer_stream(dolerite_answer* answer,
                                                    struct ArrowArrayStream* out,
                                                    dolerite_error** error);
DOLERITE_C_API void dolerite_answer_free(dolerite_answer* answer);

/* All samples that a selection selects, as a stream (dolerite/arrow.h). selection: null, or JSON as
 * in questions. options: null, or {"labels":["pod"],"all_labels":false,"timestamps":true,
 * "links":true,"batch_rows":65536}. Cancelling the call stops the stream, too; freeing it does not.
 */
DOLERITE_C_API dolerite_code dolerite_samples_open(dolerite_source* source, const char* selection,
                                                   const char* options, dolerite_call* call,
                                                   dolerite_samples** out, dolerite_error** error);
/* Once. The stream may outlive `samples`. */
DOLERITE_C_API dolerite_code dolerite_samples_stream(dolerite_samples* samples,
                                                     struct ArrowArrayStream* out,
                                                     dolerite_error** error);
/* When the stream is at its end (DOLERITE_FAILED_PRECONDITION before; the error that ended it, if
 * one did): an answer whose table is the functions, and which says of the samples and functions
 * together whether there were rows, which texts were replaced, what they took, and what was left
 * out as damaged. */
DOLERITE_C_API dolerite_code dolerite_samples_functions(dolerite_samples* samples,
                                                        dolerite_answer** out,
                                                        dolerite_error** error);
DOLERITE_C_API void dolerite_samples_free(dolerite_samples* samples);

/* -- Questions in pieces, for engines ---------------------------------------------------------- */

/* Splits of about split_bytes stored bytes each (0: 64 MiB). */
DOLERITE_C_API dolerite_code dolerite_plan_new(dolerite_source* source, const char* question,
                                               size_t size, uint64_t split_bytes,
                                               dolerite_call* call, dolerite_plan** out,
                                               dolerite_error** error);
DOLERITE_C_API size_t dolerite_plan_size(const dolerite_plan* plan);
/* A split, as bytes for any process that has the store. {null, 0} past the last one. */
DOLERITE_C_API dolerite_slice dolerite_plan_split(const dolerite_plan* plan, size_t index);
/* Stored bytes that the split will read, estimated. */
DOLERITE_C_API uint64_t dolerite_plan_split_bytes(const dolerite_plan* plan, size_t index);
DOLERITE_C_API void dolerite_plan_free(dolerite_plan* plan);

/* The partial answer of some splits of one question, merged. The store must be the one that has all
 * their blocks. The same split twice is DOLERITE_ALREADY_EXISTS. */
DOLERITE_C_API dolerite_code dolerite_execute(dolerite_store* store, const dolerite_slice* splits,
                                              size_t count, dolerite_call* call,
                                              dolerite_bytes** out, dolerite_error** error);
/* Partials in any order and grouping become one. The same split twice is
 * DOLERITE_ALREADY_EXISTS. */
DOLERITE_C_API dolerite_code dolerite_merge(const dolerite_slice* partials, size_t count,
                                            dolerite_call* call, dolerite_bytes** out,
                                            dolerite_error** error);
/* The answer of a partial, as of dolerite_ask. `question` is the one that was planned or asked,
 * except that how it is finished and written may differ. */
DOLERITE_C_API dolerite_code dolerite_finish(const void* partial, size_t partial_size,
                                             const char* question, size_t size, const char* format,
                                             dolerite_call* call, dolerite_answer** out,
                                             dolerite_error** error);

/* -- Blocks ------------------------------------------------------------------------------------ */

DOLERITE_C_API dolerite_code dolerite_builder_new(dolerite_builder** out, dolerite_error** error);
/* Adds all profiles of a file's bytes: pprof, or OTLP in protobuf or JSON, compressed or not.
 * labels: null, or JSON {"name":"value", ..} for all of them; they win over labels that the bytes
 * bring along. *added, if not null, is how many profiles there were. After an error the builder is
 * as before. */
DOLERITE_C_API dolerite_code dolerite_builder_add(dolerite_builder* builder, const void* data,
                                                  size_t size, const char* labels, size_t* added,
                                                  dolerite_error** error);
/* The block's bytes. The builder is empty afterwards. */
DOLERITE_C_API dolerite_code dolerite_builder_finish(dolerite_builder* builder, dolerite_call* call,
                                                     dolerite_bytes** out, dolerite_error** error);
DOLERITE_C_API void dolerite_builder_free(dolerite_builder* builder);

/* -- Archives ---------------------------------------------------------------------------------- */

/* Opens the archive of a store: mode "r" for reading, "w" for writing, "c" to make it first if it
 * is missing. */
DOLERITE_C_API dolerite_code dolerite_archive_open(dolerite_store* store, const char* mode,
                                                   dolerite_call* call, dolerite_archive** out,
                                                   dolerite_error** error);
/* Stores a block, durably. Profiles that the archive has already, or that were deleted from it, are
 * left out; *added, if not null, is how many were new. */
DOLERITE_C_API dolerite_code dolerite_archive_append(dolerite_archive* archive, const void* block,
                                                     size_t size, dolerite_call* call,
                                                     size_t* added, dolerite_error** error);
/* Deletes the profiles that a selection selects (matchers, profile_ids, start, end; at least one
 * condition); *profiles, if not null, is how many. */
DOLERITE_C_API dolerite_code dolerite_archive_delete(dolerite_archive* archive,
                                                     const char* selection, dolerite_call* call,
                                                     uint64_t* profiles, dolerite_error** error);
/* Does the next useful piece of upkeep (compaction, retention, collection) in a budget of memory,
 * and says in *again_nanos, if not null, after how many nanoseconds to call again. retain_nanos: 0,
 * or for how long profiles are kept. */
DOLERITE_C_API dolerite_code dolerite_archive_maintain(dolerite_archive* archive,
                                                       uint64_t budget_bytes, int64_t retain_nanos,
                                                       dolerite_call* call, int64_t* again_nanos,
                                                       dolerite_error** error);
DOLERITE_C_API void dolerite_archive_free(dolerite_archive* archive);

#ifdef __cplusplus
}
#endif

#endif /* DOLERITE_DOLERITE_H_ */
