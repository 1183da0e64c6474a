//! `bailiwick check FILE`: is the configuration right, with all that it refers to?

use std::path::Path;

use super::common::{Ending, load};

pub(super) fn run(file: &Path) -> Ending {
    let config = load(Some(file))?;
    let listen: Vec<_> = config.listen.iter().map(|listen| listen.address.to_string()).collect();
    let (anchors, zones) = (config.settings.anchors.iter().count(), &config.settings.iterate.zones);
    println!("{}: ok", file.display());
    println!("  listens on {}", listen.join(", "));
    println!("  {anchors} trust anchors, {} stub and forward zones", zones.len());
    Ok(())
}
