#!/usr/bin/env bash
# Make .venv hold exactly what a lock file names, and this project in editable form.
#
# Usage: tools/setup.sh LOCKFILE
# The interpreter is the first of $PYTHON, python3.11 and python3 that is 3.11 or newer.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly lock=$1
readonly venv=.venv
# Holds the process id of a set-up at work: what is left of a killed one is thrown away by the next.
readonly unfinished=$venv/.unfinished

find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3.11 python3; do
        # Running it is the test: a version manager's shim can be on PATH with nothing behind it.
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is needed; found: $(python3 --version 2>&1 || true)" >&2
    echo "Install it, or name it: make PYTHON=/path/to/python3.11 ..." >&2
    return 1
}

refuse_second_setup() {
    local other
    other=$(cat "$unfinished" 2>/dev/null || true)
    if [[ -n $other ]] && kill -0 "$other" 2>/dev/null; then
        echo "Another set-up (process $other) is at work on $venv: wait for it to end." >&2
        echo "If that process is something else, remove $unfinished and try again." >&2
        exit 1
    fi
}

create_venv() {
    local python version
    python=$(find_python)
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    # Debian packs the part of Python that puts pip into a new environment on its own.
    "$python" -c 'import ensurepip' 2>/dev/null || tools/debian-packages.sh "python$version-venv"
    echo "Creating $venv with Python $version ($python)"
    rm -rf "$venv"
    mkdir "$venv"
    echo $$ >"$unfinished"
    "$python" -m venv "$venv"
}

warn_of_cuda() {
    local cuda
    # Read from the file: importing torch takes seconds, and fails where the CUDA libraries are absent.
    cuda=$(sed -nE "s/^cuda(: [^=]*)? = '([^']+)'.*/\2/p" "$venv"/lib/python3*/site-packages/torch/version.py)
    if [[ -n $cuda ]]; then
        echo "Note: this torch was built for CUDA $cuda, whose libraries the set-up leaves out on purpose." >&2
        echo "If 'import torch' fails, let pip find the CPU builds of torch (PIP_EXTRA_INDEX_URL or" >&2
        echo "PIP_FIND_LINKS; see 'Get started' at pytorch.org), then: make clean, and this command again." >&2
    fi
}

main() {
    refuse_second_setup
    if [[ -e $unfinished ]] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        create_venv
    fi
    echo $$ >"$unfinished"
    echo "Installing $lock into $venv"
    # No dependencies beyond the lock: torch's own list names gigabytes of CUDA libraries on some machines.
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$lock"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
    warn_of_cuda
    rm "$unfinished"
}

main
