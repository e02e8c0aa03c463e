#!/usr/bin/env python3
"""Writes docs/openrpc.json, the reference of the node's own JSON-RPC methods, from the Rust sources: methods from the
`#[rpc]` traits of the node, types from what they answer. With --check it only tells whether the file is what it would be.

It reads the plain subset of Rust that those files are written in, and stops at anything else. A test compares the file
with what a node serves and answers (tests/tests/e2e/openrpc.rs)."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAITS = ["node/src/rpc/compute.rs", "node/src/rpc/certificate.rs", "node/src/rpc/blobs.rs"]
TYPES = TRAITS + [
    "primitives/src/view.rs",
    "primitives/src/job.rs",
    "primitives/src/quote.rs",
    "primitives/src/task.rs",
    "primitives/src/hash.rs",
    "primitives/src/certificate.rs",
    "primitives/src/certificate/chain.rs",
    "primitives/src/certificate/finality.rs",
    "primitives/src/certificate/storage.rs",
    "primitives/src/odds/detection.rs",
    "primitives/src/odds/tranches.rs",
]
OUTPUT = ROOT / "docs/openrpc.json"

HASH = {"type": "string", "pattern": "^0x[0-9a-f]{64}$"}


def integer(bits):
    return {"type": "integer", "minimum": 0, "maximum": 2**bits - 1}


# Types that serialise themselves, or belong to somebody else.
KNOWN = {
    "u8": integer(8),
    "u16": integer(16),
    "u32": integer(32),
    "u64": integer(64),
    "JobId": integer(64),
    "BatchIndex": integer(32),
    "TaskIndex": integer(32),
    "Attempt": integer(32),
    "Weight": integer(64),
    "BlockNumber": integer(32),
    "bool": {"type": "boolean"},
    "String": {"type": "string"},
    "&'static str": {"type": "string"},
    "Hash": HASH,
    "BlockHash": HASH,
    "TransactionHash": HASH,
    "AccountId": {"type": "string", "description": "An SS58 address.", "pattern": "^[1-9A-HJ-NP-Za-km-z]{46,50}$"},
    "Chance": {"type": "string", "description": "A probability, exactly.", "pattern": r"^[01](\.[0-9]+)?$"},
}
AMOUNT = {
    "type": "string",
    "description": "An amount in the smallest unit, 10^-12 ASY.",
    "pattern": "^(0|[1-9][0-9]*)$",
}
# What is more than its type says.
SPECIAL = {"certificate": "0x and hexadecimal digits.", "signed_receipt": "0x and hexadecimal digits."}


def fail(message):
    sys.exit(f"openrpc.py: {message}")


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def lower_first(name):
    return name[0].lower() + name[1:]


def prose(lines):
    """Doc comments as text, links as plain names."""
    text = " ".join(line.strip() for line in lines).strip()
    return re.sub(r"\[`([^`\]]+)`\](\([^)]*\))?", r"\1", text).replace("`", "")


def body(text, start):
    """What stands between the brace at or after `start` and the one that closes it."""
    opening = text.index("{", start)
    depth = 0
    for place in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[opening + 1 : place]
    fail("a brace is not closed")


def items(block):
    """(documentation, attributes, text) of every field or variant of a block."""
    documentation, attributes, pending, found, depth = [], "", "", [], 0
    for line in block.splitlines():
        line = line.strip()
        if depth == 0 and not pending and line.startswith("///"):
            documentation.append(line[3:])
        elif depth == 0 and not pending and line.startswith("#["):
            attributes += line
        elif line.startswith("//") or not line:
            if pending:
                pending += "\n" + line
        else:
            pending += "\n" + line
            depth += sum(line.count(c) for c in "{(<") - sum(line.count(c) for c in "})>") + line.count("->") + line.count("=>")
            if depth == 0 and line.endswith(","):
                found.append((prose(documentation), attributes, pending.strip().rstrip(",")))
                documentation, attributes, pending = [], "", ""
    if pending.strip():
        found.append((prose(documentation), attributes, pending.strip()))
    return found


class Schemas:
    def __init__(self):
        self.sources = {path: (ROOT / path).read_text() for path in TYPES}
        self.found = {}

    def of(self, rust, attributes=""):
        rust = " ".join(rust.split())
        if rust == "Balance" or "decimal" in attributes:
            return AMOUNT
        if rust in KNOWN:
            return KNOWN[rust]
        outer = re.fullmatch(r"(Vec|Option)<(.*)>", rust)
        if outer and outer[1] == "Vec":
            return {"type": "array", "items": self.of(outer[2])}
        if outer:
            return {"oneOf": [self.of(outer[2]), {"type": "null"}]}
        pair = re.fullmatch(r"\((\w+), (\w+)\)", rust)
        if pair:
            return {"type": "array", "prefixItems": [self.of(pair[1]), self.of(pair[2])], "minItems": 2, "maxItems": 2}
        if not re.fullmatch(r"[A-Z]\w*", rust):
            fail(f"no schema for the type `{rust}`")
        if rust not in self.found:
            self.found[rust] = None
            self.found[rust] = self.define(rust)
        return {"$ref": f"#/components/schemas/{rust}"}

    def define(self, name):
        for text in self.sources.values():
            match = re.search(rf"((?:[ \t]*///[^\n]*\n)*)((?:#\[[^\n]*\n|\t[^\n]*\n|[)\]}}][^\n]*\n)*)pub(?:\(crate\))? (struct|enum) {name}\b", text)
            if match:
                described = {"description": prose(line.strip()[3:] for line in match[1].splitlines())}
                block = body(text, match.end())
                make = self.structure if match[3] == "struct" else self.choice
                return {**described, **make(block, match[2])}
        fail(f"the type `{name}` is not in the sources")

    def structure(self, block, attributes):
        rename = camel if "camelCase" in attributes else str
        properties = {}
        for documentation, field_attributes, text in items(block):
            name, rust = re.fullmatch(r"(?:pub )?(\w+): (.*)", text, re.S).groups()
            if "skip" in field_attributes or "flatten" in field_attributes:
                fail(f"the field `{name}` has an attribute that is not understood")
            properties[rename(name)] = describe(self.of(rust, field_attributes), documentation or SPECIAL.get(name, ""))
        return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}

    def choice(self, block, attributes):
        rename = lower_first if "camelCase" in attributes else str
        tag = re.search(r'tag = "(\w+)"', attributes)
        variants = items(block)
        if tag is None and all(re.fullmatch(r"\w+(\s*=\s*\d+)?", text) for _, _, text in variants):
            names = [rename(text.split("=")[0].strip()) for _, _, text in variants]
            notes = [f"{name}: {note}" for name, (note, _, _) in zip(names, variants) if note]
            return {"type": "string", "enum": names, "x-values": notes}
        shapes = []
        for documentation, _, text in variants:
            name = re.match(r"\w+", text)[0]
            fields = self.structure(body(text, 0), attributes) if "{" in text else None
            if fields is None and not re.fullmatch(r"\w+", text):
                fail(f"the variant `{name}` is not understood")
            empty = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
            fields = fields or empty
            if tag is None:
                shape = {"const": rename(name)} if fields is empty else {
                    "type": "object", "properties": {rename(name): fields}, "required": [rename(name)],
                    "additionalProperties": False}
            else:
                properties = {tag[1]: {"const": rename(name)}, **fields["properties"]}
                shape = {**fields, "properties": properties, "required": list(properties)}
            shapes.append({"description": documentation, **shape})
        return {"oneOf": shapes}


def describe(schema, text):
    if not text:
        return schema
    return {"description": text, "allOf": [schema]} if "$ref" in schema else {**schema, "description": text}


def methods(schemas):
    found = []
    for path in TRAITS:
        text = schemas.sources[path]
        trait = body(text, text.index("#[rpc("))
        pattern = re.compile(
            r"((?:\s*///[^\n]*\n)+)\s*#\[(method|subscription)\((.*?)\)\]\s*(?:async )?fn \w+\(\s*&self,?(.*?)\)(?: -> RpcResult<(.*?)>)?;",
            re.S,
        )
        for match in pattern.finditer(trait):
            documentation = prose(line.strip()[3:] for line in match[1].strip().splitlines())
            name = re.search(r'name = "(\w+)"', match[3])[1]
            parameters = []
            for part in filter(None, (part.strip() for part in match[4].split(","))):
                argument, rust = re.fullmatch(r"(\w+): (.*)", part).groups()
                is_optional = rust.startswith("Option<")
                inner = rust[len("Option<") : -1] if is_optional else rust
                schema = describe(schemas.of(inner), SPECIAL.get(argument, ""))
                parameters.append({"name": argument, "required": not is_optional, "schema": schema})
            method = {"name": name, "description": documentation, "paramStructure": "by-position", "params": parameters}
            if match[2] == "subscription":
                method["result"] = {"name": "subscription", "schema": {"type": ["string", "integer"]}}
                method["x-notification"] = re.search(r'=> "(\w+)"', match[3])[1]
                method["x-item"] = schemas.of(re.search(r"item = (\w+)", match[3])[1])
                found.append(method)
                found.append({
                    "name": re.search(r'unsubscribe = "(\w+)"', match[3])[1],
                    "description": f"Ends a subscription of {name}.",
                    "paramStructure": "by-position",
                    "params": [{"name": "subscription", "required": True, "schema": {"type": ["string", "integer"]}}],
                    "result": {"name": "ended", "schema": {"type": "boolean"}},
                })
                continue
            method["result"] = {"name": "result", "schema": schemas.of(match[5])}
            found.append(method)
        if trait.count("#[method(") + trait.count("#[subscription(") != len(pattern.findall(trait)):
            fail(f"{path} has methods that are not understood")
    return sorted(found, key=lambda method: method["name"])


def document():
    schemas = Schemas()
    listed = methods(schemas)
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
    return {
        "openrpc": "1.3.2",
        "info": {
            "title": "Assay node",
            "version": version,
            "description": "The methods that Assay's nodes serve beside those of every Substrate node, over HTTP and WebSocket. "
            "Written by scripts/openrpc.py from the sources.",
            "license": {"name": "Apache-2.0"},
        },
        "servers": [{"name": "a node on this machine", "url": "http://127.0.0.1:9944"}],
        "methods": listed,
        "components": {"schemas": dict(sorted(schemas.found.items()))},
    }


def main():
    text = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if sys.argv[1:] == ["--check"]:
        if not OUTPUT.is_file() or OUTPUT.read_text() != text:
            fail("docs/openrpc.json is not what the sources say: run scripts/openrpc.py")
    elif sys.argv[1:]:
        fail("takes --check or nothing")
    else:
        OUTPUT.write_text(text)


main()
