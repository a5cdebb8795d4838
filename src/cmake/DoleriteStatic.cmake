# Programs that start fast: what the library stands on is linked into them where its static form is
# installed beside the shared one. To load 38 shared libraries takes longer than a small query.

# dolerite_static_sibling(OUT FILE): libx.a beside libx.so or libx.so.1.2; FILE itself if there is none
# or if it is none of our dependencies.
function(dolerite_static_sibling out file)
  set(${out} ${file} PARENT_SCOPE)
  if(file MATCHES "^(.*/lib(absl_[a-z0-9_]+|zstd|deflate|re2))\\.so[.0-9]*$")
    if(EXISTS ${CMAKE_MATCH_1}.a)
      set(${out} ${CMAKE_MATCH_1}.a PARENT_SCOPE)
    endif()
  endif()
endfunction()

# Lets the imported targets of this folder stand for static libraries.
function(dolerite_prefer_static)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target ${targets})
    get_target_property(configurations ${target} IMPORTED_CONFIGURATIONS)
    foreach(configuration ${configurations})
      get_target_property(location ${target} IMPORTED_LOCATION_${configuration})
      if(location)
        dolerite_static_sibling(location ${location})
        set_property(TARGET ${target} PROPERTY IMPORTED_LOCATION_${configuration} ${location})
      endif()
    endforeach()
    # Targets of pkg-config have no location but list their files.
    get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
    if(target MATCHES "^PkgConfig::" AND libraries)
      set(static "")
      foreach(library ${libraries})
        dolerite_static_sibling(library ${library})
        list(APPEND static ${library})
      endforeach()
      set_property(TARGET ${target} PROPERTY INTERFACE_LINK_LIBRARIES ${static})
    endif()
  endforeach()
endfunction()

# The C and C++ libraries too, for one program, which stays position independent; else the C++ library
# alone. Sanitizers want them shared.
function(dolerite_link_runtime_statically target)
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    return()
  endif()
  include(CheckLinkerFlag)
  check_linker_flag(CXX -static-pie DOLERITE_HAS_STATIC_PIE)
  check_linker_flag(CXX "-static-libstdc++;-static-libgcc" DOLERITE_HAS_STATIC_RUNTIME)
  if(DOLERITE_HAS_STATIC_PIE)
    target_link_options(${target} PRIVATE -static-pie)
  elseif(DOLERITE_HAS_STATIC_RUNTIME)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()
