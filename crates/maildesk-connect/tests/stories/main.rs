//! Connecting mailboxes, with a shelf for a store and a Microsoft that does as it is told: every
//! refusal, race and crash can be arranged to the step.

#![cfg(test)]

mod as_organisation;
mod as_person;
mod microsoft;
mod shelf;
mod signing_in;
mod world;
