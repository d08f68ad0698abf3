#!/usr/bin/env bash
# check_format.sh ROOT CLANG_FORMAT [-i]: names every source that clang-format would change and
# exits 1 if there is any; with -i changes them instead.
set -euo pipefail
cd "$1"
mapfile -t sources < <(find storage projections ledger tools tests bench \
  -name '*.h' -o -name '*.cc')
if [[ ${3:-} == -i ]]; then
  "$2" --style=file -i "${sources[@]}"
elif ! complaints=$("$2" --style=file --dry-run --Werror "${sources[@]}" 2>&1); then
  sed -nE 's/^([^: ]+):[0-9]+:[0-9]+: .*/\1/p' <<<"$complaints" | sort | uniq -c
  echo "lines that clang-format would change; the build target \`format\` changes them"
  exit 1
fi
