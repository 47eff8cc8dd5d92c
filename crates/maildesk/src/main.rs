//! The program; everything lives in the library beside it.
fn main() {}
