//! Where the programs lie that tests talk to, and what happens when one is not there.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The words that start a partner: the program, then fixed arguments. Some partners are just a file.
#[derive(Debug, Clone)]
pub struct Partner {
    name: String,
    words: Vec<PathBuf>,
}

impl Partner {
    /// A command that starts it, with an empty environment but for `PATH`; its own folder comes first there.
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.file());
        command.args(self.words.iter().skip(1)).env_clear().env("PATH", path_with(self.file()));
        command
    }

    /// The first word: a program, a script or a folder.
    pub fn file(&self) -> &Path {
        self.words.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// One of its words; the empty path when there are not so many.
    pub fn word(&self, number: usize) -> &Path {
        self.words.get(number).map_or(Path::new(""), PathBuf::as_path)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The folder of partners: `VETMOOT_PARTNERS`, else `target/partners` in the workspace.
pub fn folder() -> PathBuf {
    env::var_os("VETMOOT_PARTNERS").map_or_else(|| root().join("target/partners"), PathBuf::from)
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map_or_else(|| here.clone(), Path::to_path_buf)
}

/// A partner by name. Nothing when the run was told to leave it out, which is printed.
///
/// # Panics
/// When it is not installed and was not left out: a test must not pass because its partner is missing.
pub fn require(name: &str) -> Option<Partner> {
    if is_left_out(name) {
        eprintln!("left out: {name}");
        return None;
    }
    let found = installed().get(name).map(|words| Partner { name: name.to_owned(), words: words.clone() });
    let found = found.filter(|partner| partner.file().exists());
    assert!(
        found.is_some(),
        "this test needs {name}, which is not installed; `cargo xtask test --install-only` installs it, \
         `cargo xtask test --without {name}` leaves its tests out"
    );
    found
}

/// Several partners at once; nothing when one of them was left out.
pub fn require_all<const N: usize>(names: [&str; N]) -> Option<[Partner; N]> {
    let found: Vec<Partner> = names.iter().filter_map(|name| require(name)).collect();
    found.try_into().ok()
}

fn is_left_out(name: &str) -> bool {
    env::var("VETMOOT_WITHOUT").is_ok_and(|list| list.split(',').any(|left| left.trim() == name))
}

fn installed() -> &'static BTreeMap<String, Vec<PathBuf>> {
    static INSTALLED: OnceLock<BTreeMap<String, Vec<PathBuf>>> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let text = std::fs::read_to_string(folder().join("partners.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    })
}

/// `PATH` with the folder of a program in front, so that it finds its own companions first.
pub(crate) fn path_with(program: &Path) -> std::ffi::OsString {
    let own = program.parent().map(Path::to_path_buf);
    let system = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    env::join_paths(own.into_iter().chain(system)).unwrap_or_default()
}
