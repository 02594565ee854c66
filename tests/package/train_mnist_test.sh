#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/train-mnist, with stand-ins for all that it starts: it configures and builds its own tree, and whatever a user
# names by a relative path is looked for where the user is. (Once everything was looked for in the repository.)
# Usage: train_mnist_test.sh SOURCE_DIR
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "train-mnist: $*" >&2
  exit 1
}
stand_in() {  # FILE COMMANDS
  printf '#!/usr/bin/env bash\n%s\n' "$2" > "$1"
  chmod +x "$1"
}
repository=$work/repository
mkdir -p "$repository/scripts" "$repository/build/release/bin" "$work/bin" "$work/user/data/mnist" "$work/user/other"
cp "$1/scripts/train-mnist" "$repository/scripts"
stand_in "$repository/scripts/setup" ':'
stand_in "$repository/scripts/get-mnist" "echo \"get-mnist: \$1 from \$PWD\" >> $work/log"
stand_in "$repository/build/release/bin/minnow" "echo \"minnow: \$* from \$PWD\" >> $work/log"
stand_in "$work/bin/cmake" "echo \"cmake: \$*\" >> $work/log"
stand_in "$work/bin/nvidia-smi" 'exit 9'
export PATH=$work/bin:$PATH
unset MINNOW_DATA

run() {  # FOLDER ARGUMENT...: what was started, in $log
  : > "$work/log"
  (cd "$1" && shift && "$repository/scripts/train-mnist" "$@")
  log=$(< "$work/log")
}
expect() {
  grep -qxF "$1" <<< "$log" || fail "expected \"$1\" in: $log"
}
run "$work/user" -c net.toml --out here
expect "minnow: train -c net.toml --out here from $work/user"
expect "cmake: -S $repository --preset release -DMINNOW_CUDA=OFF"
expect "cmake: --build $repository/build/release"
touch "$work/user/data/mnist/train-images-idx3-ubyte.gz"
run "$work/user" --dataset mnist
! grep -q get-mnist <<< "$log" || fail "data that are there were downloaded: $log"
run "$work/user/other"
expect "get-mnist: data from $work/user/other"
MINNOW_DATA=../data run "$work/user/other"
! grep -q get-mnist <<< "$log" || fail "a relative \$MINNOW_DATA was not found: $log"
stand_in "$work/bin/nvidia-smi" 'echo 9.0; echo 8.0'
run "$work/user"
expect "cmake: -S $repository --preset release -DMINNOW_CUDA=AUTO -DCMAKE_CUDA_ARCHITECTURES=80;90"
echo "train-mnist: ok"
