# SPDX-License-Identifier: Apache-2.0
# The library neither prints nor exits, and per-instruction-set objects export no inline function.
# Usage: cmake -DNM=... -DLIBRARY=libminnow.a -DISA_OBJECTS=a.o,b.o -P check_symbols.cmake
execute_process(COMMAND ${NM} -A --undefined-only --format=posix ${LIBRARY} OUTPUT_VARIABLE undefined
                RESULT_VARIABLE status ERROR_QUIET)
if(NOT status EQUAL 0 OR NOT undefined MATCHES "malloc|_Znwm")
  message(FATAL_ERROR "nm could not read ${LIBRARY}")
endif()
# nvcc gives device functions a host body that nothing calls and that exits.
string(REGEX REPLACE "[^\n]*\\.cu\\.o[^\n]*: exit U[^\n]*" "" undefined "${undefined}")
foreach(symbol "(__)?v?f?printf(_chk)?" "(__)?v?dprintf(_chk)?" f?puts f?putc putchar _IO_putc fwrite perror stdout stderr
               _ZSt4cout _ZSt4cerr _ZSt4clog _?exit _Exit quick_exit)
  if(undefined MATCHES "[^\n]*: ${symbol} U")
    message(FATAL_ERROR "the library must not print or exit, but: ${CMAKE_MATCH_0}")
  endif()
endforeach()
string(REPLACE "," ";" objects "${ISA_OBJECTS}")
foreach(object IN LISTS objects)
  execute_process(COMMAND ${NM} --defined-only --format=posix ${object} OUTPUT_VARIABLE defined RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "nm could not read ${object}")
  endif()
  string(REGEX MATCHALL "[^\n]+ [WVu] [^\n]*" weak "${defined}")
  if(NOT weak STREQUAL "")
    message(FATAL_ERROR "${object} exports inline functions, which the linker may give to another processor:\n${weak}")
  endif()
endforeach()
message(STATUS "no printing, no exiting, no inline function exported")
