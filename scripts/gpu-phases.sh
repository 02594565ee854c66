# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The phases of gpu-check. phase_X runs under X's time limit and leaves files in $CHECK_RAW; report_X reads what is there,
# after a time-out too, adds "key": value to `fields` and what is wrong to `failures`. Bash, sed and awk alone, except that
# the peers of bench need Python.

# --- JSON ---------------------------------------------------------------------------------------------------------------

text() { # one JSON string
  printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C tr -d '\000-\010\013-\037' |
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' | sed -e ':a' -e 'N' -e '$!ba' -e 's/\n/\\n/g')"
}
texts() { # a JSON array of strings
  local item separator=""
  printf '['
  for item in "$@"; do
    printf '%s%s' "$separator" "$(text "$item")"
    separator=", "
  done
  printf ']'
}
field() { fields+=("$(text "$1"): ${2:-null}"); }
text_field() { field "$1" "$(text "$2")"; }
json_lines() { # the lines of files that are JSON objects, as an array
  cat "$@" 2> /dev/null | grep '^{.*}$' | awk 'BEGIN { printf "[" } { printf("%s\n  %s", (NR > 1 ? "," : ""), $0) } END { printf "]" }'
}

# --- What several phases need --------------------------------------------------------------------------------------------

minnow() { "$CHECK_PROGRAMS/minnow" "$@"; }

cublas_name() { grep -aoE 'libcublas\.so\.[0-9]+' "$CHECK_PROGRAMS/minnow" | head -n 1; }

# Minnow itself looks into the toolkit's folders; PyTorch's copy has to be named to the loader.
find_cublas() {
  local name folder
  CHECK_CUBLAS="" name=$(cublas_name) || true
  export CHECK_CUBLAS
  [ -n "$name" ] || return 0
  for folder in ${CUDA_PATH:+"$CUDA_PATH/lib64"} ${CUDA_HOME:+"$CUDA_HOME/lib64"} /usr/local/cuda*/lib64 \
    /usr/local/cuda*/targets/x86_64-linux/lib; do
    [ ! -e "$folder/$name" ] || { CHECK_CUBLAS=$folder; return 0; }
  done
  CHECK_CUBLAS=$(python3 - "$name" 2> /dev/null << 'PY'
import glob, site, sys
for path in site.getsitepackages() + sys.path:
    for file in glob.glob(f"{path}/nvidia/*/lib/{sys.argv[1]}"):
        print(file.rsplit("/", 1)[0])
        sys.exit()
PY
  ) || true
  [ -z "$CHECK_CUBLAS" ] || export LD_LIBRARY_PATH=$CHECK_CUBLAS${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
}

tool() { # the place of a program, on PATH or in the toolkit
  command -v "$1" || { [ -x "/usr/local/cuda/bin/$1" ] && echo "/usr/local/cuda/bin/$1"; } || echo none
}

# --- facts ---------------------------------------------------------------------------------------------------------------

phase_facts() {
  local program name query=driver_version,memory.total,clocks.sm,clocks.mem,clocks.max.sm,temperature.gpu,power.draw
  nvidia-smi > "$CHECK_RAW/nvidia-smi.txt" 2>&1
  nvidia-smi --query-gpu="$query" --format=csv > "$CHECK_RAW/gpu.csv" 2>&1
  minnow doctor --json > "$CHECK_RAW/doctor.json"
  python3 -c 'import torch; print("torch", torch.__version__)' > "$CHECK_RAW/torch.txt" 2>&1
  python3 -c 'import jax; print("jax", jax.__version__)' > "$CHECK_RAW/jax.txt" 2>&1
  for program in "$CHECK_PROGRAMS"/minnow "$CHECK_PROGRAMS"/*_tests; do
    name=$(basename "$program")
    if [ "$name" = minnow ]; then "$program" --help; else "$program" --gtest_list_tests; fi > /dev/null \
      2> "$CHECK_RAW/$name.starts" && echo "$name" >> "$CHECK_RAW/programs.txt"
  done
  return 0
}

report_facts() {
  local name program tools="" separator=""
  text_field gpu_state "$(cat "$CHECK_RAW/gpu.csv" 2> /dev/null)"
  text_field system "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)"
  text_field libc "$(ldd --version 2>&1 | head -n 1)"
  text_field cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2> /dev/null | head -n 1)"
  field cpus "$(nproc)"
  text_field memory "$(sed -n 's/^MemTotal: *//p' /proc/meminfo 2> /dev/null)"
  text_field cublas "${CHECK_CUBLAS:-none}"
  for name in nvcc ncu compute-sanitizer python3; do
    tools+="$separator$(text "$name"): $(text "$(tool "$name")")" separator=", "
  done
  field tools "{$tools}"
  text_field torch "$(tail -n 1 "$CHECK_RAW/torch.txt" 2> /dev/null)"
  text_field jax "$(tail -n 1 "$CHECK_RAW/jax.txt" 2> /dev/null)"
  field doctor "$(json_lines "$CHECK_RAW/doctor.json")"
  touch "$CHECK_RAW/programs.txt"  # read as a file: a bare chroot has no /proc, which <(...) needs
  field programs "$(mapfile -t started < "$CHECK_RAW/programs.txt" && texts "${started[@]}")"
  for program in "$CHECK_PROGRAMS"/minnow "$CHECK_PROGRAMS"/*_tests; do
    name=$(basename "$program")
    grep -qx "$name" "$CHECK_RAW/programs.txt" 2> /dev/null ||
      failures+=("$name does not start: $(head -c 300 "$CHECK_RAW/$name.starts" 2> /dev/null)")
  done
  # shellcheck disable=SC2154  # gpu is gpu-check's
  [ "$CHECK_DEVICE" = cpu ] || [ "$gpu" != none ] || failures+=("no GPU answers nvidia-smi")
}

# --- tests ---------------------------------------------------------------------------------------------------------------

# One shard per 40 cases and program, all at once: most of a case's time is a processor's, not the device's.
phase_tests() {
  local program name list cases shards shard
  for program in "$CHECK_PROGRAMS"/*_tests; do
    name=$(basename "$program")
    list=$("$program" --gtest_list_tests --gtest_filter="$CHECK_FILTER") || echo "$name (its list of cases) $?" >> "$CHECK_RAW/exits.txt"
    cases=$(grep -c '^  ' <<< "$list")
    shards=$(((cases + 39) / 40))
    echo "$name: $cases cases, $shards shards"
    for ((shard = 0; shard < shards; ++shard)); do
      {
        GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$shard "$program" --gtest_filter="$CHECK_FILTER" > "$CHECK_RAW/$name.$shard.log" 2>&1
        echo "$name.$shard $?" >> "$CHECK_RAW/exits.txt"
      } &
    done
  done
  wait
}

report_tests() {
  local logs=("$CHECK_RAW"/*_tests.*.log) case passed failed skipped unfinished
  cat "${logs[@]}" 2> /dev/null | tr -d '\r' | awk '
    /^\[ RUN      \] / { name = $4; said = ""; open[name] = 1; next }
    /^\[       OK \] .* ms\)$/ { ++passed; delete open[$4]; gsub(/[()]/, ""); print "time", $5, $4; next }
    /^\[  FAILED  \] .* ms\)$/ { ++failed; sub(/,$/, "", $4); delete open[$4]; print "failed", $4, substr(said, 1, 600); next }
    /^\[  SKIPPED \] .* ms\)$/ { ++skipped; delete open[$4]; print "skipped", $4, substr(said, 1, 300); next }
    { said = said $0 " " }
    END { for (name in open) { ++unfinished; print "unfinished", name }
          print "count", passed + 0, failed + 0, skipped + 0, unfinished + 0 }' > "$CHECK_RAW/cases.txt"
  read -r passed failed skipped unfinished < <(sed -n 's/^count //p' "$CHECK_RAW/cases.txt")
  field passed "$passed"
  field failed "$failed"
  field skipped "$skipped"
  field unfinished "$unfinished"
  field slowest "$(mapfile -t slow < <(sed -n 's/^time //p' "$CHECK_RAW/cases.txt" | sort -rn | head -n 8 | sed 's/ / ms /') && texts "${slow[@]}")"
  while read -r case; do failures+=("$case"); done < <(grep -E '^(failed|skipped|unfinished) ' "$CHECK_RAW/cases.txt")
  while read -r case; do failures+=("exit code: $case"); done < <(grep -v ' 0$' "$CHECK_RAW/exits.txt" 2> /dev/null)
  [ "$passed" -gt 0 ] || failures+=("no case of $CHECK_FILTER ran")
}

# --- bits ----------------------------------------------------------------------------------------------------------------

# Two epochs of MNIST from seed 1, with strict numerics: the weights' hash is the same on every CPU and GPU.
bits_recipes='
9d99e62ade40da32 --hidden 128,64 --optimizer sgd --lr 0.01 --batch 64
208a315aaac7f228 --hidden 100,200 --optimizer sgd --lr 0.1 --batch 32
f131f229c94fcb7b --hidden 7 --optimizer sgd --lr 0.2 --batch 64
300ec2a7a1947671 --hidden 128,64 --optimizer adam --lr 1e-3 --batch 64 --dropout 0.2 --activation gelu'

phase_bits() {
  local hash recipe device numerics index=0 runs
  runs=$(mktemp -d)
  while read -r hash recipe; do
    [ -n "$hash" ] || continue
    for device in "cpu strict" "$CHECK_DEVICE strict" "$CHECK_DEVICE fast"; do
      read -r device numerics <<< "$device"
      # shellcheck disable=SC2086  # the recipe is words
      minnow train --dataset mnist $recipe --epochs 2 --seed 1 --device "$device" --numerics "$numerics" \
        --quiet --json --out "$runs" > "$CHECK_RAW/$index.$device.$numerics.json" 2> "$CHECK_RAW/$index.$device.$numerics.err"
    done
    index=$((index + 1))
  done <<< "$bits_recipes"
  rm -rf "$runs"
}

report_bits() {
  local hash recipe index=0 file found numerics list="" separator=""
  while read -r hash recipe; do
    [ -n "$hash" ] || continue
    for numerics in "cpu strict" "$CHECK_DEVICE strict" "$CHECK_DEVICE fast"; do
      file=$CHECK_RAW/$index.${numerics/ /.}
      found=$(grep -o '"weights_hash":"[0-9a-f]*"' "$file.json" 2> /dev/null | tail -n 1 | cut -d'"' -f4)
      list+="$separator{\"recipe\": $(text "$recipe"), \"run\": $(text "$numerics"), \"weights_hash\": $(text "${found:-none}")"
      list+=", \"seconds\": $(grep -o '"seconds":[0-9.e-]*' "$file.json" 2> /dev/null | tail -n 1 | cut -d: -f2 | grep . || echo null)"
      list+=", \"test_accuracy\": $(grep -o '"test/accuracy":[0-9.e-]*' "$file.json" 2> /dev/null | tail -n 1 | cut -d: -f2 | grep . || echo null)}"
      separator=$',\n  '
      [ -n "$found" ] || failures+=("$recipe on $numerics: $(tail -c 300 "$file.err" 2> /dev/null)")
      # fast numerics may sum in another order
      [ -z "$found" ] || [ "${numerics#* }" = fast ] || [ "$found" = "$hash" ] || failures+=("$recipe on $numerics: weights $found, expected $hash")
    done
    index=$((index + 1))
  done <<< "$bits_recipes"
  field runs "[$list]"
}

# --- ceilings ------------------------------------------------------------------------------------------------------------

phase_ceilings() { "$CHECK_PROGRAMS/ceilings" > "$CHECK_RAW/ceilings.jsonl"; }

report_ceilings() {
  field measured "$(json_lines "$CHECK_RAW/ceilings.jsonl")"
  [ -s "$CHECK_RAW/ceilings.jsonl" ] || failures+=("nothing was measured: $(tail -n 1 "$CHECK_RAW/log.txt")")
}

# --- bench ---------------------------------------------------------------------------------------------------------------

# Minnow first and last, so that a device whose clocks changed is noticed. Each contestant has a limit of its own, in the
# foreground: else it would stand in a group of its own, which the phase's limit does not end.
phase_bench() {
  local raw=$CHECK_RAW device=$CHECK_DEVICE peers=$CHECK_ROOT/benchmarks/peers clocks="" peer many=""
  [[ " $CHECK_WORKLOADS " != *" W0 "* ]] || many=W0x132
  export MINNOW_HANDOUT=$raw/handout
  nvidia-smi --query-gpu=timestamp,clocks.sm,clocks.mem,temperature.gpu,power.draw --format=csv -l 1 > "$raw/clocks.csv" 2>&1 &
  clocks=$!
  minnow_bench() { # label, numerics, bench's further arguments
    timeout --foreground 60 "$CHECK_PROGRAMS/minnow" bench --device "$device" --numerics "$2" --rounds 5 --json "${@:3}" \
      > "$raw/minnow.$1.jsonl" 2> "$raw/minnow.$1.err" || echo "ended with exit code $?" >> "$raw/minnow.$1.err"
  }
  # shellcheck disable=SC2086  # the workloads are words
  {
    minnow_bench strict strict $CHECK_WORKLOADS --handout "$MINNOW_HANDOUT"
    minnow_bench fast fast $CHECK_WORKLOADS
    [ -z "$many" ] || minnow_bench strict_132 strict W0 --models 132 --handout "$MINNOW_HANDOUT"
    [ -z "$many" ] || minnow_bench fast_132 fast W0 --models 132
    for peer in torch jax; do
      timeout --foreground "$([ "$peer" = torch ] && echo 60 || echo 95)" python3 "$peers/${peer}_peer.py" --device "$device" --rounds 5 --window 0.15 $many $CHECK_WORKLOADS \
        > "$raw/$peer.jsonl" 2> "$raw/$peer.err" || echo "ended with exit code $?" >> "$raw/$peer.err"
    done
    minnow_bench strict_again strict $CHECK_WORKLOADS
  }
  kill "$clocks" 2> /dev/null
  rm -rf "$MINNOW_HANDOUT"
}

report_bench() {
  local name line
  rm -rf "$CHECK_RAW/handout"
  for name in strict fast strict_132 fast_132 strict_again; do
    [ -e "$CHECK_RAW/minnow.$name.jsonl" ] || [[ $name != *_132 ]] || continue
    field "minnow_$name" "$(json_lines "$CHECK_RAW/minnow.$name.jsonl")"
    if [ ! -s "$CHECK_RAW/minnow.$name.jsonl" ] || grep -q '^ended with exit code' "$CHECK_RAW/minnow.$name.err"; then
      failures+=("minnow $name: $(tail -c 300 "$CHECK_RAW/minnow.$name.err" 2> /dev/null)")
    fi
  done
  for name in torch jax; do
    field "$name" "$(json_lines "$CHECK_RAW/$name.jsonl")"
    line=$(tail -n 1 "$CHECK_RAW/$name.err" 2> /dev/null)
    [[ $line != "ended with exit code"* ]] || failures+=("$name: $(tail -c 300 "$CHECK_RAW/$name.err")")
    while read -r line; do failures+=("$name: $line"); done < <(grep -o '"failed": .*' "$CHECK_RAW/$name.jsonl" 2> /dev/null)
  done
  if python3 "$CHECK_ROOT/benchmarks/gpu_table.py" "$CHECK_RAW" > "$CHECK_RAW/table.txt" 2>> "$CHECK_RAW/log.txt"; then
    mapfile -t table < "$CHECK_RAW/table.txt"
    field table "$(texts "${table[@]}")"
    cat "$CHECK_RAW/table.txt"
  fi
}

# --- profile -------------------------------------------------------------------------------------------------------------

phase_profile() {
  local workload numerics ncu
  ncu=$(tool ncu)
  [ "$ncu" != none ] || { echo "ncu is not there"; return 1; }
  for workload in W0 W3 W4; do
    [[ " $CHECK_WORKLOADS " == *" $workload "* ]] || continue
    for numerics in strict fast; do
      timeout --foreground 40 "$ncu" --clock-control none --cache-control none --csv --launch-skip 20 --launch-count 90 \
        --metrics gpu__time_duration.sum,launch__registers_per_thread,launch__grid_size,launch__block_size \
        "$CHECK_PROGRAMS/minnow" bench "$workload" --device cuda --numerics "$numerics" --rounds 3 --steps 8 --json \
        > "$CHECK_RAW/$workload.$numerics.csv" 2>> "$CHECK_RAW/ncu.err"
    done
  done
}

report_profile() {
  local file list="" separator="" kernels
  for file in "$CHECK_RAW"/*.csv; do
    # Columns end with metric name, unit, value; the kernel's name is the fifth and may hold commas.
    kernels=$(awk -F'","' 'NF > 2 && $(NF - 2) == "gpu__time_duration.sum" {
        value = $NF; gsub(/[",]/, "", value); if ($(NF - 1) == "us") value *= 1000
        name = $5; sub(/\(.*/, "", name); sum[name] += value; ++count[name] }
      END { for (name in sum) printf "%.3f\t%d\t%s\n", sum[name] / count[name] / 1000, count[name], name }' "$file" 2> /dev/null |
      sort -rn | awk -F'\t' '{ gsub(/["\\]/, "", $3)
        printf("%s\n   {\"kernel\": \"%s\", \"mean_us\": %s, \"launches\": %d}", (NR > 1 ? "," : ""), $3, $1, $2) }')
    [ -n "$kernels" ] || { failures+=("$(basename "$file"): no kernel was profiled"); continue; }
    list+="$separator{\"run\": $(text "$(basename "$file" .csv)"), \"kernels\": [$kernels]}" separator=$',\n  '
    gzip -f "$file"
  done
  field kernels "[$list]"
  [ -n "$list" ] || failures+=("nothing was profiled: $(tail -n 1 "$CHECK_RAW/log.txt")")
}

# --- sanitize ------------------------------------------------------------------------------------------------------------

# Strict cases without the shuffle: Thrust's sort and cuBLAS are not Minnow's, and racecheck reports the sort.
sanitized_cases='*StrictRecordTest*:*RecordTest.RecordedEqualsDirect*strict*:*StrictBitsTest.DeepProducts*strict*:*StrictBitsTest.ColumnSums*strict*:*StrictBitsTest.CrossEntropy*strict*'
sanitizer_tools="memcheck racecheck synccheck initcheck"

phase_sanitize() {
  local name sanitizer
  sanitizer=$(tool compute-sanitizer)
  [ "$sanitizer" != none ] || { echo "compute-sanitizer is not there"; return 1; }
  for name in $sanitizer_tools; do
    "$sanitizer" --tool "$name" --error-exitcode 9 "$CHECK_PROGRAMS/cuda_tests" --gtest_filter="$sanitized_cases" \
      > "$CHECK_RAW/$name.txt" 2>&1
    echo "$name $?" >> "$CHECK_RAW/exits.txt"
  done
}

report_sanitize() {
  local name code cases
  for name in $sanitizer_tools; do
    code=$(sed -n "s/^$name //p" "$CHECK_RAW/exits.txt" 2> /dev/null)
    cases=$(grep -c '^\[       OK \] ' "$CHECK_RAW/$name.txt" 2> /dev/null)
    field "$name" "{\"exit\": ${code:-null}, \"cases\": ${cases:-0}, \"last_line\": $(text "$(tail -n 1 "$CHECK_RAW/$name.txt" 2> /dev/null)")}"
    [ "${code:-1}" -eq 0 ] && [ "${cases:-0}" -gt 0 ] || failures+=("$name: exit code ${code:-none}, ${cases:-0} cases passed")
  done
}
