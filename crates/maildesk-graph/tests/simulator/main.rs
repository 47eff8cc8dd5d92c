//! The client against the simulator, over real HTTP: two programs that share no type, so that a
//! name one of them has wrong shows here.

#![cfg(test)]

mod changing;
mod drafting;
mod office;
mod reading;
mod routes;
mod signing_in;
mod subscribing;
mod throttled;
