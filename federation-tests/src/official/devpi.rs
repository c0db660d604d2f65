//! devpi as the official index: a real server that takes uploads and serves JSON.

use serde_json::{Value, json};

use crate::http::{self, Ask};
use crate::process::{self, Running};
use crate::scratch::Scratch;
use crate::{partners, ports};

/// The user who owns the index.
const USER: &str = "root";

/// A running devpi with one empty index.
#[derive(Debug)]
pub struct Devpi {
    _server: Running,
    _folder: Scratch,
    port: u16,
}

impl Devpi {
    /// Starts one; nothing when devpi was left out.
    ///
    /// # Panics
    /// When it does not start, or makes no index.
    pub fn start() -> Option<Self> {
        let program = partners::require("devpi")?;
        let folder = Scratch::new();
        let data = folder.join("devpi");
        let mut init = program.command();
        // The command that makes its data lies beside the server.
        let mut beside = std::process::Command::new(program.file().with_file_name("devpi-init"));
        beside.envs(init.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("HOME", folder.path());
        let ended = process::run(beside.arg("--serverdir").arg(&data).arg("--no-root-pypi"));
        assert!(ended.is_good(), "devpi-init: {}{}", ended.stdout, ended.stderr);
        let port = ports::free();
        init.arg("--serverdir").arg(&data).args(["--host", "127.0.0.1", "--port", &port.to_string(), "--offline-mode"]);
        init.env("HOME", folder.path()).current_dir(folder.path());
        let mut server = Running::start("devpi-server", &mut init);
        let url = format!("http://127.0.0.1:{port}");
        server.wait_until("answer", |_| http::is_up(&format!("{url}/+api")));
        let devpi = Self { _server: server, _folder: folder, port };
        devpi.make_index();
        Some(devpi)
    }

    fn make_index(&self) {
        let root = format!("http://127.0.0.1:{}", self.port);
        let login = Ask::post_json(&format!("{root}/+login"), &json!({"user": USER, "password": ""}))
            .header("accept", "application/json")
            .answer();
        assert_eq!(login.status, 200, "devpi: {}", login.text());
        let token = login.json().pointer("/result/password").and_then(Value::as_str).unwrap_or_default().to_owned();
        let proof = data_encoding::BASE64.encode(format!("{USER}:{token}").as_bytes());
        let index = json!({"type": "stage", "bases": [], "volatile": false, "acl_upload": [":ANONYMOUS:"]});
        let made = Ask::new("PUT", &format!("{root}/{USER}/harbour"))
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("x-devpi-auth", &proof)
            .body(index.to_string())
            .answer();
        assert!(matches!(made.status, 200 | 201), "devpi: {}", made.text());
    }

    /// The address of its simple index.
    pub fn index(&self) -> String {
        format!("http://127.0.0.1:{}/{USER}/harbour/+simple/", self.port)
    }

    /// The address of its upload form.
    pub fn upload(&self) -> String {
        format!("http://127.0.0.1:{}/{USER}/harbour/", self.port)
    }
}
