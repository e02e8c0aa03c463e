;; A `select` whose condition is a comparison with zero. wasmi 2.0.0 leaves the comparison out and looks at something else.
(module
	(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
	(memory (export "memory") 1)
	(func $either (param i32 i32) (result i32) (select (i32.const 1) (local.get 1) (i32.eqz (local.get 0))))
	(func $or (param i32 i32) (result i32) (select (local.get 1) (i32.const 2) (i32.ne (local.get 0) (i32.const 0))))
	(func (export "_start")
		(i32.store8 (i32.const 16) (call $either (i32.const 0) (i32.const 7)))
		(i32.store8 (i32.const 17) (call $either (i32.const 3) (i32.const 7)))
		(i32.store8 (i32.const 18) (call $or (i32.const 0) (i32.const 7)))
		(i32.store8 (i32.const 19) (call $or (i32.const 3) (i32.const 7)))
		(i32.store (i32.const 0) (i32.const 16))
		(i32.store (i32.const 4) (i32.const 4))
		(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
