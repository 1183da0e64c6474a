//! Programs that run beside the test, or once.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A program that runs until this is dropped.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command`; what it prints goes to `<name>.log` in `directory`.
    pub fn start(name: &str, directory: &Path, command: &mut Command) -> Self {
        let log = directory.join(format!("{name}.log"));
        let out = File::create(&log).expect("a log file");
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone().expect("a second handle"))
            .stderr(out)
            .spawn()
            .unwrap_or_else(|e| panic!("{} does not start: {e}", program(command)));
        Self { name: name.to_owned(), child, log }
    }

    /// Waits until `ready` says so. A program that ends, or is not ready in ten seconds, is a failure.
    pub fn wait_until_ready(&mut self, mut ready: impl FnMut() -> bool) {
        let mut ended = None;
        let in_time = wait_until(Duration::from_secs(10), || {
            ended = self.child.try_wait().expect("the child can be waited for");
            ended.is_some() || ready()
        });
        let log = || read_log(&self.log);
        assert!(ended.is_none(), "{} ended ({ended:?}):\n{}", self.name, log());
        assert!(in_time, "{} does not answer:\n{}", self.name, log());
    }

    /// Seconds of processor time that it has used.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        // The fields behind the name, which may hold spaces: utime and stime are the 12th and 13th, in 1/100 s.
        let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
        fields.skip(11).take(2).filter_map(|f| f.parse::<f64>().ok()).sum::<f64>() / 100.0
    }
}

impl Process {
    /// Octets of memory that it holds.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.expect("a running process has a resident size") * 1024
    }

    /// Asks it to stop, and tells how long that took.
    pub fn stop(&mut self) -> Duration {
        let start = Instant::now();
        run(Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]));
        wait_until(Duration::from_secs(10), || {
            self.child.try_wait().expect("the child can be waited for").is_some()
        });
        start.elapsed()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of a log file.
pub fn read_log(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

/// Runs `command` to its end and returns what it printed; a failure of the program is one of the test.
pub fn run(command: &mut Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{} does not start: {e}; see tests/all", program(command)));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{printed}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    printed
}

fn program(command: &Command) -> String {
    let program: &OsStr = command.get_program();
    program.to_string_lossy().into_owned()
}

/// Asks `done` every few milliseconds until it says so; `false` when `longest` went by first.
pub fn wait_until(longest: Duration, mut done: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !done() {
        if start.elapsed() > longest {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}
