;; A `select` whose condition is a comparison with zero. wasmi 2.0.0 leaves the comparison out and looks at something else.
(module
	(memory (export "memory") 1)
	(func $either (param i32 i32) (result i32) (select (i32.const 1) (local.get 1) (i32.eqz (local.get 0))))
	(func $or (param i32 i32) (result i32) (select (local.get 1) (i32.const 2) (i32.ne (local.get 0) (i32.const 0))))
	(func (export "_start")
		(i32.store (i32.const 0) (call $either (i32.const 0) (i32.const 7)))
		(i32.store (i32.const 4) (call $either (i32.const 3) (i32.const 7)))
		(i32.store (i32.const 8) (call $or (i32.const 0) (i32.const 7)))
		(i32.store (i32.const 12) (call $or (i32.const 3) (i32.const 7)))))
