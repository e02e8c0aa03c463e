//! Giving the host's functions to an engine, each with its own type.
//!
//! Both engines take closures with typed parameters, which spares every call the boxing of its arguments. The closures
//! differ in nothing but the types of the engine that they are compiled against.

/// Defines `fn bind(linker, function) -> Option<Result>`, which defines `function` in the linker as a closure around
/// `call(&mut Caller, function, &[Argument])`. `None` if no closure has the function's type.
///
/// In scope must be the engine's `Caller`, `Linker` and `Error`, its `State`, and `call`.
macro_rules! binding {
	($($letters:literal => ($($name:ident: $kind:ty),*);)*) => {
		fn bind(
			linker: &mut Linker<State>,
			function: &'static HostFunction,
		) -> Option<Result<(), BindError>> {
			let name = function.name();
			let bound = match function.letters() {
				"i" if !function.has_result() => {
					linker.func_wrap(wasi::MODULE, name, move |mut caller: Caller<'_, State>, code: u32| {
						call(&mut caller, function, &[code.into()]).map(drop)
					})
				},
				$($letters => {
					linker.func_wrap(wasi::MODULE, name, move |mut caller: Caller<'_, State>, $($name: $kind),*| {
						call(&mut caller, function, &[$($name.into()),*])
					})
				},)*
				_ => return None,
			};
			Some(bound.map(drop))
		}
	};
}

/// [`binding!`] for every type that a function of WASI has.
macro_rules! bindings {
	() => {
		$crate::engine::bind::binding! {
			"" => ();
			"i" => (a: u32);
			"ii" => (a: u32, b: u32);
			"iii" => (a: u32, b: u32, c: u32);
			"iiii" => (a: u32, b: u32, c: u32, d: u32);
			"iiiii" => (a: u32, b: u32, c: u32, d: u32, e: u32);
			"iiiiii" => (a: u32, b: u32, c: u32, d: u32, e: u32, f: u32);
			"iiiiiii" => (a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32);
			"il" => (a: u32, b: u64);
			"ili" => (a: u32, b: u64, c: u32);
			"ilii" => (a: u32, b: u64, c: u32, d: u32);
			"ill" => (a: u32, b: u64, c: u64);
			"illi" => (a: u32, b: u64, c: u64, d: u32);
			"iiili" => (a: u32, b: u32, c: u32, d: u64, e: u32);
			"iiiilli" => (a: u32, b: u32, c: u32, d: u32, e: u64, f: u64, g: u32);
			"iiiiillii" => (a: u32, b: u32, c: u32, d: u32, e: u32, f: u64, g: u64, h: u32, i: u32);
		}
	};
}

pub(super) use {binding, bindings};
