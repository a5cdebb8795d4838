# Library, headers, and the two ways to find them: find_package and pkg-config. The tool is a
# component of its own.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME library)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/dolerite)

install(TARGETS dolerite EXPORT doleriteTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/dolerite DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(
  EXPORT doleriteTargets
  NAMESPACE dolerite::
  DESTINATION ${package_dir})
if(TARGET dolerite_tool)
  install(TARGETS dolerite_tool COMPONENT tool)
endif()

configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/doleriteConfig.cmake.in ${PROJECT_BINARY_DIR}/doleriteConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/doleriteConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/doleriteConfig.cmake
              ${PROJECT_BINARY_DIR}/doleriteConfigVersion.cmake DESTINATION ${package_dir})

# Who links the static library links what it stands on; the shared one brings it along.
set(pc_requires "absl_status absl_statusor")
set(pc_private "absl_flat_hash_map absl_flat_hash_set absl_hash absl_strings absl_int128 libzstd libdeflate re2")
get_target_property(kind dolerite TYPE)
if(kind STREQUAL SHARED_LIBRARY)
  set(pc_cflags "-DDOLERITE_SHARED")
else()
  string(APPEND pc_requires " ${pc_private}")
  set(pc_private "")
endif()
# Relative, so that the tree may be moved.
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_prefix ${pc_prefix})
configure_file(${CMAKE_CURRENT_LIST_DIR}/dolerite.pc.in ${PROJECT_BINARY_DIR}/dolerite.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/dolerite.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
