// The hard rules that sources obey.
//
//     rank 3   query   archive
//     rank 2   formats   render   block
//     rank 1   model   encoding   store
//     rank 0   base
// Within a layer folders point down too: in formats each format may include wire, in query select <
// scan < answers < query's own files, in render a folder
// may include the pieces of JSON and the embedded text.
#ifndef DOLERITE_TESTS_LAYERS_RULES_H_
#define DOLERITE_TESTS_LAYERS_RULES_H_

#include <string>
#include <vector>

#include "layers/source_text.h"

namespace dolerite::layers {

// What a file does against a rule: `path:line: what`.
using Violations = std::vector<std::string>;

// The layer of a path from the top of the tree, or of an include's path: by its folder, or for a
// public header by the table in rules.cc. "" if the library has no such file.
std::string LayerOf(const std::string& path);

// The folder within its layer, as "query/scan"; "" if the file lies in the layer's own folder or
// belongs to no layer.
std::string FolderOf(const std::string& path);

// A layer includes itself and the layers below it.
Violations CheckLayers(const SourceFile& file);
// A folder within a layer includes itself and what the second table in rules.cc allows.
Violations CheckFolders(const SourceFile& file);
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
