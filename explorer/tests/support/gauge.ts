// What a page holds on to, as Chromium itself counts it.
import type { CDPSession, Page } from "@playwright/test";

export interface Sample {
	/** Bytes of JavaScript objects that are alive: the garbage is collected before. */
	heap: number;
	nodes: number;
	listeners: number;
	sockets: number;
	/** Subscriptions that were opened and not ended. */
	subscriptions: number;
	/** Blocks that the node keeps pinned for this page. */
	pinned: number;
}

const FOLLOW = /"chainHead_v1_(un)?follow"/;

export class Gauge {
	private sockets = 0;
	private subscriptions = 0;
	private pinned = 0;

	private constructor(private readonly session: CDPSession) {}

	/** To be made before the page is opened, so that nothing is missed. */
	static async on(page: Page): Promise<Gauge> {
		const session = await page.context().newCDPSession(page);
		const gauge = new Gauge(session);
		page.on("websocket", (socket) => {
			gauge.sockets++;
			socket.on("close", () => gauge.sockets--);
			socket.on("framesent", ({ payload }) => gauge.sent(String(payload)));
			socket.on("framereceived", ({ payload }) => gauge.received(String(payload)));
		});
		return gauge;
	}

	private sent(text: string): void {
		const follow = FOLLOW.exec(text);
		if (follow) this.subscriptions += follow[1] ? -1 : 1;
		else if (text.includes('"chainHead_v1_unpin"')) this.pinned -= (text.match(/0x[0-9a-f]{64}/g) ?? []).length;
	}

	private received(text: string): void {
		if (text.includes('"event":"newBlock"')) this.pinned++;
		if (text.includes('"event":"initialized"')) this.pinned += (/"finalizedBlockHashes":\[([^\]]*)\]/.exec(text)?.[1]?.match(/0x/g) ?? []).length;
	}

	async sample(): Promise<Sample> {
		await this.session.send("HeapProfiler.collectGarbage");
		const { usedSize } = await this.session.send("Runtime.getHeapUsage");
		const { nodes, jsEventListeners } = await this.session.send("Memory.getDOMCounters");
		return { heap: usedSize, nodes, listeners: jsEventListeners, sockets: this.sockets, subscriptions: this.subscriptions, pinned: this.pinned };
	}
}
