#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs a build into a fresh folder, moves it, and builds the quickstart project on it: with find_package and with
# pkg-config. Then unpacks the archive and runs the command from it.
# Usage: package_test.sh BUILD_DIR SOURCE_DIR CXX
set -euo pipefail
build=$1 source=$2 cxx=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/first" > "$work/log"
mv "$work/first" "$work/prefix"  # nothing may depend on where it was installed

cmake -S "$source/examples/quickstart" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_BUILD_TYPE=Release >> "$work/log" || { cat "$work/log"; exit 1; }
cmake --build "$work/consumer" >> "$work/log" || { cat "$work/log"; exit 1; }
(cd "$work" && "$work/consumer/quickstart")

pc=$(dirname "$(find "$work/prefix" -name minnow.pc)")
[ "$(PKG_CONFIG_PATH=$pc pkg-config --modversion minnow)" = "$("$work/prefix/bin/minnow" --version | awk '{print $2; exit}')" ]
# shellcheck disable=SC2046
"$cxx" -std=c++20 "$source/examples/quickstart/quickstart.cpp" \
  $(PKG_CONFIG_PATH=$pc pkg-config --static --cflags --libs minnow) -o "$work/pkg-config-quickstart"
(cd "$work" && LD_LIBRARY_PATH=$(dirname "$pc") "$work/pkg-config-quickstart" > /dev/null)

(cd "$work" && cpack --config "$build/CPackConfig.cmake" -B "$work/pack" >> "$work/log") || { cat "$work/log"; exit 1; }
mkdir "$work/unpacked"
tar -xzf "$work"/pack/*.tar.gz -C "$work/unpacked"
[ "$(ls "$work/unpacked" | wc -l)" = 1 ] || { echo "the archive has no top folder: $(ls "$work/unpacked")"; exit 1; }
binary=$(find "$work/unpacked" -name minnow -type f -perm -u+x)
"$binary" --version
size=$(stat -c %s "$binary")
echo "stripped command: $size bytes"
if ! "$binary" doctor --json | grep -q '"cuda": *true'; then
  [ "$size" -lt 5000000 ] || { echo "the stripped CPU command is $size bytes, expected under 5,000,000"; exit 1; }
fi
echo "package: ok"
