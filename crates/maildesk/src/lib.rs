//! The program: subcommands, settings, wiring, start and stop.
