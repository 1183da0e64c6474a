//! A network of the test's own.

use std::net::IpAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::process::{run, wait_until};

/// Set for the inner run of a test: the directory in which it works.
const INSIDE: &str = "BAILIWICK_TEST_INSIDE";

/// The longest that one test may take, building its zones included.
const LONGEST: Duration = Duration::from_secs(300);

/// Runs `body` inside new network, process and mount namespaces, in an empty directory that is its argument.
///
/// The test runs its own executable again for that. The processes that `body` starts end with its process namespace at
/// the latest, whatever happens: when the inner run ends, is killed for taking too long, or loses its parent.
pub fn in_namespace(body: impl FnOnce(&Path)) {
    let name = test_name();
    if let Some(directory) = std::env::var_os(INSIDE) {
        let directory = PathBuf::from(directory);
        run(Command::new("ip").args(["link", "set", "lo", "up"]));
        // libfaketime leaves shared memory behind that is named by process ids, which start again in here.
        run(Command::new("mount").args(["-t", "tmpfs", "tmpfs", "/dev/shm"]));
        body(&directory);
        std::fs::write(directory.join("finished"), "").expect("the directory can be written");
        return;
    }
    let directory =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("real-{}", name.replace("::", "-")));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("a directory for the test");
    run_again(&name, &directory);
    assert!(directory.join("finished").exists(), "{name} did not run inside its namespace");
    let _ = std::fs::remove_dir_all(&directory);
}

/// The path of the test function that runs: the harness gives each test a thread of that name.
fn test_name() -> String {
    std::thread::current().name().expect("a test's thread has its name").to_owned()
}

fn run_again(name: &str, directory: &Path) {
    let mut command = Command::new("unshare");
    command.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    if !is_root() {
        command.arg("--map-root-user");
    }
    command
        .arg(std::env::current_exe().expect("the test's own executable"))
        .args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"])
        .env(INSIDE, directory)
        .stdin(Stdio::null())
        .process_group(0);
    let mut child = command.spawn().expect("unshare of util-linux runs");
    let mut status = None;
    let ended = wait_until(LONGEST, || {
        status = child.try_wait().expect("the child can be waited for");
        status.is_some()
    });
    if !ended {
        let _ = child.kill();
        let _ = child.wait();
    }
    assert!(ended, "{name} took longer than {LONGEST:?}");
    assert!(status.is_some_and(|s| s.success()), "{name} failed; see {}", directory.display());
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

/// Gives `addresses` to the loopback interface.
pub fn add_addresses(addresses: &[IpAddr]) {
    for address in addresses {
        let mut ip = Command::new("ip");
        match address {
            IpAddr::V4(v4) => ip.args(["address", "add", &format!("{v4}/32"), "dev", "lo"]),
            // Without duplicate address detection it can be bound at once.
            IpAddr::V6(v6) => {
                ip.args(["-6", "address", "add", &format!("{v6}/128"), "dev", "lo", "nodad"])
            }
        };
        run(&mut ip);
    }
}
