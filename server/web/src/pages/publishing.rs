//! `/admin/publishing`: the stop switch for everything, and what the operator set.

use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Ecosystem, Role};
use vetmoot_frontend::pages::project::SwitchForm;
use vetmoot_frontend::pages::publishing::{Publishing as Page, Target};
use vetmoot_frontend::parts::{Link, Tone};
use vetmoot_workflows::submission::{credential, project};
use vetmoot_workflows::{Origin, Problem};

use super::fields::Fields;
use super::moment::size;
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

async fn show(visit: &Visit, done: bool) -> Result<HttpResponse, Problem> {
    let keeper = keepers(visit)?;
    let stopped = project::all_stopped(&visit.ctx).await?;
    let settings = &visit.ctx.publishing;
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
        sentence: match &stopped {
            None => "Releases can be handed in and released.".to_owned(),
            Some(by) => format!("All publishing is stopped: {by} stopped it."),
        },
        notices: done.then(|| notice(Tone::Done, "The switch was turned.")).into_iter().collect(),
        switch: Some(SwitchForm { action: "/admin/publishing".to_owned(), stop, hint: hint.to_owned() }),
        policy: super::candidate::policy(visit, &settings.policy),
        quiet: settings.quiet.in_words(),
        file_max: size(settings.file_bytes_max),
        targets: Ecosystem::ALL.iter().map(target).collect(),
        issuers: settings.issuers.iter().map(|issuer| issuer.as_str().trim_end_matches('/').to_owned()).collect(),
    };
    let mut shell = visit.shell("Publishing", vec![Link::plain("Publishing")]);
    shell.noindex = true;
    visit.page(&shell, &page)
}
