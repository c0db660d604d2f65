//! Every page: one context, one template, one line in the list below.

use crate::Page;

/// Declares the pages: `module::Context` means `src/pages/module.rs` and `templates/pages/module.html`.
macro_rules! pages {
    ($($module:ident :: $page:ident,)*) => {
        $(pub mod $module;)*

        /// Name and source of every page template.
        pub(crate) const TEMPLATES: &[(&str, &str)] = &[
            $(($module::$page::TEMPLATE, include_str!(concat!("../templates/pages/", stringify!($module), ".html"))),)*
        ];

        /// Renders every sample of every page, in the order of the list; each comes as (template, number from 1, HTML).
        pub fn render_samples(
            frontend: &crate::Frontend,
            shell: &crate::Shell,
        ) -> Result<Vec<(&'static str, usize, String)>, crate::RenderError> {
            let mut all = Vec::new();
            $(for (at, sample) in $module::$page::sample().iter().enumerate() {
                all.push((stringify!($module), at + 1, frontend.render(shell, sample)?));
            })*
            Ok(all)
        }
    };
}

pages! {
    home::Home,
    search::Search,
    package::Package,
    release::Release,
    policies::Policies,
    policy::Policy,
    adopt::Adopt,
    why::Why,
    why_policy::WhyPolicy,
    advisory::Advisory,
    advisory_form::AdvisoryForm,
    audit::Audit,
    audit_form::AuditForm,
    imports::Imports,
    import::Import,
    import_form::ImportForm,
    sign_in::SignIn,
    account::Account,
    check::Check,
    doctor::Doctor,
    incidents::Incidents,
    error::ErrorPage,
    setup::Setup,
    community::Community,
    tag::Tag,
    actor::Actor,
    peers::Peers,
    peer::Peer,
    follow::Follow,
    trust::Trust,
    admin::Admin,
    members::Members,
    proposals::Proposals,
    proposal::Proposal,
    moderation::Moderation,
    federation::Federation,
    projects::Projects,
    project::Project,
    candidates::Candidates,
    candidate::Candidate,
    credentials::Credentials,
    publishing::Publishing,
}
