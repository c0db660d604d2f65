//! What pages say of other servers: handles, the object behind a page, states in the words of the templates.

use vetmoot_domain::handle::PackageHandle;
use vetmoot_domain::{Package, Role};
use vetmoot_frontend::parts::{FollowState, ForkRow, PeerState};
use vetmoot_frontend::{Alternate, Preview, Shell};
use vetmoot_workflows::follow::fork::ForkSeen;
use vetmoot_workflows::{Ctx, Problem, follow};

use super::moment::when;
use super::visit::Visit;
use crate::limits::SUMMARY_CHARS_MAX;

/// Where admins decide about a log that contradicts itself.
pub const FORKS: &str = "/peers/forks";

/// The one content type of objects (ActivityPub section 3.2).
const ACTIVITY: &str = "application/activity+json";

/// A handle with the host: `@ada@vet.example`; none on a trial.
pub fn handle(ctx: &Ctx, name: &str) -> Option<String> {
    ctx.domain.as_ref().map(|domain| format!("@{name}@{domain}"))
}

/// The handle of a package; none on a trial.
pub fn package_handle(ctx: &Ctx, package: &Package) -> Option<String> {
    handle(ctx, PackageHandle::of(package).as_str())
}

/// Says that the page is an object too, at the same address or at another one; nothing on a trial.
pub fn also_object(visit: &Visit, shell: &mut Shell, path: &str) {
    if visit.ctx.domain.is_some() {
        shell.alternates.push(Alternate {
            href: visit.ctx.base_url.join(path),
            media_type: ACTIVITY.to_owned(),
            title: "The same for other servers".to_owned(),
        });
    }
}

/// Puts the picture for previews on the page.
pub fn preview(shell: &mut Shell, path: String, alt: &str) {
    shell.preview = Some(Preview { href: path, alt: alt.to_owned() });
}

/// The state of a server by its word in rows: `ok`, `slow`, `dead`, `blocked`.
pub fn peer_state(word: &str) -> PeerState {
    match word {
        "slow" => PeerState::Slow,
        "dead" => PeerState::Dead,
        "blocked" => PeerState::Blocked,
        _ => PeerState::Ok,
    }
}

/// The state of a following by its word in rows.
pub fn follow_state(word: &str) -> FollowState {
    match word {
        "accepted" => FollowState::Accepted,
        "rejected" => FollowState::Rejected,
        "ended" => FollowState::Ended,
        _ => FollowState::Requested,
    }
}

/// Whether an address of others may become a link.
pub fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

/// The host of an address or origin, with its port if unusual.
pub fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// What an actor says of itself, as plain text of one paragraph: tags are left out, the few entities of text are read.
pub fn summary(document: &serde_json::Value) -> Option<String> {
    let html = document.get("summary")?.as_str()?;
    let mut text = String::new();
    let mut inside = false;
    for letter in html.chars().take(SUMMARY_CHARS_MAX) {
        match letter {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            _ if inside => {}
            _ => text.push(letter),
        }
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    let plain = entities.iter().fold(text, |text, (entity, letter)| text.replace(entity, letter));
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    (!plain.is_empty()).then_some(plain)
}

/// Logs that contradict themselves and about which nobody has decided, of one log or of all; admins may decide.
pub async fn forks(visit: &Visit, log: Option<i64>) -> Result<Vec<ForkRow>, Problem> {
    let all = follow::fork::forks(&visit.ctx).await?;
    let open = all.into_iter().filter(|fork| fork.seen_by_admin_at.is_none() && log.is_none_or(|log| fork.log_id == log));
    let row = |fork: ForkSeen| ForkRow {
        id: fork.id.to_string(),
        log: fork.origin,
        size: fork.size,
        seen: when(visit.now, fork.seen_at),
        known: fork.known_note,
        contradicts: fork.note,
        decide_action: visit.has(&[Role::Admin]).then(|| FORKS.to_owned()),
    };
    Ok(open.map(row).collect())
}
