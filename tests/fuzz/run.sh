#!/bin/sh
# Half of the time libFuzzer looks for inputs that the C readers cannot bear, and grows a corpus;
# the other half, both roads are asked about what grew. Usage: run.sh PYTHON SECONDS
set -eu
python=$1 seconds=$2 out=build/fuzz
here=$(dirname "$0")
mkdir -p "$out"
clang=$(command -v clang || command -v clang-19 || command -v clang-14 || true)
if [ -n "$clang" ] && "$clang" -g -O1 -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=all -Iengine "$here/readers.c" -o "$out/readers" 2>"$out/clang.log"; then
    for target in text envelope header block; do
        mkdir -p "$out/$target"
        TARGET=$target "$out/readers" -max_total_time=$((seconds / 8 + 1)) -max_len=8300 \
            -timeout=5 -verbosity=0 -print_final_stats=1 -artifact_prefix="$out/crash-$target-" \
            "$out/$target" "$here/corpus/$target" 2>&1 | sed -n "s/^stat::/$target:/p; /ERROR/,\$p"
        set -- "$out"/crash-"$target"-*
        if [ -e "$1" ]; then echo "$target: the C readers failed on $1" && exit 1; fi
    done
    seconds=$((seconds / 2))
else
    echo "no clang with libFuzzer here: the C readers are fuzzed through Python alone"
fi
"$python" -m tests.fuzz "$((seconds / 2 + 1))" "$out"
exec "$python" -m tests.fuzz.formats "$((seconds / 2 + 1))"
