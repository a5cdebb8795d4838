// A question of any kind, with all that its answer needs: how to finish it, and how to write the
// answer. question_json.h gives it a text, ask.h runs it.
#ifndef DOLERITE_ANY_QUESTION_H_
#define DOLERITE_ANY_QUESTION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>

#include "dolerite/diff_table.h"
#include "dolerite/questions.h"

namespace dolerite {

// How the answer to each kind of question is written. answer_json.h has the shapes in JSON.
template <class Question>
struct FormOf;

// Trees, and tables of their functions. Names of C++ and Rust functions are demangled.
template <>
struct FormOf<TreeQuestion> {
  enum class Format : uint8_t { kJson, kTable, kFolded, kHtml };
  enum class View : uint8_t { kTree, kCallers, kAllCallers, kCallees };  // as in call_graph.h
  Format format = Format::kJson;
  View view = View::kTree;
  std::string function;         // of callers and callees, named as in the tree
  size_t rows = 0;              // of a table; 0: all
  bool mangled = false;         // names as linkers have them
  std::string title, subtitle;  // of a page
};

template <>
struct FormOf<GroupedTreesQuestion> {
  // kJoined: one tree in which each group is a child of the root, named by its labels; folded
  // stacks and pages show that tree too. It is cut after it was joined.
  enum class Format : uint8_t { kJson, kTable, kFolded, kHtml, kJoined };
  Format format = Format::kJson;
  size_t rows = 0;
  bool mangled = false;
  std::string title, subtitle;
};

template <>
struct FormOf<DiffQuestion> {
  enum class Format : uint8_t { kJson, kTable, kFolded, kHtml };
  Format format = Format::kJson;
  ChangeOf rank = ChangeOf::kShare;  // what orders a table
  size_t rows = 0;
  bool mangled = false;
  std::string title, subtitle, base_name, against_name;  // of a page
};

template <>
struct FormOf<ProfileQuestion> {
  enum class Format : uint8_t { kPprof, kPgo, kJson };  // the first two are gzip
  Format format = Format::kPprof;
  size_t innermost = 5;     // of kPgo: GoPgoOptions::keep_frames
  bool keep_lines = false;  // of kPgo: not GoPgoOptions::aggregate_callees
};

// Charts.
template <>
struct FormOf<SeriesQuestion> {
  enum class Format : uint8_t { kJson, kSvg, kHtml };
  Format format = Format::kJson;
  std::string title, subtitle;
};
template <>
struct FormOf<HeatmapQuestion> {
  using Format = FormOf<SeriesQuestion>::Format;
  Format format = Format::kJson;
  std::string title, subtitle;
};

template <>
struct FormOf<CatalogQuestion> {
  enum class Format : uint8_t { kJson };
  enum class View : uint8_t { kLabels, kTypes, kSeries, kValues };
  Format format = Format::kJson;
  View view = View::kLabels;
  std::string label;  // of kValues: whose values
};

template <>
struct FormOf<ListQuestion> {
  enum class Format : uint8_t { kJson };
  Format format = Format::kJson;
};

template <class Question>
struct Asked {
  using question_type = Question;

  Question question;
  typename Question::Finish finish;
  FormOf<Question> answer;
};

template <class None, class... Alternatives>
using VariantOf = std::variant<Alternatives...>;

// One alternative for each kind, in the order of questions.h.
#define DOLERITE_ASKED(name, number) , Asked<name##Question>
using AnyQuestion = VariantOf<void DOLERITE_QUESTIONS(DOLERITE_ASKED)>;
#undef DOLERITE_ASKED

}  // namespace dolerite

#endif  // DOLERITE_ANY_QUESTION_H_
