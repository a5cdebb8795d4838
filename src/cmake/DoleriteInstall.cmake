# Library, headers, and the two ways to find them: find_package and pkg-config. The tool is a
# component of its own.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME library)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/dolerite)

install(TARGETS dolerite EXPORT doleriteTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/dolerite DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        PATTERN s3.h EXCLUDE)
install(
  EXPORT doleriteTargets
  NAMESPACE dolerite::
  DESTINATION ${package_dir})
# S3 has targets of its own, so that who does not ask for it needs no libcurl.
if(TARGET dolerite_s3)
  install(TARGETS dolerite_s3 EXPORT doleriteS3Targets)
  install(FILES ${PROJECT_SOURCE_DIR}/include/dolerite/s3.h
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dolerite)
  install(
    EXPORT doleriteS3Targets
    NAMESPACE dolerite::
    DESTINATION ${package_dir})
endif()
# The C interface too: it stands alone.
if(TARGET dolerite_c)
  install(TARGETS dolerite_c EXPORT doleriteCTargets)
  install(
    EXPORT doleriteCTargets
    NAMESPACE dolerite::
    DESTINATION ${package_dir})
endif()
if(TARGET dolerite_tool)
  install(TARGETS dolerite_tool COMPONENT tool)
endif()
if(TARGET dolerite_tool_s3)
  install(TARGETS dolerite_tool_s3 COMPONENT tool)
endif()

configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/doleriteConfig.cmake.in ${PROJECT_BINARY_DIR}/doleriteConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/doleriteConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/doleriteConfig.cmake
              ${PROJECT_BINARY_DIR}/doleriteConfigVersion.cmake DESTINATION ${package_dir})

# Who links the static library links what it stands on; the shared one brings it along.
set(pc_requires "absl_inlined_vector absl_status absl_statusor")
set(pc_private "absl_flat_hash_map absl_flat_hash_set absl_hash absl_strings absl_int128 libzstd libdeflate re2")
set(pc_s3_requires "")
set(pc_s3_private "libcurl libcrypto")
get_target_property(kind dolerite TYPE)
if(kind STREQUAL SHARED_LIBRARY)
  set(pc_cflags "-DDOLERITE_SHARED")
else()
  string(APPEND pc_requires " ${pc_private}")
  set(pc_private "")
  set(pc_s3_requires ", ${pc_s3_private}")
  set(pc_s3_private "")
endif()
# Relative, so that the tree may be moved.
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_prefix ${pc_prefix})
set(pc_files dolerite.pc)
if(TARGET dolerite_s3)
  list(APPEND pc_files dolerite-s3.pc)
endif()
if(TARGET dolerite_c)
  list(APPEND pc_files dolerite-c.pc)
endif()
foreach(pc ${pc_files})
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${pc}.in ${PROJECT_BINARY_DIR}/${pc} @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${pc} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
