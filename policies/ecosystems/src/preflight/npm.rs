//! What npm's official index refuses in a package's manifest, and what whoever installs it should know.

use serde_json::{Map, Value};

use super::cargo::repository_missing;
use super::{Notice, Upload, cut, licence, npm_said};
use crate::archive::FileFact;

const PLACE: &str = "package.json";
/// The scripts npm runs when it installs a package from an index.
pub(super) const INSTALLS: [&str; 3] = ["preinstall", "install", "postinstall"];
/// Fields by which a package asks for others when it is used.
const DEPENDENCIES: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];
/// Names of node's own modules, which a package cannot take over.
const BUILT_IN: [&str; 42] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// What is wrong with a package's manifest; that it can be read was noticed before.
pub(super) fn check(upload: &Upload<'_>, content: &[u8], files: &[FileFact]) -> Vec<Notice> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let Ok(Value::Object(manifest)) = serde_json::from_slice::<Value>(content) else { return Vec::new() };
    let text = |key: &str| manifest.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let mut notices = Vec::new();
    notices.extend(name(upload));
    if upload.to_official && upload.version.as_str().contains('+') {
        let text = format!("The official index drops what stands behind the `+` of `{}`", upload.version);
        notices.push(Notice::error("local-version", text, "publish a version without `+`"));
    }
    if manifest.get("private").is_some_and(|private| *private == Value::Bool(true) || private == "true") {
        let fix = "remove `private` if it is to be published";
        notices.push(Notice::error("private-package", "The manifest says that the package is private", fix));
    }
    notices.extend(licences(upload, &manifest));
    if text("description").is_none() {
        let fix = "describe the package in a sentence (`description` in package.json)";
        notices.push(Notice::warning("description-missing", "The package has no description", fix));
    }
    if manifest.get("repository").is_none_or(Value::is_null) {
        notices.push(repository_missing());
    }
    notices.extend(scripts(&manifest, files));
    notices.extend(asked_for(&manifest));
    notices.extend(npm_said::check(upload, &manifest, files));
    notices.extend(shrinkwrap(files));
    let mut notices: Vec<Notice> = notices.into_iter().map(|notice| notice.at(PLACE)).collect();
    notices.extend(bundled(files));
    notices
}

/// What a new name may be (validate-npm-package-name): stricter than what old packages are called.
fn name(upload: &Upload<'_>) -> Vec<Notice> {
    let name = upload.package.name().as_str();
    let bare = name.rsplit('/').next().unwrap_or(name);
    let mut wrong = Vec::new();
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        wrong.push("it has capital letters");
    }
    if bare.contains(['~', '\'', '!', '(', ')', '*']) {
        wrong.push("it has one of ~ ' ! ( ) *");
    }
    if BUILT_IN.iter().any(|module| name.eq_ignore_ascii_case(module)) {
        wrong.push("a module of node itself is called so");
    }
    let notice = |why: &str| {
        let text = format!("`{}` can be no new name on the official index: {why}", cut(name));
        // Old packages keep such names, and get new versions under them.
        let is_refused = upload.to_official && !upload.is_known;
        Notice::weighed(is_refused, "name-rules", text, "choose another name, unless the package is there already")
    };
    wrong.into_iter().map(notice).collect()
}

fn licences(upload: &Upload<'_>, manifest: &Map<String, Value>) -> Option<Notice> {
    let written = manifest.get("license").or_else(|| manifest.get("licenses").and_then(|list| list.get(0)));
    let written = written.and_then(|value| value.as_str().or_else(|| value.get("type").and_then(Value::as_str)));
    // npm's own words for what has no identifier.
    if written.is_some_and(|text| text == "UNLICENSED" || text.starts_with("SEE LICENSE IN ")) {
        return None;
    }
    licence::check(upload, written, false, licence::Rule::Any)
}

fn scripts(manifest: &Map<String, Value>, files: &[FileFact]) -> Option<Notice> {
    let scripts = manifest.get("scripts").and_then(Value::as_object);
    let named: Vec<&str> =
        INSTALLS.iter().copied().filter(|name| scripts.is_some_and(|scripts| scripts.contains_key(*name))).collect();
    let builds = files.iter().any(|file| file.path == "binding.gyp") && manifest.get("gypfile") != Some(&Value::Bool(false));
    let what = match (named.is_empty(), builds) {
        (false, _) => format!("`{}`", named.join("`, `")),
        (true, true) => "`node-gyp rebuild`, since there is a binding.gyp".to_owned(),
        (true, false) => return None,
    };
    let text = format!("Installing the package runs {what} on every machine");
    Some(Notice::warning("install-scripts", text, "do without if you can; reviewers have to read what it runs"))
}

/// Dependencies that nobody else could resolve, or that nobody vets.
fn asked_for(manifest: &Map<String, Value>) -> Vec<Notice> {
    let mut notices = Vec::new();
    for field in DEPENDENCIES {
        for (name, wanted) in manifest.get(field).and_then(Value::as_object).into_iter().flatten() {
            let (name, wanted) = (cut(name), wanted.as_str().unwrap_or_default().trim());
            let begins = |begins: &[&str]| begins.iter().any(|text| wanted.starts_with(text));
            if begins(&["workspace:", "file:", "link:", "portal:", "catalog:"]) || begins(&["./", "../", "/", "~/"]) {
                let text = format!("{name} is asked for as `{}`, which works on your machine alone", cut(wanted));
                notices.push(Notice::error("dependency-without-version", text, "ask for a released version of it"));
            } else if begins(&["git+", "git:", "git@", "github:", "gitlab:", "bitbucket:", "gist:", "http:", "https:"]) {
                // The address may hold a password.
                let text = format!("{name} is asked for from an address of its own, which no policy covers");
                notices.push(Notice::warning("direct-dependency", text, "ask for a released version of it"));
            } else if matches!(wanted, "*" | "" | "x" | "latest") && field != "peerDependencies" {
                let text = format!("Any version of {name} is taken, the next broken or hostile one too");
                notices.push(Notice::warning("wildcard-version", text, "name the versions it works with"));
            }
        }
    }
    notices
}

fn bundled(files: &[FileFact]) -> Option<Notice> {
    let inside = |file: &&FileFact| file.path.split('/').any(|part| part == "node_modules");
    let first = files.iter().find(inside)?;
    let count = files.iter().filter(inside).count();
    let text = format!("{count} files of other packages are bundled in node_modules, where no policy sees them");
    Some(Notice::warning("bundled-modules", text, "depend on the packages in place of bundling them").at(&first.path))
}

/// A lock file that npm follows for the packages below this one, whatever addresses it names.
fn shrinkwrap(files: &[FileFact]) -> Option<Notice> {
    files.iter().any(|file| file.path == npm_said::SHRINKWRAP).then(|| {
        let text = "npm-shrinkwrap.json says which files are installed below this package, from whatever addresses it names";
        Notice::warning("shrinkwrap", text, "leave it out of packages that others depend on; reviewers have to read it")
    })
}
