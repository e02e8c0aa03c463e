# Thin: every target is a script, which also runs alone and from any directory. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help setup build programs programs-all run simulate test clients fuzz fuzz-bytes schedules mutations bench-vm bench-chain bench-map weights explorer explorer-test screenshots soak chain-specs zombienet faults bench-network lint fmt doc clean

# Every target is one script, and cargo itself uses all cores.
.NOTPARALLEL:

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

setup: ## Install what the build needs: system packages, a Rust compiler with the target wasm32v1-none
	@scripts/setup.sh

build: setup ## Build everything: node and runtime, worker, wallet, example programs
	@scripts/build.sh

programs: setup ## Build only the example programs for the machine, those in Rust
	@scripts/build-programs.sh

programs-all: setup ## Build those in C and AssemblyScript too, and compare all with examples/prebuilt
	@scripts/programs-all.sh

run: ## Build, then run the demonstration on this machine
	@scripts/run.sh

chain-specs: build ## Make a public network with new keys in chain-specs/new: VALIDATORS=3
	@scripts/chain-spec.sh --generate $(or $(VALIDATORS),3)

simulate: ## Simulate workers and auditors: tables and charts for docs/simulation
	@scripts/simulate.sh

test: ## Everything CI checks: set-up, formatting, builds, all tests
	@scripts/test.sh

clients: build ## Post and read jobs with polkadot-js, PAPI and the light client smoldot
	@scripts/clients.sh

zombienet: build ## Run networks of validators under zombienet, and kill parts of them
	@scripts/zombienet.sh

faults: build ## Run the long tests of faults: partitions, wrong clocks, liars, a hundred jobs at once
	@scripts/faults.sh

fuzz: setup ## Run random programs on all engines and compare: SECONDS=600, SEED=...
	@scripts/fuzz.sh $(or $(SECONDS),600) $(SEED)

fuzz-bytes: setup ## Try all readers of bytes and all calls with bytes nobody would write: SECONDS=600, SEED=...
	@scripts/fuzz-bytes.sh $(or $(SECONDS),600) $(SEED)

schedules: setup ## Run random schedules of honest and hostile actors: N=100000, SEED=...
	@scripts/schedules.sh $(or $(N),100000) $(SEED)

mutations: setup ## Weaken every rule of the protocol in turn, and see the tests fail
	@scripts/mutations.sh

bench-vm: setup ## Measure the machine against plain wasmtime and native code
	@scripts/bench-vm.sh

bench-chain: ## Measure batches per second and their weight on a development chain: docs/throughput.md
	@scripts/bench-chain.sh

bench-map: ## Measure a map over 10,000 small inputs against xargs and a loop: INPUTS=10000
	@scripts/bench-map.sh

bench-network: ## Measure four validators: time, recovery, blobs, memory, answers: docs/network.md
	@scripts/bench-network.sh

weights: setup ## Measure what calls weigh, for the pallet's weights.rs: RUNS=3 STEPS=50 REPEAT=20
	@scripts/weights.sh

explorer: setup ## Build the explorer, the page on which jobs are watched and checked: explorer/README.md
	@scripts/explorer.sh

explorer-test: ## Test the explorer in Chromium against a chain with real jobs; after make build and make explorer
	@scripts/explorer-test.sh

screenshots: ## Take pictures of the explorer in all sizes: OUT=explorer/screenshots
	@scripts/explorer-test.sh --screenshots

soak: ## Leave the explorer open in Chromium, and tell what it holds on to: MINUTES=60
	@scripts/explorer-test.sh --soak

lint: ## Clippy without warnings; shellcheck, typos and cargo-deny where installed
	@scripts/lint.sh

fmt: ## Format all Rust code
	@scripts/fmt.sh

doc: ## Build the documentation of the workspace's crates
	@scripts/doc.sh

clean: ## Remove cargo's target directory, and nothing else
	@scripts/clean.sh
