//! An instance with upstreams of its own, and the few things that happen to it in every client's story.

use serde_json::{Value, json};
use vetmoot_tests::http::{self, Ask};
use vetmoot_tests::instance::{Instance, Plan};
use vetmoot_tests::packages::{Calendar, shelf};
use vetmoot_tests::process;
use vetmoot_tests::upstream::server::Server;
use vetmoot_tests::upstream::{CargoUpstream, NpmUpstream, PypiUpstream, pypi};

/// The policy that every story begins with.
pub const POLICY: &str = "cooldown";

/// A policy under which everything passes.
pub const PASS_ALL: &str = "pass-all";

/// An instance in front of three upstreams that hold the same made-up releases.
pub struct World {
    pub cargo: CargoUpstream,
    pub pypi: PypiUpstream,
    pub npm: NpmUpstream,
    pub instance: Instance,
    pub calendar: Calendar,
}

impl World {
    pub fn start() -> Self {
        Self::on(Plan::new())
    }

    /// With a plan of one's own, to which the upstreams are added.
    pub fn on(plan: Plan) -> Self {
        let calendar = Calendar::of_the_machine();
        let cargo = CargoUpstream::start(calendar, &shelf());
        let pypi = PypiUpstream::start(calendar, &shelf());
        let npm = NpmUpstream::start(calendar, &shelf());
        let plan = plan.upstream("cargo", &cargo.url()).upstream("pypi", &pypi.url()).upstream("npm", &npm.url());
        Self { instance: plan.start(), cargo, pypi, npm, calendar }
    }

    /// The door of an ecosystem under the story's policy.
    pub fn door(&self, ecosystem: &str) -> String {
        self.instance.door(ecosystem, POLICY)
    }

    /// The name of cargo's source, as the set-up page gives it.
    pub fn source(&self) -> String {
        format!("vetmoot/{POLICY} (why: {})", self.instance.at(&format!("/why/{POLICY}")))
    }

    /// From now on the story's policy waits for 200 days: what it listed before and is younger has lapsed.
    pub fn tighten(&self) {
        let path = format!("/policies/{POLICY}.toml");
        let text = self.instance.get(&path).text();
        let strict = text.replace("minimum = \"7d\"", "minimum = \"200d\"");
        assert_ne!(text, strict, "the policy says somewhere how long it waits:\n{text}");
        let file = self.instance.write("tightened.toml", without_tests(&strict));
        self.instance.must(&["policy", "adopt", &file.display().to_string(), "--slug", POLICY]);
        // The command is a program of its own; the server notices what it did a moment later.
        process::eventually("the policy is the new one", || self.instance.get(&path).text() == without_tests(&strict));
    }

    /// From now on a release is known to be malware.
    pub fn condemn(&self, ecosystem: &str, name: &str, version: &str) {
        let world = match ecosystem {
            "cargo" => ["crates", ".io"].concat(),
            "pypi" => "PyPI".to_owned(),
            other => other.to_owned(),
        };
        let record = json!({
            "schema_version": "1.7.0", "id": "MAL-2026-4711", "modified": self.calendar.days_ago(0).to_string(),
            "published": self.calendar.days_ago(1).to_string(), "summary": "steals tokens", "details": "Found to send environment variables away.",
            "affected": [{"package": {"ecosystem": world, "name": name}, "versions": [version]}],
        });
        let file = self.instance.write("osv/MAL-2026-4711.json", record.to_string());
        self.instance.must(&["import", "osv", &file.display().to_string()]);
        let purl = format!("pkg:{ecosystem}/{name}@{version}");
        process::eventually("the release is refused", || self.instance.state(POLICY, &purl) == "refused");
    }

    /// Adopts the policy under which everything passes.
    pub fn pass_all(&self) {
        adopt_pass_all(&self.instance);
    }
}

/// Adopts the policy under which everything passes.
pub fn adopt_pass_all(instance: &Instance) {
    let text = "vetmoot-policy = 1\n\n[policy]\ntitle = \"Everything\"\nsummary = \"Lists everything, for comparisons.\"\n";
    let file = instance.write("pass-all.toml", text);
    instance.must(&["policy", "adopt", &file.display().to_string(), "--slug", PASS_ALL]);
    process::eventually("the policy is there", || instance.get(&format!("/policies/{PASS_ALL}.toml")).status == 200);
}

/// The policy without its own tests, which a changed number would rightly break.
fn without_tests(policy: &str) -> String {
    let mut keep = true;
    let lines = policy.lines().filter(|line| {
        if line.starts_with('[') {
            keep = !line.starts_with("[[test") && !line.starts_with("[test");
        }
        keep
    });
    lines.map(|line| format!("{line}\n")).collect::<Vec<_>>().concat()
}

/// The address of an artifact at the instance, found the way its client finds it.
pub fn artifact(world: &World, policy: &str, ecosystem: &str, version: &str) -> String {
    let door = world.instance.door(ecosystem, policy);
    match ecosystem {
        "cargo" => {
            let config = http::get(&format!("{door}config.json")).json();
            let dl = config.get("dl").and_then(Value::as_str).unwrap_or_default().to_owned();
            let dl = if dl.contains('{') { dl } else { format!("{dl}/{{crate}}/{{version}}/download") };
            dl.replace("{crate}", NAME)
                .replace("{version}", version)
                .replace("{prefix}", "mo/ss")
                .replace("{lowerprefix}", "mo/ss")
        }
        "pypi" => {
            let page = Ask::get(&format!("{door}{NAME}/")).header("accept", pypi::JSON).answer().json();
            let files = page.get("files").and_then(Value::as_array).cloned().unwrap_or_default();
            let name = format!("mossy_lantern-{version}-py3-none-any.whl");
            let file =
                files.iter().find(|file| file.get("filename").is_some_and(|found| found == &name)).cloned().unwrap_or_default();
            let url = file.get("url").and_then(Value::as_str).unwrap_or_default();
            if url.starts_with("http") { url.to_owned() } else { world.instance.at(url) }
        }
        _ => format!("{door}{NAME}/-/{NAME}-{version}.tgz"),
    }
}

/// The bytes upstream has for it.
pub fn upstream_bytes(world: &World, ecosystem: &str, version: &str) -> Vec<u8> {
    match ecosystem {
        "cargo" => world.cargo.file(NAME, version),
        "pypi" => world.pypi.file(&format!("mossy_lantern-{version}-py3-none-any.whl")),
        _ => world.npm.file(NAME, version),
    }
}

/// The server of an ecosystem's upstream, and the path under which it is asked for that artifact.
pub fn upstream_of<'a>(world: &'a World, ecosystem: &str, version: &str) -> (&'a Server, String) {
    match ecosystem {
        "cargo" => (&world.cargo.server, CargoUpstream::download_path(NAME, version)),
        "pypi" => (&world.pypi.server, format!("/files/mossy_lantern-{version}-py3-none-any.whl")),
        _ => (&world.npm.server, format!("/{NAME}/-/{NAME}-{version}.tgz")),
    }
}

/// The address of the package's listing at the instance.
pub fn listing(world: &World, ecosystem: &str) -> String {
    let door = world.door(ecosystem);
    match ecosystem {
        "cargo" => format!("{door}mo/ss/{NAME}"),
        "pypi" => format!("{door}{NAME}/"),
        _ => format!("{door}{NAME}"),
    }
}

/// The path of the package's listing at its upstream.
pub fn upstream_listing(ecosystem: &str) -> String {
    match ecosystem {
        "cargo" => format!("/index/mo/ss/{NAME}"),
        "pypi" => format!("/simple/{NAME}/"),
        _ => format!("/{NAME}"),
    }
}

/// The package every story is about.
pub const NAME: &str = "mossy-lantern";

/// Every ecosystem.
pub const ECOSYSTEMS: [&str; 3] = ["cargo", "pypi", "npm"];
