# shellcheck shell=bash
# Node.js and npm for the tests in JavaScript. Sourced after env.sh and packages.sh by the scripts that need them.

# What builds the explorer needs this one; the tests of clients would do with 20.14.
readonly NODE_MINIMUM=20.19
# What is installed where the system's is older: a package of npm's registry that holds the executable and nothing else.
readonly NODE_PACKAGE_VERSION=20.19.5

node_is_recent_enough() {
	local version
	version="$(node --version 2>/dev/null)"
	version="${version#v}"
	[ -n "$version" ] && [ "$(printf '%s\n%s\n' "$NODE_MINIMUM" "$version" | sort -V | head -n 1)" = "$NODE_MINIMUM" ]
}

# ensure_node: a node that is recent enough, and npm, both on PATH; or ends the script.
ensure_node() {
	if ! have node || ! have npm; then
		have apt-get || fail "Node.js $NODE_MINIMUM or newer and npm are missing" "Install them, then run ${0##*/} again."
		install_packages nodejs npm || fail "apt-get could not install nodejs and npm" "Its last lines stand above."
	fi
	node_is_recent_enough || use_newer_node
}

# Debian 12 has Node.js 18. Its npm gets the newer one.
use_newer_node() {
	local machine directory="$ASSAY_CACHE/node-$NODE_PACKAGE_VERSION"
	case "$(uname -m)" in
		x86_64) machine=x64 ;;
		aarch64) machine=arm64 ;;
		*) fail "Node.js $(node --version) is older than $NODE_MINIMUM" "Install a newer one, then run ${0##*/} again." ;;
	esac
	local binaries="$directory/node_modules/node-linux-$machine/bin"
	if [ ! -x "$binaries/node" ]; then
		say "Node.js $(node --version) is older than $NODE_MINIMUM: installing $NODE_PACKAGE_VERSION into $directory"
		npm install --prefix "$directory" --no-save --no-audit --no-fund --ignore-scripts \
			"node-linux-$machine@$NODE_PACKAGE_VERSION" >&2 || fail "npm could not install Node.js $NODE_PACKAGE_VERSION"
	fi
	PATH="$binaries:$PATH"
	export PATH
	node_is_recent_enough || fail "$binaries/node does not run" "Install Node.js $NODE_MINIMUM or newer."
}

# install_npm_project DIRECTORY: what its lock file says, and nothing again if that is there already. Outside the clone,
# where cargo's products are, with a link in the folder.
install_npm_project() {
	local project="$1" name target
	name="$(basename "$project")"
	target="$CARGO_TARGET_DIR/npm/$name"
	mkdir -p "$target"
	cp "$project/package.json" "$project/package-lock.json" "$project/.npmrc" "$target/"
	if ! cmp -s "$project/package-lock.json" "$target/installed.json"; then
		(cd "$target" && npm ci >"$target/npm.log" 2>&1) ||
			{ tail -n 20 "$target/npm.log" >&2 && fail "npm ci failed in $target"; }
		cp "$project/package-lock.json" "$target/installed.json"
	fi
	ln -sfn "$target/node_modules" "$project/node_modules"
}
