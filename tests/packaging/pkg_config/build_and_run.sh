#!/usr/bin/env bash
# build_and_run.sh COMPILER SOURCE LIBDIR WORKDIR: a consumer without CMake.
set -euo pipefail
compiler=$1 source=$2 libdir=$3 workdir=$4

mkdir -p "$workdir"
export PKG_CONFIG_PATH=$libdir/pkgconfig
read -ra flags < <(pkg-config --cflags --libs --static purser)
"$compiler" -std=c++20 -O1 "$source" -o "$workdir/consumer" "${flags[@]}"
LD_LIBRARY_PATH=$libdir "$workdir/consumer"
