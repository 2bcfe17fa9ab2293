#!/usr/bin/env bash
# Finds MariaDB's server for the portability tests and prints the path of
# mariadbd; installs Debian's package where it is missing: as root for the
# machine, as another user unpacked into the user's own cache.
set -euo pipefail

cache="${ESPALIER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/espalier}/mariadb"

say() { echo "mariadb: $*" >&2; }

fail() {
	say "error: $*"
	say "hint: install the MariaDB server, on Debian or Ubuntu: apt-get install mariadb-server-core"
	exit 1
}

find_server() {
	local p
	for p in "$(command -v mariadbd || true)" /usr/sbin/mariadbd /usr/local/sbin/mariadbd /opt/homebrew/bin/mariadbd; do
		if [ -n "$p" ] && "$p" --version >/dev/null 2>&1; then
			echo "$p"
			return
		fi
	done
	if [ -x "$cache/bin/mariadbd" ] && "$cache/bin/mariadbd" --version >/dev/null 2>&1; then
		echo "$cache/bin/mariadbd"
		return
	fi
	return 1
}

as_root() {
	say "installing Debian's mariadb-server-core"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq && apt-get install -y -qq --no-install-recommends mariadb-server-core mariadb-client-core >&2
}

# apt resolves and checks the packages; only its state lies in the user's folder.
as_user() {
	say "unpacking Debian's mariadb-server-core into $cache"
	local work="$cache.$$" opts f
	trap "rm -rf '$work'" EXIT
	mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/root" "$work/bin"
	opts=(-qq -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work" -o "Dir::Cache::archives=$work/archives"
		-o Debug::NoLocking=1 -o "APT::Sandbox::User=" -o "Dpkg::Post-Invoke=" -o "APT::Update::Post-Invoke=")
	apt-get "${opts[@]}" update >&2 2>/dev/null || true
	apt-get "${opts[@]}" install -y --no-install-recommends --download-only mariadb-server-core mariadb-client-core >&2
	for f in "$work"/archives/*.deb; do dpkg -x "$f" "$work/root"; done
	cat >"$work/bin/mariadbd" <<-'EOF'
		#!/bin/sh
		root="$(cd "$(dirname "$0")/../root" && pwd)"
		libs="$(echo "$root"/usr/lib/*-linux-gnu "$root"/lib/*-linux-gnu | tr ' ' ':')"
		LD_LIBRARY_PATH="$libs" exec "$root/usr/sbin/mariadbd" "$@" --lc-messages-dir="$root/usr/share/mysql" --character-sets-dir="$root/usr/share/mysql/charsets"
	EOF
	chmod 755 "$work/bin/mariadbd"
	rm -rf "$work/archives" "$work/lists" "$cache"
	mkdir -p "$(dirname "$cache")"
	mv "$work" "$cache"
	trap - EXIT
}

if ! find_server; then
	command -v apt-get >/dev/null || fail "no MariaDB server is installed"
	if [ "$(id -u)" = 0 ]; then as_root || fail "apt-get could not install it"; else as_user || fail "apt-get could not fetch it"; fi
	find_server || fail "the installed server does not run"
fi
