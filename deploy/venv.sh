#!/usr/bin/env bash
# Makes the Python environment .build/venv and installs the given requirements files into it, once per content.
#
#   deploy/venv.sh FILE...
#   VENV=.build/venv-other   uses another environment
set -euo pipefail
cd "$(dirname "$0")/.."

readonly venv=${VENV:-.build/venv}
mkdir -p .build
if [ ! -x $venv/bin/python ]; then
    printf '==> Making a Python environment in %s\n' $venv
    python3 -m venv $venv
fi
for file in "$@"; do
    stamp=$venv/installed-$(sha256sum "$file" | cut -c 1-16)
    [ -e "$stamp" ] && continue
    printf '==> Installing %s into %s: %s\n' "$file" $venv "$(grep -v '^#' "$file" | tr '\n' ' ')"
    $venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$file"
    touch "$stamp"
done

# Ubuntu has no Chromium package, only a pointer to a snap: there Playwright fetches its own build.
if [ -x $venv/bin/playwright ] && ! command -v chromium >/dev/null && [ ! -e $venv/browser-installed ]; then
    printf '==> Fetching Chromium for the browser tests\n'
    $venv/bin/playwright install --with-deps chromium
    touch $venv/browser-installed
fi
