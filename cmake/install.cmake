# SPDX-License-Identifier: Apache-2.0
# find_package(minnow CONFIG), pkg-config, and a relocatable archive with the command in it.
include(CMakePackageConfigHelpers)

install(TARGETS minnow EXPORT minnow-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(DIRECTORY include/minnow DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT minnow-targets NAMESPACE minnow:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/minnow COMPONENT development)
configure_package_config_file(cmake/minnow-config.cmake.in minnow-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/minnow)
write_basic_package_version_file(minnow-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/minnow-config.cmake ${PROJECT_BINARY_DIR}/minnow-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/minnow COMPONENT development)

# Paths of the .pc file: up from where it stands, so that they stay true when moved; absolute where they were given so.
function(minnow_pc_path variable folder)
  if(IS_ABSOLUTE "${folder}")
    set(${variable} "${folder}" PARENT_SCOPE)
  else()
    set(${variable} "\${prefix}/${folder}" PARENT_SCOPE)
  endif()
endfunction()
minnow_pc_path(MINNOW_PC_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
minnow_pc_path(MINNOW_PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(MINNOW_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  set(MINNOW_PC_PREFIX "\${pcfiledir}/${up}")
endif()
set(MINNOW_PC_LIBS "-lz -pthread")
if(MINNOW_HAS_CUDA)
  string(APPEND MINNOW_PC_LIBS " -L${CUDAToolkit_LIBRARY_DIR} -lcudart_static -ldl -lrt")
endif()
configure_file(cmake/minnow.pc.in minnow.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/minnow.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)

# One run path, in the build tree as when installed: CMake would else reserve room for the second one with empty entries,
# and an empty entry is the folder that the command is started in.
set_target_properties(minnow PROPERTIES BUILD_WITH_INSTALL_RPATH ON)
if(MINNOW_CLI)
  set_target_properties(minnow_cli PROPERTIES BUILD_WITH_INSTALL_RPATH ON)
  if(BUILD_SHARED_LIBS AND PROJECT_IS_TOP_LEVEL)  # for which the build tree has the folders of an installation
    set_target_properties(minnow PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_LIBDIR})
    set_target_properties(minnow_cli PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_BINDIR}
      INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  endif()
  install(TARGETS minnow_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
endif()

if(NOT PROJECT_IS_TOP_LEVEL)
  return()  # the package is the parent's
endif()
set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_NAME minnow)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "The Minnow authors")
set(CPACK_STRIP_FILES ON)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
set(CPACK_COMPONENTS_ALL runtime)
set(CPACK_PACKAGE_FILE_NAME "minnow-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}")
include(CPack)
