#!/usr/bin/env bash
# Makes a development certificate authority and a server certificate signed by it, beside this script. `openssl` only.
#
#   certs/make-dev-certs.sh [NAME_OR_ADDRESS...]    default: localhost 127.0.0.1 ::1
#   OUT=DIR   writes there instead
#
# An existing authority is used again, so that a browser that trusts it trusts every later certificate, too.
set -euo pipefail

readonly out=${OUT:-$(cd "$(dirname "$0")" && pwd)}
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(localhost 127.0.0.1 ::1)
command -v openssl >/dev/null || { echo "error: openssl is not installed" >&2; exit 1; }

alternatives=''
for name in "${names[@]}"; do
    case $name in
    *[!A-Za-z0-9.:*_-]* | '') echo "error: '$name' is neither a host name nor an address" >&2; exit 2 ;;
    *:* | *[!0-9.]*) ;;
    *.*.*.*) ;;
    *) echo "error: '$name' is neither a host name nor an address" >&2; exit 2 ;;
    esac
    case $name in
    *:*) alternatives+=",IP:$name" ;;
    *[!0-9.]*) alternatives+=",DNS:$name" ;;
    *) alternatives+=",IP:$name" ;;
    esac
done

umask 077
mkdir -p "$out"
cd "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

if [ ! -e ca.key ] || [ ! -e ca.crt ]; then
    new_key "$work/ca.key"
    openssl req -x509 -new -key "$work/ca.key" -sha256 -days 825 -out "$work/ca.crt" \
        -subj "/CN=Calyx development authority on $(uname -n)" \
        -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign'
    mv "$work/ca.key" "$work/ca.crt" .
fi

new_key "$work/calyx.key"
openssl req -new -key "$work/calyx.key" -subj "/CN=${names[0]}" -out "$work/calyx.csr"
# 398 days is the most that browsers take.
openssl x509 -req -in "$work/calyx.csr" -CA ca.crt -CAkey ca.key -sha256 -days 397 \
    -set_serial "0x$(openssl rand -hex 16)" -out "$work/calyx.crt" -extfile <(printf '%s\n' \
    'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' 'extendedKeyUsage=serverAuth' \
    'authorityKeyIdentifier=keyid' 'subjectKeyIdentifier=hash' "subjectAltName=${alternatives#,}") 2>/dev/null
mv "$work/calyx.key" "$work/calyx.crt" .
chmod 644 ca.crt calyx.crt

openssl verify -CAfile ca.crt calyx.crt >/dev/null
echo "Made $out/calyx.crt and calyx.key for ${names[*]}, signed by ca.crt"
echo "Trust $out/ca.crt in your browser, or: curl --cacert $out/ca.crt https://${names[0]}/flower/"
