// What a selection selects, worked out by plain loops over decoded profiles, apart from the
// library.
#ifndef DOLERITE_TESTS_QUERY_NAIVE_SELECTION_H_
#define DOLERITE_TESTS_QUERY_NAIVE_SELECTION_H_

#include <map>
#include <string>
#include <vector>

#include "query/naive.h"

namespace dolerite::testing {

// The inputs that are selected, with those of their samples that are, with the frames and the
// values that are left of these. Where samples are selected, inputs that have none are left out.
// Links and timestamps are dropped.
std::vector<Input> NaiveSelect(const std::vector<Input>& inputs, const Selection& selection);

// The sample type that it names, be it as a part of the profile type.
std::string NaiveSampleType(const Selection& selection);

// Sums of all values by what stacks and labels say; without those that are 0.
using SamplesByText = std::map<std::string, std::vector<__int128>>;
void AddSamples(const Profile& profile, SamplesByText* samples);
void DropZeros(SamplesByText* samples);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_QUERY_NAIVE_SELECTION_H_
