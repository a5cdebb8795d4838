// All kinds of question. A new one is its header (included here), one line of the list below, and
// its core: src/query/answers/NAME_core.{h,cc}, which defines MakeCore(NAMEQuestion).
#ifndef DOLERITE_QUESTIONS_H_
#define DOLERITE_QUESTIONS_H_

#include "dolerite/catalog_question.h"
#include "dolerite/diff_question.h"
#include "dolerite/heatmap_question.h"
#include "dolerite/list_question.h"
#include "dolerite/profile_question.h"
#include "dolerite/series_question.h"
#include "dolerite/tree_question.h"

// Expands DO(name, number) for each kind. Numbers are frozen: they are in splits and partials.
#define DOLERITE_QUESTIONS(DO) \
  DO(Tree, 1)                  \
  DO(GroupedTrees, 2)          \
  DO(Diff, 3)                  \
  DO(Profile, 4)               \
  DO(Series, 5)                \
  DO(Heatmap, 6)               \
  DO(Catalog, 7)               \
  DO(List, 8)

#endif  // DOLERITE_QUESTIONS_H_
