#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fails on a source file that clang-format would change, or that lacks its license line.
# Usage: check_format.sh SOURCE_DIR CLANG_FORMAT
set -euo pipefail
cd "$1"
mapfile -t files < <(find include kernels src tests benchmarks examples -name '*.[hc]pp' -o -name '*.cu' -o -name '*.cuh')
[ ${#files[@]} -gt 40 ] || { echo "only ${#files[@]} source files under $1" >&2; exit 1; }
"$2" --dry-run -Werror "${files[@]}"
for file in "${files[@]}"; do
  head -n 1 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || { echo "$file: no SPDX line" >&2; exit 1; }
done
