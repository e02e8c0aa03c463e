//! `docs/openrpc.json` against a node: it lists the methods that are served, and their answers are as it says.

use assay_tests::rpc;
use serde_json::{json, Value};
use std::collections::BTreeSet;

const REFERENCE: &str = include_str!("../../../docs/openrpc.json");
/// The node's own methods.
const PREFIXES: [&str; 2] = ["compute_", "blob_"];

/// The reference.
pub(crate) struct Reference(Value);

impl Reference {
	pub(crate) fn read() -> Self {
		Self(serde_json::from_str(REFERENCE).expect("docs/openrpc.json is JSON"))
	}

	/// It lists the node's own methods, all of them and no others.
	pub(crate) fn assert_complete(&self, port: u16) {
		let answer = rpc::result(port, "rpc_methods", json!([]));
		let names = answer["methods"].as_array().expect("a list").iter().filter_map(Value::as_str);
		let served: BTreeSet<_> =
			names.filter(|name| PREFIXES.iter().any(|prefix| name.starts_with(prefix))).collect();
		let methods = self.0["methods"].as_array().expect("a list");
		let listed: BTreeSet<_> = methods.iter().filter_map(|method| method["name"].as_str()).collect();
		assert_eq!(listed, served, "run scripts/openrpc.py");
	}

	/// Calls a method with as many parameters as the reference knows, or fewer, and checks the answer.
	pub(crate) fn assert_answer(&self, port: u16, name: &str, parameters: Value) -> Value {
		let methods = self.0["methods"].as_array().expect("a list");
		let method = methods.iter().find(|method| method["name"] == name);
		let method = method.unwrap_or_else(|| panic!("{name} is not in docs/openrpc.json"));
		let known = method["params"].as_array().expect("a list");
		let given = parameters.as_array().expect("by position");
		assert!(given.len() <= known.len(), "{name} takes {} parameters", known.len());
		for (value, parameter) in given.iter().zip(known) {
			self.assert_like(
				value,
				&parameter["schema"],
				&format!("{name}, parameter {}", parameter["name"]),
			);
		}
		if let Some(missing) = known.get(given.len()) {
			assert_eq!(missing["required"], false, "{name} wants {}", missing["name"]);
		}
		let answer = rpc::result(port, name, parameters);
		self.assert_like(&answer, &method["result"]["schema"], name);
		answer
	}

	fn assert_like(&self, value: &Value, schema: &Value, place: &str) {
		if let Err(problem) = self.fits(value, schema) {
			panic!("{place}: {problem}: {value}");
		}
	}

	/// The part of JSON Schema that the reference is written in.
	fn fits(&self, value: &Value, schema: &Value) -> Result<(), String> {
		if let Some(path) = schema["$ref"].as_str() {
			let pointer = path.strip_prefix('#').ok_or("a reference to elsewhere")?;
			return self.fits(value, self.0.pointer(pointer).ok_or("a reference to nothing")?);
		}
		for part in schema["allOf"].as_array().into_iter().flatten() {
			self.fits(value, part)?;
		}
		if let Some(shapes) = schema["oneOf"].as_array() {
			let fitting = shapes.iter().filter(|shape| self.fits(value, shape).is_ok()).count();
			return (fitting == 1).then_some(()).ok_or(format!("fits {fitting} of its shapes: {schema}"));
		}
		if let Some(constant) = schema.get("const") {
			return (value == constant).then_some(()).ok_or(format!("is not {constant}"));
		}
		if let Some(choices) = schema["enum"].as_array() {
			return choices.contains(value).then_some(()).ok_or(format!("is none of {choices:?}"));
		}
		match schema["type"].as_str() {
			Some("null") if value.is_null() => Ok(()),
			Some("boolean") if value.is_boolean() => Ok(()),
			Some("string") => text_fits(value.as_str().ok_or("is no string")?, schema["pattern"].as_str()),
			Some("integer") => {
				let number = value.as_u64().ok_or("is no whole number")?;
				let most = schema["maximum"].as_u64().unwrap_or(u64::MAX);
				(number <= most).then_some(()).ok_or(format!("is more than {most}"))
			},
			Some("array") => {
				let items = value.as_array().ok_or("is no list")?;
				let fixed = schema["prefixItems"].as_array();
				let length = fixed.map_or(items.len(), Vec::len);
				if items.len() != length {
					return Err(format!("has not {length} entries"));
				}
				items.iter().enumerate().try_for_each(|(place, item)| {
					let schema = fixed.map_or(&schema["items"], |fixed| &fixed[place]);
					self.fits(item, schema).map_err(|problem| format!("{place}: {problem}"))
				})
			},
			Some("object") => self.object_fits(value, schema),
			_ if schema.get("allOf").is_some() => Ok(()),
			_ => Err(format!("does not fit {schema}")),
		}
	}

	fn object_fits(&self, value: &Value, schema: &Value) -> Result<(), String> {
		let fields = value.as_object().ok_or("is no object")?;
		let known = schema["properties"].as_object().ok_or("no properties")?;
		if let Some(missing) = known.keys().find(|name| !fields.contains_key(*name)) {
			return Err(format!("`{missing}` is missing"));
		}
		fields.iter().try_for_each(|(name, field)| {
			let schema = known.get(name).ok_or(format!("`{name}` is not in the reference"))?;
			self.fits(field, schema).map_err(|problem| format!("{name}: {problem}"))
		})
	}
}

/// The patterns there are, without a library for patterns.
fn text_fits(text: &str, pattern: Option<&str>) -> Result<(), String> {
	let is_hash = |digits: &str| {
		digits.len() == 64
			&& digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
	};
	let fits = match pattern {
		None => true,
		Some("^0x[0-9a-f]{64}$") => text.strip_prefix("0x").is_some_and(is_hash),
		Some("^(0|[1-9][0-9]*)$") => text.parse::<u128>().is_ok_and(|number| number.to_string() == text),
		Some("^[1-9A-HJ-NP-Za-km-z]{46,50}$") => {
			(46..=50).contains(&text.len()) && !text.contains(['0', 'O', 'I', 'l'])
		},
		Some(r"^[01](\.[0-9]+)?$") => text.parse::<f64>().is_ok_and(|chance| (0.0..=1.0).contains(&chance)),
		Some(other) => panic!("the pattern {other} is not known here"),
	};
	fits.then_some(()).ok_or(format!("does not match {pattern:?}"))
}

#[test]
fn what_does_not_fit_is_noticed() {
	let reference = Reference(json!({ "components": { "schemas": { "Pair": {
		"type": "object",
		"properties": {
			"amount": { "type": "string", "pattern": "^(0|[1-9][0-9]*)$" },
			"end": { "oneOf": [{ "type": "integer", "maximum": 9 }, { "type": "null" }] },
		},
	} } } }));
	let schema = json!({ "description": "x", "allOf": [{ "$ref": "#/components/schemas/Pair" }] });
	let fits = |value: Value| reference.fits(&value, &schema).is_ok();
	assert!(fits(json!({ "amount": "12", "end": 9 })) && fits(json!({ "amount": "0", "end": null })));
	for bad in [
		json!({ "amount": "012", "end": 9 }),
		json!({ "amount": 12, "end": 9 }),
		json!({ "amount": "12", "end": 10 }),
		json!({ "amount": "12", "end": "9" }),
		json!({ "amount": "12" }),
		json!({ "amount": "12", "end": null, "more": 1 }),
		json!([]),
	] {
		assert!(!fits(bad.clone()), "{bad}");
	}
}
