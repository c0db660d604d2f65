//! One visit of a browser: who it is, what stands around the page, and how an answer is made.

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use futures_util::future::LocalBoxFuture;
use vetmoot_domain::{Role, Timestamp};
use vetmoot_frontend::pages::error::ErrorPage;
use vetmoot_frontend::parts::{Link, Notice, Step, Tone};
use vetmoot_frontend::{Banner, Page, Shell, Theme, User};
use vetmoot_workflows::member::account;
use vetmoot_workflows::proposal::show;
use vetmoot_workflows::{Ctx, Kind, Origin, Problem};

use super::moment::sentence;
use super::{Pages, statics};
use crate::{problem, session};

/// Those who may record audits.
const AUDITORS: [Role; 3] = [Role::Auditor, Role::Lead, Role::Steward];

/// One request for a page.
pub struct Visit {
    /// What can be done here.
    pub ctx: web::Data<Ctx>,
    /// The member who is signed in.
    pub member: Option<Origin>,
    /// The moment of the request; everything relative on the page counts from it.
    pub now: Timestamp,
    pages: web::Data<Pages>,
    path: String,
    theme: Theme,
    lone_steward: bool,
    proposals: u64,
}

impl FromRequest for Visit {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let Some(visit) = Self::of_stranger(&request) else {
                return Err(actix_web::error::ErrorInternalServerError("the pages are not set up"));
            };
            match visit.recognise(&request).await {
                Ok(visit) => Ok(visit),
                Err((visit, trouble)) => {
                    let answer = visit.problem(&trouble);
                    Err(InternalError::from_response(trouble, answer).into())
                }
            }
        })
    }
}

impl Visit {
    /// A visit of nobody in particular; none where the pages are not set up.
    pub fn of_stranger(request: &HttpRequest) -> Option<Self> {
        let ctx = request.app_data::<web::Data<Ctx>>()?.clone();
        let pages = request.app_data::<web::Data<Pages>>()?.clone();
        let now = ctx.clock.now();
        let path = request.uri().path().to_owned();
        Some(Self { ctx, member: None, now, pages, path, theme: statics::theme(request), lone_steward: false, proposals: 0 })
    }

    /// Looks at the session's cookie; a session that cannot be read is told on a page that knows nobody.
    async fn recognise(mut self, request: &HttpRequest) -> Result<Self, (Self, Problem)> {
        match session::member(&self.ctx, request).await {
            Ok(member) => self.member = member,
            Err(trouble) => return Err((self, trouble)),
        }
        match account::stewards(&self.ctx).await {
            Ok(count) => self.lone_steward = count <= 1,
            Err(trouble) => return Err((self, trouble)),
        }
        let waiting = match &self.member {
            Some(member) => show::for_me(&self.ctx, member).await,
            None => Ok(0),
        };
        match waiting {
            Ok(count) => self.proposals = count,
            Err(trouble) => return Err((self, trouble)),
        }
        Ok(self)
    }

    /// What pages say about the instance.
    pub fn about(&self) -> &super::About {
        self.pages.about()
    }
    /// How many known releases each policy lists.
    pub fn effects(&self) -> &super::effects::Effects {
        &self.pages.effects
    }
    /// Pictures drawn lately.
    pub fn cards(&self) -> &super::cards::Cards {
        &self.pages.cards
    }
    /// The request's path as it came, still encoded.
    pub fn path(&self) -> &str {
        &self.path
    }
    /// Whether the member holds one of the roles.
    pub fn has(&self, roles: &[Role]) -> bool {
        self.member.as_ref().is_some_and(|member| member.has(roles))
    }
    /// Whether the member may record audits.
    pub fn may_audit(&self) -> bool {
        self.has(&AUDITORS)
    }
    /// Whether one steward decides alone.
    pub fn lone_steward(&self) -> bool {
        self.lone_steward
    }
    /// The member, who must be signed in for this.
    pub fn required(&self) -> Result<&Origin, Problem> {
        self.member
            .as_ref()
            .ok_or_else(|| Problem::new(Kind::Unauthenticated, "sign-in", "this needs a member who is signed in"))
    }
    /// The member, who must hold one of the roles for this.
    pub fn required_role(&self, roles: &[Role], who: &str) -> Result<&Origin, Problem> {
        let member = self.required()?;
        if member.has(roles) {
            return Ok(member);
        }
        Err(Problem::new(Kind::Forbidden, "role-missing", format!("this is for {who}; a steward gives the role")))
    }

    /// The surroundings of a page: its title, and the way to it from the home page.
    pub fn shell(&self, title: &str, crumbs: Vec<Link>) -> Shell {
        let about = self.pages.about();
        Shell {
            instance: about.name.clone(),
            about: about.about.clone(),
            base_url: self.ctx.base_url.as_str().to_owned(),
            path: self.path.clone(),
            title: title.to_owned(),
            user: self.member.as_ref().map(user),
            banners: self.banners(),
            crumbs,
            version: about.version.clone(),
            source_href: statics::SOURCE_PATH.to_owned(),
            theme: self.theme,
            theme_action: Some("/theme".to_owned()),
            sign_out_action: "/sign-out".to_owned(),
            ..Shell::default()
        }
    }

    fn banners(&self) -> Vec<Banner> {
        let banner = |code: &str, tone, text: &str, link| Banner { code: code.into(), tone, text: text.into(), link };
        let mut banners = Vec::new();
        if self.pages.about().insecure {
            let text =
                "Federation is insecure: plain http, ports and peers on this machine are allowed. This is for trials alone.";
            banners.push(banner("federation-insecure", Tone::Danger, text, None));
        }
        if self.ctx.domain.is_none() {
            let text = "This is a trial: no domain is set, so statements count here and carry no proof.";
            banners.push(banner("trial", Tone::Warn, text, None));
        }
        if self.lone_steward && self.member.is_some() {
            let keeps = self.has(&[Role::Steward, Role::Admin]);
            let second = keeps.then(|| Link::new("Appoint a second.", "/admin/members"));
            banners.push(banner("one-steward", Tone::Info, "Only one steward: changes take effect at once.", second));
        }
        if self.proposals > 0 {
            let text = if self.proposals == 1 { "A change waits" } else { "Changes wait" };
            let link = Some(Link::new("Look at what is proposed.", "/proposals"));
            banners.push(banner("proposals-wait", Tone::Info, &format!("{text} for you as the second steward."), link));
        }
        banners
    }

    /// Renders a page.
    pub fn page<P: Page>(&self, shell: &Shell, page: &P) -> Result<HttpResponse, Problem> {
        self.page_with(StatusCode::OK, shell, page)
    }

    /// Renders a page with a status of its own: a form that could not be taken, for one.
    pub fn page_with<P: Page>(&self, status: StatusCode, shell: &Shell, page: &P) -> Result<HttpResponse, Problem> {
        self.page_on(problem::begin_after(status, None), shell, page)
    }

    fn page_on<P: Page>(&self, mut begun: HttpResponseBuilder, shell: &Shell, page: &P) -> Result<HttpResponse, Problem> {
        let html = self.pages.frontend.render(shell, page).map_err(|error| {
            Problem::new(Kind::Internal, error.code(), "this page could not be put together").because(error)
        })?;
        Ok(begun
            .content_type("text/html; charset=utf-8")
            // What a member sees is for nobody else's cache, and states change with every statement.
            .insert_header((header::CACHE_CONTROL, "private, no-cache"))
            .insert_header((header::VARY, "Cookie"))
            .body(html))
    }

    /// A page, or the page that says why there is none.
    pub fn answer(&self, page: Result<HttpResponse, Problem>) -> HttpResponse {
        page.unwrap_or_else(|trouble| self.problem(&trouble))
    }

    /// The page that says what happened, why, and what to do.
    pub fn problem(&self, trouble: &Problem) -> HttpResponse {
        let status = problem::status(trouble);
        problem::log(trouble, status);
        let title = problem::title(trouble.kind);
        let mut shell = self.shell(title, Vec::new());
        shell.noindex = true;
        let page = ErrorPage {
            status: status.as_u16(),
            code: trouble.code.to_owned(),
            what: format!("{title}."),
            why: sentence(&trouble.text),
            steps: self.ways_on(trouble.kind),
            request_id: None,
        };
        match self.page_on(problem::begin(status, trouble), &shell, &page) {
            Ok(answer) => answer,
            // The page that tells of problems is itself broken: plain words are left.
            Err(_) => problem::begin(status, trouble)
                .content_type("text/plain; charset=utf-8")
                .body(format!("{title}: {}\n", trouble.text)),
        }
    }

    fn ways_on(&self, kind: Kind) -> Vec<Step> {
        let step = |text: &str, link: &str, href: &str| Step { text: text.into(), link: Some(Link::new(link, href)) };
        match kind {
            Kind::Unauthenticated => vec![step("A one-time link signs you in.", "Sign in", "/sign-in")],
            Kind::Forbidden if self.member.is_none() => vec![step("Members sign in first.", "Sign in", "/sign-in")],
            Kind::Forbidden => vec![step("Your roles stand on your account.", "See your account", "/account")],
            Kind::NotFound => vec![
                step("Check the spelling, or look for it by name.", "Search", "/search"),
                step("The policies lead to everything that is served here.", "See the policies", "/policies"),
            ],
            Kind::Upstream | Kind::Unavailable | Kind::Conflict => {
                vec![step("Try it again in a moment.", "Try again", &self.path)]
            }
            Kind::Internal => {
                vec![step("The operator finds the cause in the log. Try it again in a moment.", "Try again", &self.path)]
            }
            Kind::Invalid | Kind::TooLarge => vec![step("Go back, mend it, and send it again.", "Home", "/")],
        }
    }
}

fn user(member: &Origin) -> User {
    match member {
        Origin::Member { name, roles, .. } => User {
            handle: name.to_string(),
            roles: roles.iter().map(ToString::to_string).collect(),
            admin: roles.iter().any(|role| matches!(role, Role::Admin | Role::Steward)),
        },
        Origin::Operator | Origin::Timer => User { handle: member.label(), ..User::default() },
    }
}

/// Sends the browser on after something was done.
pub fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
}

/// Sends the browser to the one spelling of an address, for ever.
pub fn moved(to: &str) -> HttpResponse {
    HttpResponse::MovedPermanently().insert_header((header::LOCATION, to)).finish()
}

/// A notice.
pub fn notice(tone: Tone, text: impl Into<String>) -> Notice {
    Notice { tone, text: text.into(), link: None }
}
