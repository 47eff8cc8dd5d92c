//! The pages, by the front door: requests as a browser sends them, a real store behind.

mod access;
mod acts;
mod alerts;
mod conversations;
mod frame;
mod guessing;
mod inbox;
mod mailboxes;
mod microsoft;
mod people;
mod pictures;
mod push;
mod reading;
mod searching;
mod signatures;
