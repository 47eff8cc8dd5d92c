//! Push by its front doors: the webhook's router, intents, and time, with the real store on both
//! engines and the simulator behind a transport in this process.

#![cfg(test)]

mod clock;
mod forging;
mod healing;
mod hook;
mod kept;
mod mail;
mod office;
mod orphans;
mod refusals;
mod registering;
mod renewing;
mod seen_once;
mod stalling;
mod turning_off;
mod twins;
mod wire;
mod world;
