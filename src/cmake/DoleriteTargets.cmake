# How each target of ours is compiled.
function(dolerite_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-missing-field-initializers)
  if(DOLERITE_WERROR)
    target_compile_options(${target} PRIVATE -Werror -Werror=unused-result)
  endif()
endfunction()

# dolerite_test(NAME source...): one Catch2 program; each case becomes a test.
function(dolerite_test name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE dolerite Catch2::Catch2WithMain)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE DOLERITE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  dolerite_compile_options(${name})
  catch_discover_tests(${name} TEST_PREFIX "${name}: ")
endfunction()
