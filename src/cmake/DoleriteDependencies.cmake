# Finds what the library stands on. A parent project's own copies win.
if(NOT TARGET absl::status)
  find_package(absl CONFIG REQUIRED)
endif()

# Newer versions of zstd have one name for either kind.
if(NOT TARGET zstd::libzstd AND NOT TARGET zstd::libzstd_shared AND NOT TARGET zstd::libzstd_static)
  find_package(zstd CONFIG REQUIRED)
endif()
foreach(candidate zstd::libzstd zstd::libzstd_shared zstd::libzstd_static)
  if(TARGET ${candidate})
    set(DOLERITE_ZSTD ${candidate})
    break()
  endif()
endforeach()

find_package(PkgConfig REQUIRED)
if(NOT TARGET PkgConfig::DOLERITE_LIBDEFLATE)
  pkg_check_modules(DOLERITE_LIBDEFLATE REQUIRED QUIET IMPORTED_TARGET libdeflate)
endif()
if(NOT TARGET PkgConfig::DOLERITE_RE2)
  pkg_check_modules(DOLERITE_RE2 REQUIRED QUIET IMPORTED_TARGET re2)
endif()

# Headers alone; nothing of them shows in our interface.
find_path(DOLERITE_PROTOZERO_INCLUDE protozero/pbf_reader.hpp REQUIRED)
find_path(DOLERITE_XXHASH_INCLUDE xxhash.h REQUIRED)
if(NOT TARGET flatbuffers::flatbuffers AND NOT TARGET flatbuffers)
  find_package(FlatBuffers CONFIG REQUIRED)
endif()
foreach(candidate flatbuffers::flatbuffers flatbuffers)
  if(TARGET ${candidate})
    set(DOLERITE_FLATBUFFERS_INCLUDE
        $<TARGET_PROPERTY:${candidate},INTERFACE_INCLUDE_DIRECTORIES>)
    break()
  endif()
endforeach()

# The schema compiler: a parent's, the package's, or one on the path.
foreach(candidate flatc flatbuffers::flatc)
  if(TARGET ${candidate})
    set(DOLERITE_FLATC $<TARGET_FILE:${candidate}>)
    break()
  endif()
endforeach()
if(NOT DOLERITE_FLATC)
  find_program(DOLERITE_FLATC flatc REQUIRED)
endif()
