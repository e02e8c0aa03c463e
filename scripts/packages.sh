# shellcheck shell=bash
# Installing packages with apt-get, with the rights that takes. Sourced after env.sh by the scripts that install
# something, never run.

SCRATCH=
cleanup() {
	[ -z "$SCRATCH" ] || rm -rf "$SCRATCH"
}

# make_scratch: a directory for this run, in SCRATCH; gone when the script ends.
make_scratch() {
	SCRATCH="$(mktemp -d)"
	trap cleanup EXIT
}

# need_root PURPOSE: ends the script, saying why, where as_root could not work.
need_root() {
	[ "$(id -u)" -ne 0 ] || return 0
	have sudo || fail "root is needed for this, and there is no sudo: $1" "Run ${0##*/} as root once."
	if [ -t 0 ]; then
		sudo -v || fail "sudo refused: $1" "Run ${0##*/} as root once."
	else
		sudo -n true 2>/dev/null || fail "sudo asks for a password, and there is no terminal: $1" \
			"Run ${0##*/} in a terminal once."
	fi
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

apt_get() {
	local log="$SCRATCH/apt.log"
	if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 \
		"$@" >"$log" 2>&1 </dev/null; then
		tail -n 20 "$log" >&2
		return 1
	fi
}

APT_UPDATED=
# install_packages NAME…: never removes a package, so a conflict is reported instead of resolved.
install_packages() {
	need_root "apt-get install $*"
	say "installing with apt-get: $*"
	if [ -z "$APT_UPDATED" ]; then
		apt_get update || say "apt-get update failed; going on with the package lists there are"
		APT_UPDATED=1
	fi
	apt_get install --no-install-recommends --no-remove "$@"
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}
