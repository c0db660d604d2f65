//! All of fediverse-pasture-inputs, thrown at an inbox and signed by bovine.

use serde::Deserialize;
use serde_json::Value;

use crate::process::Running;
use crate::scratch::Scratch;
use crate::{partners, ports};

const SCRIPT: &str = include_str!("pasture.py");

/// What an inbox answered to one input.
#[derive(Debug, Clone, Deserialize)]
pub struct Thrown {
    /// The input's name.
    pub input: String,
    /// Which of its examples.
    pub number: u32,
    /// The activity's id.
    pub id: String,
    /// The status.
    pub status: u16,
    /// The first words of the answer.
    pub words: String,
}

/// The thrower; the key it signs with can be fetched until it is dropped.
#[derive(Debug)]
pub struct Pasture {
    running: Running,
    _scratch: Scratch,
}

impl Pasture {
    /// Throws everything at an inbox; nothing when it was left out.
    ///
    /// # Panics
    /// When it ends early.
    pub fn throw_at(inbox: &str) -> Option<Self> {
        let python = partners::require("pasture")?;
        let scratch = Scratch::new();
        let script = scratch.write("pasture.py", SCRIPT);
        let mut command = python.command();
        command.arg("-W").arg("ignore").arg(script).arg(inbox).arg(ports::free().to_string());
        let mut running = Running::start_listening("pasture", command.env("HOME", scratch.path()));
        running.wait_until("the last input", |output| output.contains("\"done\""));
        Some(Self { running, _scratch: scratch })
    }

    /// What was answered to each.
    pub fn thrown(&self) -> Vec<Thrown> {
        let lines = self.running.output();
        let values = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        values.filter_map(|value| serde_json::from_value(value).ok()).collect()
    }
}
