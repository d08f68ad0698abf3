# What `cmake --install` lays down: the library and its public headers, the program, and what
# find_package and pkg-config need to find them. All of it may be moved after installation.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/purser)
install(TARGETS purser EXPORT purserTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT purserTargets NAMESPACE Purser:: DESTINATION ${package_dir})
if(TARGET purser_program)
  install(TARGETS purser_program purser_verify RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# Version 0.x promises compatibility within one minor version.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/purserConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/purserConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/purserConfig.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/purserConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/purserConfigVersion.cmake DESTINATION ${package_dir})

# From the directory of purser.pc up to the prefix.
file(RELATIVE_PATH purser_pc_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${CMAKE_CURRENT_LIST_DIR}/purser.pc.in ${CMAKE_CURRENT_BINARY_DIR}/purser.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/purser.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
