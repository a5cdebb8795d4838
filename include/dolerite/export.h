// Marks what a shared library shows. DOLERITE_SHARED comes from the build: CMake's target and
// pkg-config set it for those who link the shared library. Nobody else should set it.
#ifndef DOLERITE_EXPORT_H_
#define DOLERITE_EXPORT_H_

#ifdef DOLERITE_SHARED
#define DOLERITE_EXPORT __attribute__((visibility("default")))
#else
#define DOLERITE_EXPORT
#endif

#endif  // DOLERITE_EXPORT_H_
