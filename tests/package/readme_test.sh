#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every `minnow ...` line of the README's shell blocks, in order, in a fresh folder.
# Usage: readme_test.sh README.md BIN_DIR
set -euo pipefail
mapfile -t commands < <(awk '/^```sh$/{inside=1; next} /^```/{inside=0} inside && /^minnow /' "$1")
[ ${#commands[@]} -ge 4 ] || { echo "only ${#commands[@]} commands found in $1" >&2; exit 1; }
PATH=$2:$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for command in "${commands[@]}"; do
  echo "\$ $command"
  bash -c "$command"
done
