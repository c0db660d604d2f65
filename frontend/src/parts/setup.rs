//! The one-paste set-up for each client: where it goes, how to test it, how to undo it, what to know.

use serde::Serialize;

/// Set-up of one client for one policy.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ClientTab {
    /// The command: `cargo`, `pip`, `uv`, `npm`, `pnpm`.
    pub client: String,
    /// The file the snippet goes into.
    pub file: String,
    /// What to paste.
    pub snippet: String,
    /// One line that tests it.
    pub test: String,
    /// What that line prints when all is well.
    pub expect: String,
    /// How to take it back.
    pub undo: String,
    /// What happens to the lock file.
    pub lock_file: String,
    /// What this client says when a release is withheld.
    pub withheld: String,
    /// Traps, one sentence each.
    pub traps: Vec<String>,
}

/// The set-up of every client for the policy `slug` of the instance at `base_url` (scheme and host, no slash at the end).
pub fn client_tabs(base_url: &str, slug: &str) -> Vec<ClientTab> {
    vec![cargo(base_url, slug), pip(base_url, slug), uv(base_url, slug), npm(base_url, slug), pnpm(base_url, slug)]
}

/// The name of the cargo source: the only place where cargo can show a link, so it holds one.
pub fn cargo_source_name(base_url: &str, slug: &str) -> String {
    format!("vetmoot/{slug} (why: {base_url}/why/{slug})")
}

fn cargo(base_url: &str, slug: &str) -> ClientTab {
    let source = cargo_source_name(base_url, slug);
    ClientTab {
        client: "cargo".into(),
        file: ".cargo/config.toml".into(),
        snippet: format!(
            "[source.crates-io]\nreplace-with = \"{source}\"\n\n[source.\"{source}\"]\nregistry = \
                \"sparse+{base_url}/cargo/{slug}/\"\n"
        ),
        test: "cargo update --dry-run".into(),
        expect: format!("Updating `{source}` index"),
        undo: "Delete these lines. Cargo.lock needs no change.".into(),
        lock_file: "Unchanged: Cargo.lock keeps naming the official index and the same checksums.".into(),
        withheld: "cargo has no field for a reason. It says that a version is \u{201c}yanked\u{201d}, or \
            that no matching version was found, and names the source; the link inside that name is \
            the page that explains it."
            .into(),
        traps: vec![
            "\u{201c}yanked\u{201d} means held here: nobody took the release back. A build that \
                already has it in Cargo.lock goes on as the policy says."
                .into(),
            "To publish a package that this community hands through, use the lines of its project\u{2019}s page; \
                anything else by naming the official index: cargo publish --registry crates-io."
                .into(),
        ],
    }
}

fn pip(base_url: &str, slug: &str) -> ClientTab {
    let mut traps = vec![
        "Never add --extra-index-url: pip then takes whichever index has the higher version, \
            and the policy is bypassed."
            .into(),
        "A version pinned with == is installed although it is held if the policy serves its \
            bytes; pip then prints the reason as a warning."
            .into(),
    ];
    if base_url.starts_with("http://") {
        traps.push(
            "Plain http works for pip from this machine alone; from another one it needs a trusted-host line, or better https."
                .into(),
        );
    }
    ClientTab {
        client: "pip".into(),
        file: "pip.conf of the environment ($VIRTUAL_ENV/pip.conf)".into(),
        snippet: format!("[global]\nindex-url = {base_url}/pypi/{slug}/simple/\n"),
        test: "pip download --no-deps --dest . six".into(),
        expect: format!("Looking in indexes: {base_url}/pypi/{slug}/simple/"),
        undo: "Delete the line. Nothing else was changed.".into(),
        lock_file: "None is touched; requirements with --hash keep working, because the bytes are the same.".into(),
        withheld: "Held files appear as yanked with our reason. For a refused file pip prints our short \
            reason in the line \u{201c}403 Client Error\u{201d}."
            .into(),
        traps,
    }
}

fn uv(base_url: &str, slug: &str) -> ClientTab {
    ClientTab {
        client: "uv".into(),
        file: "pyproject.toml".into(),
        snippet: format!(
            "[[tool.uv.index]]\nname = \"vetmoot-{slug}\"\nurl = \
            \"{base_url}/pypi/{slug}/simple/\"\ndefault = true\n"
        ),
        test: "uv lock --dry-run -v".into(),
        expect: format!("{base_url}/pypi/{slug}/simple/ in the lines about requests"),
        undo: "Delete these lines and run uv lock again.".into(),
        lock_file: "uv.lock stores the address of this instance for every package.".into(),
        withheld: "uv says that the version was yanked and gives our reason; asked for exactly that \
            version it prints the reason as a warning, or the short reason of a refused file."
            .into(),
        traps: vec![
            "Because uv.lock names this instance, a project that others build without it should \
                rather check its lock file here and leave uv as it is."
                .into(),
            "Do not add a second index without explicit = true: uv takes the first index that has the name.".into(),
        ],
    }
}

fn npm(base_url: &str, slug: &str) -> ClientTab {
    ClientTab {
        client: "npm".into(),
        file: ".npmrc".into(),
        snippet: format!("registry={base_url}/npm/{slug}/\nomit-lockfile-registry-resolved=true\n"),
        test: "npm view is-number dist.tarball".into(),
        expect: format!("an address that begins with {base_url}/npm/{slug}/"),
        undo: "Delete both lines.".into(),
        lock_file: "The second line keeps addresses out of package-lock.json; the integrity values stay.".into(),
        withheld: "npm steps back to the newest listed version. Asked for exactly a withheld one, it \
            prints our text after \u{201c}npm error\u{201d}."
            .into(),
        traps: vec![
            "A scope with its own registry line (@scope:registry=) does not pass through here.".into(),
            "A lock file written before names other addresses; delete its \u{201c}resolved\u{201d} \
                lines once, or those files come from there."
                .into(),
        ],
    }
}

fn pnpm(base_url: &str, slug: &str) -> ClientTab {
    ClientTab {
        client: "pnpm".into(),
        file: ".npmrc".into(),
        snippet: format!("registry={base_url}/npm/{slug}/\n"),
        test: "pnpm view is-number dist.tarball".into(),
        expect: format!("an address that begins with {base_url}/npm/{slug}/"),
        undo: "Delete the line.".into(),
        lock_file: "pnpm-lock.yaml writes no host, so it stays as it is.".into(),
        withheld: "pnpm says that no matching version was found and lists those it sees; asked for \
            exactly a withheld one, it prints our text."
            .into(),
        traps: vec!["A scope with its own registry line (@scope:registry=) does not pass through here.".into()],
    }
}
