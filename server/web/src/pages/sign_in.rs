//! `/sign-in` and `/sign-out`: a one-time link opens a session, a button ends it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_frontend::pages::sign_in::{Confirm, SignIn};
use vetmoot_frontend::parts::Link;
use vetmoot_workflows::member::create::LINK_LASTS;
use vetmoot_workflows::{Kind, Problem, member};

use super::fields::Fields;
use super::moment::sentence;
use super::visit::{Visit, see_other};
use crate::session;

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/sign-in").route(super::reads().to(ask)).route(web::post().to(sign_in)))
        .route("/sign-out", web::post().to(sign_out));
}

async fn ask(visit: Visit, request: HttpRequest) -> HttpResponse {
    let fields = Fields::of_query(request.query_string());
    // Opening a link does not spend it: whatever looks ahead at links in messages opens them too.
    let confirm = Some(fields.text("link")).filter(|link| !link.is_empty()).map(|link| Confirm {
        action: "/sign-in".to_owned(),
        token: link.to_owned(),
        ..Confirm::default()
    });
    let page = show(&visit, SignIn { confirm, ..SignIn::default() }, StatusCode::OK);
    visit.answer(page)
}

fn show(visit: &Visit, page: SignIn, status: StatusCode) -> Result<HttpResponse, Problem> {
    let member = visit.member.as_ref().map(vetmoot_workflows::Origin::label);
    let page = SignIn {
        signed_in_as: member.filter(|_| page.confirm.is_none() && page.problem.is_none()),
        command: "vetmoot-server admin user link NAME".to_owned(),
        lasts: LINK_LASTS.in_words(),
        ..page
    };
    let mut shell = visit.shell("Sign in", vec![Link::plain("Sign in")]);
    shell.noindex = true;
    visit.page_with(status, &shell, &page)
}

async fn sign_in(visit: Visit, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let fields = Fields::new(form.into_inner());
    let page = match member::session::sign_in(&visit.ctx, fields.text("token")).await {
        Ok(secret) => {
            let mut answer = see_other("/account");
            // A secret is made of letters, digits and hyphens, which every cookie takes.
            let _ = answer.add_cookie(&session::cookie(&visit.ctx, secret));
            Ok(answer)
        }
        Err(problem) if problem.kind == Kind::Unauthenticated => {
            show(&visit, SignIn { problem: Some(sentence(&problem.text)), ..SignIn::default() }, StatusCode::UNAUTHORIZED)
        }
        Err(problem) => Err(problem),
    };
    visit.answer(page)
}

async fn sign_out(visit: Visit, request: HttpRequest) -> HttpResponse {
    let ended = match session::secret(&visit.ctx, &request) {
        Some(secret) => member::session::sign_out(&visit.ctx, &secret).await,
        None => Ok(()),
    };
    let answer = ended.map(|()| {
        let mut answer = see_other("/");
        // Removing a cookie of a fixed name is always a valid header.
        let _ = answer.add_cookie(&session::no_cookie(&visit.ctx));
        answer
    });
    visit.answer(answer)
}
