//! Connecting over real HTTP: the simulator signs people in, the real store keeps what it gave.

#![cfg(test)]

mod office;
mod organisation;
mod person;
mod proof;
