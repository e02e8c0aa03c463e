// Workers, auditors, and any account.
import { useEffect } from "preact/hooks";
import { heads, typedApi } from "../chain/connection";
import { eventLog, eventsWhere, goBack, type ComputeEvent } from "../chain/events";
import { jobs } from "../chain/jobs";
import { useQuery } from "../chain/query";
import { getAuditor, getWorker } from "../chain/rpc";
import { href } from "../route";
import { useStore } from "../store";
import { count, money, percent, span, BLOCK_SECONDS } from "../ui/format";
import { EventList } from "../ui/happened";
import { Account as AccountLink, Amount, Asked, Card, Copy, Empty, Figure } from "../ui/parts";
import { JobTable } from "./jobs";

const SHOWN_EVENTS = 40;
/** How far back an account's events are looked for. */
const BLOCKS_BACK = 250;

function Head(props: { address: string; what: string }) {
	return (
		<div class="page-head">
			<div>
				<h1>{props.what}</h1>
				<p class="address">
					<AccountLink address={props.address} long /> <Copy text={props.address} what="address" />
				</p>
			</div>
			<nav class="tabs" aria-label="The same account as">
				{(["account", "worker", "auditor"] as const).map((kind) => (
					<a key={kind} href={href(kind, props.address)} aria-current={props.what.toLowerCase() === kind ? "page" : undefined}>
						{kind}
					</a>
				))}
			</nav>
		</div>
	);
}

function useEvents(address: string): { events: ComputeEvent[]; oldest: number } {
	const log = useStore(eventLog);
	useEffect(() => {
		if (log.newest > 0) void goBack(log.newest - BLOCKS_BACK);
	}, [address, log.newest > 0]);
	return { events: eventsWhere(log, ({ fields }) => Object.values(fields).includes(address)).reverse(), oldest: log.oldest };
}

function Happened(props: { address: string }) {
	const { events, oldest } = useEvents(props.address);
	return (
		<Card title="What it did" aside={Number.isFinite(oldest) ? `since block ${count(oldest)}` : undefined}>
			{events.length > 0 ? <EventList events={events} most={SHOWN_EVENTS} more label="Events of this account, newest first" /> : <Empty>Nothing in the blocks that this node still knows.</Empty>}
		</Card>
	);
}

function withdrawable(at: number | null, best: number | undefined): string {
	if (at === null) return "nothing on its way out";
	const left = best === undefined ? 0 : at - best;
	return left > 0 ? `to be had from block ${count(at)} on, in about ${span(left * BLOCK_SECONDS)}` : "can be withdrawn";
}

export function Worker(props: { address: string }) {
	const { address } = props;
	const best = useStore(heads)?.best.number;
	const query = useQuery(`worker ${address}`, () => getWorker(address));
	return (
		<>
			<Head address={address} what="Worker" />
			<Asked query={query} missing="This account is no worker: it has never bonded a stake, or withdrawn all of it.">
				{(worker) => {
					const ended = worker.batchesSettled + worker.batchesLost;
					return (
						<dl class="figures">
							<Figure label="Stake" value={money(worker.stake)} note={`${money(worker.locked)} of it locked for batches`} />
							<Figure label="Batches paid" id="worker-settled" value={count(worker.batchesSettled)} note={ended > 0 ? `${percent(worker.batchesSettled / ended)} of those that ended` : "none ended yet"} />
							<Figure label="Taken back" id="worker-lost" value={count(worker.batchesLost)} note="late, not audited in time, or contradicted" />
							<Figure label="At work on" value={count(worker.batchesInFlight)} note="batches" />
							<Figure label="Earned" value={money(worker.earned)} />
							<Figure label="Slashed" id="worker-slashed" value={money(worker.slashed)} note={worker.slashed === "0" ? "never convicted" : "lost for being late or wrong"} />
							<Figure label="Unbonding" value={money(worker.unbonding)} note={withdrawable(worker.withdrawableAt, best)} />
						</dl>
					);
				}}
			</Asked>
			<Happened address={address} />
		</>
	);
}

export function Auditor(props: { address: string }) {
	const { address } = props;
	const best = useStore(heads)?.best.number;
	const query = useQuery(`auditor ${address}`, () => getAuditor(address));
	const validators = useQuery("validators", () => typedApi().query.Session.Validators.getValue({ at: "best" }));
	return (
		<>
			<Head address={address} what="Auditor" />
			<Asked query={query} missing="This account is no auditor: it has no stake as one.">
				{(auditor) => (
					<dl class="figures">
						<Figure label="Stake" value={money(auditor.stake)} note="answers for its reports" />
						<Figure label="Validator" value={validators.data ? (validators.data.includes(address) ? "yes" : "no") : "…"} note="in this session: only validators are asked" />
						<Figure label="Earned" value={money(auditor.earned)} note="by auditing" />
						<Figure label="Slashed" value={money(auditor.slashed)} note={auditor.slashed === "0" ? "never convicted" : "lost for wrong reports"} />
						<Figure label="Unbonding" value={money(auditor.unbonding)} note={withdrawable(auditor.withdrawableAt, best)} />
					</dl>
				)}
			</Asked>
			<Happened address={address} />
		</>
	);
}

export function Account(props: { address: string }) {
	const { address } = props;
	const query = useQuery(`account ${address}`, () => typedApi().query.System.Account.getValue(address, { at: "best" }));
	const { all } = useStore(jobs);
	const posted = [...all.values()].filter((job) => job.requester === address).sort((one, other) => other.id - one.id);
	return (
		<>
			<Head address={address} what="Account" />
			<Asked query={query}>
				{({ data }) => (
					<dl class="figures">
						<Figure label="Free" id="account-free" value={<Amount value={data.free} />} note="what is not held; some may be frozen" />
						<Figure label="Held" value={<Amount value={data.reserved} />} note="escrow, deposits, stakes, bonds" />
						<Figure label="Frozen" value={<Amount value={data.frozen} />} />
						<Figure label="Jobs posted" value={count(posted.length)} note="that the chain still knows" />
					</dl>
				)}
			</Asked>
			{posted.length > 0 && (
				<Card title="Its jobs">
					<JobTable list={posted} label="Jobs of this account" />
				</Card>
			)}
			<Happened address={address} />
		</>
	);
}
