#!/bin/sh
# Print the path of a Python 3.11 or newer, or nothing.
for name in python3 python3.13 python3.12 python3.11 python3.14 python; do
    path=$(command -v "$name" 2>/dev/null) || continue
    "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$path" && exit 0
done
exit 0
