#!/usr/bin/env bash
# check_style.sh ROOT: the rules of the house that a machine can check. Prints each place that
# breaks one and exits 1 if there is any; 2 if there was nothing to check.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$1"

# From the bottom up: an include may go to the left, never to the right.
layers=(storage projections ledger tools)
folders=("${layers[@]}" tests bench)
found=0

# broken RULE: prints the places on standard input, if any, under the rule that they break.
broken() {
  local places
  places=$(cat)
  [[ -z $places ]] && return
  printf '%s\n%s\n' "$1:" "$places" | sed '2,$s/^/  /'
  found=1
}

sources() { find "${folders[@]}" -type f \( -name '*.h' -o -name '*.cc' \) | sort; }
scripts() {
  find CMakeLists.txt "${folders[@]}" -type f \
    \( -name CMakeLists.txt -o -name '*.cmake' -o -name '*.in' -o -name '*.sh' \) | sort
  find tools .ci -type f -perm -u+x | sort
}
# Every include of a source of ours: file, line and what it names, quotes or brackets included.
includes() {
  sources | xargs grep -nHoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][^">]*[">]' |
    sed -E 's/^([^:]*):([0-9]*):.*include[[:space:]]*(["<].*)$/\1 \2 \3/'
}

includes_that_go_up() {
  local file line name layer above
  while read -r file line name; do
    above=no
    for layer in "${layers[@]}"; do
      if [[ $above == yes && (-e $layer/${name:1:-1} || -e $layer/include/${name:1:-1}) ]]; then
        echo "$file:$line: includes $name of $layer"
      fi
      [[ $file == "$layer"/* ]] && above=yes
    done
  done < <(includes)
}

headers_not_for_the_public() {
  includes | grep -E '^[^ ]*/include/purser/' |
    grep -vE ' ("purser/[a-z0-9_]+\.h"|<[a-z0-9_]+>)$' | sed -E 's/ /:/; s/ /: includes /'
}

# An include names a private header without its folder, so no two may share a name.
headers_that_share_a_name() {
  find "${layers[@]}" -name '*.h' -printf '%f %p\n' | sort |
    awk '$1 == name { print path " and " $2 } { name = $1; path = $2 }'
}

sources_not_built() {
  local file folder own
  while read -r file; do
    folder=${file%%/*}
    own=${file%/*}
    grep -qxF "  ${file#"$folder"/}" "$folder/CMakeLists.txt" ||
      grep -qsxF "  ${file##*/}" "$own/CMakeLists.txt" || echo "$file"
  done < <(find "${folders[@]}" -type f \( -name '*.cc' -o -path '*/include/purser/*.h' \) \
    -not -path 'tests/packaging/*')
}

if [[ -z $(sources) ]]; then
  echo "no sources below $PWD"
  exit 2
fi
broken 'more than 100 columns' < <({ sources; scripts; } | sort -u |
  xargs grep -nHE '^.{101,}' | cut -c -160)
broken 'an include goes up' < <(includes_that_go_up)
broken 'a public header includes more than the standard library and purser/' \
  < <(headers_not_for_the_public)
broken 'two headers share a name' < <(headers_that_share_a_name)
broken 'not listed, on a line of its own, in the CMakeLists.txt of its folder' \
  < <(sources_not_built)
broken 'unfinished or switched off' < <(sources |
  xargs grep -nHE '\b(TODO|FIXME|XXX)\b|GTEST_SKIP|DISABLED_')
exit $found
