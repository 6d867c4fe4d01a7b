#!/usr/bin/env bash
# Makes the environment that tests/inference runs an inference server in: NVIDIA's Triton, which PyPI
# has in nvidia-pytriton, and onnxruntime. It goes to $MIDWORD_TRITON_CACHE (default
# ~/.cache/midword-triton; 400 MB, half a minute), and is made only once.
#
# Debian's own Python: Triton's part inside Python is linked with libpython3.11.so.1.0 and looks for
# the very standard library that belongs to it (others fail on a lock's missing method).
set -euo pipefail

wanted='nvidia-pytriton==0.7.0 onnxruntime>=1.20'
python=${MIDWORD_TRITON_PYTHON:-/usr/bin/python3}
cache=${MIDWORD_TRITON_CACHE:-$HOME/.cache/midword-triton}
mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9 # two test runs may want it at once

if [ "$(cat "$cache/installed" 2> /dev/null)" != "$python $wanted" ]; then
    echo "installing Triton"
    rm -rf "$cache/venv"
    "$python" -m venv "$cache/venv"
    # shellcheck disable=SC2086 # several words on purpose
    "$cache/venv/bin/python" -m pip --quiet --disable-pip-version-check install $wanted
    echo "$python $wanted" > "$cache/installed"
fi
