//! A PostgreSQL server to throw away: the one `VETMOOT_POSTGRES_URL` names, or one of our own that ends with the tests.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// The URL of the server with the path of a database left out, or why there is none.
static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();

struct Server {
    url: String,
    /// Holding its input open keeps the server; when this process ends, however it does, the input closes and it goes.
    _keeper: Option<Child>,
}

/// Starts a server in a folder of its own on a socket, says where, and cleans up when its input closes.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
bin="$1"
dir=$(mktemp -d "${TMPDIR:-/tmp}/vetmoot-postgres.XXXXXX") || exit 1
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir" || exit 1
    as() { runuser -u postgres -- "$@"; }
fi
as "$bin"initdb -D "$dir/data" -A trust -U vetmoot -E UTF8 --no-locale --no-sync </dev/null >/dev/null || exit 1
as "$bin"pg_ctl -D "$dir/data" -w -l "$dir/log" -o "-k $dir -p 5432 -c listen_addresses= -c fsync=off \
    -c full_page_writes=off -c max_connections=200" start </dev/null >/dev/null || exit 1
echo "$dir"
cat >/dev/null
as "$bin"pg_ctl -D "$dir/data" -m immediate -w stop </dev/null >/dev/null 2>&1
rm -rf "$dir"
"#;

fn start() -> Result<Server, String> {
    if let Ok(url) = std::env::var("VETMOOT_POSTGRES_URL") {
        let (server, _database) = url.rsplit_once('/').ok_or("VETMOOT_POSTGRES_URL has no database in its path")?;
        return Ok(Server { url: server.to_owned(), _keeper: None });
    }
    let bin = Command::new("pg_config").arg("--bindir").output().ok().filter(|found| found.status.success());
    let bin = bin.map_or_else(String::new, |found| format!("{}/", String::from_utf8_lossy(&found.stdout).trim()));
    let keeper = Command::new("sh").args(["-c", SCRIPT, "sh", &bin]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut keeper = keeper.map_err(|error| error.to_string())?;
    let mut dir = String::new();
    let out = keeper.stdout.take().ok_or("no output")?;
    BufReader::new(out).read_line(&mut dir).map_err(|error| error.to_string())?;
    let dir = dir.trim();
    if dir.is_empty() {
        return Err("no PostgreSQL server could be started".to_owned());
    }
    Ok(Server { url: format!("postgres://vetmoot@{}:5432", dir.replace('/', "%2F")), _keeper: Some(keeper) })
}

/// The server's URL without a database; none when the tests are to do without PostgreSQL.
pub fn url() -> Option<&'static str> {
    if std::env::var("VETMOOT_WITHOUT").is_ok_and(|without| without.contains("postgresql")) {
        eprintln!("VETMOOT_WITHOUT says postgresql: this test did not run on it");
        return None;
    }
    match SERVER.get_or_init(start) {
        Ok(server) => Some(&server.url),
        Err(why) => panic!(
            "{why}; install PostgreSQL's server (initdb, pg_ctl), name one in VETMOOT_POSTGRES_URL=postgres://USER@HOST/DATABASE, \
             or do without it: VETMOOT_WITHOUT=postgresql"
        ),
    }
}
