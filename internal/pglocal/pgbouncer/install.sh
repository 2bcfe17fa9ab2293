#!/usr/bin/env bash
# Finds PgBouncer for the tests and prints its path; unpacks Debian's package
# into the cache where it is missing. Nothing is installed into the system, so
# no service is started either, and no root is needed.
set -euo pipefail

if [ -n "${ESPALIER_CACHE:-}" ]; then
	cache="$ESPALIER_CACHE"
elif [ "$(id -u)" = 0 ]; then
	cache=/var/cache/espalier
else
	cache="${XDG_CACHE_HOME:-$HOME/.cache}/espalier"
fi
cache="$cache/pgbouncer"

say() { echo "pgbouncer: $*" >&2; }

fail() {
	say "error: $*"
	say "hint: install PgBouncer, on Debian or Ubuntu: apt-get install -y pgbouncer"
	exit 1
}

find_bouncer() {
	local p
	for p in "$(command -v pgbouncer || true)" /usr/sbin/pgbouncer /usr/local/sbin/pgbouncer /usr/local/bin/pgbouncer \
		/opt/homebrew/bin/pgbouncer "$cache/bin/pgbouncer"; do
		if [ -n "$p" ] && "$p" --version >/dev/null 2>&1; then
			echo "$p"
			return
		fi
	done
	return 1
}

# apt resolves and checks the packages; only its state lies in the cache.
unpack() {
	say "unpacking Debian's pgbouncer into $cache"
	local work="$cache.$$" opts f
	trap "rm -rf '$work'" EXIT
	umask 022
	mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/root" "$work/bin"
	opts=(-qq -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work" -o "Dir::Cache::archives=$work/archives"
		-o Debug::NoLocking=1 -o "APT::Sandbox::User=" -o "Dpkg::Post-Invoke=" -o "APT::Update::Post-Invoke=")
	apt-get "${opts[@]}" update >&2 2>/dev/null || true
	apt-get "${opts[@]}" install -y --no-install-recommends --download-only pgbouncer >&2
	for f in "$work"/archives/*.deb; do dpkg -x "$f" "$work/root"; done
	cat >"$work/bin/pgbouncer" <<-'EOF'
		#!/bin/sh
		root="$(cd "$(dirname "$0")/../root" && pwd)"
		libs="$(echo "$root"/usr/lib/*-linux-gnu "$root"/lib/*-linux-gnu | tr ' ' ':')"
		LD_LIBRARY_PATH="$libs" exec "$root/usr/sbin/pgbouncer" "$@"
	EOF
	chmod 755 "$work/bin/pgbouncer"
	rm -rf "$work/archives" "$work/lists" "$cache"
	mv "$work" "$cache"
	trap - EXIT
}

if ! find_bouncer; then
	command -v apt-get >/dev/null || fail "no PgBouncer is installed"
	unpack || fail "apt-get could not fetch it"
	find_bouncer || fail "the unpacked PgBouncer does not run"
fi
