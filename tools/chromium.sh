#!/usr/bin/env bash
# See to it that the browser tests find a Chromium: the one named by $CHROMIUM, or `chromium` on PATH.
set -euo pipefail

if [[ -n ${CHROMIUM:-} ]]; then
    [[ -x $CHROMIUM ]] && exit 0
    echo "CHROMIUM names $CHROMIUM, which is not a program." >&2
    exit 1
fi
command -v chromium >/dev/null && exit 0
# Without a font, every page is blank: the recommended packages, which would bring one, are left out.
exec "$(dirname "$0")/debian-packages.sh" chromium fonts-liberation
