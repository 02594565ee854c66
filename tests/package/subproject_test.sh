#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A project that has Minnow as a subdirectory, in a repository of its own, with CMake modules that are called as Minnow's.
# Nothing of Minnow is compiled here: its commands are looked at, and the library of BUILD_DIR stands in for what they make.
# Usage: subproject_test.sh BUILD_DIR SOURCE_DIR CXX CUDA (ON: nvcc is there)
set -euo pipefail
build=$1 source=$2 cxx=$3 cuda=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
app=$work/app tree=$work/tree

fail() {
  echo "subproject: $*" >&2
  exit 1
}
configure() {  # further options
  cmake -G Ninja -S "$app" -B "$tree" -DCMAKE_CXX_COMPILER="$cxx" "$@" > "$work/log" 2>&1
}
commands() {
  ninja -C "$tree" -t commands all | grep " -c "
}
git_in() {  # FOLDER ARGUMENT...
  local folder=$1
  shift
  git -C "$folder" -c user.name=test -c user.email=test@localhost -c commit.gpgsign=false "$@" > /dev/null
}

mkdir -p "$app/minnow" "$app/cmake"
cp -r "$source"/{CMakeLists.txt,cmake,include,kernels,src,LICENSE,README.md,CHANGELOG.md} "$app/minnow"
cp "$source/examples/quickstart/quickstart.cpp" "$app"
for module in cuda defaults install FindNettle; do
  echo "message(FATAL_ERROR \"the parent's ${module}.cmake was included\")" > "$app/cmake/$module.cmake"
done
cat > "$app/CMakeLists.txt" << 'END'
cmake_minimum_required(VERSION 3.25)
project(app LANGUAGES CXX)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_SOURCE_DIR}/cmake)
add_compile_options(${APP_OPTIONS})
add_subdirectory(minnow)
add_executable(app quickstart.cpp)
target_link_libraries(app PRIVATE minnow::minnow)
END
git_in "$app" init -q
git_in "$app" add -A
git_in "$app" commit -q -m parent

# Modules by path; optimized although the parent has no build type (once 31 times slower, silently) and in its Debug build.
configure -DMINNOW_CUDA=OFF -DMINNOW_CLI=ON || { cat "$work/log"; fail "does not configure"; }
for type in "" Debug None Profile; do
  configure -DCMAKE_BUILD_TYPE=$type
  commands | grep "/minnow/[ks][a-z]*/[^ ]*\.cpp$" | grep -v -- " -O3" && fail "build type '$type': compiled without -O3"
  commands | grep "quickstart.cpp" | grep -- " -O3" && fail "the parent's own file got Minnow's -O3"
done
configure -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS=
[ "$(commands | grep -c "kernels/arithmetic.cpp$")" -ge 4 ] || fail "not every target compiles kernels/arithmetic.cpp"

# Refused before anything is compiled, whoever sets the flag.
for flags in -DCMAKE_CXX_FLAGS=-ffast-math -DCMAKE_CXX_FLAGS=-fassociative-math -DCMAKE_CXX_FLAGS_RELEASE=-Ofast \
  -DAPP_OPTIONS=-ffast-math -DCMAKE_CUDA_FLAGS=--use_fast_math "-DCMAKE_CUDA_FLAGS=--ftz true" \
  -DCMAKE_CUDA_FLAGS_RELEASE=--use_fast_math; do
  ! configure "$flags" || fail "$flags was accepted"
  tr -s '\n ' ' ' < "$work/log" | grep -q "Minnow promises the same bits everywhere" || { cat "$work/log"; fail "$flags: no reason"; }
  configure -U"$(cut -c3- <<< "${flags%%=*}")"
done

# The commit is Minnow's own: none without a repository, not the parent's; and looked up at every build.
commit() {
  ninja -C "$tree" minnow_commit > "$work/log" || { cat "$work/log"; fail "minnow_commit does not build"; }
  sed -n 's/^const char commit\[\] = "\(.*\)";$/\1/p' "$tree/minnow/src/commit.cpp"
}
[ "$(commit)" = unknown ] || fail "a copy without a history has commit $(commit), expected unknown"
git_in "$app/minnow" init -q
git_in "$app/minnow" add -A
git_in "$app/minnow" commit -q -m own
[ "$(commit)" = "$(git -C "$app/minnow" describe --always --abbrev=12)" ] || fail "the commit is $(commit), once vendored"
[ "$(GIT_DIR=$app/.git commit)" = "$(git -C "$app/minnow" describe --always --abbrev=12)" ] || fail "\$GIT_DIR names the commit"
echo >> "$app/minnow/README.md"
[[ "$(commit)" == *-dirty ]] || fail "a change does not show in the commit $(commit)"

# An include folder of another name, in the package and for pkg-config.
configure -DCMAKE_BUILD_TYPE=Release -DMINNOW_INSTALL=ON -DMINNOW_CLI=OFF -DCMAKE_INSTALL_INCLUDEDIR=headers/here
cp "$build/src/libminnow.a" "$tree/minnow/src/libminnow.a"
cmake --install "$tree" --prefix "$work/prefix" --component development > "$work/log" || { cat "$work/log"; exit 1; }
if [ "$cuda" = OFF ]; then
  cmake -G Ninja -S "$source/examples/quickstart" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/prefix" \
    -DCMAKE_CXX_COMPILER="$cxx" > "$work/log" && cmake --build "$work/consumer" >> "$work/log" || { cat "$work/log"; exit 1; }
  (cd "$work" && "$work/consumer/quickstart" > /dev/null)
else  # the stand-in needs CUDA's libraries: what find_package says of the headers is all there is to see
  cmake -G Ninja -S "$source/examples/quickstart" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/prefix" \
    -DCMAKE_CXX_COMPILER="$cxx" > "$work/log" || { cat "$work/log"; exit 1; }
  cmake --build "$work/consumer" --target CMakeFiles/quickstart.dir/quickstart.cpp.o >> "$work/log" || { cat "$work/log"; exit 1; }
fi
grep -q '^includedir=${prefix}/headers/here$' "$(find "$work/prefix" -name minnow.pc)" || fail "minnow.pc: $(cat "$(find "$work/prefix" -name minnow.pc)")"

# No empty entries in the run path: the command would load libraries from the folder that it is started in.
configure -DMINNOW_INSTALL=ON -DMINNOW_CLI=ON -DCMAKE_INSTALL_RPATH=/opt/minnow/lib || { cat "$work/log"; fail "with a run path"; }
ninja -C "$tree" -t commands minnow_cli > "$work/log"
grep -q "rpath,/opt/minnow/lib" "$work/log" || fail "the run path is not the one that was asked for"
! grep -qE "rpath,[^ ]*:(:|[[:space:]]|$)|rpath,:" "$work/log" || fail "the run path has empty entries"

# CUDA by AUTO: for the architectures that the parent names; without any, not at all (once for seven, unasked).
if [ "$cuda" = ON ]; then
  rm -rf "$tree"
  configure -DMINNOW_CUDA=AUTO
  ! commands | grep -q '\.cu\b' || fail "CUDA is built though the parent names no architecture"
  grep -q "names no CMAKE_CUDA_ARCHITECTURES" "$work/log" || fail "nothing is said about CUDA"
  rm -rf "$tree"
  CUDAARCHS=80 configure -DMINNOW_CUDA=AUTO
  [ "$(commands | grep '\.cu\b' | grep -o 'compute_[0-9]*' | sort -u)" = compute_80 ] || fail "not for \$CUDAARCHS alone"
  rm -rf "$tree"
  configure -DMINNOW_CUDA=AUTO -DCMAKE_CUDA_ARCHITECTURES=90
  [ "$(commands | grep '\.cu\b' | grep -o 'compute_[0-9]*' | sort -u)" = compute_90 ] || fail "not for the parent's architecture alone"
  rm -rf "$tree"
  ! CUDAFLAGS=--use_fast_math configure -DMINNOW_CUDA=ON -DCMAKE_CUDA_ARCHITECTURES=90 || fail "\$CUDAFLAGS with fast math was accepted"
  tr -s '\n ' ' ' < "$work/log" | grep -q "Minnow promises the same bits everywhere" || { cat "$work/log"; fail "\$CUDAFLAGS: no reason"; }
fi
echo "subproject: ok"
