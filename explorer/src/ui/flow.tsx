// Where a job's money went: parts that must add up to the whole.
import type { JobView } from "../chain/types";
import { money, percent } from "./format";

export function MoneyFlow(props: { job: JobView }) {
	const { job } = props;
	const all = BigInt(job.escrowed);
	const parts: [string, string, bigint][] = [
		["workers", "Paid to workers", BigInt(job.paidToWorkers)],
		["auditors", "Paid to auditors", BigInt(job.paidToAuditors)],
		["refunded", "Back to the requester", BigInt(job.refunded)],
		["remaining", "Still in escrow", BigInt(job.remaining)],
	];
	const sum = parts.reduce((sum, [, , amount]) => sum + amount, 0n);
	const share = (amount: bigint) => (all === 0n ? 0 : Number((amount * 1_000_000n) / all) / 1_000_000);
	return (
		<div class="flow" id="money-flow" data-adds-up={sum === all}>
			<p class="flow-whole">
				<b>{money(all)}</b> put into escrow
			</p>
			<div class="flow-bar" aria-hidden="true">
				{parts.map(([kind, , amount]) => amount > 0n && <i key={kind} class={kind} style={{ width: `${share(amount) * 100}%` }} />)}
			</div>
			<table class="flow-parts">
				<tbody>
					{parts.map(([kind, name, amount]) => (
						<tr key={kind}>
							<th scope="row">
								<i class={kind} aria-hidden="true" />
								{name}
							</th>
							<td class="number">{money(amount)}</td>
							<td class="number dim">{percent(share(amount))}</td>
						</tr>
					))}
				</tbody>
				<tfoot>
					<tr>
						<th scope="row">Together</th>
						<td class="number">{money(sum)}</td>
						<td class={sum === all ? "adds-up" : "does-not"}>{sum === all ? "✓ adds up" : "✗ does not add up"}</td>
					</tr>
				</tfoot>
			</table>
			<p class="dim">
				{job.status === "closed" ? "Besides that, the deposit for the job's storage went back to the requester." : `Besides that, a deposit of ${money(job.deposit)} for the job's storage is held until it closes.`}
			</p>
		</div>
	);
}
