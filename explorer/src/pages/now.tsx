import { useEffect } from "preact/hooks";
import { heads, typedApi } from "../chain/connection";
import { eventLog, goBack } from "../chain/events";
import { jobs } from "../chain/jobs";
import { useQuery } from "../chain/query";
import { batchLength, type JobView } from "../chain/types";
import { href } from "../route";
import { useStore } from "../store";
import { EventList } from "../ui/happened";
import { BLOCK_SECONDS, count, money, plural } from "../ui/format";
import { Account, Card, Empty, Figure, Loading, ProgressBar, progressWords } from "../ui/parts";

const SHOWN_BLOCKS = 40;
const SHOWN_EVENTS = 14;
/** Over how many blocks results are counted. */
const RATE_BLOCKS = 60 / BLOCK_SECONDS;

function Blocks() {
	const log = useStore(eventLog);
	const now = useStore(heads);
	if (log.newest < 0 || !now) return <Loading what="Reading the last blocks" />;
	const numbers = Array.from({ length: SHOWN_BLOCKS }, (_, at) => log.newest - SHOWN_BLOCKS + 1 + at).filter((number) => number > 0);
	const most = Math.max(4, ...numbers.map((number) => log.blocks.get(number)?.events.length ?? 0));
	return (
		<ol class="blocks" aria-label="The last blocks: what happened in each">
			{numbers.map((number) => {
				const record = log.blocks.get(number);
				const events = record?.events.length ?? 0;
				const bad = record?.events.some((event) => ["WorkerSlashed", "DisputeOpened", "AuditMismatch"].includes(event.name));
				const words = `Block ${number}: ${plural(events, "event")}${number <= now.finalized.number ? ", final" : ", not final yet"}`;
				return (
					<li key={number} class={`${number <= now.finalized.number ? "final" : "open"} ${bad ? "bad" : ""}`}>
						<a href={href("block", number)} aria-label={words} title={words}>
							<i style={{ height: `${events === 0 ? 4 : 14 + (76 * events) / most}%` }} />
						</a>
					</li>
				);
			})}
		</ol>
	);
}

export function JobRow(props: { job: JobView }) {
	const { job } = props;
	const { batches } = job;
	const all = batches.available + batches.inFlight + batches.settled + batches.refunded;
	return (
		<a class="job-row" href={href("job", job.id)}>
			<span class="job-name">Job {job.id}</span>
			<span class="job-tasks">
				{plural(job.spec.tasks, "task")} in {plural(all, "batch", "batches")}
			</span>
			<ProgressBar {...batches} />
			<span class="job-money">{money(job.escrowed)}</span>
			<span class="job-state">{progressWords(batches)}</span>
		</a>
	);
}

export function Now() {
	const now = useStore(heads);
	const { all, complete, error } = useStore(jobs);
	const log = useStore(eventLog);
	const validators = useQuery("validators", () => typedApi().query.Session.Validators.getValue({ at: "best" }));
	useEffect(() => {
		if (log.newest > 0) void goBack(log.newest - SHOWN_BLOCKS);
	}, [log.newest > 0]);
	const list = [...all.values()];
	const alive = list.filter((job) => job.status !== "closed");
	const sum = (pick: (job: JobView) => number) => alive.reduce((total, job) => total + pick(job), 0);
	const paid = list.reduce((total, job) => total + job.batches.settled, 0);
	const escrow = alive.reduce((total, job) => total + BigInt(job.remaining), 0n);
	const records = [...log.blocks.values()].sort((one, other) => other.number - one.number);
	let results = 0;
	for (const record of records) {
		if (record.number <= log.newest - RATE_BLOCKS) continue;
		for (const event of record.events) {
			const job = event.job === undefined ? undefined : all.get(event.job);
			if (event.name === "BatchRevealed" && job && event.batch !== undefined) results += batchLength(job.spec, event.batch);
		}
	}
	const recent = records.slice(0, SHOWN_BLOCKS).flatMap((record) => [...record.events].reverse());
	const behind = now ? now.best.number - now.finalized.number : 0;
	const recentJobs = [...(alive.length > 0 ? alive : list)].sort((one, other) => other.id - one.id).slice(0, 8);
	return (
		<>
			<div class="page-head">
				<div>
					<h1>Now</h1>
					<p>Requesters put money behind programs, workers run them in batches, auditors run samples of each batch again, and only then is anybody paid.</p>
				</div>
			</div>
			<dl class="figures">
				<Figure id="best-block" label="Best block" value={now ? count(now.best.number) : "…"} note={now ? (behind <= 4 ? `final up to ${count(now.finalized.number)}` : `${plural(behind, "block")} not final yet`) : ""} />
				<Figure id="open-jobs" label="Jobs at work" value={complete ? count(alive.length) : "…"} note={`${count(list.length)} in all`} />
				<Figure id="batches-now" label="Batches" value={complete ? count(sum((job) => job.batches.inFlight)) : "…"} note={`under way; ${count(sum((job) => job.batches.available))} waiting, ${count(paid)} paid so far`} />
				<Figure id="results-rate" label="Results a minute" value={count(results)} note="revealed in the last minute" />
				<Figure id="escrow" label="Locked in escrow" value={money(escrow)} note="for open jobs" />
				<Figure id="validators" label="Validators" value={validators.data ? count(validators.data.length) : "…"} note={validators.data ? <span class="who">{validators.data.slice(0, 3).map((address) => <Account key={address} address={address} as="auditor" />)}{validators.data.length > 3 && ` and ${validators.data.length - 3} more`}</span> : ""} />
			</dl>
			<Card title="The last blocks" aside={<span class="key"><i class="final" /> final <i class="open" /> not yet</span>}>
				<Blocks />
			</Card>
			<div class="columns">
				<Card title={alive.length > 0 ? "Jobs at work" : "Latest jobs"} aside={<a href={href("jobs")}>all jobs</a>}>
					{error && list.length === 0 ? <Empty>{error.message}</Empty> : recentJobs.length > 0 ? recentJobs.map((job) => <JobRow key={job.id} job={job} />) : complete ? <Empty>Nobody has posted a job on this chain yet. <a href={href("post")}>Post the first one.</a></Empty> : <Loading what="Reading the jobs" />}
				</Card>
				<Card title="What just happened">
					{recent.length > 0 ? <EventList events={recent} most={SHOWN_EVENTS} label="Latest events, newest first" id="feed" /> : <Empty>Nothing in the last blocks. Claims, receipts, audits and payments appear here as they happen.</Empty>}
				</Card>
			</div>
		</>
	);
}
