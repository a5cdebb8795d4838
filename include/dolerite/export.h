// Marks what a shared library shows.
#ifndef DOLERITE_EXPORT_H_
#define DOLERITE_EXPORT_H_

#if defined(DOLERITE_SHARED) && (defined(__GNUC__) || defined(__clang__))
#define DOLERITE_EXPORT __attribute__((visibility("default")))
#else
#define DOLERITE_EXPORT
#endif

#endif  // DOLERITE_EXPORT_H_
