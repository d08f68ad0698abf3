#!/usr/bin/env bash
# check_style_test.sh CHECK_STYLE WORKDIR: the check must accept a clean tree and find each fault.
set -euo pipefail
check=$1 root=$2/tree
failed=0

clean_tree() {
  rm -rf "$root"
  mkdir -p "$root"/{storage,projections,ledger}/include/purser "$root"/{tools,tests,bench,.ci}
  touch "$root"/CMakeLists.txt "$root"/{projections,ledger,tools,tests,bench}/CMakeLists.txt
  printf '%s\n' '#include <string>' '#include "purser/types.h"' \
    >"$root/storage/include/purser/status.h"
  echo '// Types.' >"$root/storage/include/purser/types.h"
  echo '#include "check.h"' >"$root/storage/check.cc"
  echo '// Checks.' >"$root/storage/check.h"
  printf '  %s\n' check.cc include/purser/status.h include/purser/types.h \
    >"$root/storage/CMakeLists.txt"
  echo '#include "check.h"' >"$root/projections/fold.cc"
  echo '  fold.cc' >"$root/projections/CMakeLists.txt"
  echo '// Fold.' >"$root/projections/fold.h"
}

# expect EXIT TEXT: what the check must answer for the tree as it is now.
expect() {
  local output status=0
  output=$("$check" "$root" 2>&1) || status=$?
  if [[ $status != "$1" || $output != *"$2"* ]]; then
    printf 'expected exit %s and "%s", got exit %s and:\n%s\n' "$1" "$2" "$status" "$output"
    failed=1
  fi
  clean_tree
}

clean_tree
expect 0 ''
printf '// %0100d\n' 0 >"$root/storage/check.h"
expect 1 'storage/check.h:1:'
printf '# %0100d\n' 0 >"$root/tests/CMakeLists.txt"
expect 1 'tests/CMakeLists.txt:1:'
echo '#include "fold.h"' >"$root/storage/check.h"
expect 1 'storage/check.h:1: includes "fold.h" of projections'
echo '// Pointer.' >"$root/projections/include/purser/pointer.h"
echo '#  include <purser/pointer.h>' >"$root/storage/check.cc"
expect 1 'storage/check.cc:1: includes <purser/pointer.h> of projections'
echo '#include <rocksdb/db.h>' >"$root/storage/include/purser/types.h"
expect 1 'storage/include/purser/types.h:1: includes <rocksdb/db.h>'
echo '#include "check.h"' >"$root/storage/include/purser/types.h"
expect 1 'storage/include/purser/types.h:1: includes "check.h"'
echo '// Checks.' >"$root/projections/check.h"
expect 1 'projections/check.h and storage/check.h'
echo '// New.' >"$root/storage/new.cc"
expect 1 'storage/new.cc'
echo '// New.' >"$root/storage/include/purser/new.h"
expect 1 'storage/include/purser/new.h'
echo '// TODO' >"$root/storage/check.h"
expect 1 'storage/check.h:1:'
find "$root" -name '*.h' -delete -o -name '*.cc' -delete
expect 2 'no sources'
exit $failed
