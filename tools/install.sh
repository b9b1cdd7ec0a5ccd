#!/bin/sh
# Installs the Debian 12 packages that are missing: tools/install.sh build|test|web|format ...
#
#   build  what the program is compiled from and linked with     test  what the tests use beside that
#   format clang-format, for make format
#   web    what builds the pages anew (the built pages are in the tree, so the program needs none of it)
#
# A machine that has them all is left alone and needs no network.
set -eu

packages_build="gcc make pkg-config libc6-dev libsqlite3-dev libssl-dev libsodium-dev libuv1-dev node-llhttp r-mathlib libsuitesparse-dev libopenblas-serial-dev libzip-dev libexpat1-dev"
packages_test="libcmocka-dev clang libclang-rt-14-dev llvm-14 binutils gcovr libfaketime python3 python3-jsonschema python3-numpy python3-scipy curl golang-go golang-golang-x-mod-dev ledger hledger graphviz mandoc man-db zsh fish"
packages_web="chromium diffutils tar"
packages_format="clang-format-14"

wanted=
for set in "$@"; do
    case $set in
    build) wanted="$wanted $packages_build" ;;
    test) wanted="$wanted $packages_test" ;;
    format) wanted="$wanted $packages_format" ;;
    web)
        wanted="$wanted $packages_web"
        # Debian's npm brings 350 packages and quarrels with other vendors' nodejs, which have their own.
        command -v npm >/dev/null 2>&1 || wanted="$wanted nodejs npm"
        ;;
    *)
        echo "install: no set \"$set\"; there are build, test, web and format" >&2
        exit 2
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    echo "install: this is no Debian; what is wanted here goes by these names there:$wanted" >&2
    exit 1
fi

missing=
for package in $wanted; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
    as_root=sudo
    if ! command -v sudo >/dev/null 2>&1; then
        echo "install: these packages are missing:$missing" >&2
        echo "  as root, say: apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
fi

echo "installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT INT TERM
# shellcheck disable=SC2086  # the names are words
if ! { $as_root apt-get -qq update &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "install: apt-get could not install:$missing" >&2
    exit 1
fi
