import { useEffect, useState } from "preact/hooks";
import { useBatches } from "../chain/batches";
import { eventLog, eventsWhere, goBack, type ComputeEvent } from "../chain/events";
import { useQuery } from "../chain/query";
import { getJob, listBatches, PAGE, quote } from "../chain/rpc";
import { batchCount, type BatchView, type JobView, type Quote } from "../chain/types";
import { href } from "../route";
import { useStore } from "../store";
import { MoneyFlow } from "../ui/flow";
import { blocksTime, bytes, count, money, percent, plural } from "../ui/format";
import { BatchGrid } from "../ui/grid";
import { EventList } from "../ui/happened";
import { Account, Asked, BlockLink, Card, Empty, Fact, Facts, Failure, HashText, Loading, NotHere, StageBadge } from "../ui/parts";
import { JobResults } from "./results";

const SHOWN_EVENTS = 30;

export function checking(job: JobView): string {
	const { audit } = job.spec;
	const every = audit.rate === 1_000_000 ? "of every batch" : `of ${percent(audit.rate / 1_000_000)} of the batches`;
	return `${plural(audit.auditors, "auditor")} wanted, each runs ${plural(audit.samples, "task")} ${every} again`;
}

function Odds(props: { quote: Quote; job: JobView }) {
	const { quote } = props;
	const chance = (text: string) => percent(Math.floor(Number(text) * 1000) / 1000);
	return (
		<div id="odds">
			<ul class="odds">
				{quote.cheating.filter((odds, at, all) => all[at - 1]?.wrongTasks !== odds.wrongTasks).map((odds) => (
					<li key={odds.share}>
						<span class="odds-bar" aria-hidden="true">
							<i style={{ width: `${Number(odds.caught) * 100}%` }} />
						</span>
						<span>
							A worker that makes up {odds.share === 1_000_000 ? "every result" : `${plural(odds.wrongTasks, "result")} of each batch`} is caught by the audit in <b>{chance(odds.caught)}</b> of all cases, and in {chance(odds.caughtIfAllHonest)} if all auditors are honest.
						</span>
					</li>
				))}
			</ul>
			<p>
				It has <b>{money(quote.bond)}</b> at stake for each batch and earns {money(BigInt(props.job.spec.bounty) * BigInt(Math.min(props.job.spec.batchSize, props.job.spec.tasks)))}.
				{" "}Cheating does not pay for anybody to whom a task costs less than {money(quote.deterredCost)}.
			</p>
			<p class="dim">Reckoned with a fifth of the auditors as friends of the cheat. {percent(quote.overhead / 1_000_000)} of the work is done and paid a second time. After the reveal anybody can check the rest.</p>
		</div>
	);
}

interface Auditing {
	batches: number;
	starved: number;
	samples: number;
	paid: bigint;
	convicted: boolean;
}

/** Batches whose reports are added up. */
const MOST_AUDITED = 500;

async function allReports(job: JobView): Promise<BatchView[]> {
	const found: BatchView[] = [];
	for (let start = 0; start < Math.min(batchCount(job.spec), MOST_AUDITED); start += PAGE) found.push(...(await listBatches(job.id, start)));
	return found;
}

/** Who audited how much of a job, from its batches; and what it cost, as far as this node still has the events. */
function Audits(props: { job: JobView; events: ComputeEvent[]; complete: boolean }) {
	const { job, events, complete } = props;
	const changed = events.filter(({ name }) => name === "AuditReported" || name === "BatchReopened").length;
	const query = useQuery(`reports ${job.id} ${changed}`, () => allReports(job), false);
	const auditors = new Map<string, Auditing>();
	const of = (address: string) => {
		const known = auditors.get(address) ?? { batches: 0, starved: 0, samples: 0, paid: 0n, convicted: false };
		auditors.set(address, known);
		return known;
	};
	for (const report of (query.data ?? []).flatMap(({ audit }) => audit?.reports ?? [])) {
		const auditor = of(report.auditor);
		auditor.batches++;
		auditor.samples += report.samples.length;
		if (!report.checked) auditor.starved++;
	}
	for (const { name, fields } of events) {
		if (name === "AuditorPaid") of(String(fields["auditor"])).paid += typeof fields["amount"] === "bigint" ? fields["amount"] : 0n;
		else if (name === "AuditorSlashed") of(String(fields["auditor"])).convicted = true;
	}
	const [first] = auditors.values();
	// With a single auditor there is no doubt who got what, even if the events have gone.
	if (auditors.size === 1 && first) first.paid = BigInt(job.paidToAuditors);
	if (query.data === undefined && query.error) return <Failure error={query.error} again={query.again} />;
	if (query.data === undefined) return <Loading />;
	if (auditors.size === 0) return <Empty>{events.some(({ name }) => name === "BatchReopened") ? "No auditor has reported yet on the batches as they stand now. What was found before is told below." : "No auditor has reported yet."}</Empty>;
	const known = complete || auditors.size === 1;
	return (
		<>
			<table class="rows plain" id="audits">
				<thead>
					<tr>
						<th scope="col">Auditor</th>
						<th scope="col" class="number">Batches</th>
						<th scope="col" class="number">Tasks run again</th>
						<th scope="col" class="number">Paid</th>
					</tr>
				</thead>
				<tbody>
					{[...auditors].map(([address, found]) => (
						<tr key={address}>
							<td>
								<Account address={address} as="auditor" />
								{found.convicted && <span class="status bad"> convicted</span>}
							</td>
							<td class="number" title={found.starved > 0 ? `${found.starved} without the sealed results` : ""}>{count(found.batches)}</td>
							<td class="number">{count(found.samples)}</td>
							<td class="number">{known ? money(found.paid) : "?"}</td>
						</tr>
					))}
				</tbody>
			</table>
			<p class="dim">Together {money(job.paidToAuditors)} so far: auditors are paid when a batch is.{batchCount(job.spec) > MOST_AUDITED && ` Reports of the first ${MOST_AUDITED} batches.`}</p>
		</>
	);
}

/** What workers lost on this job. It is their own money, not the requester's. */
function Slashes(props: { events: ComputeEvent[] }) {
	const lost = props.events.filter(({ name }) => name === "WorkerSlashed" || name === "ClaimPenalised");
	if (lost.length === 0) return null;
	const sum = (name: string) => lost.reduce((sum, { fields }) => sum + (typeof fields[name] === "bigint" ? fields[name] : 0n), 0n);
	const burned = sum("burned") + sum("amount");
	const convictions = lost.filter(({ name }) => name === "WorkerSlashed");
	const convicted = new Set(convictions.map(({ fields }) => fields["worker"])).size;
	return (
		<div class="verdict bad" id="slashed">
			<span class="sign" aria-hidden="true">!</span>
			<div>
				{convicted > 0 && <b>Cheating was caught here: {plural(convictions.length, "batch was", "batches were")} taken from {plural(convicted, "worker")} and handed out again. </b>}
				Workers lost <b>{money(burned + sum("rewarded") + sum("compensation"))}</b> of their own stake: {money(burned)} burned, {money(sum("rewarded"))} to those who showed it, {money(sum("compensation"))} to the requester. The job goes on with other workers, and its escrow is untouched.
			</div>
		</div>
	);
}

/** The batches as a table, for whoever would rather read. */
function BatchTable(props: { job: JobView }) {
	const [start, setStart] = useState(0);
	const all = batchCount(props.job.spec);
	const query = useQuery(`batches ${props.job.id} ${start}`, () => listBatches(props.job.id, start, 25));
	return (
		<Asked query={query}>
			{(list: BatchView[]) => (
				<>
					<div class="table-frame">
						<table class="rows" aria-label="Batches">
							<thead>
								<tr>
									<th scope="col">Batch</th>
									<th scope="col">Stage</th>
									<th scope="col">Tasks</th>
									<th scope="col">Worker</th>
									<th scope="col">Receipt</th>
									<th scope="col" class="number">Audits</th>
									<th scope="col">Next deadline</th>
								</tr>
							</thead>
							<tbody>
								{list.map((batch) => (
									<tr key={batch.batch}>
										<th scope="row" data-name="Batch">
											<a href={href("job", batch.job, "batch", batch.batch)}>Batch {batch.batch}</a>
										</th>
										<td data-name="Stage"><StageBadge stage={batch.stage} /></td>
										<td data-name="Tasks">{batch.firstTask}–{batch.firstTask + batch.tasks - 1}</td>
										<td data-name="Worker">{batch.worker ? <Account address={batch.worker} as="worker" /> : "–"}</td>
										<td data-name="Receipt">{batch.receipt ? <BlockLink number={batch.receipt.block} /> : "–"}</td>
										<td class="number" data-name="Audits">{batch.audit ? `${batch.audit.reports.filter((report) => report.checked).length} of ${batch.audit.required}` : "–"}</td>
										<td data-name="Deadline">{batch.deadline ? `block ${count(batch.deadline)}` : "–"}</td>
									</tr>
								))}
							</tbody>
						</table>
					</div>
					{all > 25 && (
						<nav class="pager" aria-label="Pages of batches">
							<button disabled={start === 0} onClick={() => setStart(Math.max(0, start - 25))}>Back</button>
							<span>{count(start)}–{count(Math.min(all, start + 25) - 1)} of {count(all)}</span>
							<button disabled={start + 25 >= all} onClick={() => setStart(start + 25)}>Next</button>
						</nav>
					)}
				</>
			)}
		</Asked>
	);
}

function JobBody(props: { job: JobView }) {
	const { job } = props;
	const { spec } = job;
	const book = useBatches(job);
	const log = useStore(eventLog);
	const odds = useQuery(`quote ${job.id}`, () => quote(spec), false);
	useEffect(() => {
		if (log.newest > 0) void goBack(job.postedAt);
	}, [job.id, log.newest > 0]);
	const events = eventsWhere(log, (event) => event.job === job.id);
	const complete = log.oldest <= job.postedAt;
	return (
		<>
			<div class="page-head">
				<div>
					<h1>Job {job.id}</h1>
					<p>
						<span class={`status ${job.status}`}>{job.status}</span> {plural(spec.tasks, "task")} in {plural(batchCount(spec), "batch", "batches")}, posted by <Account address={job.requester} /> in block <BlockLink number={job.postedAt} />, {money(spec.bounty)} for each task
					</p>
				</div>
			</div>
			<Slashes events={events} />
			<Card title="Batches" aside={book && book.read < book.stages.length ? `${count(book.read)} of ${count(book.stages.length)} read` : undefined}>
				{book ? <BatchGrid job={job.id} book={book} /> : <Loading what="Reading the batches" />}
				<details>
					<summary>As a table</summary>
					<BatchTable job={job} />
				</details>
			</Card>
			<div class="columns">
				<Card title="Where the money went">
					<MoneyFlow job={job} />
				</Card>
				<Card title="How likely is a cheat caught?">
					<Asked query={odds}>{(quote) => <Odds quote={quote} job={job} />}</Asked>
				</Card>
			</div>
			<JobResults job={job} />
			<div class="columns">
				<Card title="What was asked for">
					<Facts>
						<Fact name="Program"><a href={href("programs", spec.program.hash)}>{bytes(spec.program.len)}</a> <HashText value={spec.program.hash} /></Fact>
						<Fact name="Input">{bytes(spec.input.blob.len)}, {spec.input.kind === "shared" ? "the same for all tasks" : "one for each task"} <HashText value={spec.input.blob.hash} /></Fact>
						<Fact name="Tasks">{count(spec.tasks)}, {count(spec.batchSize)} in a batch</Fact>
						<Fact name="A task may use">{count(spec.limits.fuel)} fuel, {bytes(spec.limits.memoryPages * 65536)} of memory, {bytes(spec.limits.outputBytes)} of output</Fact>
						<Fact name="Checking">{checking(job)}</Fact>
						<Fact name="Time">{plural(spec.executionWindow, "block")} to run a batch (about {blocksTime(spec.executionWindow)}), {spec.challengeWindow} to contest it (about {blocksTime(spec.challengeWindow)})</Fact>
						<Fact name="Expires">in block {count(job.expiresAt)}, if nobody takes what is left</Fact>
					</Facts>
				</Card>
				<Card title="Who audited, and what it cost">
					<Audits job={job} events={events} complete={complete} />
				</Card>
			</div>
			<Card title="What happened" aside={complete ? undefined : log.lost ? `since block ${count(log.oldest)}` : "reading older blocks …"}>
				{events.length > 0 ? (
					<EventList events={[...events].reverse()} most={SHOWN_EVENTS} more within="job" label="Events of this job, newest first" id="job-events" />
				) : (
					<Empty>{log.lost ? `This node keeps the events of the blocks since ${count(log.oldest)}, and there are none of this job.` : "Nothing yet."}</Empty>
				)}
			</Card>
		</>
	);
}

export function Job(props: { id: number }) {
	const query = useQuery(`job ${props.id}`, () => getJob(props.id));
	return (
		<Asked query={query} missing={<NotHere>There is no job {props.id} on this chain, or it was forgotten after it closed. <a href={href("jobs")}>All jobs</a></NotHere>}>
			{(job) => <JobBody key={job.id} job={job} />}
		</Asked>
	);
}
