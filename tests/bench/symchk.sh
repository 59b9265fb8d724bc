#!/bin/sh
# The stand-in for symchk; README.md beside it says what BENCH_SYMCHK does.
[ "$1 $3" = "/im /s" ] || { echo "symchk: usage: /im MANIFEST /s PATH" >&2; exit 2; }
read -r wanted < "$2" || exit 2
echo "$wanted $4" >> "$BENCH_SYMCHK_CALLS"
run=$(wc -l < "$BENCH_SYMCHK_CALLS")
# shellcheck disable=SC2086
set -- $BENCH_SYMCHK
[ "$run" -gt $# ] && run=$#
shift $((run - 1))
case $1 in
ok) ;;
empty) echo "SYMCHK: PASSED + IGNORED files = 0"; exit 0 ;;
offline) echo "SYMCHK: ntkrnlmp.pdb FAILED - no server could be reached"; exit 1 ;;
proxy) [ -n "$_NT_SYMBOL_PROXY" ] || { echo "SYMCHK: ntkrnlmp.pdb FAILED - proxy"; exit 1; } ;;
hang) exec sleep 600 ;;
esac
touch "$BENCH_SYMCHK_STORE"
echo "SYMCHK: FAILED files = 0"
