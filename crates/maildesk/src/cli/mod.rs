//! The command line: one file for each subcommand.
//!
//! `user`, `token` and `param` open the database themselves, so they work beside a running server
//! and without one. What they print on standard output is for scripts; everything else goes to
//! standard error.

mod config_check;
mod demo;
mod healthcheck;
mod openapi;
mod param;
mod serve;
mod store;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// MailDesk: a mail desk for teams on Outlook and Microsoft 365.
#[derive(Debug, Parser)]
#[command(name = "maildesk", version, arg_required_else_help = true)]
struct Cli {
    /// TOML file with settings; the environment (`MAILDESK_…`) wins over it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve,
    /// Run the server with a simulated Microsoft 365 and sample data in a temporary folder.
    Demo(demo::Args),
    /// People: add, list, set a password, disable.
    #[command(subcommand)]
    User(user::Action),
    /// API tokens.
    #[command(subcommand)]
    Token(token::Action),
    /// System parameters.
    #[command(subcommand)]
    Param(param::Action),
    /// The settings in effect.
    #[command(subcommand)]
    Config(config_check::Action),
    /// Ask the running server whether it is alive; for containers and monitors.
    Healthcheck,
    /// Print the description of the JSON API (OpenAPI).
    Openapi,
}

/// Runs the program: 0 when it did what was asked, 1 when not, 2 for a wrong command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(why) => return say_failure(&anyhow::Error::new(why).context("cannot start")),
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => say_failure(&why),
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Serve => serve::run(file).await,
        Command::Demo(args) => demo::run(args).await,
        Command::User(action) => user::run(file, action).await,
        Command::Token(action) => token::run(file, action).await,
        Command::Param(action) => param::run(file, action).await,
        Command::Config(action) => config_check::run(file, &action),
        Command::Healthcheck => healthcheck::run(file).await,
        Command::Openapi => {
            openapi::run();
            Ok(())
        }
    }
}

/// Says on standard error what went wrong, with its causes.
fn say_failure(why: &anyhow::Error) -> ExitCode {
    complain(&format!("maildesk: {why:#}"));
    ExitCode::FAILURE
}

/// A line on standard output, for people and scripts.
#[expect(
    clippy::print_stdout,
    reason = "the command line answers on standard output"
)]
fn say(line: &str) {
    println!("{line}");
}

/// A line on standard error.
#[expect(
    clippy::print_stderr,
    reason = "the command line complains on standard error"
)]
fn complain(line: &str) {
    eprintln!("{line}");
}
