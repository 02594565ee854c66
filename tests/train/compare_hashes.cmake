# SPDX-License-Identifier: Apache-2.0
# cmake -DREFERENCE=weight_hash -DOTHER=PROGRAM -DDEVICE=cuda -DTHREADS=1 -P compare_hashes.cmake
execute_process(COMMAND ${REFERENCE} cpu 300 1 OUTPUT_VARIABLE expected RESULT_VARIABLE status COMMAND_ECHO STDOUT)
if(NOT status EQUAL 0 OR NOT expected MATCHES "[0-9a-f][0-9a-f][0-9a-f][0-9a-f]")
  message(FATAL_ERROR "${REFERENCE} ended with ${status} and printed: ${expected}")
endif()
execute_process(COMMAND ${OTHER} ${DEVICE} 300 ${THREADS} OUTPUT_VARIABLE found ERROR_VARIABLE error
                RESULT_VARIABLE status COMMAND_ECHO STDOUT)
if(NOT status EQUAL 0 AND error MATCHES "CUDA cannot be used here|compiled without CUDA|no CUDA")
  message("SKIPPED: ${error}")
  return()
endif()
if(NOT status EQUAL 0 OR NOT found STREQUAL expected)
  message(FATAL_ERROR "${DEVICE} (status ${status}):\n${found}${error}expected:\n${expected}")
endif()
message("${found}")
