# SPDX-License-Identifier: Apache-2.0
# cmake -D NVCC=nvcc -D SOURCE_DIR=DIR -D WORK_DIR=DIR [-D FLAGS=-fmad=false] -P check_ptx.cmake
# Compiles formula_kernels.cu to PTX and fails if the device could round differently from the host: on approximate or
# flushing instructions, on division and square root that are not correctly rounded, on add and mul without .rn (which
# ptxas may fuse), and on an fma that the source does not have. Then shows that it finds the fused ones where fusing is on.
cmake_minimum_required(VERSION 3.25)
if(NOT FLAGS)
  set(FLAGS -fmad=false)
endif()
file(MAKE_DIRECTORY ${WORK_DIR})

function(compile ptx)
  execute_process(COMMAND ${NVCC} -std=c++20 -ptx -arch=compute_75 -I${SOURCE_DIR} -I${SOURCE_DIR}/include ${ARGN}
                          ${SOURCE_DIR}/tests/math/formula_kernels.cu -o ${ptx}
                  RESULT_VARIABLE status ERROR_VARIABLE messages)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "nvcc ${ARGN} failed:\n${messages}")
  endif()
endfunction()

# The number of lines of `ptx` that match, and the first of them.
function(count variable ptx pattern)
  file(STRINGS ${ptx} lines REGEX "${pattern}")
  list(LENGTH lines length)
  set(${variable} ${length} PARENT_SCOPE)
  if(lines)
    list(GET lines 0 first)
    set(${variable}_first "${first}" PARENT_SCOPE)
  endif()
endfunction()

function(forbid ptx pattern why)
  count(found ${ptx} "${pattern}")
  if(NOT found EQUAL 0)
    message(SEND_ERROR "${ptx}: ${found} x ${why}, first:${found_first}")
  endif()
endfunction()

set(kernels ${WORK_DIR}/formulas.ptx)
set(counted ${WORK_DIR}/formulas_counted.ptx)
set(fused ${WORK_DIR}/formulas_fused.ptx)
compile(${kernels} ${FLAGS})
compile(${counted} ${FLAGS} -DMINNOW_COUNTED_FMA)
compile(${fused} -fmad=true -DMINNOW_COUNTED_FMA)

set(start "^[ \t]+(@!?%p[0-9]+ +)?")
forbid(${kernels} "\\.approx" "an approximate instruction")
forbid(${kernels} "\\.ftz" "denormals flushed to zero")
forbid(${kernels} "${start}(add|sub|mul|mad|div|rcp|sqrt|fma)\\.(full\\.|rz\\.|rm\\.|rp\\.)?f(32|64)"
       "arithmetic without .rn")
forbid(${kernels} "${start}(rsqrt|ex2|lg2|sin|cos|tanh)\\." "a function of the hardware's own")

# .entry, and operations that must be there if the files hold what they should.
count(entries ${kernels} "\\.entry")
if(entries LESS 60)
  message(SEND_ERROR "${kernels}: ${entries} kernels, expected one for each of at least 60 formulas")
endif()
count(divisions ${kernels} "${start}(div|rcp)\\.rn\\.f32")
count(roots ${kernels} "${start}sqrt\\.rn\\.f32")
count(fmas ${kernels} "${start}fma\\.rn\\.f(32|64)")
count(calls ${counted} "counted_fma[a-z]*,")
count(fmas_of_compiler ${counted} "${start}fma\\.rn\\.f(32|64)")
count(fmas_of_fusing ${fused} "${start}fma\\.rn\\.f(32|64)")
if(divisions EQUAL 0 OR roots EQUAL 0 OR fmas EQUAL 0)
  message(SEND_ERROR "${kernels}: ${divisions} divisions, ${roots} square roots, ${fmas} fma: nothing was read")
endif()
# One fma stands in counted_fma itself.
if(NOT fmas_of_compiler EQUAL 1 OR NOT fmas EQUAL calls)
  math(EXPR extra "${fmas_of_compiler} - 1")
  message(SEND_ERROR "the source asks for ${calls} fma, the kernels have ${fmas}, of which the compiler made ${extra}")
endif()
if(NOT fmas_of_fusing GREATER 1)
  message(SEND_ERROR "-fmad=true made no fma: this check would not notice contraction")
endif()
message("${entries} kernels, ${fmas} fma as in the source, ${divisions} divisions, ${roots} square roots; "
        "-fmad=true would have added more")
