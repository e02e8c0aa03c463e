#!/usr/bin/env bash
# Makes a public network's chain specification, plain and raw, from chain-specs/testnet.template.json and the public keys
# of its first validators; or, for a network to try out, makes the validators' keys too. For those who build, `make
# chain-specs` does the latter in chain-specs/new.
#
#   chain-spec.sh [--out DIR] --keys FILE --sudo ADDRESS [option for assay-node create-chain-spec]…
#   chain-spec.sh [--out DIR] --generate COUNT [option for assay-node create-chain-spec]…
#
# With --keys, FILE is a JSON list of { "account", "babe", "grandpa", "audit" }, addresses of public keys: what each
# validator's operator has told. With --generate, each validator gets a folder validator-N with its base path, which has
# its session keys and its key for the network; the secret phrases are in validator-N/secrets, and that of the sudo
# account in sudo.secrets. Written are testnet.json and testnet-raw.json; the same keys and the same node give the same
# files.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

NODE="${ASSAY_NODE:-$CARGO_TARGET_DIR/release/assay-node}"
OUT="$ASSAY_ROOT/chain-specs/new"
KEYS='' COUNT=''
OPTIONS=()
while [ "$#" -gt 0 ]; do
	case "$1" in
		--out) OUT="$(absolute "${2:?"--out takes a folder"}")" && shift 2 ;;
		--keys) KEYS="$(absolute "${2:?"--keys takes a file"}")" && shift 2 ;;
		--generate) COUNT="${2:?"--generate takes a number"}" && shift 2 ;;
		*) OPTIONS+=("$1") && shift ;;
	esac
done
[ -n "$KEYS" ] || [ -n "$COUNT" ] || fail "neither --keys nor --generate is given" "See the head of ${BASH_SOURCE[0]}."
[ -x "$NODE" ] || fail "there is no $NODE" "Build it: make build"

# field NAME: the value of a field of the JSON that `assay-node key` prints, one field a line.
field() {
	sed -n "s/^ *\"$1\": \"\\(.*\\)\",\\{0,1\\}\$/\\1/p"
}

# address SCHEME SECRET: the address of a key. Secrets are passed in files: everybody on the machine sees what stands in a
# command.
address() {
	(umask 077 && printf '%s' "$2" >"$OUT/.key")
	"$NODE" key inspect --scheme "$1" --output-type json "$OUT/.key" | field ss58PublicKey
	rm "$OUT/.key"
}

new_phrase() {
	"$NODE" key generate --output-type json | field secretPhrase
}

# generate NUMBER: a validator's folder. Prints its public keys as a JSON object.
generate() {
	local folder="$OUT/validator-$1" phrase
	(umask 077 && mkdir -p "$folder")
	phrase="$(new_phrase)"
	(umask 077 && printf '%s\n' "$phrase" >"$folder/secrets")
	printf '{ "account": "%s", "babe": "%s", "grandpa": "%s", "audit": "%s" }' \
		"$(address sr25519 "$phrase")" "$(address sr25519 "$phrase//babe")" \
		"$(address ed25519 "$phrase//grandpa")" "$(address sr25519 "$phrase//audit")"
}

# insert NUMBER: puts a validator's session keys and its key for the network into its folder.
insert() {
	local folder="$OUT/validator-$1" phrase name type scheme
	phrase="$(cat "$folder/secrets")"
	while IFS=: read -r name type scheme; do
		(umask 077 && printf '%s//%s' "$phrase" "$name" >"$folder/key")
		"$NODE" key insert --chain "$OUT/testnet-raw.json" --base-path "$folder/base" --scheme "$scheme" \
			--key-type "$type" --suri "$folder/key" 2>/dev/null
	done <<<'babe:babe:sr25519
grandpa:gran:ed25519
audit:audt:sr25519'
	rm "$folder/key"
	"$NODE" key generate-node-key --chain "$OUT/testnet-raw.json" --base-path "$folder/base" >/dev/null 2>&1
}

mkdir -p "$OUT"
if [ -n "$COUNT" ]; then
	[ ! -e "$OUT/validators.json" ] || fail "there is a network in $OUT" "Remove it, or name another folder with --out."
	SUDO="$(new_phrase)"
	(umask 077 && printf '%s\n' "$SUDO" >"$OUT/sudo.secrets")
	{
		printf '[\n'
		for number in $(seq "$COUNT"); do
			[ "$number" -eq 1 ] || printf ',\n'
			printf '\t%s' "$(generate "$number")"
		done
		printf '\n]\n'
	} >"$OUT/validators.json"
	KEYS="$OUT/validators.json"
	OPTIONS+=(--sudo "$(address sr25519 "$SUDO")")
fi

"$NODE" create-chain-spec --validators "$KEYS" "${OPTIONS[@]}" --output "$OUT/testnet.json"
"$NODE" create-chain-spec --validators "$KEYS" "${OPTIONS[@]}" --raw --output "$OUT/testnet-raw.json"
if [ -n "$COUNT" ]; then
	for number in $(seq "$COUNT"); do
		insert "$number"
	done
fi
say "the network is in $OUT: testnet.json, and testnet-raw.json to start nodes with"
