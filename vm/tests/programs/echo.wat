;; Writes its index, then everything it reads.
(module
	(import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
	(memory (export "memory") 1)
	(func $put (param $address i32) (param $len i32)
		(i32.store (i32.const 0) (local.get $address))
		(i32.store (i32.const 4) (local.get $len))
		(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
	(func $length (param $address i32) (result i32) (local $end i32)
		(local.set $end (local.get $address))
		(block $found
			(loop $next
				(br_if $found (i32.eqz (i32.load8_u (local.get $end))))
				(local.set $end (i32.add (local.get $end) (i32.const 1)))
				(br $next)))
		(i32.sub (local.get $end) (local.get $address)))
	(func (export "_start") (local $read i32)
		(drop (call $args_get (i32.const 16) (i32.const 64)))
		(call $put (i32.load (i32.const 20)) (call $length (i32.load (i32.const 20))))
		(loop $more
			(i32.store (i32.const 0) (i32.const 1024))
			(i32.store (i32.const 4) (i32.const 1024))
			(drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
			(local.set $read (i32.load (i32.const 8)))
			(if (local.get $read)
				(then (call $put (i32.const 1024) (local.get $read)) (br $more))))))
