# SPDX-License-Identifier: Apache-2.0
# Writes the commit that is built into a C++ source, which changes only when the commit does. Run at every build, since
# a commit configures nothing. A copy without a history of its own has no commit, whatever repository it lies in.
# Usage: cmake -DSOURCE=... -DOUTPUT=commit.cpp -P commit.cmake
set(commit unknown)
set(git ${CMAKE_COMMAND} -E env --unset=GIT_DIR --unset=GIT_WORK_TREE git -C ${SOURCE})  # hooks set them
execute_process(COMMAND ${git} rev-parse --show-prefix
                OUTPUT_VARIABLE prefix RESULT_VARIABLE status OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(status EQUAL 0 AND prefix STREQUAL "")
  execute_process(COMMAND ${git} describe --always --abbrev=12 --dirty --exclude=*
                  OUTPUT_VARIABLE described RESULT_VARIABLE status OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(status EQUAL 0)
    set(commit ${described})
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
// SPDX-License-Identifier: Apache-2.0
namespace minnow::engine {
extern const char commit[];
const char commit[] = "@commit@";
}  // namespace minnow::engine
]])
