// The hard rules that sources obey.
//
//     rank 3   query   archive
//     rank 2   formats   block
//     rank 1   model   encoding   store
//     rank 0   base
#ifndef DOLERITE_TESTS_LAYERS_RULES_H_
#define DOLERITE_TESTS_LAYERS_RULES_H_

#include <string>
#include <vector>

#include "layers/source_text.h"

namespace dolerite::layers {

// What a file does against a rule: `path:line: what`.
using Violations = std::vector<std::string>;

// The layer of a path from the top of the tree, or of an include's path: by its folder, or for a
// public header by the table in rules.cc. "" if it is none of the library's.
std::string LayerOf(const std::string& path);

// Own folder and what stands below it, nothing else of ours.
Violations CheckLayers(const SourceFile& file);
// Public headers show the standard library and Abseil alone, and have a layer.
Violations CheckPublicHeader(const SourceFile& file);
// Macros of the library begin with DOLERITE_.
Violations CheckMacros(const SourceFile& file);
// The library writes nothing out, ends no process, starts no thread, reads no clock and no
// environment, and draws no random numbers.
Violations CheckCalls(const SourceFile& file);
// Of any file: not too long, nothing left unfinished, nothing of one machine.
Violations CheckText(const SourceFile& file);

// All of these that go for the file.
Violations Check(const SourceFile& file);

}  // namespace dolerite::layers

#endif  // DOLERITE_TESTS_LAYERS_RULES_H_
