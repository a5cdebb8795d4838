// Joins ranges to requests: sorts them by offset and lets each request grow while the next range is
// near, so that many small ranges cost few requests.
#include <algorithm>
#include <numeric>
#include <utility>

#include "base/status.h"
#include "dolerite/object_store.h"

namespace dolerite {
namespace {

uint64_t End(const ByteRange& range) { return range.offset + range.length; }

// Extends `request` to hold `range` too, if that costs less than another request.
// A range inside the request costs nothing, however large the request is.
bool Join(const ByteRange& range, const StoreTraits& traits, ByteRange* request) {
  const uint64_t end = std::max(End(*request), End(range));
  const bool near =
      range.offset <= End(*request) || range.offset - End(*request) <= traits.hole_bytes();
  const bool inside = end == End(*request);
  // A request grows to its bound only; a range that is larger is one of its own.
  if (!inside && (!near || end - request->offset > traits.request_bytes())) return false;
  request->length = end - request->offset;
  return true;
}

}  // namespace

ReadPlan PlanReads(std::span<const ByteRange> ranges, const StoreTraits& traits) {
  std::vector<size_t> order(ranges.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return ranges[a].offset < ranges[b].offset; });
  ReadPlan plan;
  plan.request_of.resize(ranges.size());
  // Empty ranges need no request.
  for (size_t i : order) {
    if (ranges[i].length == 0) continue;
    if (plan.requests.empty() || !Join(ranges[i], traits, &plan.requests.back())) {
      plan.requests.push_back(ranges[i]);
    }
    plan.request_of[i] = plan.requests.size() - 1;
  }
  return plan;
}

absl::StatusOr<ReadManyResult> ObjectStore::DoReadMany(std::string_view key,
                                                       std::span<const ByteRange> ranges,
                                                       const CallOptions& options) const {
  const ReadPlan plan = PlanReads(ranges, traits());
  // So all ranges are of one object, even if it is replaced between two requests.
  CallOptions pinned = options;  // to the version that the first reply has
  std::vector<Slice> replies;
  ReadManyResult result;
  for (const ByteRange& request : plan.requests) {
    DOLERITE_ASSIGN_OR_RETURN(ReadResult reply, Read(key, request, pinned));
    pinned.version = std::move(reply.version);
    result.requests += 1;
    result.bytes_read += request.length;
    replies.push_back(std::move(reply.slice));
  }
  // In the order that was asked for, without a copy: slices share their request's bytes.
  for (size_t i = 0; i < ranges.size(); ++i) {
    Slice slice;
    if (ranges[i].length > 0) {
      const size_t request = plan.request_of[i];
      slice = replies[request];
      slice.bytes =
          slice.bytes.substr(ranges[i].offset - plan.requests[request].offset, ranges[i].length);
    }
    result.slices.push_back(std::move(slice));
  }
  return result;
}

}  // namespace dolerite
