//! A small server on @fedify/fedify: it finds, follows, receives with its own verification, and follows back.

use serde_json::{Value, json};

use crate::http::{self, Ask};
use crate::process::Running;
use crate::scratch::Scratch;
use crate::{partners, ports, process};

const SCRIPT: &str = include_str!("fedify.mjs");

/// A running peer; dropping it ends it.
#[derive(Debug)]
pub struct Fedify {
    running: Running,
    port: u16,
    _scratch: Scratch,
}

impl Fedify {
    /// Starts one that signs in this form first (`rfc9421` or `draft-cavage-http-signatures-12`); nothing when it was left out.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(first_knock: &str) -> Option<Self> {
        let [node, fedify] = partners::require_all(["node", "fedify"])?;
        let modules = fedify.word(1).to_path_buf();
        let scratch = Scratch::new();
        let port = ports::free();
        let script = scratch.write("fedify.mjs", SCRIPT);
        let order = json!({"port": port, "modules": modules, "firstKnock": first_knock});
        let order = scratch.write("order.json", order.to_string());
        let mut command = node.command();
        command.arg("--no-warnings").arg(script).arg(order).env("HOME", scratch.path());
        let mut running = Running::start("fedify", &mut command);
        running.wait_until("word that it listens", |output| output.contains("\"listening\""));
        Some(Self { running, port, _scratch: scratch })
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Its one actor.
    pub fn actor(&self) -> String {
        format!("{}/users/fern", self.url())
    }

    /// Tells it to follow an actor; answers what it found.
    pub fn follow(&self, actor: &str) -> Value {
        self.control("follow", &json!({"actor": actor}))
    }

    /// Tells it to read an object as strict JSON-LD.
    pub fn look(&self, url: &str) -> Value {
        self.control("look", &json!({"url": url}))
    }

    /// Lets it verify the proof of a record with its own code.
    pub fn verify(&self, record: &Value) -> Value {
        self.control("verify", &json!({"record": record}))
    }

    /// Everything it received and believed so far.
    pub fn received(&self) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line.get("received").is_some()).collect()
    }

    /// Waits until it believed an activity of this type whose text contains `part`.
    ///
    /// # Panics
    /// When it does not come in time.
    pub fn wait_for(&self, kind: &str, part: &str) -> Value {
        let found = || {
            let mut received = self.received().into_iter();
            received.find(|line| line.get("received").and_then(Value::as_str) == Some(kind) && line.to_string().contains(part))
        };
        process::eventually(&format!("fedify believes a {kind} with {part}"), || found().is_some());
        found().unwrap_or_default()
    }

    /// Whether it answered anything posted to it with an error.
    pub fn refusals(&self) -> Vec<Value> {
        let failed = |line: &Value| line.get("answered").and_then(Value::as_u64).is_some_and(|status| status >= 400);
        self.lines().into_iter().filter(|line| failed(line) || line.get("error").is_some()).collect()
    }

    /// All it wrote, for the message of a failure.
    pub fn output(&self) -> String {
        self.running.output()
    }

    fn lines(&self) -> Vec<Value> {
        self.running.output().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn control(&self, name: &str, order: &Value) -> Value {
        let answer = Ask::post_json(&format!("{}/control/{name}", self.url()), order).answer();
        assert_eq!(answer.status, 200, "{name}: {}\n{}", answer.text(), self.running.output());
        answer.json()
    }
}

/// Whether something answers there; for tests that end the peer.
pub fn is_up(peer: &Fedify) -> bool {
    http::is_up(&peer.actor())
}
