#!/usr/bin/env bash
# Makes this machine able to build Calyx (build), to run its demo (run), all its tests (test) or the benchmarks (bench).
# Debian 12 and Ubuntu 24.04. Installs only what is missing, says what it installs first, and starts no service.
#
#   deploy/prepare.sh build|run|test|bench
#   SWIFT_INSTALL=1   also installs the official Swift toolchain from swift.org when there is none (signature checked)
set -euo pipefail
cd "$(dirname "$0")/.."

readonly purpose=${1:-build}
readonly needed_swift=6.2        # what Package.swift asks for
readonly offered_swift=6.3.1     # what is installed when there is none
# Swift 6.x Release Signing Key <swift-infrastructure@forums.swift.org>, https://www.swift.org/keys/
readonly swift_signing_key=52BB7E3DE28A71BE22EC05FFEF80A866B47A981F
readonly swift_home=${SWIFT_HOME:-$HOME/.local/share/swift-$offered_swift}

say() { printf '==> %s\n' "$*"; }
stop() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        stop "not root and no sudo here. As root, run: $*"
    fi
}

# --- packages of the operating system -------------------------------------------------------------------------------

# What the toolchain needs to run and to link (its own list for Debian 12 and Ubuntu 24.04).
packages=(ca-certificates git make binutils gcc g++ pkg-config tzdata
    libncurses6 libedit2 libxml2 libz3-4 libsqlite3-0 libpython3-dev)
# What Calyx is built on.
packages+=(libssl-dev libcurl4-openssl-dev libhiredis-dev libsimdjson-dev libsqlite3-dev libpq-dev libcrypt-dev zlib1g-dev libbz2-dev)
# Real servers and a Python environment for the demo; a real edge and a real browser for the tests.
case $purpose in
build) ;;
run) packages+=(curl redis-server python3 python3-venv) ;;
bench) packages+=(redis-server nginx haproxy caddy apache2-utils wrk openssl python3 python3-venv) ;;
test)
    packages+=(curl iproute2 openssl redis-server nginx postgresql libfaketime python3 python3-venv)
    packages+=(testssl.sh nghttp2-client slowhttptest)
    ;;
*) stop "unknown purpose '$purpose'; build, run, test or bench" ;;
esac
# Ubuntu's package of this name is a pointer to a snap, which cannot be driven from here; deploy/venv.sh fetches one.
if [ "$purpose" = test ] && . /etc/os-release && [ "$ID" = debian ]; then packages+=(chromium); fi

missing_packages() {
    local name
    for name in "${packages[@]}"; do
        dpkg-query -W -f='${Status}\n' "$name" 2>/dev/null | grep -q '^install ok installed$' || printf '%s\n' "$name"
    done
}

# Packages of servers start them when installed. A policy file refuses that, and the unit is disabled afterwards so
# that it does not start at the next boot either. An existing policy file and existing servers are left alone.
install_packages() {
    local policy=/usr/sbin/policy-rc.d made_policy=no name status=0
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
        made_policy=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update || status=$?
    [ $status -ne 0 ] || as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends "$@" || status=$?
    [ $made_policy = no ] || as_root rm -f $policy
    [ $status -eq 0 ] || stop "apt-get failed (see above). Install these packages and try again: $*"
    for name in redis-server nginx postgresql haproxy caddy; do
        case " $* " in *" $name "*)
            if command -v systemctl >/dev/null; then as_root systemctl disable "$name.service" >/dev/null 2>&1 || true; fi
            ;;
        esac
    done
}

command -v dpkg-query >/dev/null ||
    stop "this is not Debian or Ubuntu. Install the equivalents of: ${packages[*]}; then run 'swift build -c release'"
mapfile -t missing < <(missing_packages)
if [ ${#missing[@]} -gt 0 ]; then
    say "Installing from the system's package archive (apt-get install): ${missing[*]}"
    install_packages "${missing[@]}"
fi

# --- the Swift toolchain --------------------------------------------------------------------------------------------

# Debian's package named `swift` is OpenStack's object store; only the toolchain prints "Swift version".
swift_version() { "$1" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1; }
is_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# Sets toolchain_url for this machine.
locate_toolchain() {
    local platform suffix=''
    . /etc/os-release
    case "$ID-$VERSION_ID" in
    debian-12) platform=debian12 ;;
    ubuntu-24.04) platform=ubuntu24.04 ;;
    ubuntu-22.04) platform=ubuntu22.04 ;;
    *) stop "no Swift $offered_swift toolchain is known here for $PRETTY_NAME; see https://www.swift.org/install/linux/" ;;
    esac
    case $(uname -m) in
    x86_64) ;;
    aarch64) suffix=-aarch64 ;;
    *) stop "swift.org has no toolchain for $(uname -m)" ;;
    esac
    local release=swift-$offered_swift-RELEASE
    toolchain_url=https://download.swift.org/swift-$offered_swift-release/${platform//./}$suffix/$release/$release-$platform$suffix.tar.gz
}

# The same lines that are printed for the reader are run with SWIFT_INSTALL=1.
toolchain_lines() {
    cat <<LINES
( set -e
work=\$(mktemp -d); export GNUPGHOME=\$work/gnupg; mkdir -m 700 "\$GNUPGHOME"
curl -fL --proto =https -o "\$work/swift.tar.gz" $toolchain_url
curl -fsSL --proto =https -o "\$work/swift.tar.gz.sig" $toolchain_url.sig
curl -fsSL --proto =https https://www.swift.org/keys/all-keys.asc | gpg --batch --quiet --import
gpg --batch --status-fd 1 --verify "\$work/swift.tar.gz.sig" "\$work/swift.tar.gz" | grep -q ' VALIDSIG .*$swift_signing_key'
mkdir -p "$swift_home"
tar -xzf "\$work/swift.tar.gz" -C "$swift_home" --strip-components=1
rm -rf "\$work" )
LINES
}

if [ -x "$swift_home/usr/bin/swift" ]; then PATH=$PATH:$swift_home/usr/bin; fi
found=''
if command -v swift >/dev/null; then found=$(swift_version swift); fi
if [ -z "$found" ] || ! is_at_least "$found" "$needed_swift"; then
    locate_toolchain
    if [ "${SWIFT_INSTALL:-}" = 1 ]; then
        packages=(curl gpg)
        mapfile -t missing < <(missing_packages)
        if [ ${#missing[@]} -gt 0 ]; then
            say "Installing from the system's package archive (apt-get install): ${missing[*]}"
            install_packages "${missing[@]}"
        fi
        say "Installing Swift $offered_swift from swift.org into $swift_home (about 1 GB to fetch)"
        toolchain_lines | bash || stop "Swift was not installed: the download or its signature failed (see above)"
    else
        {
            if [ -n "$found" ]; then
                printf 'error: Swift %s is needed, the one on PATH (%s) is %s.\n' "$needed_swift" "$(command -v swift)" "$found"
            elif command -v swift >/dev/null; then
                printf 'error: %s is not the Swift toolchain (OpenStack has a program of that name).\n' "$(command -v swift)"
            else
                printf 'error: Swift %s or newer is needed, and there is none on PATH.\n' "$needed_swift"
            fi
            printf 'These lines install the official toolchain; `SWIFT_INSTALL=1 make …` runs them for you:\n\n'
            printf '    apt-get install curl gpg\n'
            toolchain_lines | sed 's/^/    /'
            printf '    export PATH=%s/usr/bin:$PATH\n\n' "$swift_home"
            printf '(`apt install swift` is something else.)\n'
        } >&2
        exit 1
    fi
fi
