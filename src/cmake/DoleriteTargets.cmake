# How each target of ours is compiled.

include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-fstack-clash-protection DOLERITE_HAS_STACK_CLASH)

# What reads bytes of strangers is hardened in whoever's build it is, but for Debug and sanitizers.
function(dolerite_harden target)
  set(built $<NOT:$<CONFIG:Debug>>)
  set(optimised $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
  target_compile_options(
    ${target}
    PRIVATE $<${optimised}:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>
            $<${built}:-D_GLIBCXX_ASSERTIONS -fstack-protector-strong>)
  if(DOLERITE_HAS_STACK_CLASH)
    target_compile_options(${target} PRIVATE $<${built}:-fstack-clash-protection>)
  endif()
  if(CMAKE_SYSTEM_NAME STREQUAL Linux)
    target_link_options(${target} PRIVATE $<${built}:LINKER:-z,relro,-z,now>)
  endif()
endfunction()

function(dolerite_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-missing-field-initializers)
  if(DOLERITE_WERROR)
    # What GCC guesses from optimised code is often wrong, and changes with every flag.
    target_compile_options(
      ${target}
      PRIVATE -Werror
              $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized -Wno-error=array-bounds
              -Wno-error=stringop-overflow -Wno-error=restrict>)
  endif()
  if(DOLERITE_HARDEN AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
    dolerite_harden(${target})
  endif()
endfunction()

# dolerite_unite(TARGET [ON]): compiles its sources a dozen at a time, if asked to (DOLERITE_UNITY) or,
# with ON, always; that takes a third of the time. GCC then takes each source for a header, in which a
# class may have no member of an anonymous type.
function(dolerite_unite target)
  set(united ${DOLERITE_UNITY})
  if(ARGC GREATER 1)
    set(united ${ARGV1})
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${united} UNITY_BUILD_BATCH_SIZE 12)
  if(united AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# For what belongs to the project, and not to the library that others link.
function(dolerite_program_options target)
  dolerite_compile_options(${target})
  separate_arguments(flags NATIVE_COMMAND "${DOLERITE_PROGRAM_FLAGS}")
  target_compile_options(${target} PRIVATE ${flags})
endfunction()

# The directories that sources of the library see beyond its public headers.
function(dolerite_internal_includes target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_include_directories(
    ${target} SYSTEM PRIVATE ${PROJECT_BINARY_DIR}/src ${DOLERITE_PROTOZERO_INCLUDE}
                             ${DOLERITE_XXHASH_INCLUDE} ${DOLERITE_FLATBUFFERS_INCLUDE})
endfunction()

# dolerite_flatbuffers(TARGET SCHEMA): compiles a schema of the folder that calls, src/<layer>, to a
# header included as "<layer>/<name>_generated.h".
function(dolerite_flatbuffers target schema)
  get_filename_component(name ${schema} NAME_WE)
  get_filename_component(layer ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  get_filename_component(schema ${schema} ABSOLUTE)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/${name}_generated.h)
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${DOLERITE_FLATC} --cpp --scoped-enums --warnings-as-errors -o
            ${CMAKE_CURRENT_BINARY_DIR} ${schema}
    DEPENDS ${schema}
    COMMENT "Compiling ${layer}/${name}.fbs"
    VERBATIM)
  # A custom command serves targets of its own folder: the library is of another.
  add_custom_target(${target}_${layer}_${name} DEPENDS ${header})
  add_dependencies(${target} ${target}_${layer}_${name})
endfunction()

# dolerite_test(NAME PROPERTY VALUE...): one Catch2 program of all sources of the folder that calls;
# each case becomes a test with these properties.
function(dolerite_test name)
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE dolerite_test_support Catch2::Catch2WithMain)
  dolerite_internal_includes(${name})
  dolerite_program_options(${name})
  dolerite_unite(${name})
  # A name that CMake changes on its way, as it does at a semicolon, would run no case and pass.
  catch_discover_tests(${name} TEST_PREFIX "${name}: " DISCOVERY_TIMEOUT 120 EXTRA_ARGS -w NoTests
                       PROPERTIES TIMEOUT 600 ${ARGN})
endfunction()

# dolerite_example(NAME source...): a program that uses the public headers alone, and a test that
# runs it without arguments.
function(dolerite_example name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE dolerite::dolerite)
  target_compile_definitions(${name} PRIVATE DOLERITE_VERSION="${PROJECT_VERSION}")
  dolerite_program_options(${name})
  if(DOLERITE_BUILD_TESTS)
    add_test(NAME "example: ${name}" COMMAND ${name})
    set_tests_properties("example: ${name}" PROPERTIES TIMEOUT 600)
  endif()
endfunction()

# dolerite_benchmark(NAME source...): one question, its rivals beside it.
function(dolerite_benchmark name)
  add_executable(${name} ${ARGN})
  target_link_libraries(
    ${name} PRIVATE dolerite benchmark::benchmark benchmark::benchmark_main ${DOLERITE_ZSTD}
                    PkgConfig::DOLERITE_LIBDEFLATE)
  dolerite_internal_includes(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE DOLERITE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  dolerite_program_options(${name})
endfunction()
