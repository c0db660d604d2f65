//! The one-paste set-up of each client that hands a release in: where it goes, and the command that uploads.

use super::{HandInCommand, HandInTab};

/// The clients of an ecosystem, set up for the instance at `base_url` (scheme and host, no slash at the end); `name` is
/// the package's.
pub fn hand_in_tabs(base_url: &str, ecosystem: &str, name: &str) -> Vec<HandInTab> {
    match ecosystem {
        "cargo" => vec![cargo(base_url, name)],
        "pypi" => vec![twine(base_url), uv(base_url)],
        "npm" => vec![npm(base_url, name)],
        _ => Vec::new(),
    }
}

fn cargo(base_url: &str, name: &str) -> HandInTab {
    HandInTab {
        client: "cargo".into(),
        file: ".cargo/config.toml".into(),
        snippet: format!("[registries.community]\nindex = \"sparse+{base_url}/publish/cargo/\"\n"),
        command: format!("CARGO_REGISTRIES_COMMUNITY_TOKEN=TOKEN cargo publish --registry community -p {name}"),
        also: vec![HandInCommand {
            about: "Or every crate of the workspace, in one go; for this command alone its own candidates are found".into(),
            // In a file it would hold for every build, and candidates are code that nobody read yet.
            command: "CARGO_REGISTRIES_COMMUNITY_TOKEN=TOKEN cargo publish --registry community --workspace --config \
                      'source.crates-io.replace-with=\"community\"'"
                .into(),
        }],
    }
}

fn twine(base_url: &str) -> HandInTab {
    HandInTab {
        client: "twine".into(),
        file: "~/.pypirc".into(),
        snippet: format!(
            "[distutils]\nindex-servers = community\n\n[community]\nrepository = {base_url}/publish/pypi/\nusername = __token__\n"
        ),
        command: "TWINE_PASSWORD=TOKEN twine upload --repository community --verbose dist/*".into(),
        also: Vec::new(),
    }
}

fn uv(base_url: &str) -> HandInTab {
    HandInTab {
        client: "uv".into(),
        file: "pyproject.toml".into(),
        snippet: format!(
            "[[tool.uv.index]]\nname = \"community\"\nurl = \"{base_url}/publish/pypi/simple/\"\npublish-url = \
             \"{base_url}/publish/pypi/\"\nexplicit = true\n"
        ),
        command: "UV_PUBLISH_TOKEN=TOKEN uv publish --index community".into(),
        also: Vec::new(),
    }
}

fn npm(base_url: &str, name: &str) -> HandInTab {
    let host = base_url.split_once("://").map_or(base_url, |(_, host)| host);
    let scope = name.split_once('/').map(|(scope, _)| scope).filter(|scope| scope.starts_with('@'));
    let registry = match scope {
        Some(scope) => format!("{scope}:registry={base_url}/publish/npm/\n"),
        None => format!("registry={base_url}/publish/npm/\n"),
    };
    HandInTab {
        client: "npm".into(),
        file: ".npmrc".into(),
        snippet: format!("{registry}//{host}/publish/npm/:_authToken=${{VETMOOT_TOKEN}}\n"),
        command: "VETMOOT_TOKEN=TOKEN npm publish".into(),
        also: Vec::new(),
    }
}
