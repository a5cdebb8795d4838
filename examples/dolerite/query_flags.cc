#include "query_flags.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "dolerite/demangle.h"
#include "dolerite/question_json.h"
#include "output.h"

namespace dolerite::cli {
namespace {

// Open at once; each keeps its end in memory.
constexpr size_t kOpenBlocks = 64;

}  // namespace

void QueryFlags::AddTo(CLI::App* command) {
  command->add_flag("--cost", cost, "Say what the answer cost: requests, bytes, rows, time");
  command->add_flag("--explain", explain, "Print what would be read instead of the answer");
  AddPrintQuestionFlag(command, &print_question);
  command->add_flag("--sum", sum, "Plain sums of what is else averaged: memory in use, goroutines");
  command->add_flag("--mangled", mangled, "Names of C++ and Rust functions as linkers have them");
  command->add_flag("--skip-damaged", skip_damaged, "Leave out what is damaged, and list it");
  command->add_option("-j,--threads", threads, "Datasets read side by side")
      ->check(CLI::Range(1, 256).description(""));
  command->add_option("--memory", memory, "Bytes the query may hold, as in 512MiB; else no bound")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->option_text("SIZE");
  AddBlocksArgument(command, &blocks);
}

// The blocks are required unless the flag is there; flags are looked at before what is required.
void AddPrintQuestionFlag(CLI::App* command, bool* print_question) {
  command->add_flag_callback(
      "--print-question",
      [command, print_question] {
        *print_question = true;
        command->get_option("BLOCK")->required(false);
      },
      "Print the question as JSON, for `dolerite ask`, instead of asking it");
}

int PrintQuestionLine(const AnyQuestion& question) {
  absl::StatusOr<std::string> text = PrintQuestion(question);
  if (!text.ok()) return Fail(text.status());
  const absl::Status status = WriteOutput("-", *text + "\n");
  return status.ok() ? kOk : Fail(status);
}

int WriteReply(const absl::StatusOr<WrittenAnswer>& answer, const std::string& path,
               std::string_view nothing) {
  // A function that no stack has.
  if (absl::IsNotFound(answer.status())) {
    return FailNothingFound(MessageOf(answer.status()) + "; see `dolerite top -n 0`");
  }
  if (!answer.ok()) return Fail(answer.status());
  if (answer->empty) return FailNothingFound(nothing);
  const absl::Status status = WriteOutput(path, answer->bytes);
  return status.ok() ? kOk : Fail(status);
}

size_t QueryFlags::width() const {
  size_t width = threads;
  for (const std::string& path : blocks) width = std::max(width, ThreadsFor(path, threads));
  return width;
}

// Only for what is shown: partial answers and splits keep the linkers' names.
Tree Shown(Tree tree, const QueryFlags& flags) { return flags.mangled ? tree : Demangled(tree); }

void AddGroupByFlag(CLI::App* command, std::vector<std::string>* names) {
  // The list ends at the flag, so that blocks behind it stay blocks.
  command
      ->add_option("--group-by", *names, "Labels of series or samples: one answer for each value")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAME,..");
}

// As many threads as the library asks for, this one among them. It asks for --threads at most.
void ThreadExecutor::Run(size_t tasks, const std::function<void(size_t)>& task) {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < tasks; ++i) threads.emplace_back(task, i);
  // The calling thread is the first worker.
  if (tasks > 0) task(0);
  for (std::thread& thread : threads) thread.join();
}

int64_t NowNanos() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

absl::Status ForBlocks(const std::vector<std::string>& paths, std::vector<Damage>* left_out,
                       const std::function<absl::Status(std::span<const BlockFile>)>& use) {
  // Some blocks at a time are open and read side by side; their answers add up in the query. So any
  // number of blocks fits into memory.
  Progress progress("blocks");
  for (size_t begin = 0; begin < paths.size(); begin += kOpenBlocks) {
    progress.Show(begin, paths.size());
    std::vector<BlockFile> files;
    for (size_t i = begin; i < std::min(begin + kOpenBlocks, paths.size()); ++i) {
      absl::StatusOr<BlockFile> file = BlockFile::Open(paths[i]);
      if (left_out != nullptr && absl::IsDataLoss(file.status())) {
        left_out->push_back({paths[i], file.status()});
        continue;
      }
      if (!file.ok()) return file.status();
      files.push_back(*std::move(file));
    }
    const absl::Status status = use(files);
    if (!status.ok()) return WithPaths(status);
  }
  return absl::OkStatus();
}

std::vector<const BlockReader*> ReadersOf(std::span<const BlockFile> files) {
  std::vector<const BlockReader*> readers;
  for (const BlockFile& file : files) readers.push_back(&file.reader());
  return readers;
}

// One plan for each block: together they are the plan of the question. Readers of different stores
// may have equal keys, hence the path.
void AddPlan(const QueryPlan& plan, const std::string& path, QueryPlan* all) {
  all->blocks += plan.blocks, all->datasets += plan.datasets;
  all->pruned_blocks += plan.pruned_blocks, all->pruned_datasets += plan.pruned_datasets;
  all->planning_requests += plan.planning_requests, all->planning_bytes += plan.planning_bytes;
  for (Split split : plan.splits) {
    split.block = path;
    all->splits.push_back(std::move(split));
  }
}

int PrintPlan(const QueryPlan& plan) {
  Table table;
  table.right = {false, false, true, true};
  table.rows = {{"block", "dataset", "bytes", "requests"}};
  uint64_t bytes = plan.planning_bytes, requests = plan.planning_requests;
  if (requests > 0) {
    table.rows.push_back(
        {"planning", "read already", FormatBytes(bytes), std::to_string(requests)});
  }
  for (const Split& split : plan.splits) {
    std::string datasets;
    for (const std::string& name : split.datasets)
      datasets += (datasets.empty() ? "" : ", ") + name;
    table.rows.push_back({Plain(split.block), Plain(datasets), FormatBytes(split.estimated_bytes),
                          std::to_string(split.estimated_requests)});
    bytes += split.estimated_bytes, requests += split.estimated_requests;
  }
  table.rows.push_back({"total: " + Count(plan.splits.size(), "split"),
                        std::to_string(plan.pruned_datasets) + " of " +
                            Count(plan.datasets, "dataset") + " ruled out",
                        FormatBytes(bytes), std::to_string(requests)});
  const absl::Status status = WriteOutput("-", table.ToString());
  return status.ok() ? kOk : Fail(status);
}

// On stderr, since the answer is on stdout. Two lines: what was fetched, and what was decoded.
void SayCost(const QueryCost& cost) {
  std::string sections;
  for (const auto& [section, bytes] : cost.section_bytes) {
    sections += (sections.empty() ? "" : ", ") + section + " " + FormatBytes(bytes);
  }
  Say("cost: " + Count(cost.requests, "request") + " for " + Count(cost.blocks, "block") +
      ", but for those that opened block files, " + FormatBytes(cost.bytes_read) +
      " read; looked at " + (sections.empty() ? "nothing" : sections));
  Say("cost: " + Count(cost.datasets, "dataset") + ", " + Count(cost.profiles, "profile") + ", " +
      Count(cost.rows, "row") + ", " + std::to_string(cost.row_groups_from_heads) + " of " +
      Count(cost.row_groups, "row group") + " from heads, " +
      FormatValue(static_cast<int64_t>(cost.nanos), "nanoseconds"));
}

// The answer is right for the rest; the user must know what the rest is.
void SayDamage(const std::vector<Damage>& damage) {
  for (const Damage& d : damage) {
    Say("left out: " + MessageOf(In(WithPaths(d.place), WithPaths(d.status))));
  }
}

// A block named twice, or two with the same data, as after a copy.
void SayRepeated(const QueryCost& cost) {
  if (cost.repeated_datasets == 0) return;
  Say(Count(cost.repeated_datasets, "dataset") + " given more than once, counted once");
}

}  // namespace dolerite::cli
