//! Connecting mailboxes, with the real store on SQLite and a Microsoft that does as it is told: every
//! refusal, race and crash can be arranged to the step.

#![cfg(test)]

mod as_organisation;
mod as_person;
mod keeping;
mod microsoft;
mod signing_in;
mod the_app;
mod world;
