// One cell for each batch, on a canvas: a hundred thousand are drawn in a few milliseconds.
import { useEffect, useRef, useState } from "preact/hooks";
import { tally, UNREAD, type BatchBook } from "../chain/batches";
import { STAGES } from "../chain/types";
import { go } from "../route";
import { useStore } from "../store";
import { theme } from "../theme";
import { count } from "./format";
import { STAGE_WORDS } from "./parts";

const MOST_HEIGHT = 420;

interface Layout {
	columns: number;
	cell: number;
	gap: number;
}

/** The largest cells with which all fit. */
function layout(width: number, cells: number): Layout {
	for (const cell of [40, 28, 22, 16, 12, 9, 7, 5, 4, 3, 2]) {
		const gap = cell > 8 ? 3 : cell > 3 ? 1 : 0;
		const columns = Math.max(1, Math.floor((width + gap) / (cell + gap)));
		if (Math.ceil(cells / columns) * (cell + gap) <= (cell === 40 ? 130 : MOST_HEIGHT)) return { columns, cell, gap };
	}
	return { columns: Math.max(1, width >> 1), cell: 2, gap: 0 };
}

function colours(element: HTMLElement): string[] {
	const style = getComputedStyle(element);
	return STAGES.map((stage) => style.getPropertyValue(`--stage-${stage}`).trim());
}

type Colour = (stage: number) => string;

/** Cells with space between them. By colour, because changing it is what takes the time. */
function drawCells(context: CanvasRenderingContext2D, stages: Uint8Array, columns: number, cell: number, gap: number, colour: Colour) {
	const radius = cell > 8 ? 3 : 0;
	for (const stage of new Set(stages)) {
		context.fillStyle = colour(stage);
		context.beginPath();
		for (let batch = 0; batch < stages.length; batch++) {
			if (stages[batch] !== stage) continue;
			const [x, y] = [(batch % columns) * (cell + gap), Math.floor(batch / columns) * (cell + gap)];
			if (radius) context.roundRect(x, y, cell, cell, radius);
			else context.rect(x, y, cell, cell);
		}
		context.fill();
	}
}

/** Cells without space between them: neighbours in a row that are alike are drawn as one. */
function drawRuns(context: CanvasRenderingContext2D, stages: Uint8Array, columns: number, cell: number, colour: Colour) {
	let start = 0;
	while (start < stages.length) {
		const stage = stages[start] ?? UNREAD;
		const rowEnd = Math.min(stages.length, start - (start % columns) + columns);
		let end = start + 1;
		while (end < rowEnd && stages[end] === stage) end++;
		context.fillStyle = colour(stage);
		context.fillRect((start % columns) * cell, Math.floor(start / columns) * cell, (end - start) * cell, cell);
		start = end;
	}
}

export function BatchGrid(props: { job: number; book: BatchBook }) {
	const { stages, version } = props.book;
	const canvas = useRef<HTMLCanvasElement>(null);
	const [width, setWidth] = useState(0);
	const [cursor, setCursor] = useState<number>();
	const scheme = useStore(theme);
	const frame = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (!frame.current) return;
		const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
		observer.observe(frame.current);
		return () => observer.disconnect();
	}, []);
	const { columns, cell, gap } = layout(width, stages.length);
	const pitch = cell + gap;
	const rows = Math.ceil(stages.length / columns);
	useEffect(() => {
		const element = canvas.current;
		const context = element?.getContext("2d");
		if (!element || !context || width === 0) return;
		const scale = devicePixelRatio || 1;
		element.width = columns * pitch * scale;
		element.height = rows * pitch * scale;
		context.scale(scale, scale);
		const palette = colours(element);
		const unread = getComputedStyle(element).getPropertyValue("--line").trim();
		if (gap === 0) drawRuns(context, stages, columns, cell, (stage) => palette[stage] ?? unread);
		else drawCells(context, stages, columns, cell, gap, (stage) => palette[stage] ?? unread);
		if (cursor !== undefined) {
			context.strokeStyle = getComputedStyle(element).getPropertyValue("--text").trim();
			context.lineWidth = 2;
			context.strokeRect((cursor % columns) * pitch - 1, Math.floor(cursor / columns) * pitch - 1, cell + 2, cell + 2);
		}
	}, [version, width, cursor, scheme, stages, columns, cell, gap]);
	const at = (event: MouseEvent) => {
		const x = Math.floor(event.offsetX / pitch);
		const batch = Math.floor(event.offsetY / pitch) * columns + x;
		return x < columns && batch >= 0 && batch < stages.length ? batch : undefined;
	};
	const key = (event: KeyboardEvent) => {
		const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -Infinity, End: Infinity };
		const step = steps[event.key];
		if (event.key === "Enter" && cursor !== undefined) go("job", props.job, "batch", cursor);
		else if (step === undefined) return;
		else setCursor((now) => (now === undefined ? 0 : Math.max(0, Math.min(stages.length - 1, now + step))));
		event.preventDefault();
	};
	const counts = tally(stages);
	const present = STAGES.map((stage, index) => ({ stage, number: counts[index] ?? 0 })).filter(({ number }) => number > 0);
	const unread = counts[UNREAD] ?? 0;
	const stageAt = (batch: number) => STAGES[stages[batch] ?? UNREAD];
	const told = cursor === undefined ? undefined : stageAt(cursor);
	return (
		<div class="grid-frame" ref={frame}>
			<canvas
				ref={canvas}
				class="grid"
				tabIndex={0}
				role="img"
				aria-label={`${count(stages.length)} batches: ${present.map(({ stage, number }) => `${count(number)} ${stage}`).join(", ")}. Arrow keys choose one, Enter opens it.`}
				style={{ width: `${columns * pitch}px`, height: `${rows * pitch}px` }}
				onMouseMove={(event) => setCursor(at(event))}
				onMouseLeave={() => setCursor(undefined)}
				onClick={(event) => {
					const batch = at(event);
					if (batch !== undefined) go("job", props.job, "batch", batch);
				}}
				onKeyDown={key}
				onBlur={() => setCursor(undefined)}
			/>
			<p class="grid-told" aria-live="polite">
				{cursor === undefined ? "Point at a cell or use the arrow keys; click or Enter opens the batch." : <>Batch <b>{count(cursor)}</b>: {told ? `${told}, ${STAGE_WORDS[told]}` : "not read yet"}</>}
			</p>
			<ul class="legend" id="grid-legend">
				{present.map(({ stage, number }) => (
					<li key={stage} data-stage={stage} data-count={number}>
						<i style={{ background: `var(--stage-${stage})` }} />
						{count(number)} {stage} <small>{STAGE_WORDS[stage]}</small>
					</li>
				))}
				{unread > 0 && (
					<li data-stage="unread" data-count={unread}>
						<i style={{ background: "var(--line)" }} />
						{count(unread)} not read yet
					</li>
				)}
			</ul>
		</div>
	);
}
