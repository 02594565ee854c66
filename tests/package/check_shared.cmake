# SPDX-License-Identifier: Apache-2.0
# The shared library exports the public namespace alone, and its soname changes where its interface may; no binary has an
# empty entry in its run path, which would be the folder that it is started in.
# Usage: cmake -DNM=... -DREADELF=... -DLIBRARY=libminnow.so -DVERSION=0.1.0 -DBINARIES=a,b -P check_shared.cmake
execute_process(COMMAND ${NM} --dynamic --defined-only --format=posix ${LIBRARY}
                OUTPUT_VARIABLE symbols RESULT_VARIABLE status)
if(NOT status EQUAL 0 OR NOT symbols MATCHES "_ZN6minnow7Trainer3fit")
  message(FATAL_ERROR "${LIBRARY} exports no minnow::Trainer::fit, or nm could not read it")
endif()
string(REGEX REPLACE "(^|\n)_Z(N|NK|T[ISV]N)6minnow[^\n]*" "" foreign "${symbols}")
string(STRIP "${foreign}" foreign)
if(NOT foreign STREQUAL "")
  message(FATAL_ERROR "${LIBRARY} exports what is not Minnow's:\n${foreign}")
endif()
string(REGEX MATCHALL "_Z(N|NK|T[ISV]N)6minnow(6engine|7kernels)[^\n]*" internal "${symbols}")
if(internal)
  list(JOIN internal "\n" internal)
  message(FATAL_ERROR "${LIBRARY} exports its inside:\n${internal}")
endif()

string(REGEX MATCH "^[0-9]+\\.[0-9]+" minor ${VERSION})
execute_process(COMMAND ${READELF} --dynamic --wide ${LIBRARY} OUTPUT_VARIABLE dynamic)
if(NOT dynamic MATCHES "SONAME[^\n]*\\.so\\.${minor}\\]")
  message(FATAL_ERROR "${LIBRARY}: expected a soname that ends in .so.${minor}, as SameMinorVersion promises:\n${dynamic}")
endif()

string(REPLACE "," ";" binaries "${BINARIES}")
foreach(binary IN LISTS binaries LIBRARY)
  execute_process(COMMAND ${READELF} --dynamic --wide ${binary} OUTPUT_VARIABLE dynamic RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "readelf could not read ${binary}")
  endif()
  if(dynamic MATCHES "(RPATH|RUNPATH)[^\n]*\\[(:[^\n]*|[^\n]*::[^\n]*|[^\n]*:|)\\]")
    message(FATAL_ERROR "${binary} has an empty entry in its run path: ${CMAKE_MATCH_0}")
  endif()
endforeach()
