# bench/peers/report.sh: what the commands beside it share; for `source`. Each says on what it was
# measured, and puts what it prints between two marks of a page.

say() { echo "$*" >&2; }
stop() { say "$*"; exit 1; }

# cached BUILD NAME: a variable of a build folder's cache.
cached() { sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt"; }

# machine_lines ROOT BUILD DIR LOAD: on what, built how, from what.
machine_lines() {
  local compiler flags
  compiler=$(cached "$2" CMAKE_CXX_COMPILER) flags=$(cached "$2" CMAKE_CXX_FLAGS)
  cat <<TEXT
- Machine: $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1), $(nproc) cores,
  $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo) of memory,
  Linux $(uname -r), $(df --output=fstype "$3" | tail -n 1); load average $4 when it began
- Compiler: $("$compiler" --version | head -n 1), $(cached "$2" CMAKE_BUILD_TYPE),
  \`$(cached "$2" CMAKE_CXX_FLAGS_RELEASE)${flags:+ $flags}\`
- Commit: $(git -C "$1" describe --always --dirty), $(date -u +%F)
TEXT
}

# write_block PAGE MARK SCRATCH: puts standard input between `<!-- MARK: begin -->` and `end`.
write_block() {
  [[ $(grep -cE "^<!-- $2: (begin|end) -->\$" "$1") -eq 2 ]] ||
    stop "$1 does not have the two marks that it goes between"
  cat >"$3/block"
  awk -v block="$3/block" -v begin="<!-- $2: begin -->" -v end="<!-- $2: end -->" '
    $0 == end { skip = 0 }
    !skip { print }
    $0 == begin { skip = 1; while ((getline line < block) > 0) print line }
  ' "$1" >"$3/page"
  cat "$3/page" >"$1"
}
