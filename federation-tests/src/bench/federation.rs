//! Federation under load: what the inbox takes, how fast one activity reaches a thousand servers, how long a back-fill takes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::sign::{Signer, Verifier};
use serde_json::json;
use vetmoot_storage::federation::{following, peer_evidence};
use vetmoot_storage::{Store, StoreConfig};

use super::limits::{
    BACK_FILL, BACK_FILLED, CONNECTIONS, FAN_OUT, FANS, INBOX_MESSAGES, INBOX_P95, INBOX_RATE, PEAK_BYTES, QUEUED, READY,
};
use super::row::{megabytes, percent, time};
use super::stage::memory;
use super::{Measured, Row, Stage};
use crate::fediverse::crowd::{Crowd, Message};
use crate::instance::{Instance, Plan};
use crate::packages::{Calendar, Release};
use crate::process;
use crate::upstream::CargoUpstream;

/// Packages and versions of each that are audited.
const PACKAGES: usize = 100;

fn start(index: &CargoUpstream) -> Instance {
    Plan::new().federated().upstream("cargo", &index.url()).start()
}

/// An index with what [`audit`] names up to a number.
fn index(audits: usize) -> CargoUpstream {
    let versions = audits.div_ceil(PACKAGES);
    let releases = (0..PACKAGES).flat_map(|package| {
        (0..versions).map(move |minor| Release::new(&format!("made-up-{package}"), &format!("1.{minor}.0"), 20))
    });
    CargoUpstream::start(Calendar::of_the_machine(), &releases.collect::<Vec<_>>())
}

fn address(instance: &Instance) -> anyhow::Result<SocketAddr> {
    instance.url().trim_start_matches("http://").parse().context("an instance has an address")
}

fn peak(instance: &Instance) -> anyhow::Result<Row> {
    let bytes = memory(instance.id(), "VmHWM")?;
    Ok(Row::new("most memory during that", &megabytes(bytes), &format!("< {}", megabytes(PEAK_BYTES)), bytes < PEAK_BYTES))
}

/// Signed messages of known actors, verified and durably taken in.
pub fn inbox(_stage: &mut Stage) -> Measured {
    let index = CargoUpstream::start(Calendar::of_the_machine(), &[]);
    let instance = start(&index);
    let crowd = Crowd::start();
    let (to, inbox) = (address(&instance)?, format!("{}/inbox", instance.origin()));
    let community = format!("{}/community", instance.origin());
    let now = Calendar::of_the_machine().days_ago(0);
    let known = INBOX_MESSAGES / 50;
    crowd.follow_all(known, to, &inbox, &community, now);
    let messages = (0..INBOX_MESSAGES).map(|number| {
        let who = number % known;
        let like = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "type": "Like",
            "id": format!("{}/likes/{number}", crowd.origin(who)), "actor": crowd.actor(who), "object": community,
        });
        let (fields, body) = crowd.signed(who, &inbox, &like, now);
        Message::new(&inbox, &fields, body)
    });
    let messages: Vec<Message> = messages.collect();
    let begin = Instant::now();
    let answers = crowd.post_all(to, messages, CONNECTIONS);
    let took = begin.elapsed();
    let refused = answers.iter().filter(|(status, _)| *status != 202).count();
    ensure!(refused == 0, "{refused} of {INBOX_MESSAGES} messages were not taken");
    let mut times: Vec<u64> = answers.iter().map(|(_, micros)| *micros).collect();
    times.sort_unstable();
    let at = times.len() * 95 / 100;
    let p95 = Duration::from_micros(times.get(at).copied().unwrap_or_default());
    let rate = f64::from(u32::try_from(INBOX_MESSAGES)?) / took.as_secs_f64();
    let (_, verify) = rsa()?;
    let beside =
        format!("{CONNECTIONS} connections, clients on the same cores; RSA alone verifies {:.0}/s on one core", 1.0 / verify);
    Ok(vec![
        Row::new(
            "inbox: verified and committed, SQLite",
            &format!("{rate:.0}/s"),
            &format!(">= {INBOX_RATE:.0}/s"),
            rate >= INBOX_RATE,
        )
        .beside(beside),
        Row::below("inbox: p95 of an answer", p95, INBOX_P95),
        peak(&instance)?,
    ])
}

/// One activity to as many inboxes of as many hosts, with connections that are open already.
pub fn fan_out(_stage: &mut Stage) -> Measured {
    let index = index(2 + QUEUED / FANS);
    let mut instance = start(&index);
    let crowd = Crowd::start();
    let token = instance.token("ada", &["auditor"], &["audit"]);
    let (to, inbox) = (address(&instance)?, format!("{}/inbox", instance.origin()));
    crowd.follow_all(FANS, to, &inbox, &format!("{}/users/ada", instance.origin()), Calendar::of_the_machine().days_ago(0));
    process::eventually("every follow is answered", || crowd.messages() >= FANS as u64);
    let mut rows = Vec::new();
    for (number, what) in
        ["one activity to 1,000 hosts, http, first", "one activity to 1,000 hosts, http, warm"].iter().enumerate()
    {
        let (before, cpu) = (crowd.messages(), cpu(instance.id())?);
        let begin = Instant::now();
        post_audit(&instance, &token, number);
        process::eventually("everybody was told", || crowd.messages() >= before + FANS as u64);
        let took = crowd.last_message().duration_since(begin);
        let used = self::cpu(instance.id())?.saturating_sub(cpu);
        let (sign, _) = rsa()?;
        let share = sign * f64::from(u32::try_from(FANS)?) / used.as_secs_f64();
        let beside = format!("{} of CPU time; RSA signing {} of it; receivers on the same cores", time(used), percent(share));
        let row = if number == 0 { Row::told(what, &time(took)) } else { Row::below(what, took, FAN_OUT) };
        rows.push(row.beside(beside));
        if number == 1 {
            rows.push(Row::share("RSA signing, share of that CPU time", share, 0.6));
        }
    }
    rows.push(peak(&instance)?);
    rows.push(encrypted()?);
    rows.push(restart(&mut instance, &crowd, &token)?);
    Ok(rows)
}

/// One activity to as many hosts over https, right after a restart: every connection is new.
fn encrypted() -> anyhow::Result<Row> {
    let index = index(1);
    let (crowd, root) = Crowd::start_encrypted(FANS);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("root.pem");
    std::fs::write(&path, root)?;
    let plan = Plan::new().federated().upstream("cargo", &index.url());
    let mut instance = plan.env("VETMOOT__OUTBOUND__EXTRA_ROOT", &path.display().to_string()).start();
    let token = instance.token("ada", &["auditor"], &["audit"]);
    let (to, inbox) = (address(&instance)?, format!("{}/inbox", instance.origin()));
    crowd.follow_all(FANS, to, &inbox, &format!("{}/users/ada", instance.origin()), Calendar::of_the_machine().days_ago(0));
    process::eventually("every follow is answered", || crowd.messages() >= FANS as u64);
    instance.kill();
    instance.restart();
    let (before, cpu) = (crowd.messages(), cpu(instance.id())?);
    let begin = Instant::now();
    post_audit(&instance, &token, 0);
    process::eventually("everybody was told", || crowd.messages() >= before + FANS as u64);
    let took = crowd.last_message().duration_since(begin);
    let used = self::cpu(instance.id())?.saturating_sub(cpu);
    let beside = format!("{} of CPU time, a handshake for each host; receivers on the same cores", time(used));
    Ok(Row::told("one activity to 1,000 hosts, https, cold", &time(took)).beside(beside))
}

/// A restart with many deliveries waiting: nobody takes anything while they are made.
fn restart(instance: &mut Instance, crowd: &Crowd, token: &str) -> anyhow::Result<Row> {
    crowd.refuses(true);
    for number in 2..2 + QUEUED / FANS {
        post_audit(instance, token, number);
    }
    let database = instance.data();
    let waiting = |count: &dyn Fn(u64) -> bool| -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let store = runtime.block_on(Store::open(&StoreConfig::data_dir(&database)))?;
        let waits =
            || runtime.block_on(vetmoot_storage::federation::deliveries::waiting_count(&store.read())).unwrap_or_default();
        process::eventually("all of it is queued", || count(waits()));
        Ok(())
    };
    waiting(&|queued| queued >= QUEUED as u64)?;
    instance.kill();
    let begin = Instant::now();
    instance.restart();
    let what = format!("restart with {QUEUED} deliveries queued, until ready");
    Ok(Row::below(&what, begin.elapsed(), READY).beside("looked at every 25 ms"))
}

/// The statements of a community that has many, read through its log after a follow.
pub fn back_fill(_stage: &mut Stage) -> Measured {
    let index = index(BACK_FILLED);
    let (alpha, beta) = (start(&index), start(&index));
    let token = alpha.token("ada", &["auditor"], &["audit"]);
    let crowd = Crowd::start();
    let url = format!("{}/api/v1/audits", alpha.url());
    let fields = vec![("authorization", format!("Bearer {token}")), ("content-type", "application/json".to_owned())];
    let audits = (0..BACK_FILLED).map(|number| Message::new(&url, &fields, audit(number).to_string().into_bytes()));
    let made = crowd.post_all(address(&alpha)?, audits.collect(), 4);
    let failed = made.iter().filter(|(status, _)| *status != 201).count();
    ensure!(failed == 0, "{failed} of {BACK_FILLED} audits were not recorded");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let store = runtime.block_on(Store::open(&StoreConfig::data_dir(&beta.data())))?;
    let begin = Instant::now();
    beta.must(&["federation", "follow", &format!("@community@{}", alpha.host())]);
    process::eventually("everything is there", || {
        let reads = store.read();
        let source = runtime.block_on(following::all(&reads)).ok().and_then(|all| all.first().map(|row| row.source_id));
        let counted = source.and_then(|source| runtime.block_on(peer_evidence::count(&reads, source)).ok());
        counted.is_some_and(|(_, evidence)| evidence >= BACK_FILLED as u64)
    });
    let what = format!("{BACK_FILLED} back-filled audits, follow included");
    let took = begin.elapsed();
    Ok(vec![Row::below(&what, took, BACK_FILL).beside("both instances on the same cores"), peak(&beta)?])
}

fn audit(number: usize) -> serde_json::Value {
    let release = format!("pkg:cargo/made-up-{}@1.{}.0", number % PACKAGES, number / PACKAGES);
    json!({"kind": "full", "release": release, "criteria": ["safe-to-deploy"], "depth": "read"})
}

fn post_audit(instance: &Instance, token: &str, number: usize) {
    let made = instance.post("/api/v1/audits", token, &audit(number));
    assert_eq!(made.status, 201, "{}", made.text());
}

/// Seconds for one RSA-2048 signature and for its verification, on one core.
fn rsa() -> anyhow::Result<(f64, f64)> {
    const TIMES: u32 = 500;
    let key = PKey::from_rsa(Rsa::generate(2048)?)?;
    let begin = Instant::now();
    let mut signature = Vec::new();
    for _ in 0..TIMES {
        signature = Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(b"a message")?;
    }
    let sign = begin.elapsed().as_secs_f64() / f64::from(TIMES);
    let begin = Instant::now();
    for _ in 0..TIMES {
        ensure!(Verifier::new(MessageDigest::sha256(), &key)?.verify_oneshot(&signature, b"a message")?, "openssl verifies");
    }
    Ok((sign, begin.elapsed().as_secs_f64() / f64::from(TIMES)))
}

/// CPU time a process used so far (`/proc/PID/stat`, in ticks of 10 ms).
fn cpu(process: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
    Ok(Duration::from_millis((ticks(11) + ticks(12)) * 10))
}
