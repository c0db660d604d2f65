//! `/admin/publishing`: the stop switch for everything, and what the operator set.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Ecosystem, Role};
use vetmoot_frontend::pages::project::SwitchForm;
use vetmoot_frontend::pages::publishing::{Publishing as Page, Target};
use vetmoot_frontend::parts::{Link, Notice, Tone};
use vetmoot_workflows::submission::{Finding, Weight, credential, hindrance, project};
use vetmoot_workflows::{Origin, Problem};

use super::fields::Fields;
use super::moment::{sentence as said, size};
use super::visit::{Visit, notice, see_other};

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/admin/publishing", super::reads().to(page)).route("/admin/publishing", web::post().to(switch));
}

fn keepers(visit: &Visit) -> Result<&Origin, Problem> {
    visit.required_role(&[Role::Steward, Role::Admin], "stewards and admins")
}

async fn page(visit: Visit, request: HttpRequest) -> HttpResponse {
    let asked = Fields::of_query(request.query_string());
    let page = show(&visit, asked.text("done") == "1").await;
    visit.answer(page)
}

async fn switch(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = turn(&visit, &Fields::new(form.into_inner())).await;
    visit.answer(page)
}

async fn turn(visit: &Visit, fields: &Fields) -> Result<HttpResponse, Problem> {
    let keeper = keepers(visit)?;
    let stopped = match fields.text("stopped") {
        "true" => true,
        "false" => false,
        _ => return Err(Problem::invalid("bad-switch", "stopped", "say `true` to stop publishing, `false` to let it go on")),
    };
    project::switch_all(&visit.ctx, keeper, stopped).await?;
    Ok(see_other("/admin/publishing?done=1"))
}

/// Whether releases can be handed in and released now, one sentence.
fn sentence(stopped: Option<&str>, hindrances: &[Finding]) -> String {
    let has = |code: &str| hindrances.iter().any(|one| one.code == code);
    match stopped {
        Some(by) => format!("All publishing is stopped: {by} stopped it."),
        None if has("policy-missing") || has("policy-not-covering") => {
            "Not everything can be handed in: a policy that is to vet is missing.".to_owned()
        }
        None if has("no-credential") => {
            "Releases can be handed in, and not all of them released: credentials are missing.".to_owned()
        }
        None if has("mismatched") => "Releases can be handed in and released; one was contradicted by its index.".to_owned(),
        None => "Releases can be handed in and released.".to_owned(),
    }
}

fn notices(visit: &Visit, done: bool, hindrances: &[Finding]) -> Vec<Notice> {
    let mut notices: Vec<Notice> = done.then(|| notice(Tone::Done, "The switch was turned.")).into_iter().collect();
    notices.extend(hindrances.iter().map(|one| {
        let tone = if one.weight == Weight::Error { Tone::Danger } else { Tone::Warn };
        notice(tone, format!("{} {}", said(&one.text), said(&one.fix)))
    }));
    let slug = &visit.ctx.publishing.policy;
    if super::candidate::asks_nothing(visit, slug) {
        let policy = super::candidate::policy(visit, slug);
        let text = format!(
            "{} asks nothing of a release: whatever is handed in is approved at once, and a lead who is not the uploader \
             decides alone. A policy that wants somebody to read first says so under [release], and the operator names it as \
             publish.policy.",
            policy.text
        );
        notices.push(Notice { link: Some(Link::new("See the policies", "/policies")), ..notice(Tone::Warn, text) });
    }
    notices
}

async fn show(visit: &Visit, done: bool) -> Result<HttpResponse, Problem> {
    let keeper = keepers(visit)?;
    let stopped = project::all_stopped(&visit.ctx).await?;
    let settings = &visit.ctx.publishing;
    let hindrances = hindrance::hindrances(&visit.ctx).await?;
    let credentials = credential::list(&visit.ctx, keeper).await?;
    let usable = |ecosystem: Ecosystem| {
        let fits = credentials.iter().filter(|row| row.ecosystem == ecosystem && row.retired_at.is_none());
        fits.filter(|row| row.expires_at.is_none_or(|ends| ends > visit.now)).count() as u64
    };
    let target = |ecosystem: &Ecosystem| Target {
        ecosystem: ecosystem.to_string(),
        address: settings.targets.get(ecosystem).map_or_else(|| "the official index".to_owned(), ToString::to_string),
        credentials: usable(*ecosystem),
    };
    let stop = stopped.is_none();
    let hint = if stop {
        "Nothing is handed in or released anywhere while it is stopped."
    } else {
        "Then everything goes on where it stood."
    };
    let page = Page {
        sentence: sentence(stopped.as_deref(), &hindrances),
        notices: notices(visit, done, &hindrances),
        switch: Some(SwitchForm { action: "/admin/publishing".to_owned(), stop, hint: hint.to_owned() }),
        policy: super::candidate::policy(visit, &settings.policy),
        quiet: settings.quiet.in_words(),
        file_max: size(settings.file_bytes_max),
        targets: Ecosystem::ALL.iter().map(target).collect(),
        issuers: settings.issuers.iter().map(|issuer| issuer.as_str().trim_end_matches('/').to_owned()).collect(),
    };
    let mut shell = visit.shell("Publishing", vec![Link::new("Admin", "/admin"), Link::plain("Publishing")]);
    shell.noindex = true;
    visit.page(&shell, &page)
}
