#!/bin/sh
# Get the system packages that the tests use: Chromium for the browser, PostgreSQL with PostGIS.
# As root on Debian they are installed; elsewhere this says plainly what will not be tested.
# SIMA_REQUIRE=browser,postgis makes a missing part a failure (.ci/run does).
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || missing="chromium"
ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || missing="$missing postgresql-15-postgis-3"
fc-list 2>/dev/null | grep -q . || missing="$missing fonts-dejavu-core"

if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the tests:$missing"
    apt-get update -qq
    # The tests start a private server of their own; the packaged one need not run.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    # shellcheck disable=SC2086  # a list of packages
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

lacking=0
command -v chromium >/dev/null 2>&1 || { echo "NOT TESTED: the pages in a browser (no chromium)"; lacking=1; }
ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 ||
    { echo "NOT TESTED: PostGIS (no PostgreSQL with PostGIS)"; lacking=1; }
if [ "$lacking" = 1 ] && [ -n "${SIMA_REQUIRE:-}" ]; then
    echo "SIMA_REQUIRE=$SIMA_REQUIRE asks for every part; install them and try again." >&2
    exit 1
fi
