import { useState } from "preact/hooks";
import { jobs } from "../chain/jobs";
import { batchCount, type JobView } from "../chain/types";
import { href } from "../route";
import { useStore } from "../store";
import { count, money, short } from "../ui/format";
import { Account, BlockLink, Card, Empty, Failure, Loading, ProgressBar } from "../ui/parts";

type Order = "newest" | "oldest" | "bounty" | "tasks" | "escrow";
const ORDERS: Record<Order, [string, (one: JobView, other: JobView) => number]> = {
	newest: ["newest first", (one, other) => other.id - one.id],
	oldest: ["oldest first", (one, other) => one.id - other.id],
	bounty: ["highest bounty", (one, other) => compare(other.spec.bounty, one.spec.bounty)],
	tasks: ["most tasks", (one, other) => other.spec.tasks - one.spec.tasks],
	escrow: ["most money", (one, other) => compare(other.escrowed, one.escrowed)],
};
const PAGE = 50;

function compare(one: string, other: string): number {
	const difference = BigInt(one) - BigInt(other);
	return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

function matches(job: JobView, text: string): boolean {
	const wanted = text.trim().toLowerCase();
	if (wanted === "") return true;
	if (/^\d+$/.test(wanted) && String(job.id) === wanted) return true;
	const { spec } = job;
	return [job.requester, spec.program.hash, spec.input.blob.hash].some((field) => field.toLowerCase().includes(wanted));
}

/** A table of jobs, a page at a time. */
export function JobTable(props: { list: JobView[]; label: string }) {
	const [page, setPage] = useState(0);
	const pages = Math.ceil(props.list.length / PAGE);
	const shown = Math.min(page, Math.max(0, pages - 1));
	return (
		<>
			<div class="table-frame">
				<table class="rows" aria-label={props.label}>
					<thead>
						<tr>
							<th scope="col">Job</th>
							<th scope="col">Status</th>
							<th scope="col">Progress</th>
							<th scope="col" class="number">Tasks</th>
							<th scope="col" class="number">A task</th>
							<th scope="col" class="number">Escrow</th>
							<th scope="col">Requester</th>
							<th scope="col">Program</th>
							<th scope="col">Posted</th>
						</tr>
					</thead>
					<tbody>
						{props.list.slice(shown * PAGE, (shown + 1) * PAGE).map((job) => (
							<tr key={job.id}>
								<th scope="row" data-name="Job">
									<a href={href("job", job.id)}>Job {job.id}</a>
								</th>
								<td data-name="Status">
									<span class={`status ${job.status}`}>{job.status}</span>
								</td>
								<td data-name="Progress" class="wide">
									<ProgressBar {...job.batches} />
								</td>
								<td class="number" data-name="Tasks" title={`${count(batchCount(job.spec))} batches`}>{count(job.spec.tasks)}</td>
								<td class="number" data-name="A task">{money(job.spec.bounty)}</td>
								<td class="number" data-name="Escrow">{money(job.escrowed)}</td>
								<td data-name="Requester">
									<Account address={job.requester} />
								</td>
								<td data-name="Program">
									<a href={href("programs", job.spec.program.hash)} title={job.spec.program.hash}>
										<code>{short(job.spec.program.hash, 8, 4)}</code>
									</a>
								</td>
								<td data-name="Posted">
									<BlockLink number={job.postedAt} />
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
			{pages > 1 && (
				<nav class="pager" aria-label="Pages of jobs">
					<button disabled={shown === 0} onClick={() => setPage(shown - 1)}>Back</button>
					<span>page {shown + 1} of {pages}</span>
					<button disabled={shown >= pages - 1} onClick={() => setPage(shown + 1)}>Next</button>
				</nav>
			)}
		</>
	);
}

export function Jobs() {
	const { all, complete, error } = useStore(jobs);
	const [text, setText] = useState("");
	const [status, setStatus] = useState("all");
	const [order, setOrder] = useState<Order>("newest");
	const list = [...all.values()].filter((job) => (status === "all" || job.status === status) && matches(job, text)).sort(ORDERS[order][1]);
	return (
		<Card whole title={<>Jobs <small class="dim">{count(list.length)}{complete ? "" : " so far"}</small></>}>
			<div class="filters" role="search">
				<input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} placeholder="Number, requester, program or input" aria-label="Search jobs" />
				<select aria-label="Status" value={status} onChange={(event) => setStatus(event.currentTarget.value)}>
					<option value="all">any status</option>
					<option value="open">open</option>
					<option value="ending">ending</option>
					<option value="closed">closed</option>
				</select>
				<select aria-label="Order" value={order} onChange={(event) => setOrder(event.currentTarget.value as Order)}>
					{Object.entries(ORDERS).map(([name, [words]]) => (
						<option key={name} value={name}>{words}</option>
					))}
				</select>
			</div>
			{list.length > 0 ? <JobTable list={list} label="Jobs" /> : error ? <Failure error={error} /> : !complete ? <Loading what="Reading the jobs" /> : all.size > 0 ? <Empty>No job is like that.</Empty> : <Empty>Nobody has posted a job on this chain yet. <a href={href("post")}>Post the first one.</a></Empty>}
		</Card>
	);
}
