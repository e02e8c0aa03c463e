// Events in words.
import type { ComponentChildren } from "preact";
import type { ComputeEvent } from "../chain/events";
import { useState } from "preact/hooks";
import { href } from "../route";
import { count, money, short } from "./format";
import { Account, BlockLink } from "./parts";
import { runs, together, type Happening } from "./together";

type Tone = "plain" | "good" | "bad" | "busy";

function Where(props: { job: number }) {
	return <a href={href("job", props.job)}>job {props.job}</a>;
}

const REASONS: Record<string, string> = {
	ReceiptMissed: "its worker handed in nothing",
	AuditIncomplete: "no auditor reported in time, which is nobody's fault",
	RevealMissed: "its worker did not reveal",
	Convicted: "its worker was convicted",
	Undecided: "the dispute got no verdict in time",
	Diverged: "the program gives different results",
	DemandMissed: "its worker did not show what was demanded",
	DoubleReceipt: "its worker signed two receipts",
	Missealed: "its worker sealed something else than its results",
	Withheld: "too few validators could get its results",
};

const RULINGS: Record<string, string> = {
	Leaf: "a result",
	Missealed: "something else was sealed",
	Unavailable: "the data cannot be had",
	Held: "all results of the batch are there",
};

/** A ruling in words; a result is told by its leaf. */
function ruling(value: unknown): ComponentChildren {
	const kind = variant(value);
	const leaf = typeof value === "object" && value !== null && "value" in value && typeof value.value === "string" ? value.value : undefined;
	return leaf ? <>result <code title={leaf}>{short(leaf, 8, 4)}</code></> : (RULINGS[kind] ?? spaced(kind));
}

/** However many there are, no list is longer. */
const MOST_SHOWN = 500;

const spaced = (name: string) => name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

function variant(value: unknown): string {
	return typeof value === "object" && value !== null && "type" in value ? String(value.type) : String(value);
}

/** Runs of batches that are named one by one. */
const MOST_RUNS = 4;

/** `batch 3`, or `batches 4/0–7`, with the job's number where it is not clear. */
function Batches(props: { job: number; batches: number[]; named: boolean }) {
	const { job, batches, named } = props;
	if (batches.length === 0) return <Where job={job} />;
	const ranges = runs(batches);
	const link = (batch: number, first: boolean) => <a href={href("job", job, "batch", batch)}>{named && first ? `${job}/${batch}` : batch}</a>;
	const rest = ranges.slice(MOST_RUNS).reduce((sum, [from, to]) => sum + to - from + 1, 0);
	return (
		<>
			{batches.length === 1 ? "batch " : "batches "}
			{ranges.slice(0, MOST_RUNS).map(([from, to], at) => (
				<span key={from}>
					{at > 0 && ", "}
					{link(from, at === 0)}
					{to > from && <>{to > from + 1 ? "–" : ", "}{link(to, false)}</>}
				</span>
			))}
			{rest > 0 && ` and ${rest} more`}
		</>
	);
}

/** What an event says, and how it is to be looked at. */
export function words(event: Happening, within?: "job" | "batch"): { tone: Tone; text: ComponentChildren } {
	const { fields } = event;
	const amount = (name: string) => money(typeof fields[name] === "bigint" ? fields[name] : 0n);
	const who = (name: string, as: "worker" | "auditor" | "account" = "account") => <Account address={String(fields[name])} as={as} />;
	const job = event.job ?? 0;
	const batch = within === "batch" ? "the batch" : <Batches job={job} batches={event.batches} named={within !== "job"} />;
	const say = (tone: Tone, text: ComponentChildren) => ({ tone, text });
	switch (event.name) {
		case "JobPosted":
			return say("busy", <>{who("requester")} posted {within ? "the job" : <Where job={job} />} with {amount("escrow")} in escrow</>);
		case "JobCancelled":
			return say("plain", <><Where job={job} /> was cancelled, {amount("refunded")} went back</>);
		case "JobExpired":
			return say("plain", <><Where job={job} /> expired, {amount("refunded")} went back</>);
		case "JobClosed":
			return say("good", <><Where job={job} /> is closed; {amount("refunded")} left over went back with the deposit</>);
		case "BatchClaimed":
			return say("busy", <>{who("worker", "worker")} claimed {batch}, with {amount("bond")} at stake</>);
		case "ReceiptAccepted":
			return say("busy", <>{who("worker", "worker")} signed and handed in {batch}</>);
		case "AuditReported":
			return say("busy", <>{who("auditor", "auditor")} {fields["checked"] ? "ran tasks of" : "could not get all of"} {batch} {fields["checked"] ? "again" : ""}</>);
		case "BatchRevealed":
			return say("good", <>{who("worker", "worker")} revealed {batch}; no auditor contradicts it</>);
		case "AuditMismatch":
			return say("bad", <>{who("auditor", "auditor")} has another result for task {String(fields["task"])} of {batch}</>);
		case "BatchReopened":
			return say("bad", <>{batch} {event.batches.length > 1 ? "go" : "goes"} to the next worker: {REASONS[variant(fields["reason"])] ?? spaced(variant(fields["reason"]))}</>);
		case "BatchSettled":
			return say("good", <>{who("worker", "worker")} was paid {amount("paid")} for {batch}</>);
		case "BatchRefunded":
			return say("plain", <>{amount("amount")} for {batch} went back to the requester</>);
		case "AuditorPaid":
			return say("good", <>{who("auditor", "auditor")} was paid {amount("amount")} for auditing {batch}</>);
		case "ClaimPenalised":
			return say("bad", <>{who("worker", "worker")} lost {amount("amount")} for not handing in {batch}</>);
		case "WorkerSlashed":
			return say("bad", <>{who("worker", "worker")} was convicted and lost its bond for {batch}: {amount("burned")} burned, {amount("rewarded")} to those who showed it, {amount("compensation")} to the requester</>);
		case "DisputeOpened":
			return say("bad", <>all validators run task {String(fields["task"])} of {batch} again{fields["challenger"] ? <>, because {who("challenger")} challenged it</> : ""}</>);
		case "VoteCast":
			return say("busy", <>{who("validator", "auditor")} voted on task {String(fields["task"])} of {batch}: {ruling(fields["ruling"])}</>);
		case "DisputeDecided":
			return say("bad", <>the dispute over task {String(fields["task"])} of {batch} was decided: {fields["ruling"] ? ruling(fields["ruling"]) : "no verdict in time"}</>);
		case "BatchDemanded":
			return say("bad", <>all validators look for the results of {batch}, which {who("by")} cannot get</>);
		case "BatchHeld":
			return say("good", <>validators have the results of {batch}, and {amount("returned")} of the fee went back</>);
		case "ChallengeLost":
			return say("plain", <>{who("challenger")} challenged {batch} and was wrong: {amount("burned")} burned, {amount("compensation")} to the worker</>);
		case "ReporterRewarded":
			return say("good", <>{who("reporter")} got {amount("amount")} for showing what was wrong with {batch}</>);
		case "ProgramBarred":
			return say("bad", <>the program of <Where job={job} /> is barred: it gives different results on different machines</>);
		case "ResultDemanded":
			return say("busy", <>{who("by")} demands the result of task {String(fields["task"])} of {batch}</>);
		case "DemandAnswered":
			return say("good", <>the result of task {String(fields["task"])} of {batch} was put onto the chain</>);
		case "AuditorSlashed":
			return say("bad", <>{who("auditor", "auditor")} reported what is not so about {batch}: {amount("burned")} burned, {amount("compensation")} to whom it wronged</>);
		case "StatementsPaid":
			return say("plain", <>{who("worker")} paid {amount("burned")} for the receipts and reports that its claim on <Where job={job} /> draws</>);
		case "WorkerBonded":
			return say("plain", <>{who("worker", "worker")} bonded {amount("amount")} as a worker</>);
		case "AuditorBonded":
			return say("plain", <>{who("auditor", "auditor")} bonded {amount("amount")} as an auditor</>);
		default:
			return say("plain", <>{spaced(event.name)}{event.job !== undefined && <>: {batch}</>}</>);
	}
}

/** Events as they come, newest or oldest first; of those that are left after telling alike ones together, `most`. */
export function EventList(props: { events: ComputeEvent[]; within?: "job" | "batch"; label: string; id?: string; most?: number; more?: boolean }) {
	const happenings = together(props.events);
	const [all, showAll] = useState(false);
	const most = all ? MOST_SHOWN : (props.most ?? MOST_SHOWN);
	return (
		<>
			<ol class="events" aria-label={props.label} id={props.id}>
				{happenings.slice(0, most).map((event, at) => {
					const { tone, text } = words(event, props.within);
					return (
						<li key={`${event.block}.${event.name}.${event.job}.${event.batch}.${at}`} class={tone}>
							<BlockLink number={event.block} />
							<span>{text}</span>
						</li>
					);
				})}
			</ol>
			{happenings.length > most && props.more && (
				<p>
					<button onClick={() => showAll(true)}>Show {count(Math.min(happenings.length, MOST_SHOWN) - most)} older ones</button>
				</p>
			)}
		</>
	);
}
