// One question, planned here, answered in pieces that could run anywhere, and put together again.
//
//   distributed_query > flame.html
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/flamegraph.h"
#include "dolerite/plan.h"
#include "dolerite/query.h"
#include "dolerite/stores.h"
#include "sample_profile.h"

namespace {

// A block for each service, in the store.
absl::Status PutBlock(const std::string& service, dolerite::ObjectStore* store) {
  absl::StatusOr<dolerite::BlockBuilder> builder = dolerite::BlockBuilder::Make();
  if (!builder.ok()) return builder.status();
  for (int64_t minute = 0; minute < 3; ++minute) {
    const dolerite::Profile profile = examples::MakeProfile(
        {{{"main", "serve", service}, 400'000'000}, {{"main", "collect garbage"}, 90'000'000}},
        minute * 60'000'000'000);
    absl::Status added = builder->Add({{"service_name", service}, {"kind", "cpu"}}, profile);
    if (!added.ok()) return added;
  }
  absl::StatusOr<std::string> block = std::move(*builder).Finish();
  if (!block.ok()) return block.status();
  return store->Put(service + ".block", *block, {}).status();
}

absl::StatusOr<dolerite::Tree> Ask(const dolerite::ObjectStore& store,
                                   const std::vector<std::string>& keys,
                                   const dolerite::TreeQuestion& question) {
  std::vector<dolerite::BlockReader> blocks;
  for (const std::string& key : keys) {
    absl::StatusOr<dolerite::BlockReader> block = dolerite::BlockReader::Open(&store, key);
    if (!block.ok()) return block.status();
    blocks.push_back(*std::move(block));
  }
  std::vector<const dolerite::BlockReader*> references;
  for (const dolerite::BlockReader& block : blocks) references.push_back(&block);
  absl::StatusOr<dolerite::QueryPlan> plan = dolerite::MakePlan(references, question);
  if (!plan.ok()) return plan.status();
  std::fprintf(stderr, "%zu splits, %zu of %zu datasets ruled out\n", plan->splits.size(),
               plan->pruned_datasets, plan->datasets);

  // Each split is bytes that a worker needs nothing but the store for; so is each answer.
  std::vector<std::string> partials;
  for (const dolerite::Split& split : plan->splits) {
    absl::StatusOr<std::string> partial = dolerite::Execute(store, split.bytes);
    if (!partial.ok()) return partial.status();
    partials.push_back(*std::move(partial));
  }
  const std::vector<std::string_view> views(partials.begin(), partials.end());
  absl::StatusOr<std::string> merged = dolerite::MergePartials(views);
  if (!merged.ok()) return merged.status();
  absl::StatusOr<dolerite::TreeQuery> query = dolerite::TreeQuery::Parse(*merged);
  if (!query.ok()) return query.status();
  return (*std::move(query)).Finish({.max_nodes = 8192});
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "distributed_query: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace

int main() {
  const auto store = dolerite::MakeMemoryStore();
  std::vector<std::string> keys;
  for (const char* service : {"cart", "checkout", "search"}) {
    if (absl::Status status = PutBlock(service, store.get()); !status.ok()) return Fail(status);
    keys.push_back(std::string(service) + ".block");
  }
  absl::StatusOr<std::vector<dolerite::LabelMatcher>> matchers =
      dolerite::ParseMatchers("service_name!=\"search\"");
  if (!matchers.ok()) return Fail(matchers.status());
  absl::StatusOr<dolerite::Tree> tree =
      Ask(*store, keys, {.selection = {.matchers = *matchers, .profile_type = "cpu"}});
  if (!tree.ok()) return Fail(tree.status());
  const std::string page = dolerite::FlameGraphHtml(*tree, {.title = "cart and checkout, CPU"});
  std::fwrite(page.data(), 1, page.size(), stdout);
  return 0;
}
