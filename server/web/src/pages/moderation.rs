//! `/moderation`: with whom this community speaks, who is blocked and why; stewards and admins decide here.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::Role;
use vetmoot_frontend::pages::moderation::{ModeForm, Moderation as Page, ModerationAction, ModerationForms, ModerationRow};
use vetmoot_frontend::parts::{Link, Tone};
use vetmoot_workflows::Problem;
use vetmoot_workflows::moderation::{self, Decided, Mode, Public, Shown, Verdict};

use super::fields::{Fields, Wrong};
use super::links::query;
use super::moment::{counted, when};
use super::visit::{Visit, notice, see_other};

/// Where the page is, and where its forms go.
const PATH: &str = "/moderation";
const MODE_PATH: &str = "/moderation/mode";
/// Those who decide about servers and actors.
const MODERATORS: [Role; 2] = [Role::Steward, Role::Admin];

const VERDICTS: [(&str, &str, &str); 3] = [
    ("block", "Block", "nothing comes from there or goes there, its followers are taken away and its audits stop counting"),
    ("allow", "Allow", "counts where only allowed servers take part"),
    ("undo", "Take a decision back", "whoever was unfollowed by it stays so"),
];
const MODES: [(&str, &str, &str); 3] = [
    ("block-list", "Everybody who is not blocked", "the usual"),
    ("allow-list", "Only those who are allowed", "for a closed circle"),
    ("open", "Everybody", "blocks are kept and not looked at"),
];

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource(PATH).route(super::reads().to(page)).route(web::post().to(decide)))
        .route(MODE_PATH, web::post().to(set_mode));
}

async fn page(visit: Visit, request: HttpRequest) -> HttpResponse {
    let asked = Fields::of_query(request.query_string());
    let page = show(&visit, &asked, &Wrong::default(), &Wrong::default()).await;
    visit.answer(page)
}

async fn decide(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = take(&visit, &fields).await;
    visit.answer(page)
}

async fn set_mode(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = take_mode(&visit, &fields).await;
    visit.answer(page)
}

async fn take(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = visit.required_role(&MODERATORS, "stewards and admins")?;
    let (subject, reason) = (fields.text("subject"), fields.text("reason"));
    let done = match fields.text("verdict") {
        "undo" => moderation::undo(&visit.ctx, member, subject, reason).await,
        "allow" => moderation::decide(&visit.ctx, member, subject, Verdict::Allow, reason).await,
        "block" => moderation::decide(&visit.ctx, member, subject, Verdict::Block, reason).await,
        _ => Err(Problem::invalid("no-verdict", "verdict", "choose whether to block, to allow, or to take a decision back")),
    };
    match done {
        Ok(done) => Ok(see_other(&format!("{PATH}?done={}", query(&what_followed(&done))))),
        Err(problem) => {
            let mut wrong = Wrong::default();
            wrong.take(missing_is_wrong(problem), str::to_owned)?;
            show(visit, fields, &wrong, &Wrong::default()).await
        }
    }
}

/// A decision that is not there to be taken back can be mended in the form.
fn missing_is_wrong(problem: Problem) -> Problem {
    match problem.code {
        "no-such-decision" => Problem::invalid(problem.code, "subject", problem.text),
        _ => problem,
    }
}

async fn take_mode(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = visit.required_role(&[Role::Admin], "admins")?;
    let mode: Result<Mode, _> = fields.text("mode").parse();
    let done = match mode {
        Ok(mode) => moderation::set_mode(&visit.ctx, member, mode, fields.text("mode_reason")).await,
        Err(error) => Err(Problem::invalid("no-mode", "mode", error.to_string())),
    };
    match done {
        Ok(done) => Ok(see_other(&format!("{PATH}?done={}", query(&what_followed(&done))))),
        Err(problem) => {
            let mut wrong = Wrong::default();
            wrong.take(problem, |field| if field == "reason" { "mode_reason".to_owned() } else { field.to_owned() })?;
            show(visit, fields, &Wrong::default(), &wrong).await
        }
    }
}

/// What followed from a decision, as numbers in an address; words are made of them on the page.
fn what_followed(done: &Decided) -> String {
    format!("{}-{}-{}-{}", done.unfollowed, done.statements, done.followers, done.deliveries)
}

fn in_words(numbers: &str) -> Option<String> {
    let mut numbers = numbers.split('-').map(str::parse::<usize>);
    let mut next = || numbers.next()?.ok();
    let (unfollowed, statements, followers, deliveries) = (next()?, next()?, next()?, next()?);
    let parts: Vec<String> = [
        (unfollowed > 0).then(|| format!("{} followed no longer", counted_is(unfollowed, "community is", "communities are"))),
        (statements > 0).then(|| format!("{} no longer", counted_is(statements, "statement counts", "statements count"))),
        (followers > 0).then(|| format!("{} taken away", counted_is(followers, "follower was", "followers were"))),
        (deliveries > 0).then(|| format!("{} given up", counted_is(deliveries, "delivery was", "deliveries were"))),
    ]
    .into_iter()
    .flatten()
    .collect();
    Some(if parts.is_empty() {
        "It is in force; nothing else changed.".to_owned()
    } else {
        format!("It is in force: {}.", parts.join(", "))
    })
}

fn counted_is(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", super::moment::number(count), if count == 1 { one } else { many })
}

async fn show(visit: &Visit, fields: &Fields, wrong: &Wrong, mode_wrong: &Wrong) -> Result<HttpResponse, Problem> {
    let public = moderation::public(&visit.ctx).await?;
    let page = Page {
        sentence: sentence(&public),
        notice: in_words(fields.text("done")).map(|text| notice(Tone::Done, text)),
        actions: public.history.iter().map(|shown| action(visit, shown)).collect(),
        forms: visit.has(&MODERATORS).then(|| forms(visit, fields, wrong, mode_wrong, public.mode)),
        rows: public.decisions.into_iter().map(|row| decision(visit, row)).collect(),
    };
    let shell = visit.shell("Moderation", vec![Link::new("Peers", "/peers"), Link::plain("Moderation")]);
    let good = wrong.is_empty() && mode_wrong.is_empty();
    visit.page_with(if good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &shell, &page)
}

/// How open this community is, in a sentence.
pub fn sentence_of(mode: Mode) -> &'static str {
    match mode {
        Mode::Open => "Every server may take part; blocks are kept and not looked at.",
        Mode::BlockList => "Every server may take part unless it is blocked.",
        Mode::AllowList => "Only servers that are allowed may take part.",
    }
}

fn sentence(public: &Public) -> String {
    let blocked = public.decisions.iter().filter(|row| row.verdict == Verdict::Block).count();
    let tail = if blocked == 0 { "Nobody is blocked.".to_owned() } else { format!("{} in force.", counted(blocked, "block")) };
    let mut tail = tail.chars();
    let first = tail.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{} {first}{}", sentence_of(public.mode), tail.as_str())
}

fn decision(visit: &Visit, row: moderation::ModerationRow) -> ModerationRow {
    ModerationRow {
        blocked: row.verdict == Verdict::Block,
        lift_href: visit.has(&MODERATORS).then(|| format!("{PATH}?verdict=undo&subject={}#decide", query(&row.subject))),
        subject: row.subject,
        reason: row.reason,
        by: row.decided_by,
        when: when(visit.now, row.decided_at),
    }
}

fn action(visit: &Visit, shown: &Shown) -> ModerationAction {
    let text = match (shown.subject.as_str(), shown.verdict.as_str()) {
        ("", mode) => {
            let said = mode.parse().map_or("The mode was changed.", sentence_of);
            said.to_owned()
        }
        (subject, "block") => format!("{subject} was blocked."),
        (subject, "allow") => format!("{subject} was allowed."),
        (subject, _) => format!("The decision about {subject} was taken back."),
    };
    ModerationAction { text, by: Link::plain(shown.by.as_deref().unwrap_or("the operator")), when: when(visit.now, shown.at) }
}

fn forms(visit: &Visit, fields: &Fields, wrong: &Wrong, mode_wrong: &Wrong, mode: Mode) -> ModerationForms {
    let mut modes = fields.choices("mode", &MODES);
    if fields.text("mode").is_empty() {
        for choice in &mut modes {
            choice.checked = choice.value == mode.as_str();
        }
    }
    ModerationForms {
        action: PATH.to_owned(),
        problems: wrong.summary(),
        subject: fields.field("subject", wrong),
        verdicts: fields.choices("verdict", &VERDICTS),
        reason: fields.field("reason", wrong),
        mode: visit.has(&[Role::Admin]).then(|| ModeForm {
            action: MODE_PATH.to_owned(),
            problems: mode_wrong.summary(),
            modes,
            reason: fields.field("mode_reason", mode_wrong),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    fn check(numbers: &str, expected: Option<&str>) {
        assert_eq!(in_words(numbers).as_deref(), expected, "{numbers}");
    }

    #[test]
    fn what_followed_from_a_decision_is_told_in_words() {
        check("0-0-0-0", Some("It is in force; nothing else changed."));
        check("1-12-0-0", Some("It is in force: one community is followed no longer, twelve statements count no longer."));
        check(
            "0-1-2-1",
            Some("It is in force: one statement counts no longer, two followers were taken away, one delivery was given up."),
        );
        // An address that somebody made up says nothing.
        check("1-2", None);
        check("<b>", None);
        check("", None);
    }
}
