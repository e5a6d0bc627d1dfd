#!/bin/sh
# Runs the built program in a bare Debian without Node: scan, check, completion. Needs root, debootstrap and a Debian mirror; not part of the tests.
# Usage: sh plugin/debian-root.sh [FOLDER]     FOLDER is kept and used again
set -eu
cd "$(dirname "$0")/.."
root=${1:-$(mktemp -d)/debian}
[ -e "$root/bin/sh" ] || debootstrap --variant=minbase bookworm "$root"
install dist/kubectl-ipconflict dist/kubectl_complete-ipconflict "$root/usr/local/bin/"
rm -rf "$root/capture"
cp -r test/scenarios/duplicate-pod-ip/finished-third/capture "$root/capture"
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin "$@"; }
failed() { echo "failed: $*" >&2; exit 1; }

inside sh -c 'command -v node' && failed 'there is a Node in it'
inside kubectl-ipconflict --version
code=0; inside kubectl-ipconflict scan -A -f /capture || code=$?
[ "$code" = 1 ] || failed "scan: exit code $code"
code=0; inside kubectl-ipconflict check -f /capture >/dev/null || code=$?
[ "$code" = 1 ] || failed "check: exit code $code"
[ "$(inside kubectl_complete-ipconflict sc)" = "scan
:4" ] || failed completion
inside kubectl_complete-ipconflict check -f /capture '' | head -3
echo 'A Debian without Node runs it.'
