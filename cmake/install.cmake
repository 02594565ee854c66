# SPDX-License-Identifier: Apache-2.0
# find_package(minnow CONFIG), pkg-config, and a relocatable archive with the command in it.
include(GNUInstallDirs)
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

set(MINNOW_PC_LIBS "-lz -pthread")
if(MINNOW_HAS_CUDA)
  string(APPEND MINNOW_PC_LIBS " -L${CUDAToolkit_LIBRARY_DIR} -lcudart_static -ldl -lrt")
endif()
file(RELATIVE_PATH MINNOW_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)  # up from the .pc file: stays true when moved
configure_file(cmake/minnow.pc.in minnow.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/minnow.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)

if(MINNOW_CLI)
  set_target_properties(minnow_cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};$ORIGIN")
  install(TARGETS minnow_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
endif()

set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_NAME minnow)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "The Minnow authors")
set(CPACK_STRIP_FILES ON)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime)
set(CPACK_PACKAGE_FILE_NAME "minnow-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}")
include(CPack)
