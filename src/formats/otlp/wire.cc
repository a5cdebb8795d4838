// Field numbers by layout. A field that a layout does not have is unknown.
#include "formats/otlp/wire.h"

namespace dolerite::otlp {

namespace {

using P = ProfileField;
using S = SampleField;
using T = Table;

constexpr P U = P::kUnknown;

// From the oldest layout to the newest; each names what it shares with an earlier one.
constexpr LayoutTable k1_5 = {
    {U,
     P::kSampleType,
     P::kSamples,
     P::kTable,
     P::kTable,
     P::kLocationIndices,
     P::kTable,
     P::kTable,
     P::kTable,
     P::kTable,
     P::kTable,
     P::kTime,
     P::kDuration,
     P::kPeriodType,
     P::kPeriod,
     P::kComments,
     P::kDefaultType,
     P::kId,
     U,
     P::kDropped,
     P::kFormat,
     P::kPayload,
     P::kAttributes},
    {S::kUnknown, S::kStart, S::kLength, S::kValues, S::kAttributes, S::kLink, S::kTimestamps},
    {T::kNone, T::kNone, T::kNone, T::kMapping, T::kLocation, T::kNone, T::kFunction, T::kAttribute,
     T::kUnit, T::kLink, T::kString}};

constexpr LayoutTable k1_6 = {
    {U, P::kSampleType, P::kSamples, P::kLocationIndices, P::kTime, P::kDuration, P::kPeriodType,
     P::kPeriod, P::kComments, P::kDefaultIndex, P::kId, P::kDropped, P::kFormat, P::kPayload,
     P::kAttributes},
    k1_5.sample,
    {T::kNone, T::kNone, T::kMapping, T::kLocation, T::kFunction, T::kLink, T::kString,
     T::kAttribute, T::kUnit}};

constexpr LayoutTable k1_7 = {k1_6.profile,
                              k1_5.sample,
                              {T::kNone, T::kMapping, T::kLocation, T::kFunction, T::kLink,
                               T::kString, T::kAttribute, T::kUnit}};

constexpr LayoutTable k1_8 = {
    {U, P::kSampleType, P::kSamples, P::kTime, P::kDuration, P::kPeriodType, P::kPeriod,
     P::kComments, P::kId, P::kDropped, P::kFormat, P::kPayload, P::kAttributes},
    {S::kUnknown, S::kStack, S::kValues, S::kAttributes, S::kLink, S::kTimestamps},
    {T::kNone, T::kMapping, T::kLocation, T::kFunction, T::kLink, T::kString, T::kAttribute,
     T::kStack}};

constexpr LayoutTable k1_9 = {
    {U, P::kSampleType, P::kSamples, P::kTime, P::kDuration, P::kPeriodType, P::kPeriod, P::kId,
     P::kDropped, P::kFormat, P::kPayload, P::kAttributes},
    k1_8.sample,
    k1_8.table};

constexpr LayoutTable k1_11 = {
    k1_9.profile,
    {S::kUnknown, S::kStack, S::kAttributes, S::kLink, S::kValues, S::kTimestamps},
    k1_8.table};

}  // namespace

// kAuto: the layout was not found out, so the newest one is taken.
const LayoutTable& TableOf(OtlpLayout layout) {
  static constexpr const LayoutTable* kOf[] = {&k1_11, &k1_5, &k1_6, &k1_7, &k1_8, &k1_9, &k1_11};
  return *kOf[static_cast<size_t>(layout)];
}

}  // namespace dolerite::otlp
