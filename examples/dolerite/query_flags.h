// Asks block files one question, and the flags that say how.
#ifndef DOLERITE_EXAMPLES_QUERY_FLAGS_H_
#define DOLERITE_EXAMPLES_QUERY_FLAGS_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "blocks.h"
#include "dolerite/ask.h"
#include "dolerite/plan.h"
#include "dolerite/query.h"
#include "dolerite/snapshot.h"
#include "places.h"

namespace dolerite::cli {

// Which blocks, and how they are asked.
struct QueryFlags {
  std::vector<std::string> blocks;
  bool cost = false, explain = false, print_question = false, skip_damaged = false;
  bool sum = false, mangled = false;
  size_t threads = 1;
  uint64_t memory = SIZE_MAX;

  void AddTo(CLI::App* command);
  // For a second question about the same blocks: what it may hold and leave out.
  // Threads for reading: more than were asked for where requests take long.
  size_t width() const;
  QueryOptions options() const { return {.memory_bytes = memory, .skip_damaged = skip_damaged}; }
};

// The tree with names as --mangled says.
Tree Shown(Tree tree, const QueryFlags& flags);

// The flag --print-question. With it no blocks need be named.
void AddPrintQuestionFlag(CLI::App* command, bool* print_question);
// Prints a question as JSON; the exit code.
int PrintQuestionLine(const AnyQuestion& question);

// Writes an answer, of which `nothing` is said if it is empty; the exit code.
int WriteReply(const absl::StatusOr<WrittenAnswer>& answer, const std::string& path,
               std::string_view nothing);

// The flag --group-by.
void AddGroupByFlag(CLI::App* command, std::vector<std::string>* names);

// Threads of the tool's own.
class ThreadExecutor : public Executor {
 public:
  explicit ThreadExecutor(size_t width) : width_(width) {}
  size_t width() const override { return width_; }
  void Run(size_t tasks, const std::function<void(size_t)>& task) override;

 private:
  size_t width_;
};

// What an archive holds now.
absl::StatusOr<Snapshot> SnapshotOf(const std::string& path, size_t threads);

// Opens blocks some at a time and gives them to `use`, with progress. A block whose end is damaged
// goes into `left_out`; if that is null, it is an error.
absl::Status ForBlocks(const std::vector<std::string>& paths, std::vector<Damage>* left_out,
                       const std::function<absl::Status(std::span<const BlockFile>)>& use);
std::vector<const BlockReader*> ReadersOf(std::span<const BlockFile> files);

void AddPlan(const QueryPlan& plan, const std::string& path, QueryPlan* all);
// `--explain` on stdout: what each split reads, and what was ruled out.
int PrintPlan(const QueryPlan& plan);
// What the answer cost, and what was left out, on stderr.
void SayCost(const QueryCost& cost);
void SayDamage(const std::vector<Damage>& damage);
void SayRepeated(const QueryCost& cost);
int64_t NowNanos();

template <class Question>
absl::Status PlanArchives(const QueryFlags& flags, const Question& question, QueryPlan* all) {
  for (const std::string& path : flags.blocks) {
    if (!IsArchive(path)) continue;
    absl::StatusOr<Snapshot> snapshot = SnapshotOf(path, flags.threads);
    if (!snapshot.ok()) return snapshot.status();
    absl::StatusOr<QueryPlan> plan = snapshot->Plan(question, {.split_bytes = 0});
    if (!plan.ok()) return In(path, plan.status());
    AddPlan(*plan, path, all);
  }
  return absl::OkStatus();
}

// Block by block. As for an answer, blocks that do not open go into `left_out` unless it is null.
template <class Question>
absl::Status PlanBlocks(const QueryFlags& flags, const Question& question,
                        std::vector<Damage>* left_out, QueryPlan* all) {
  return ForBlocks(
      FilesOf(flags.blocks), left_out, [&](std::span<const BlockFile> open) -> absl::Status {
        for (const BlockFile& block : open) {
          const BlockReader* reader = &block.reader();
          absl::StatusOr<QueryPlan> plan = MakePlan({&reader, 1}, question, {.split_bytes = 0});
          if (!plan.ok()) return block.Blame(plan.status());
          AddPlan(*plan, block.path(), all);
        }
        return absl::OkStatus();
      });
}

// Adds all blocks and archives to a query. With --skip-damaged, blocks that do not open go into
// `left_out`.
template <class Question>
absl::Status AddAll(const QueryFlags& flags, std::vector<Damage>* left_out,
                    Query<Question>* query) {
  absl::Status status =
      ForBlocks(FilesOf(flags.blocks), flags.skip_damaged ? left_out : nullptr,
                [&](std::span<const BlockFile> open) { return query->Add(ReadersOf(open)); });
  for (const std::string& path : flags.blocks) {
    if (!status.ok()) break;
    if (!IsArchive(path)) continue;
    absl::StatusOr<Snapshot> snapshot = SnapshotOf(path, flags.threads);
    status = snapshot.ok() ? In(path, snapshot->AddTo(query)) : snapshot.status();
  }
  return status;
}

// Asks all blocks, and gives the partial answer to `finish`, with the question as the flags made
// it; it returns the exit code. Nothing selected is exit code 3 without a call.
template <class Question, class Finish>
int AskBlocks(Asked<Question> asked, const QueryFlags& flags, Finish finish) {
  if constexpr (requires { asked.question.kinds; }) {
    if (flags.sum) asked.question.kinds = {};
  }
  if constexpr (requires { asked.answer.mangled; }) {
    if (flags.mangled) asked.answer.mangled = true;
  }
  if (flags.print_question) return PrintQuestionLine(asked);
  if (flags.explain) {
    QueryPlan all;
    absl::Status status = PlanArchives(flags, asked.question, &all);
    if (!status.ok()) return Fail(status);
    std::vector<Damage> left_out;
    status = PlanBlocks(flags, asked.question, flags.skip_damaged ? &left_out : nullptr, &all);
    if (!status.ok()) return Fail(status);
    SayDamage(left_out);
    return PrintPlan(all);
  }
  ThreadExecutor threads(flags.width());
  Query<Question> query(asked.question, {.memory_bytes = flags.memory,
                                         .skip_damaged = flags.skip_damaged,
                                         .executor = threads.width() > 1 ? &threads : nullptr,
                                         .now_nanos = NowNanos});
  std::vector<Damage> left_out;
  absl::Status status = AddAll(flags, &left_out, &query);
  if (!status.ok()) return Fail(status);
  if (flags.cost) SayCost(query.cost());
  SayDamage(left_out);
  SayDamage(query.damage());
  SayRepeated(query.cost());
  if (query.cost().profiles == 0) return FailNothingFound("no profile is selected");
  return finish(std::move(query), asked);
}

// The same for an answer that the library writes.
template <class Question>
int AskAndWrite(Asked<Question> asked, const QueryFlags& flags, const std::string& path,
                std::string_view nothing) {
  const auto write = [&](Query<Question> query, const Asked<Question>& made) {
    return WriteReply(WriteAnswer(std::move(query), made.finish, made.answer), path, nothing);
  };
  return AskBlocks(std::move(asked), flags, write);
}

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_QUERY_FLAGS_H_
