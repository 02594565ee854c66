#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/archive, and with it a build in batches of files: one folder with a static, stripped command, which trains to the
# same weights as the one of BUILD_DIR.
# Usage: archive_test.sh SOURCE_DIR COMMAND READELF
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "archive: $*" >&2
  exit 1
}
archive=$("$1/scripts/archive" "$work")
[ -f "$archive" ] || fail "scripts/archive printed '$archive', expected the path of an archive"
mkdir "$work/unpacked"
tar -xJf "$archive" -C "$work/unpacked"
[ "$(ls "$work/unpacked")" = "$(basename "$archive" .tar.xz)" ] || fail "expected one folder, named as the archive: $(ls "$work/unpacked")"
command=$(echo "$work"/unpacked/*/bin/minnow)
! "$3" --program-headers --wide "$command" | grep -q INTERP || fail "the command is not static"
! "$3" --sections --wide "$command" | grep -q ' \.symtab' || fail "the command is not stripped"
size=$(stat -c %s "$archive")
[ "$size" -lt 2000000 ] || fail "$size bytes, expected under 2,000,000"
cd "$work"
hash_of() {
  env -i "$1" train --dataset digits --hidden 16 --epochs 1 --max-steps 20 --device cpu --json | grep -o '"weights_hash":"[0-9a-f]*"' | tail -n 1
}
[ -n "$(hash_of "$command")" ] && [ "$(hash_of "$command")" = "$(hash_of "$2")" ] || fail "other weights: $(hash_of "$command") and $(hash_of "$2")"
echo "archive: ok, $size bytes"
