//! Programs that run beside a test: their output is kept, they end with the test, they are waited for by asking them.

use std::io::{BufRead as _, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::limits;

/// A running program; dropping it kills it and everything it started.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    output: Output,
}

/// What a program wrote so far, both streams line by line.
#[derive(Debug, Clone, Default)]
pub struct Output(Arc<Mutex<String>>);

impl Output {
    /// Everything written so far.
    pub fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn gather(&self, stream: Option<impl Read + Send + 'static>) {
        let Some(stream) = stream else { return };
        let store = Arc::clone(&self.0);
        thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
                store.push_str(&String::from_utf8_lossy(&line));
                store.push('\n');
            }
        });
    }
}

impl Running {
    /// Starts a program in a process group of its own.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(name: &str, command: &mut Command) -> Self {
        Self::spawn(name, command.stdin(Stdio::null()))
    }

    /// As [`Self::start`], with standard input that stays open until the value is dropped: for programs that end with it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start_listening(name: &str, command: &mut Command) -> Self {
        Self::spawn(name, command.stdin(Stdio::piped()))
    }

    fn spawn(name: &str, command: &mut Command) -> Self {
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("{name} cannot be started: {error} ({command:?})"));
        let output = Output::default();
        output.gather(child.stdout.take());
        output.gather(child.stderr.take());
        Self { name: name.to_owned(), child, output }
    }

    /// What it wrote so far.
    pub fn output(&self) -> String {
        self.output.text()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `is_ready` says so.
    ///
    /// # Panics
    /// When it ends first, or takes longer than [`limits::READY`]; its output is in the message.
    pub fn wait_until(&mut self, what: &str, mut is_ready: impl FnMut(&str) -> bool) {
        let begin = Instant::now();
        loop {
            if is_ready(&self.output.text()) {
                return;
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                // What it wrote last may still be on its way.
                pause();
                panic!("{} ended with {status} before {what}:\n{}", self.name, self.output());
            }
            assert!(begin.elapsed() < limits::READY, "{} is not there: no {what}\n{}", self.name, self.output());
            pause();
        }
    }

    /// Waits until something listens on a loopback port.
    pub fn wait_for_port(&mut self, port: u16) {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        self.wait_until("open port", |_| TcpStream::connect_timeout(&address, limits::LOOK_AGAIN).is_ok());
    }

    /// Waits until it ends, or gives nothing when it runs longer than `limit`.
    pub fn wait_for_end(&mut self, limit: std::time::Duration) -> Option<ExitStatus> {
        let begin = Instant::now();
        while begin.elapsed() < limit {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            pause();
        }
        None
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Sends a signal by name (`TERM`, `INT`, `KILL`, `STOP`, `CONT`) to the program alone.
    pub fn signal(&self, name: &str) {
        let _ = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
    }

    /// Kills it at once, as a power cut would, and waits until it is gone.
    pub fn kill(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            eprintln!("---- {} wrote\n{}", self.name, self.output());
        }
    }
}

/// What a program that ends by itself left behind.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Its exit code; nothing when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ended {
    /// Whether it ended with 0.
    pub fn is_good(&self) -> bool {
        self.code == Some(0)
    }
}

/// Runs a program to its end.
///
/// # Panics
/// When it cannot be started, or runs longer than [`limits::PROGRAM`].
pub fn run(command: &mut Command) -> Ended {
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let begin = Instant::now();
    let code = loop {
        if let Some(status) = child.try_wait().expect("a child of ours can be asked") {
            break status.code();
        }
        if begin.elapsed() > limits::PROGRAM {
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            let _ = child.wait();
            panic!("{command:?} did not end:\n{}\n{}", text(stdout), text(stderr));
        }
        pause();
    };
    Ended { code, stdout: text(stdout), stderr: text(stderr) }
}

fn drain(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn text(reader: thread::JoinHandle<Vec<u8>>) -> String {
    String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
}

/// Looks at something again and again until it is so, within [`limits::READY`].
///
/// # Panics
/// When it is not so in time.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < limits::READY, "waited in vain: {what}");
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that lets time pass, between two looks within a bound")]
fn pause() {
    thread::sleep(limits::LOOK_AGAIN);
}
