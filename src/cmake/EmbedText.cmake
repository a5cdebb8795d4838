# dolerite_embed_text(HEADER CONSTANT FILE... [CONSTANT FILE...]...): writes HEADER
# below the build directory. Each constant is a std::string_view of the files
# behind it in the list, one after the other. A name with a dot is a file. Done when CMake
# runs, which it does again if a file changes.
function(dolerite_embed_text header)
  set(constants "")
  foreach(name ${ARGN})
    if(NOT name MATCHES "\\.")
      string(APPEND constants "\"\";\n\ninline constexpr std::string_view ${name} =\n    ")
      continue()
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name})
    file(READ ${name} text)
    string(LENGTH "${text}" size)
    # In pieces: compilers need not take literals of any length.
    set(at 0)
    while(at LESS size)
      string(SUBSTRING "${text}" ${at} 8192 piece)
      string(APPEND constants "R\"dolerite(${piece})dolerite\"\n    ")
      math(EXPR at "${at} + 8192")
    endwhile()
  endforeach()
  # The first constant has no end of another before it.
  string(FIND "${constants}" "inline" begin)
  string(SUBSTRING "${constants}" ${begin} -1 constants)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${header} @ONLY CONTENT
"// Made by EmbedText.cmake.
#pragma once
#include <string_view>

namespace dolerite {

@constants@\"\";

}  // namespace dolerite
")
endfunction()
