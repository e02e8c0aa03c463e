// What a task wrote, shown as what it is: a picture, text, or bytes.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { bytes } from "./format";

const TILE_MAGIC = "ASYTILE1";
const TILE_HEADER = 8 + 6 * 4;
const MOST_SIDE = 16_384;
const MOST_TEXT = 20_000;
const MOST_HEX = 4_096;

export interface Tile {
	picture: [width: number, height: number];
	x: number;
	y: number;
	width: number;
	height: number;
	pixels: Uint8Array;
}

/** A tile as the path tracer among the examples writes it. */
export function tile(output: Uint8Array): Tile | undefined {
	if (output.length < TILE_HEADER || new TextDecoder().decode(output.subarray(0, 8)) !== TILE_MAGIC) return undefined;
	const view = new DataView(output.buffer, output.byteOffset, output.length);
	const number = (at: number) => view.getUint32(8 + at * 4, true);
	const found = { picture: [number(0), number(1)] as [number, number], x: number(2), y: number(3), width: number(4), height: number(5), pixels: output.subarray(TILE_HEADER) };
	const fits = found.picture.every((side) => side > 0 && side <= MOST_SIDE) && found.x + found.width <= found.picture[0] && found.y + found.height <= found.picture[1];
	return fits && found.width > 0 && found.height > 0 && found.pixels.length === found.width * found.height * 3 ? found : undefined;
}

/** Tiles put together. */
export function Picture(props: { tiles: Tile[]; whole?: boolean; label: string }) {
	const canvas = useRef<HTMLCanvasElement>(null);
	const [first] = props.tiles;
	const size = first && (props.whole ? first.picture : ([first.width, first.height] as [number, number]));
	useEffect(() => {
		const context = canvas.current?.getContext("2d");
		if (!context || !size) return;
		context.clearRect(0, 0, ...size);
		for (const part of props.tiles) {
			const image = context.createImageData(part.width, part.height);
			for (let pixel = 0; pixel < part.width * part.height; pixel++) {
				image.data.set(part.pixels.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
				image.data[pixel * 4 + 3] = 255;
			}
			context.putImageData(image, props.whole ? part.x : 0, props.whole ? part.y : 0);
		}
	}, [props.tiles.length, size?.[0], size?.[1], props.tiles]);
	if (!size) return null;
	return <canvas ref={canvas} width={size[0]} height={size[1]} class="picture" role="img" aria-label={props.label} style={{ aspectRatio: `${size[0]} / ${size[1]}` }} />;
}

const IMAGES: [string, number[]][] = [
	["image/png", [0x89, 0x50, 0x4e, 0x47]],
	["image/jpeg", [0xff, 0xd8, 0xff]],
	["image/gif", [0x47, 0x49, 0x46, 0x38]],
];

function imageType(output: Uint8Array): string | undefined {
	return IMAGES.find(([, magic]) => magic.every((byte, at) => output[at] === byte))?.[0];
}

function asText(output: Uint8Array): string | undefined {
	try {
		const text = new TextDecoder("utf-8", { fatal: true }).decode(output.subarray(0, MOST_TEXT));
		// eslint-disable-next-line no-control-regex
		return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? undefined : text;
	} catch {
		return undefined;
	}
}

function asHex(output: Uint8Array): string {
	const lines: string[] = [];
	for (let at = 0; at < Math.min(output.length, MOST_HEX); at += 16) {
		const row = [...output.subarray(at, at + 16)];
		const digits = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
		const letters = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
		lines.push(`${at.toString(16).padStart(6, "0")}  ${digits.padEnd(47)}  ${letters}`);
	}
	return lines.join("\n");
}

export function Output(props: { output: Uint8Array; name: string }) {
	const { output } = props;
	const part = useMemo(() => tile(output), [output]);
	const type = useMemo(() => imageType(output), [output]);
	const text = useMemo(() => asText(output), [output]);
	const kinds = [...(part || type ? ["image"] : []), ...(text !== undefined ? ["text"] : []), "hex"];
	const [chosen, choose] = useState<string>();
	const kind = chosen && kinds.includes(chosen) ? chosen : (kinds[0] ?? "hex");
	const url = useMemo(() => URL.createObjectURL(new Blob([output.slice()], { type: type ?? "application/octet-stream" })), [output, type]);
	useEffect(() => () => URL.revokeObjectURL(url), [url]);
	if (output.length === 0) return <p class="dim">It wrote nothing.</p>;
	return (
		<div class="output">
			<div class="tabs" role="group" aria-label="Show the output as">
				{kinds.map((name) => (
					<button key={name} aria-pressed={kind === name} onClick={() => choose(name)}>
						{name}
					</button>
				))}
				<a href={url} download={props.name}>
					save {bytes(output.length)}
				</a>
			</div>
			{kind === "image" && (part ? <Picture tiles={[part]} label={`The tile at ${part.x}, ${part.y}`} /> : <img src={url} alt="The task's output" />)}
			{kind === "text" && <pre tabIndex={0}>{text}{output.length > MOST_TEXT && "\n…"}</pre>}
			{kind === "hex" && <pre tabIndex={0}>{asHex(output)}{output.length > MOST_HEX && "\n…"}</pre>}
		</div>
	);
}
