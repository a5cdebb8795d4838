// Answers worked out by plain loops over decoded profiles, apart from the library.
#ifndef DOLERITE_TESTS_QUERY_NAIVE_H_
#define DOLERITE_TESTS_QUERY_NAIVE_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "block/block_support.h"
#include "dolerite/query.h"

namespace dolerite::testing {

using Path = std::vector<std::string>;  // root first

// Self value of each stack of names.
using Sums = std::map<Path, __int128>;

// Row of the profile's sample type of that name; of the default one if it is "".
size_t NaiveType(const Profile& profile, const std::string& sample_type);

void AddNaive(const Profile& profile, const std::string& sample_type, FrameBy by, Sums* sums);

// A flame graph as (self, total) by path. Stacks that add up to nothing are no part of it.
using Flames = std::map<Path, std::pair<int64_t, int64_t>>;
Flames FlamesOf(const Sums& sums);
Flames FlamesOf(const Tree& tree, size_t column = 0);

// Flat and cumulative by name.
std::map<std::string, std::pair<int64_t, int64_t>> NaiveTop(const Sums& sums);

// The answer of a query to one block, or to several.
Tree Ask(const std::vector<std::string>& blocks, const TreeQuestion& question, bool heads = true);

// A tree, all of it, as text.
std::string Text(const Tree& tree);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_QUERY_NAIVE_H_
