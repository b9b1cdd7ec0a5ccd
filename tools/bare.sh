#!/bin/sh
# Tries the two commands of README.md where nobody has prepared anything: a bare Debian 12.
#
#   tools/bare.sh [demo] [test]       both when none is named; as root, on a Debian with debootstrap
#
# debootstrap makes a minimal Debian below BARE_DIR (build/bare) once; each trial starts from a fresh copy of
# it, with a fresh clone of what is committed, and nothing else but make. Mirrors, proxy and certificates are
# those of this machine. Prints how long each command took, in all and without the download of packages.
set -eu
cd "$(dirname "$0")/.."
top=$PWD
dir=${BARE_DIR:-$top/build/bare}
base=$dir/base root=$dir/root
[ $# -gt 0 ] || set -- demo test

[ "$(id -u)" = 0 ] || { echo "bare: a chroot is root's business" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "bare: install debootstrap first" >&2; exit 2; }
mkdir -p "$dir"

# "URI SUITE COMPONENT" of each source of Debian 12 that apt has here.
apt_sources() {
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk '$2 ~ /^bookworm/' | sort -u
}

make_base() {
    mirror=$(apt_sources | awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
    [ -n "$mirror" ] || { echo "bare: apt has no source of Debian 12 here; say apt-get update" >&2; exit 2; }
    echo "bare: making a minimal Debian 12"
    rm -rf "$base.new"
    debootstrap --variant=minbase --include=make,ca-certificates bookworm "$base.new" "$mirror" >"$dir/debootstrap.log" 2>&1 || {
        tail -n 20 "$dir/debootstrap.log" >&2
        exit 1
    }
    apt_sources | sed 's/^/deb /' >"$base.new/etc/apt/sources.list"
    apt-config dump | grep -E '^Acquire::(Check-Valid-Until|https?::(Proxy|CaInfo))' >"$base.new/etc/apt/apt.conf.d/90bare" || true
    rm -rf "$base.new"/var/lib/apt/lists/* "$base.new"/var/cache/apt/archives/*.deb
    mv "$base.new" "$base"
}

# Runs one command inside, in namespaces of its own: what it mounts and starts ends with it.
inside() {
    # shellcheck disable=SC2016  # the inner shell expands these
    unshare --mount --pid --fork --kill-child sh -c '
        root=$1
        shift
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        mount --rbind /dev "$root/dev"
        exec chroot "$root" /usr/bin/env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS=/etc/bare-ca.pem} \
            ${https_proxy:+https_proxy="$https_proxy"} ${http_proxy:+http_proxy="$http_proxy"} "$@"
    ' inside "$root" "$@"
}

trial() {
    rm -rf "$root"
    cp -a "$base" "$root"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    [ -z "${NODE_EXTRA_CA_CERTS:-}" ] || cp "$NODE_EXTRA_CA_CERTS" "$root/etc/bare-ca.pem"
    git clone --quiet --no-hardlinks "$top" "$root/root/ytterby"
    start=$(date +%s)
    if inside sh -c "cd /root/ytterby && DEMO_ONCE=1 make $1" >"$dir/$1.log" 2>&1; then said=ok; else said=FAILED; fi
    end=$(date +%s)
    installed=$(stat -c %Y "$root/root/ytterby/build/installed" 2>/dev/null || echo "$start")
    echo "bare: make $1: $said, $((end - start)) s, of these $((installed - start)) s for packages; see ${dir#"$top"/}/$1.log"
    [ "$said" = ok ]
}

[ -d "$base" ] || make_base
failed=0
for what in "$@"; do
    trial "$what" || failed=1
done
exit $failed
