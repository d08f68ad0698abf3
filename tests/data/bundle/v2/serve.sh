#!/bin/sh
# Serves this folder for a look at it.
cd "$(dirname "$0")" && exec python3 -m http.server 8000
