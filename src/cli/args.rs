//! The command line as typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::wire::{Name, RrType};

/// A DNSSEC-validating recursive resolver.
#[derive(Debug, Parser)]
#[command(name = "bailiwick", version, arg_required_else_help = false)]
pub(super) struct Arguments {
    /// What to do; without it, serve with the recommended configuration.
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Answer clients until stopped.
    Serve(ConfigFile),
    /// Check a configuration file and all that it refers to.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Show how a name is resolved and validated, step by step.
    #[command(visible_alias = "trace")]
    Explain(Explain),
    /// Find out what is wrong with this host and its way to the Internet, and what helps.
    Doctor(Doctor),
    /// List trust anchors and trust points.
    Anchors {
        #[command(flatten)]
        config: ConfigFile,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Start a signed mini-Internet in this process, and a resolver in front of it.
    Lab(Lab),
    /// Ask that mini-Internet everything once, and compare with what is expected.
    Selftest(Selftest),
}

#[derive(Clone, Debug, Default, Args)]
pub(super) struct ConfigFile {
    /// The configuration file; without it, the recommended configuration.
    #[arg(short = 'c', long = "config", value_name = "FILE")]
    pub path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The name.
    pub name: Name,
    /// The type.
    #[arg(default_value = "A")]
    pub rtype: RrType,
    #[command(flatten)]
    pub config: ConfigFile,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// Ask the lab's mini-Internet, not the real one.
    #[arg(long, conflicts_with = "path")]
    pub lab: bool,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    pub config: ConfigFile,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// Examine the way to the lab's mini-Internet, not to the real one.
    #[arg(long, conflicts_with = "path")]
    pub lab: bool,
}

#[derive(Debug, Args)]
pub(super) struct Lab {
    /// Where the resolver listens.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5335")]
    pub listen: std::net::SocketAddr,
}

#[derive(Debug, Args)]
pub(super) struct Selftest {
    /// Whether answers are validated: without, the broken zones must be seen to fail their expectation.
    #[arg(long, default_value = "true", action = clap::ArgAction::Set, value_name = "true|false")]
    pub validation: bool,
}
