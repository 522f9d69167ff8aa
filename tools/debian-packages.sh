#!/usr/bin/env bash
# Install Debian packages where this user may, else say which command does it and exit 1.
#
# Usage: tools/debian-packages.sh PACKAGE...
set -euo pipefail

if ! command -v apt-get >/dev/null; then
    echo "Needed, and not found: $*. Install it with this system's package manager." >&2
    exit 1
fi
if [[ $EUID -ne 0 ]]; then
    echo "Needed, and not found: $*. Run: sudo apt-get update && sudo apt-get install $*" >&2
    exit 1
fi
echo "Installing from Debian's packages: $*"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update && apt-get install --yes --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "Debian's packages could not be installed: $*" >&2
    exit 1
fi
