// Answers and samples as tables of the Arrow C stream interface, which pyarrow, Polars, DuckDB,
// nanoarrow and others take without a copy: arrow.apache.org/docs/format/CStreamInterface.html.
// Nothing of Arrow is needed to build or to run this.
//
// A stream belongs to the caller, who gives it to one consumer or calls its `release`. What comes
// out of it lives on by itself: arrays may be moved, kept, and released in any order and on any
// thread. One stream is used by one thread at a time.
//
// Texts are UTF-8: other bytes become U+FFFD, and such texts are counted. Times are
// `timestamp[ns, UTC]`. Texts that repeat are dictionaries, which may differ from batch to batch.
// A label that a row lacks, or has empty, is null. A label with the name of another column is named
// `label.NAME`. Units stand in the metadata of a value's field, as `unit`.
#ifndef DOLERITE_ARROW_H_
#define DOLERITE_ARROW_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/block_view.h"
#include "dolerite/catalog.h"
#include "dolerite/damage.h"
#include "dolerite/diff_table.h"
#include "dolerite/export.h"
#include "dolerite/heatmap.h"
#include "dolerite/query.h"
#include "dolerite/selection.h"
#include "dolerite/time_series.h"
#include "dolerite/tree.h"

// The structures of the C data and stream interfaces, as these lay them down. The guards are theirs
// too, so that any order of includes works.
extern "C" {
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};
#endif  // ARROW_C_DATA_INTERFACE
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};
#endif  // ARROW_C_STREAM_INTERFACE
}

namespace dolerite {

// What a table has, and what it could not keep as it was.
struct ArrowReport {
  uint64_t rows = 0;
  uint64_t replaced_texts = 0;  // that are not UTF-8, each once in a column of a batch
};

// Tables of answers. `out` is written where the result is OK, and the answer is needed no longer
// then. ResourceExhausted for a table of more than 1,000 columns, or of more rows than a batch can
// hold; or out of memory.

// The rows of Top: name, then flat and cum (base_flat, against_flat, base_cum, against_cum for a
// tree of two columns). `rows`: the first ones; 0: all.
DOLERITE_EXPORT absl::StatusOr<ArrowReport> TopToArrow(const Tree& tree, ArrowArrayStream* out,
                                                       size_t rows = 0);

// The rows of DiffTable: name, base_flat, against_flat, base_cum, against_cum, their shares
// (base_flat_share ..), score. `rows` as above. InvalidArgument for a tree of one column.
DOLERITE_EXPORT absl::StatusOr<ArrowReport> DiffToArrow(const Tree& tree, ChangeOf measure,
                                                        ArrowArrayStream* out, size_t rows = 0);

// A row for each point: time, value, integer (null unless the series is exact), the labels that
// were grouped by, and, if some point has any, exemplars (a list of profile ids).
DOLERITE_EXPORT absl::StatusOr<ArrowReport> SeriesToArrow(const TimeSeries& series,
                                                          ArrowArrayStream* out);

// A row for each cell: time (of the column's start), low and high (the range of its values), count,
// sum, the labels that were grouped by, and, if some cell has any, exemplars; of spans also their
// ids, exemplar_traces and exemplar_spans, in the same order.
DOLERITE_EXPORT absl::StatusOr<ArrowReport> HeatmapToArrow(const Heatmap& heatmap,
                                                           ArrowArrayStream* out);

// A row for each profile: profile_id, time, duration (nanoseconds), type, samples, block, index
// (in the block), a total for each sample type (`cpu/nanoseconds`; null where the profile's type
// has none, or where the sum leaves 64 bits), and the labels of its series.
DOLERITE_EXPORT absl::StatusOr<ArrowReport> ProfilesToArrow(
    const std::vector<ListedProfile>& profiles, ArrowArrayStream* out);

struct SampleTableOptions {
  // The labels that become columns; those that no sample has are null in all rows.
  std::vector<std::string> labels;
  // Whether all labels of the selected series and samples become columns, behind those above.
  bool all_labels = true;
  // True: a row for each timestamp of a sample, with its part of the values (as Selection says of
  // sample times). False: a row for each sample, at its profile's time.
  bool timestamps = false;
  // True: trace_id and span_id, null for a sample without a link.
  bool links = false;
  // Rows of a batch at most. A batch ends earlier where its stacks get long.
  size_t batch_rows = size_t{1} << 16;
};

// All selected samples, streamed: profile_id, time, a value for each sample type
// (`cpu/nanoseconds`), labels, and `stack`, a list of ids of functions, innermost first. The
// functions are a table of their own, known when the samples are at their end.
//
// Holds the tables of one dataset, the rows of one chunk and one batch at a time; of datasets that
// wait for their turn profile tables and labels, up to 16 MiB and a quarter of the bound. Not
// thread-safe; the stream of its samples counts as a use.
class DOLERITE_EXPORT SampleTable {
 public:
  // Reads profile tables and names of labels of all datasets that may hold what is selected, and no
  // samples. `owner` keeps the blocks alive for as long as the table or its stream lives; null:
  // the caller does. `options` are those of queries: memory_bytes bounds what is held, skip_damaged
  // leaves out damaged datasets, of which some rows may have been given; executor and heads are not
  // used. InvalidArgument as Query::Add says, and if several profile types are selected.
  static absl::StatusOr<SampleTable> Open(BlockViews views, std::shared_ptr<const void> owner,
                                          const Selection& selection,
                                          const SampleTableOptions& table = {},
                                          const QueryOptions& options = {});

  // FailedPrecondition if it was asked for before. An error of the blocks is one of the stream:
  // EIO, ENOMEM, ECANCELED or EINVAL, and its text.
  absl::Status Samples(ArrowArrayStream* out);
  // id, name, system_name, file, start_line; ordered by id. Frames without a function's name are
  // named as in flame graphs. FailedPrecondition before the samples' end; the error that ended
  // them, if one did. The report is of this table.
  absl::StatusOr<ArrowReport> Functions(ArrowArrayStream* out) const;

  // What was read so far, what was left out of it, and what the samples' table has.
  const QueryCost& cost() const;
  const std::vector<Damage>& damage() const;
  const ArrowReport& report() const;

  struct State;  // what the library itself keeps of a table

 private:
  explicit SampleTable(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace dolerite

#endif  // DOLERITE_ARROW_H_
