//! The client against a scripted transport: what it sends, what it makes of answers, what it
//! decides, and what it never says.

#![cfg(test)]

mod answers;
mod delta;
mod fuzz;
mod gates;
mod notifications;
mod over_http;
mod script;
mod sign_in;
mod subscriptions;
mod trouble;
mod writes;
