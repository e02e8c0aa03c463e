//! The kernel `lu`.

#![cfg_attr(target_arch = "wasm32", no_std, no_main)]

assay_vm_kernels::program!(lu);
