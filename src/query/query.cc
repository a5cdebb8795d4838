// The public face of partial answers, written once for all kinds of question: each call checks that
// the query is live, and keeps exceptions inside. What a query does is in partial.cc.
#include "dolerite/query.h"

#include <algorithm>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "query/partial.h"

namespace dolerite {

QueryCost& QueryCost::operator+=(const QueryCost& other) {
  requests += other.requests;
  bytes_read += other.bytes_read;
  blocks += other.blocks;
  datasets += other.datasets;
  if (other.profiles != 0) {
    first_nanos = profiles == 0 ? other.first_nanos : std::min(first_nanos, other.first_nanos);
    last_nanos = profiles == 0 ? other.last_nanos : std::max(last_nanos, other.last_nanos);
  }
  profiles += other.profiles;
  row_groups += other.row_groups;
  row_groups_from_heads += other.row_groups_from_heads;
  rows += other.rows;
  nanos += other.nanos;
  repeated_datasets += other.repeated_datasets;
  for (const auto& [section, bytes] : other.section_bytes) section_bytes[section] += bytes;
  return *this;
}

namespace {

// The core of a query is of its question's kind: the constructor and Parse see to that.
template <class Question>
CoreFor<Question>& CoreIn(const QueryState& state) {
  return static_cast<CoreFor<Question>&>(*state.core);
}

absl::Status CheckLive(const QueryState* state) {
  if (state != nullptr && !state->finished) return absl::OkStatus();
  return FailedPrecondition("the query was finished or moved from");
}

}  // namespace

// The kind comes from outside: a number without a question gives null.
std::unique_ptr<QueryCore> MakeCore(QuestionKind kind) {
  switch (kind) {
#define DOLERITE_MAKE_CORE(name, number) \
  case QuestionKind::k##name:            \
    return MakeCore(name##Question());
    DOLERITE_QUESTIONS(DOLERITE_MAKE_CORE)
#undef DOLERITE_MAKE_CORE
  }
  return nullptr;
}

template <class Question>
Query<Question>::Query(Question question, QueryOptions options)
    : state_(std::make_unique<QueryState>(MakeCore(std::move(question)), std::move(options))) {}
template <class Question>
Query<Question>::Query(Made, std::unique_ptr<QueryState> state) : state_(std::move(state)) {}
template <class Question>
Query<Question>::~Query() = default;
template <class Question>
Query<Question>::Query(Query&&) noexcept = default;
template <class Question>
Query<Question>& Query<Question>::operator=(Query&&) noexcept = default;

template <class Question>
absl::Status Query<Question>::Add(const BlockReader& block) {
  const BlockReader* one = &block;
  return Add({&one, 1});
}
template <class Question>
absl::Status Query<Question>::Add(std::span<const BlockReader* const> blocks) {
  DOLERITE_RETURN_IF_ERROR(CheckLive(state_.get()));
  return WithinMemory([&] {
    BlockViews views;
    for (const BlockReader* block : blocks) views.blocks.push_back({block, {}});
    return state_->Add(views);
  });
}
template <class Question>
absl::Status Query<Question>::Add(const BlockViews& views) {
  DOLERITE_RETURN_IF_ERROR(CheckLive(state_.get()));
  return WithinMemory([&] { return state_->Add(views); });
}
template <class Question>
absl::Status Query<Question>::Merge(Query&& other) {
  DOLERITE_RETURN_IF_ERROR(CheckLive(state_.get()));
  DOLERITE_RETURN_IF_ERROR(CheckLive(other.state_.get()));
  if (this == &other) return InvalidArgument("a partial does not merge with itself");
  return WithinMemory([&] { return state_->Merge(std::move(*other.state_)); });
}

// Order: what needs no work first. The answer may take what the core holds, so the query is
// finished after it, unless the host has stopped the call.
template <class Question>
absl::StatusOr<typename Query<Question>::Answer> Query<Question>::Finish(
    const typename Question::Finish& how) && {
  DOLERITE_RETURN_IF_ERROR(CheckLive(state_.get()));
  DOLERITE_RETURN_IF_ERROR(state_->options.call.Check());
  DOLERITE_RETURN_IF_ERROR(CheckQuestion(*state_->core));
  DOLERITE_RETURN_IF_ERROR(state_->CheckMeasures());
  const CallContext& call = state_->options.call;
  absl::StatusOr<Answer> answer =
      WithinMemory([&] { return CoreIn<Question>(*state_).Finish(state_->measures, how, call); });
  // A call that was stopped may be made again; any other end is final.
  state_->finished = answer.ok() || call.Check().ok();
  return answer;
}

template <class Question>
std::string Query<Question>::Serialize() const {
  return state_->Serialize();
}

template <class Question>
absl::StatusOr<Query<Question>> Query<Question>::Parse(std::string_view partial,
                                                       QueryOptions options) {
  DOLERITE_ASSIGN_OR_RETURN(std::unique_ptr<QueryState> state, WithinMemory([&] {
                              return QueryState::Parse(partial, std::move(options));
                            }));
  if (state->core->kind() != KindOf(Question())) {
    return InvalidArgument("partial: it answers another kind of question");
  }
  return Query(Made(), std::move(state));
}

template <class Question>
const Question& Query<Question>::question() const {
  return CoreIn<Question>(*state_).question();
}
template <class Question>
const QueryOptions& Query<Question>::options() const {
  return state_->options;
}
template <class Question>
const QueryCost& Query<Question>::cost() const {
  return state_->cost;
}
template <class Question>
const std::vector<Damage>& Query<Question>::damage() const {
  return state_->damage;
}

// All members of all kinds are compiled here, and nowhere else.
#define DOLERITE_DEFINE_QUERY(name, number) template class Query<name##Question>;
DOLERITE_QUESTIONS(DOLERITE_DEFINE_QUERY)
#undef DOLERITE_DEFINE_QUERY

}  // namespace dolerite
