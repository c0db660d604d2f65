//! Through a fresh instance from the official indexes; run by `cargo xtask live`, never by default.

use vetmoot_tests::clients::{Said, cargo, npm, pip, uv};
use vetmoot_tests::instance::{Instance, Plan};

const CRATES: [&str; 30] = [
    "anyhow",
    "bitflags",
    "bytes",
    "cfg-if",
    "clap",
    "either",
    "fnv",
    "futures-util",
    "hashbrown",
    "hex",
    "http",
    "indexmap",
    "itoa",
    "libc",
    "log",
    "memchr",
    "once_cell",
    "percent-encoding",
    "rand",
    "regex",
    "semver",
    "serde",
    "serde_json",
    "sha2",
    "smallvec",
    "syn",
    "thiserror",
    "toml",
    "url",
    "uuid",
];

fn instance() -> Instance {
    let mut plan = Plan::new().official();
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"] {
        if let Ok(value) = std::env::var(name) {
            plan = plan.env(name, &value);
        }
    }
    plan.start()
}

fn say(what: &str, said: &Said) {
    println!("{what}: {}", if said.is_good() { "works" } else { "fails" });
}

/// How many files each source dated, as the instance counts them.
fn print_dating(instance: &Instance, ecosystem: &str, packages: &[&str]) {
    let mut sources = std::collections::BTreeMap::<String, usize>::new();
    for package in packages {
        let known = instance.get(&format!("/api/v1/packages/pkg:{ecosystem}/{package}")).json();
        for file in known.get("files").and_then(serde_json::Value::as_array).into_iter().flatten() {
            let source = file.get("dated_by").and_then(serde_json::Value::as_str);
            *sources.entry(source.unwrap_or("nobody: present at first sight").to_owned()).or_default() += 1;
        }
    }
    assert!(!sources.is_empty(), "{ecosystem}: no file is known");
    println!("{ecosystem}: files dated by {sources:?}");
}

#[test]
#[ignore = "goes to the official index: cargo xtask live"]
fn live_cargo_fetches_thirty_dependencies_with_the_digests_of_the_official_index() {
    let instance = instance();
    let wishes: Vec<(&str, &str)> = CRATES.iter().map(|name| (*name, "*")).collect();
    let source = format!("vetmoot/cooldown (why: {})", instance.at("/why/cooldown"));
    let project = cargo::project(&source, &instance.door("cargo", "cooldown"), &wishes);
    say("cargo fetch", &project.run(&["fetch"]).good());
    print_dating(&instance, "cargo", &CRATES);
    // The same lock file straight from the official index: cargo compares every digest.
    project.remove(".cargo");
    let mut direct = project.with_the_machines_network();
    direct.forget_everything_kept();
    say("cargo fetch --locked, directly", &direct.run(&["fetch", "--locked"]).good());
}

#[test]
#[ignore = "goes to the official index: cargo xtask live"]
fn live_pip_and_uv_get_requests_and_numpy_with_the_digests_of_the_official_index() {
    let instance = instance();
    let index = instance.door("pypi", "cooldown");
    let Some(project) = pip::project(&index) else { return };
    say("pip download", &project.run(&["download", "--dest", "files", "requests", "numpy"]).good());
    let names = project.files("files");
    let digests: Vec<String> = names.iter().map(|name| project.digest(&format!("files/{name}"))).collect();
    assert!(names.len() > 5, "{names:?}");
    print_dating(&instance, "pypi", &["requests", "numpy", "idna", "certifi", "urllib3", "charset-normalizer"]);
    let wishes: Vec<String> = names.iter().map(|name| pinned(name)).collect();
    let mut direct = project.with_the_machines_network();
    direct.forget_everything_kept();
    let mut args = vec!["download", "--no-deps", "--dest", "direct"];
    args.extend(wishes.iter().map(String::as_str));
    say("pip download, directly", &direct.run(&args).good());
    let again: Vec<String> = names.iter().map(|name| direct.digest(&format!("direct/{name}"))).collect();
    assert_eq!(again, digests);
    if let Some(project) = uv::project(&index, &[]) {
        say("uv pip install", &uv::install(&project, &["requests", "numpy"]).good());
    }
}

#[test]
#[ignore = "goes to the official index: cargo xtask live"]
fn live_npm_installs_express_with_the_digests_of_the_official_registry() {
    let instance = instance();
    let Some(project) = npm::project(&instance.door("npm", "cooldown")) else { return };
    say("npm install", &project.run(&["install", "express", "--omit-lockfile-registry-resolved"]).good());
    print_dating(&instance, "npm", &["express", "send", "debug"]);
    // The same lock file straight from the official registry: npm compares every integrity.
    project.remove(".npmrc");
    project.remove("node_modules");
    let mut direct = project.with_the_machines_network();
    direct.forget_everything_kept();
    say("npm ci, directly", &direct.run(&["ci"]).good());
}

/// `requests-2.32.0-py3-none-any.whl` as `requests==2.32.0`.
fn pinned(file: &str) -> String {
    let mut parts = file.split('-');
    let (name, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{}=={}", name.replace('_', "-"), version.trim_end_matches(".tar.gz"))
}
