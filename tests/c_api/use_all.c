/* A program of C99 that uses every function of dolerite.h once, in the way that its comment says.
 * Arguments: a block's file and a profile's file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dolerite/dolerite.h"

/* What a consumer of Arrow knows. */
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, void* out);
  int (*get_next)(struct ArrowArrayStream*, void* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};
struct ArrowArray {
  int64_t length, null_count, offset, n_buffers, n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

static void check(int law, int line, const char* what) {
  if (law) return;
  fprintf(stderr, "use_all.c:%d: %s\n", line, what);
  exit(1);
}
#define CHECK(law) check(law, __LINE__, #law)

static void ok(dolerite_code code, dolerite_error* error, int line) {
  if (code == DOLERITE_OK) return;
  fprintf(stderr, "use_all.c:%d: %s: %s\n", line, dolerite_code_name(code),
          dolerite_error_message(error));
  exit(1);
}
#define OK(call) ok(call, error, __LINE__)

static char* read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  char* bytes;
  long length;
  CHECK(file != NULL);
  fseek(file, 0, SEEK_END);
  length = ftell(file);
  rewind(file);
  bytes = malloc((size_t)length);
  CHECK(bytes != NULL && fread(bytes, 1, (size_t)length, file) == (size_t)length);
  fclose(file);
  *size = (size_t)length;
  return bytes;
}

/* Rows of a stream, which is released. */
static int64_t rows_of(struct ArrowArrayStream* stream) {
  int64_t rows = 0;
  for (;;) {
    struct ArrowArray array;
    CHECK(stream->get_next(stream, &array) == 0);
    if (array.release == NULL) break;
    rows += array.length;
    array.release(&array);
  }
  stream->release(stream);
  return rows;
}

/* A store of one object. */
struct one {
  char key[128];
  char* bytes;
  size_t size;
  int freed;
};

static dolerite_code one_read(void* context, const char* key, uint64_t offset, uint64_t length,
                              int from_end, const char* version, dolerite_reply* reply) {
  struct one* store = context;
  if (store->bytes == NULL || strcmp(store->key, key) != 0) {
    dolerite_reply_message(reply, "one has no such object");
    return DOLERITE_NOT_FOUND;
  }
  if (version[0] != '\0' && strcmp(version, "v") != 0) return DOLERITE_FAILED_PRECONDITION;
  if (from_end) {
    if (length > store->size) length = store->size;
    offset = store->size - length;
  }
  if (offset > store->size || length > store->size - offset) return DOLERITE_OUT_OF_RANGE;
  dolerite_reply_data(reply, store->bytes + offset, (size_t)length);
  dolerite_reply_object(reply, key, store->size, "v");
  return DOLERITE_OK;
}

static dolerite_code one_put(void* context, const char* key, const void* data, size_t size,
                             int mode, const char* version, dolerite_reply* reply) {
  struct one* store = context;
  (void)version;
  if (mode == 0 && store->bytes != NULL) return DOLERITE_ALREADY_EXISTS;
  free(store->bytes);
  store->bytes = malloc(size);
  CHECK(store->bytes != NULL && strlen(key) < sizeof store->key);
  memcpy(store->bytes, data, size);
  store->size = size;
  strcpy(store->key, key);
  dolerite_reply_object(reply, key, size, "v");
  return DOLERITE_OK;
}

static dolerite_code one_head(void* context, const char* key, dolerite_reply* reply) {
  struct one* store = context;
  if (store->bytes == NULL || strcmp(store->key, key) != 0) return DOLERITE_NOT_FOUND;
  dolerite_reply_object(reply, key, store->size, "v");
  return DOLERITE_OK;
}

static dolerite_code one_list(void* context, const char* prefix, const char* start_after,
                              const char* page, size_t limit, dolerite_reply* reply) {
  struct one* store = context;
  CHECK(limit > 0);
  if (page[0] != '\0') return DOLERITE_OK; /* the second page has nothing */
  if (store->bytes != NULL && strncmp(store->key, prefix, strlen(prefix)) == 0 &&
      strcmp(store->key, start_after) > 0) {
    dolerite_reply_object(reply, store->key, store->size, "v");
  }
  dolerite_reply_page(reply, "second");
  return DOLERITE_OK;
}

static dolerite_code one_remove(void* context, const char* key, dolerite_reply* reply) {
  struct one* store = context;
  (void)reply;
  if (store->bytes != NULL && strcmp(store->key, key) == 0) {
    free(store->bytes);
    store->bytes = NULL;
  }
  return DOLERITE_OK;
}

static void one_free(void* context) { ((struct one*)context)->freed = 1; }

static const char question[] =
    "{\"question\":\"tree\",\"selection\":{\"profile_type\":\"cpu\"},"
    "\"answer\":{\"format\":\"folded\"}}";
#define QUESTION question, sizeof question - 1

static void use_general(void) {
  dolerite_error* error = NULL;
  dolerite_call* call = NULL;
  dolerite_store* store = NULL;
  CHECK(strlen(dolerite_version()) >= 5);
  CHECK(strcmp(dolerite_code_name(DOLERITE_DATA_LOSS), "DATA_LOSS") == 0);
  CHECK(dolerite_error_code(NULL) == DOLERITE_OK);
  OK(dolerite_call_new(&call, &error));
  OK(dolerite_call_set_timeout(call, INT64_C(60000000000), &error));
  OK(dolerite_call_set_limits(call, 0, 2, 1, &error));
  CHECK(dolerite_call_set_limits(call, 0, 0, 1, &error) == DOLERITE_INVALID_ARGUMENT);
  CHECK(dolerite_error_code(error) == DOLERITE_INVALID_ARGUMENT);
  CHECK(strstr(dolerite_error_message(error), "threads") != NULL);
  dolerite_error_free(error);
  error = NULL;
  dolerite_call_cancel(call);
  OK(dolerite_store_open("memory:", NULL, &store, &error));
  CHECK(dolerite_store_put(store, "a", "b", 1, 0, call, NULL) == DOLERITE_CANCELLED);
  dolerite_call_free(call);
  dolerite_store_free(store);
}

static void use_store(const char* block, size_t size) {
  dolerite_error* error = NULL;
  dolerite_bytes* bytes = NULL;
  dolerite_store* store = NULL;
  dolerite_source* source = NULL;
  dolerite_answer* answer = NULL;
  struct one one;
  dolerite_store_callbacks callbacks;
  memset(&one, 0, sizeof one);
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.size = sizeof callbacks;
  callbacks.context = &one;
  callbacks.read = one_read;
  callbacks.put = one_put;
  callbacks.head = one_head;
  callbacks.list = one_list;
  callbacks.remove = one_remove;
  callbacks.free_context = one_free;
  OK(dolerite_store_from_callbacks(&callbacks, &store, &error));
  OK(dolerite_store_put(store, "a.block", block, size, 0, NULL, &error));
  CHECK(dolerite_store_put(store, "a.block", block, size, 0, NULL, NULL) ==
        DOLERITE_ALREADY_EXISTS);
  OK(dolerite_store_get(store, "a.block", NULL, &bytes, &error));
  CHECK(dolerite_bytes_size(bytes) == size);
  CHECK(memcmp(dolerite_bytes_data(bytes), block, size) == 0);
  dolerite_bytes_free(bytes);
  OK(dolerite_store_list(store, "", NULL, &bytes, &error));
  CHECK(strstr(dolerite_bytes_data(bytes), "{\"key\":\"a.block\",\"size\":") != NULL);
  dolerite_bytes_free(bytes);
  CHECK(dolerite_store_get(store, "b", NULL, &bytes, &error) == DOLERITE_NOT_FOUND);
  CHECK(strstr(dolerite_error_message(error), "one has no such object") != NULL);
  dolerite_error_free(error);
  error = NULL;
  OK(dolerite_source_new(&source, &error));
  OK(dolerite_source_add_block(source, store, "a.block", NULL, &error));
  OK(dolerite_ask(source, QUESTION, NULL, NULL, &answer, &error));
  CHECK(dolerite_answer_size(answer) > 100);
  dolerite_answer_free(answer);
  OK(dolerite_store_delete(store, "a.block", NULL, &error));
  dolerite_store_free(store);
  CHECK(!one.freed); /* the source still uses it */
  dolerite_source_free(source);
  CHECK(one.freed);
  free(one.bytes);
}

static void use_questions(const char* path) {
  dolerite_error* error = NULL;
  dolerite_source* source = NULL;
  dolerite_bytes* text = NULL;
  dolerite_answer* answer = NULL;
  dolerite_samples* samples = NULL;
  dolerite_call* call = NULL;
  struct ArrowArrayStream stream, functions;
  OK(dolerite_source_open(path, NULL, NULL, &source, &error));
  CHECK(dolerite_source_add(source, "/nowhere", NULL, NULL, NULL) == DOLERITE_NOT_FOUND);
  OK(dolerite_question_print(QUESTION, &text, &error));
  CHECK(strcmp(dolerite_bytes_data(text), question) == 0);
  dolerite_bytes_free(text);
  OK(dolerite_ask(source, QUESTION, "html", NULL, &answer, &error));
  CHECK(strstr(dolerite_answer_data(answer), "<html") != NULL);
  CHECK(!dolerite_answer_is_empty(answer));
  CHECK(dolerite_answer_cut(answer) == 0 && dolerite_answer_replaced_texts(answer) == 0);
  CHECK(strstr(dolerite_answer_cost(answer), "\"profiles\":") != NULL);
  dolerite_answer_free(answer);
  OK(dolerite_ask(source, QUESTION, "arrow", NULL, &answer, &error));
  OK(dolerite_answer_stream(answer, &stream, &error));
  dolerite_answer_free(answer);
  OK(dolerite_call_new(&call, &error));
  OK(dolerite_samples_open(source, "{\"profile_type\":\"cpu\"}", "{\"labels\":[\"pod\"]}", call,
                           &samples, &error));
  dolerite_call_free(call); /* the stream keeps what it needs of it */
  OK(dolerite_samples_stream(samples, &functions, &error));
  dolerite_source_free(source); /* streams live on */
  CHECK(rows_of(&stream) > 10);
  CHECK(rows_of(&functions) > 10);
  OK(dolerite_samples_functions(samples, &answer, &error));
  dolerite_samples_free(samples);
  OK(dolerite_answer_stream(answer, &functions, &error));
  CHECK(strstr(dolerite_answer_cost(answer), "\"left_out\":[]") != NULL);
  CHECK(dolerite_answer_replaced_texts(answer) == 0 && !dolerite_answer_is_empty(answer));
  dolerite_answer_free(answer);
  CHECK(rows_of(&functions) > 10);
}

/* The same block twice counts once, whatever added it. */
static void use_places(const char* path) {
  dolerite_error* error = NULL;
  dolerite_source *once = NULL, *twice = NULL;
  dolerite_answer *one = NULL, *two = NULL;
  dolerite_plan* plan = NULL;
  OK(dolerite_source_open(path, NULL, NULL, &once, &error));
  OK(dolerite_source_new(&twice, &error));
  OK(dolerite_source_add(twice, path, NULL, NULL, &error));
  OK(dolerite_source_add(twice, path, NULL, NULL, &error));
  OK(dolerite_ask(once, QUESTION, NULL, NULL, &one, &error));
  OK(dolerite_ask(twice, QUESTION, NULL, NULL, &two, &error));
  CHECK(strcmp(dolerite_answer_data(one), dolerite_answer_data(two)) == 0);
  CHECK(strstr(dolerite_answer_cost(two), "\"repeated_datasets\":0") == NULL);
  /* Blocks of files are in a store, so they can be planned for. */
  OK(dolerite_plan_new(once, QUESTION, 0, NULL, &plan, &error));
  CHECK(dolerite_plan_size(plan) == 1);
  dolerite_plan_free(plan);
  dolerite_answer_free(one);
  dolerite_answer_free(two);
  dolerite_source_free(once);
  dolerite_source_free(twice);
}

static void use_plans(const char* block, size_t size) {
  dolerite_error* error = NULL;
  dolerite_store* store = NULL;
  dolerite_source* source = NULL;
  dolerite_plan* plan = NULL;
  dolerite_bytes *partial = NULL, *merged = NULL;
  dolerite_answer *answer = NULL, *whole = NULL;
  dolerite_slice slice;
  OK(dolerite_store_open("memory:", NULL, &store, &error));
  OK(dolerite_store_put(store, "a", block, size, 0, NULL, &error));
  OK(dolerite_source_new(&source, &error));
  OK(dolerite_source_add_block(source, store, "a", NULL, &error));
  OK(dolerite_plan_new(source, QUESTION, 0, NULL, &plan, &error));
  CHECK(dolerite_plan_size(plan) == 1);
  CHECK(dolerite_plan_split_bytes(plan, 0) > 0);
  slice = dolerite_plan_split(plan, 0);
  OK(dolerite_execute(store, &slice, 1, NULL, &partial, &error));
  CHECK(dolerite_plan_split(plan, 1).data == NULL);
  dolerite_plan_free(plan);
  slice.data = dolerite_bytes_data(partial);
  slice.size = dolerite_bytes_size(partial);
  OK(dolerite_merge(&slice, 1, NULL, &merged, &error));
  OK(dolerite_finish(dolerite_bytes_data(merged), dolerite_bytes_size(merged), QUESTION, NULL, NULL,
                     &answer, &error));
  OK(dolerite_ask(source, QUESTION, NULL, NULL, &whole, &error));
  CHECK(dolerite_answer_size(answer) == dolerite_answer_size(whole));
  CHECK(strcmp(dolerite_answer_data(answer), dolerite_answer_data(whole)) == 0);
  dolerite_answer_free(answer);
  dolerite_answer_free(whole);
  dolerite_bytes_free(partial);
  dolerite_bytes_free(merged);
  dolerite_source_free(source);
  dolerite_store_free(store);
}

static void use_writing(const char* profile, size_t size) {
  dolerite_error* error = NULL;
  dolerite_builder* builder = NULL;
  dolerite_bytes* block = NULL;
  dolerite_store* store = NULL;
  dolerite_archive* archive = NULL;
  dolerite_source *source = NULL, *bytes = NULL;
  dolerite_answer* answer = NULL;
  size_t added = 0;
  uint64_t profiles = 0;
  int64_t again = -1;
  OK(dolerite_builder_new(&builder, &error));
  OK(dolerite_builder_add(builder, profile, size, "{\"service_name\":\"c\"}", &added, &error));
  CHECK(added == 1);
  OK(dolerite_builder_finish(builder, NULL, &block, &error));
  dolerite_builder_free(builder);
  OK(dolerite_source_new(&bytes, &error));
  OK(dolerite_source_add_bytes(bytes, dolerite_bytes_data(block), dolerite_bytes_size(block),
                               &error));
  dolerite_source_free(bytes);
  OK(dolerite_store_open("memory:", NULL, &store, &error));
  OK(dolerite_archive_open(store, "c", NULL, &archive, &error));
  OK(dolerite_archive_append(archive, dolerite_bytes_data(block), dolerite_bytes_size(block), NULL,
                             &added, &error));
  CHECK(added == 1);
  OK(dolerite_archive_append(archive, dolerite_bytes_data(block), dolerite_bytes_size(block), NULL,
                             &added, &error));
  CHECK(added == 0);
  OK(dolerite_archive_maintain(archive, 1 << 26, 0, NULL, &again, &error));
  CHECK(again >= 0);
  OK(dolerite_source_of_archive(archive, NULL, &source, &error));
  OK(dolerite_ask(source, QUESTION, NULL, NULL, &answer, &error));
  CHECK(!dolerite_answer_is_empty(answer));
  dolerite_answer_free(answer);
  dolerite_source_free(source);
  OK(dolerite_archive_delete(archive, "{\"matchers\":\"{service_name=\\\"c\\\"}\"}", NULL,
                             &profiles, &error));
  CHECK(profiles == 1);
  dolerite_archive_free(archive);
  dolerite_bytes_free(block);
  dolerite_store_free(store);
}

int main(int argc, char** argv) {
  size_t block_size = 0, profile_size = 0;
  char *block, *profile;
  if (argc != 3) {
    fprintf(stderr, "usage: use_all BLOCK PROFILE\n");
    return 2;
  }
  block = read_file(argv[1], &block_size);
  profile = read_file(argv[2], &profile_size);
  use_general();
  use_store(block, block_size);
  use_questions(argv[1]);
  use_places(argv[1]);
  use_plans(block, block_size);
  use_writing(profile, profile_size);
  free(block);
  free(profile);
  printf("all functions used\n");
  return 0;
}
