//! A path tracer whose pictures are the same to the last bit on every machine.
//!
//! [`parser::parse`] reads a scene from its text, [`tile::Tile`] cuts the picture into tiles, [`render::render`]
//! renders one of them and [`tile::Tile::encode`] writes it down. The text format is described in `README.md`.
//!
//! Numbers are `f32` throughout. Addition, multiplication, division and square roots are exactly specified by IEEE 754;
//! everything beyond them (sines, the gamma curve) is built from those here, because libraries differ in the last bit.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

pub mod bvh;
pub mod camera;
pub mod light;
pub mod material;
pub mod maths;
pub mod parser;
pub mod random;
pub mod render;
pub mod scene;
pub mod shape;
pub mod tile;
pub mod vector;
