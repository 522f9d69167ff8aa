#!/usr/bin/env bash
# Write requirements.lock and requirements-dev.lock from pyproject.toml.
#
# Usage: tools/lock.sh [--upgrade]
# Without --upgrade, a version that is locked already stays while pyproject.toml allows it.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'pip>=26' 'pip-tools>=7.6'

compile() {
    local target=$1
    shift
    # setuptools counts as unsafe to pin, but torch needs it at run time.
    # The build's own tools are locked too, so that the editable install needs no network.
    "$work/venv/bin/pip-compile" --quiet --no-header --strip-extras --allow-unsafe \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
        --build-deps-for wheel --build-deps-for editable \
        --output-file "$target" "$@" pyproject.toml
    # "+cpu" names a build that only some indexes have; the plain version matches it as well.
    # That the constraint names a package tells a reader nothing.
    sed -E -e 's/^(torch==[^+ ]+)\+[A-Za-z0-9.]+/\1/' -e '/^ +# +-c requirements.lock$/d' "$target" >"$work/plain"
    cat "$work/plain" >"$target"
}

compile requirements.lock "$@"
# Not upgraded on its own: the constraint keeps each version equal in both files.
compile requirements-dev.lock --extra dev --constraint requirements.lock "$@"
echo "Locked: $(grep -c '^[a-z]' requirements.lock) packages, $(grep -c '^[a-z]' requirements-dev.lock) with the test tools"
