// What a node answers over JSON-RPC, as README.md tells: amounts are decimal strings in the smallest unit of money,
// hashes `0x…`, accounts SS58 addresses.

export type Hash = string;
export type Address = string;
export type Amount = string;

export interface BlobRef {
	hash: Hash;
	len: number;
}

export type InputSpec = { kind: "shared"; blob: BlobRef } | { kind: "perTask"; blob: BlobRef; root: Hash };

export interface TaskLimits {
	fuel: number;
	memoryPages: number;
	outputBytes: number;
}

export interface AuditPolicy {
	auditors: number;
	samples: number;
	/** Share of the batches that is audited, in parts per million. */
	rate: number;
}

export interface JobSpec {
	program: BlobRef;
	vmVersion: number;
	input: InputSpec;
	tasks: number;
	batchSize: number;
	bounty: Amount;
	limits: TaskLimits;
	audit: AuditPolicy;
	executionWindow: number;
	challengeWindow: number;
	lifetime: number;
}

export interface BatchCounts {
	available: number;
	inFlight: number;
	settled: number;
	refunded: number;
}

export type JobStatus = "open" | "ending" | "closed";

export interface JobView {
	id: number;
	requester: Address;
	spec: JobSpec;
	status: JobStatus;
	postedAt: number;
	expiresAt: number;
	batches: BatchCounts;
	escrowed: Amount;
	remaining: Amount;
	paidToWorkers: Amount;
	paidToAuditors: Amount;
	refunded: Amount;
	deposit: Amount;
}

export const STAGES = [
	"available",
	"claimed",
	"committed",
	"revealed",
	"disputed",
	"demanded",
	"settled",
	"refunded",
	"pruned",
] as const;
export type Stage = (typeof STAGES)[number];

export interface ReceiptView {
	hash: Hash;
	block: number;
	outputsRoot: Hash;
	sealed: BlobRef;
	sealedRoot: Hash;
	keyCommitment: Hash;
}

export interface ReportView {
	auditor: Address;
	block: number;
	checked: boolean;
	samples: number[];
}

export interface AuditView {
	seed: Hash | null;
	audited: boolean | null;
	required: number;
	revealableAt: number;
	reports: ReportView[];
}

export interface DisputeView {
	task: number;
	leaf: Hash;
	challenger: Address | null;
	openedAt: number;
	validators: number;
	votes: number;
	demandedBy?: Address | null;
}

export interface BatchView {
	job: number;
	batch: number;
	attempt: number;
	firstTask: number;
	tasks: number;
	stage: Stage;
	worker: Address | null;
	bond: Amount;
	deadline: number | null;
	receipt: ReceiptView | null;
	audit: AuditView | null;
	key: Hash | null;
	dispute: DisputeView | null;
	demand: { task: number; by: Address } | null;
}

export interface WorkerView {
	account: Address;
	stake: Amount;
	locked: Amount;
	unbonding: Amount;
	withdrawableAt: number | null;
	batchesInFlight: number;
	batchesSettled: number;
	batchesLost: number;
	earned: Amount;
	slashed: Amount;
}

export interface AuditorView {
	account: Address;
	stake: Amount;
	unbonding: Amount;
	withdrawableAt: number | null;
	earned: Amount;
	slashed: Amount;
	batchesChecked?: number;
	batchesUnavailable?: number;
}

export interface Quote {
	batches: number;
	bounties: Amount;
	auditReserve: Amount;
	escrow: Amount;
	expectedPrice: Amount;
	deposit: Amount;
	bond: Amount;
	deterredCost: Amount;
	reports: number;
	overhead: number;
	cheating: { share: number; wrongTasks: number; caughtIfAllHonest: string; caught: string }[];
}

export interface Parameters {
	jobDeposit: Amount;
	minimumExecutionWindow: number;
	minimumChallengeWindow: number;
	maximumWindow: number;
	maximumLifetime: number;
	auditorStake: Amount;
	minimumStake: Amount;
}

export type TaskStatus =
	| { completed: number }
	| "trapped"
	| "outOfFuel"
	| "stackExhausted"
	| "memoryExhausted"
	| "outputTooLarge";

export interface TaskOutcome {
	status: TaskStatus;
	outputHash: Hash;
	outputLen: number;
	fuel: number;
}

/** How many tasks a batch has. */
export function batchLength(spec: JobSpec, batch: number): number {
	return Math.max(0, Math.min(spec.batchSize, spec.tasks - batch * spec.batchSize));
}

/** How many batches the tasks make. */
export function batchCount(spec: JobSpec): number {
	return Math.ceil(spec.tasks / spec.batchSize);
}
