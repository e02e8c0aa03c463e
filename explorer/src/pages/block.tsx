import { useEffect } from "preact/hooks";
import { heads } from "../chain/connection";
import { eventLog, goBack } from "../chain/events";
import { useQuery } from "../chain/query";
import { blockHash, getBlock } from "../chain/rpc";
import { href } from "../route";
import { useStore } from "../store";
import { plural } from "../ui/format";
import { EventList } from "../ui/happened";
import { Asked, Card, Empty, Fact, Facts, HashText } from "../ui/parts";

export function Block(props: { number: number }) {
	const { number } = props;
	const log = useStore(eventLog);
	const now = useStore(heads);
	useEffect(() => {
		if (log.newest > 0) void goBack(number);
	}, [number, log.newest > 0]);
	const query = useQuery(`block ${number} ${(now?.best.number ?? 0) >= number}`, async () => {
		const hash = await blockHash(number);
		return hash ? { hash, block: await getBlock(hash) } : undefined;
	}, false);
	const record = log.blocks.get(number);
	const final = now !== undefined && number <= now.finalized.number;
	return (
		<>
			<div class="page-head">
				<div>
					<h1>Block {number}</h1>
					<p>
						<span class={`status ${final ? "closed" : "open"}`}>{final ? "final" : "not final yet"}</span>
					</p>
				</div>
				<nav class="pager" aria-label="Neighbours">
					{number > 1 && <a href={href("block", number - 1)}>← {number - 1}</a>}
					{now && number < now.best.number && <a href={href("block", number + 1)}>{number + 1} →</a>}
				</nav>
			</div>
			<Card>
				<Asked query={query}>
					{(found) =>
						found?.block ? (
							<Facts>
								<Fact name="Hash"><HashText value={found.hash} long /></Fact>
								<Fact name="Parent"><HashText value={found.block.block.header.parentHash} long /></Fact>
								<Fact name="Transactions">{plural(found.block.block.extrinsics.length, "extrinsic")}</Fact>
							</Facts>
						) : (
							<Empty>This node does not have that block{now && number > now.best.number ? ": it is yet to come" : ""}.</Empty>
						)
					}
				</Asked>
			</Card>
			<Card title="What happened for jobs">
				{record ? record.events.length > 0 ? <EventList events={record.events} label="Events in this block" /> : <Empty>Nothing that concerns jobs.</Empty> : <Empty>{log.lost || (log.newest > 0 && number < log.newest - 600) ? "This node does not keep the state of so old a block." : "Reading …"}</Empty>}
			</Card>
		</>
	);
}
