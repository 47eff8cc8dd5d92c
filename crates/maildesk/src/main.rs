//! The program; everything lives in the library beside it.

fn main() -> std::process::ExitCode {
    maildesk::cli::main()
}
