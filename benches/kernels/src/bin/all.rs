//! All kernels in one program: not for its speed, but as a module of some size.

#![cfg_attr(target_arch = "wasm32", no_std, no_main)]

assay_vm_kernels::program!(all);
