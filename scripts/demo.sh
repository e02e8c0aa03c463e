#!/usr/bin/env bash
# The whole life of a job on this machine: starts a chain with one validator and one worker, posts a picture as a job of
# 64 tasks, follows it, fetches the verified results, puts the picture together and accounts for every unit of money.
# Needs what build.sh builds. Takes a few minutes; the status is 0 only if everything held.
#
# Read from the caller's environment:
#   OUT   where the picture goes                                   (default: assay-demo.png in the working directory)
#   KEEP  1 keeps chain, logs and results; after a failure they are kept anyway
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

readonly BINARIES="$CARGO_TARGET_DIR/release"
readonly PROGRAM="$CARGO_TARGET_DIR/programs/path-tracer.wasm"
readonly SCENE="$ASSAY_ROOT/examples/scenes/showroom.scene"
readonly TASKS=64
readonly BATCH_SIZE=8
readonly BOUNTY=0.1
# Locked batch by batch: enough for several at once.
readonly STAKE=20
# A tile takes up to 9 billion. Auditors are given the time that the limit takes, so it is not much higher.
readonly FUEL=15000000000
readonly START_SECONDS=300
readonly JOB_SECONDS=5400
readonly STOP_SECONDS=20

readonly REQUESTER=//Charlie
readonly WORKER=//Bob
# The one validator of a development chain: it authors the blocks, so it gets the fees, and it audits.
readonly VALIDATOR=//Alice

PICTURE="$(absolute "${OUT:-assay-demo.png}")"
readonly PICTURE
BASE=
NODE_PID=
WORKER_PID=
WATCH_PID=
NODE_URL=
RPC_PORT=

# --- Starting and stopping -------------------------------------------------------------------------------------------

running() {
	kill -0 "$1" 2>/dev/null
}

# stop PID: asks it to end, waits until it has, and does not ask twice.
stop() {
	[ -n "$1" ] || return 0
	local deadline=$((SECONDS + STOP_SECONDS))
	kill "$1" 2>/dev/null || true
	while running "$1"; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			kill -KILL "$1" 2>/dev/null || true
			break
		fi
		sleep 0.2
	done
	wait "$1" 2>/dev/null || true
}

stop_everything() {
	stop "$WATCH_PID"
	stop "$WORKER_PID"
	stop "$NODE_PID"
	WATCH_PID=
	WORKER_PID=
	NODE_PID=
}

show_logs() {
	local log
	for log in "$BASE"/*.log; do
		[ -s "$log" ] || continue
		printf '\n--- the last lines of %s\n' "$log" >&2
		tail -n 20 "$log" >&2
	done
}

finish() {
	local status=$?
	trap - EXIT
	stop_everything
	if [ -n "$BASE" ]; then
		if [ "$status" -ne 0 ]; then
			show_logs
			say "chain, logs and results are kept in $BASE"
		elif [ "${KEEP:-}" = 1 ]; then
			say "chain, logs and results are in $BASE"
		else
			rm -rf "$BASE"
		fi
	fi
	exit "$status"
}

ensure_running() {
	running "$NODE_PID" || fail "the node ended by itself"
	[ -z "$WORKER_PID" ] || running "$WORKER_PID" || fail "the worker ended by itself"
}

# free_port: a port of this machine at which nobody listens.
free_port() {
	local port attempt
	for attempt in {1..100}; do
		port=$((20000 + (RANDOM * 32768 + RANDOM + attempt) % 12000))
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			echo "$port"
			return 0
		fi
	done
	fail "no free port was found on this machine"
}

assay() {
	"$BINARIES/assay" --node "$NODE_URL" "$@"
}

# number KEY: the number of that name at the top of the JSON on standard input, plain or as a string.
number() {
	local value
	value="$(sed -n "s/^  \"$1\": \"\{0,1\}\([0-9]\{1,19\}\)\"\{0,1\},\{0,1\}\$/\1/p")"
	[ -n "$value" ] || fail "there is no number \"$1\" where it was expected"
	echo "$value"
}

final_block() {
	assay node --json 2>/dev/null | number finalized
}

start_node() {
	RPC_PORT="$(free_port)"
	local port="$RPC_PORT"
	while [ "$port" = "$RPC_PORT" ]; do
		port="$(free_port)"
	done
	NODE_URL="ws://127.0.0.1:$RPC_PORT"
	"$BINARIES/assay-node" --dev --base-path "$BASE/node" --rpc-port "$RPC_PORT" \
		--listen-addr "/ip4/127.0.0.1/tcp/$port" --no-mdns --no-prometheus --no-telemetry \
		>"$BASE/node.log" 2>&1 </dev/null &
	NODE_PID=$!
	local deadline=$((SECONDS + START_SECONDS)) final
	until final="$(final_block 2>/dev/null)" && [ "$final" -ge 1 ]; do
		ensure_running
		[ "$SECONDS" -lt "$deadline" ] || fail "the chain finalised no block in $START_SECONDS s"
		sleep 1
	done
	say "the node produces and finalises blocks at $NODE_URL"
}

start_worker() {
	"$BINARIES/assay-worker" --node "$NODE_URL" --suri "$WORKER" --stake "$STAKE" --data-dir "$BASE/worker" \
		>"$BASE/worker.log" 2>&1 </dev/null &
	WORKER_PID=$!
	say "the worker $WORKER is looking for jobs"
}

# --- The job ---------------------------------------------------------------------------------------------------------

post_job() {
	assay job post "$PROGRAM" --input "$SCENE" --tasks "$TASKS" --batch-size "$BATCH_SIZE" --bounty "$BOUNTY" \
		--auditors 2 --samples 2 --fuel "$FUEL" --execution-window 1200 --challenge-window 5 --lifetime 10000 \
		--suri "$REQUESTER" --yes --json >"$BASE/posted.json"
	JOB="$(number job <"$BASE/posted.json")"
	say "posted job $JOB"
}

# Follows the job, and does not wait for one that can no longer be done.
watch_job() {
	# Not through the function: its process would be a shell around the one to be stopped.
	"$BINARIES/assay" --node "$NODE_URL" job watch "$JOB" &
	WATCH_PID=$!
	local deadline=$((SECONDS + JOB_SECONDS)) status=0
	while running "$WATCH_PID"; do
		ensure_running
		[ "$SECONDS" -lt "$deadline" ] || fail "the job was not done in $(elapsed "$JOB_SECONDS")"
		sleep 1
	done
	wait "$WATCH_PID" || status=$?
	WATCH_PID=
	[ "$status" -eq 0 ] || fail "assay job watch ended with status $status"
}

# Ends the worker, and waits until whatever it sent last is in a final block: then balances can be compared.
quieten() {
	stop "$WORKER_PID"
	WORKER_PID=
	local wanted
	wanted=$(($(assay node --json | number best) + 1))
	until [ "$(final_block)" -ge "$wanted" ]; do
		ensure_running
		sleep 1
	done
}

fetch_results() {
	assay job fetch "$JOB" --out "$BASE/results"
	mkdir -p "$(dirname "$PICTURE")"
	"$BINARIES/assay-example-assemble" --out "$PICTURE" "$BASE/results"
}

# --- The money -------------------------------------------------------------------------------------------------------

# 64-bit arithmetic is exact here: a development account starts with 10^18 of the smallest unit.

total() {
	assay account balance --suri "$1" --json | number total
}

# asy UNITS: as tokens.
asy() {
	local sign='' units="$1"
	if [ "$units" -lt 0 ]; then
		sign=- units=$((-units))
	fi
	printf '%s%d.%012d' "$sign" $((units / 10 ** 12)) $((units % 10 ** 12))
}

balance_line() {
	printf '  %-22s %24s %24s %20s\n' "$1" "$(asy "$2")" "$(asy "$3")" "$(asy $(($3 - $2)))"
}

# expect TEXT LEFT RIGHT: both must be the same number.
expect() {
	[ "$2" -eq "$3" ] || fail "$1: $(asy "$2") is not $(asy "$3") ASY"
	printf '  holds: %s: %s ASY\n' "$1" "$(asy "$2")"
}

account_for_everything() {
	printf '\nWhere the money of job %s went\n' "$JOB"
	assay job report "$JOB" --json >"$BASE/report.json" || fail "the job's books do not add up" "See $BASE/report.json."
	assay job report "$JOB" --batches | sed 's/^/  /'

	local worker_address slashed
	worker_address="$(assay account address --suri "$WORKER")"
	slashed="$(assay account worker "$worker_address" --json | number slashed)"
	[ "$slashed" -eq 0 ] || fail "the worker was slashed: $(asy "$slashed") ASY"
	printf '  Slashed   nothing\n'

	local escrowed workers auditors refunded remaining
	escrowed="$(number escrowed <"$BASE/report.json")"
	workers="$(number paidToWorkers <"$BASE/report.json")"
	auditors="$(number paidToAuditors <"$BASE/report.json")"
	refunded="$(number refunded <"$BASE/report.json")"
	remaining="$(number remaining <"$BASE/report.json")"

	local requester_after worker_after validator_after
	requester_after="$(total "$REQUESTER")"
	worker_after="$(total "$WORKER")"
	validator_after="$(total "$VALIDATOR")"
	printf '\nBalances in ASY, with what is held\n'
	printf '  %-22s %24s %24s %20s\n' "" "before" "after" "change"
	balance_line "$REQUESTER, requester" "$REQUESTER_BEFORE" "$requester_after"
	balance_line "$WORKER, worker" "$WORKER_BEFORE" "$worker_after"
	balance_line "$VALIDATOR, validator" "$VALIDATOR_BEFORE" "$validator_after"

	# What somebody paid or got beyond the job's books are fees of transactions, and these go to the validator.
	local requester_fees worker_fees
	requester_fees=$((REQUESTER_BEFORE - requester_after - workers - auditors))
	worker_fees=$((WORKER_BEFORE + workers - worker_after))
	printf '\nTransaction fees: %s ASY by the requester, %s ASY by the worker\n' \
		"$(asy "$requester_fees")" "$(asy "$worker_fees")"
	if [ "$requester_fees" -lt 0 ] || [ "$worker_fees" -lt 0 ]; then
		fail "somebody has more money than the books explain"
	fi
	printf '\nTo the last unit\n'
	expect "escrowed = workers + auditors + refunded + remaining" \
		"$escrowed" $((workers + auditors + refunded + remaining))
	expect "nothing remains in escrow" "$remaining" 0
	expect "the validator got the auditors' pay and all fees" \
		$((validator_after - VALIDATOR_BEFORE)) $((auditors + requester_fees + worker_fees))
	expect "all three together have what they had" \
		$((requester_after + worker_after + validator_after)) \
		$((REQUESTER_BEFORE + WORKER_BEFORE + VALIDATOR_BEFORE))
}

# --- What the node itself says ---------------------------------------------------------------------------------------

# rpc BODY: the node's answer to a JSON-RPC request, with curl or without.
rpc() {
	if have curl; then
		curl -sS --max-time 20 -H 'Content-Type: application/json' -d "$1" "http://127.0.0.1:$RPC_PORT"
		return
	fi
	local line
	exec 3<>"/dev/tcp/127.0.0.1/$RPC_PORT"
	printf 'POST / HTTP/1.0\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
		"$RPC_PORT" "${#1}" "$1" >&3
	while IFS= read -r line <&3 && [ "$line" != $'\r' ]; do :; done
	cat <&3
	exec 3>&-
}

show_raw_answer() {
	local answer
	answer="$(rpc "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"compute_getJob\",\"params\":[$JOB]}")"
	printf '\ncompute_getJob, as the node answers it\n%s\n' "$answer"
	case "$answer" in
		*'"result"'*"\"id\":$JOB,"*) ;;
		*) fail "that is not an answer about job $JOB" ;;
	esac
}

# --- Everything ------------------------------------------------------------------------------------------------------

check_built() {
	local file
	for file in "$BINARIES"/{assay-node,assay-worker,assay,assay-example-assemble} "$PROGRAM"; do
		[ -f "$file" ] || fail "$file is missing" "Build everything first: make build"
	done
	[ -f "$SCENE" ] || fail "$SCENE is missing"
}

check_built
BASE="$(mktemp -d "${TMPDIR:-/tmp}/assay-demo.XXXXXX")"
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "starting a chain, with logs and data in $BASE"
start_node
REQUESTER_BEFORE="$(total "$REQUESTER")"
WORKER_BEFORE="$(total "$WORKER")"
VALIDATOR_BEFORE="$(total "$VALIDATOR")"
start_worker
post_job
say "running the job"
watch_job
say "fetching the results"
fetch_results
quieten
account_for_everything
show_raw_answer
printf '\nThe picture is %s\n' "$PICTURE"
say "everything held, after $(elapsed "$SECONDS")"
