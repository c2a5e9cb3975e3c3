#!/bin/sh
# Install what is missing, and nothing else: no package-list update and no network when all is there.
packages="libblis-openmp-dev libgsl-dev libyaml-dev libjansson-dev libsqlite3-dev libpcre2-dev libzstd-dev zlib1g-dev check
          gnuplot-nox"
missing=""
for p in $packages; do
    [ "$(dpkg-query -W -f '${Status}' "$p" 2>/dev/null)" = "install ok installed" ] || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ]; then
    as=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as="sudo -n"
else
    echo "missing packages; type this, then run make again:" >&2
    echo "  sudo apt-get install$missing" >&2
    exit 1
fi
echo "installing:$missing" >&2
DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq $missing >/dev/null 2>&1 && exit 0
$as apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq $missing >/dev/null
