//! Running other programs, with what is run printed first.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context as _, Result, bail};

/// The command line as a person would type it, environment left out.
pub fn spelled(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_else(|| command.get_program());
    std::iter::once(program).chain(command.get_args()).map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// Prints and runs a command; fails unless it ends well.
pub fn run(command: &mut Command) -> Result<()> {
    eprintln!("$ {}", spelled(command));
    let status = command.status().with_context(|| format!("cannot start `{}`", spelled(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", spelled(command));
    }
    Ok(())
}

/// Runs a command and gives its standard output; fails unless it ends well.
pub fn read(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start `{}`", spelled(command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}: {}", spelled(command), output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Prints and runs a command, repeating every line it writes and showing each to `line`; tells whether it ended well.
pub fn watch(command: &mut Command, mut line: impl FnMut(&str)) -> Result<bool> {
    eprintln!("$ {}", spelled(command));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", spelled(command)))?;
    let (sender, lines) = mpsc::channel();
    forward(child.stdout.take(), sender.clone());
    forward(child.stderr.take(), sender);
    for text in lines {
        eprintln!("{text}");
        line(&text);
    }
    Ok(child.wait()?.success())
}

fn forward(source: Option<impl Read + Send + 'static>, sender: mpsc::Sender<String>) {
    let Some(source) = source else { return };
    thread::spawn(move || {
        let mut reader = BufReader::new(source);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
            bytes.clear();
            if sender.send(text).is_err() {
                return;
            }
        }
    });
}

/// Finds a program in `PATH` or in the folders where Debian keeps programs for the system.
pub fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}
