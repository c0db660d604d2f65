//! What stands around every page: who we are, who you are, what must be said at the top.

use serde::Serialize;

use crate::parts::{Link, Tone};

/// Everything the layout shows around a page. Make one per request from the settings and the session, then set
/// `title`, `path` and `crumbs` per page.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Shell {
    /// Name of the community, for example "Harbour Packages".
    pub instance: String,
    /// One sentence: what this community is.
    pub about: String,
    /// Scheme and host without a slash at the end, for example `https://vet.example`.
    pub base_url: String,
    /// Canonical path of this page, beginning with a slash.
    pub path: String,
    /// Title of this page; the layout adds the instance name.
    pub title: String,
    /// One sentence for previews of this page; falls back to `about`.
    pub description: Option<String>,
    /// Who is signed in, if anybody.
    pub user: Option<User>,
    /// What everybody must know now, most pressing first.
    pub banners: Vec<Banner>,
    /// The way here from the home page, without the home page; the last one is this page and may have an empty `href`.
    pub crumbs: Vec<Link>,
    /// What stands in the search box.
    pub query: String,
    /// Other forms of this page (Atom, JSON), as `<link rel="alternate">`.
    pub alternates: Vec<Alternate>,
    /// The picture that stands for this page where others link to it.
    pub preview: Option<Preview>,
    /// Version of the server.
    pub version: String,
    /// Where the source of exactly this version is (AGPL section 13).
    pub source_href: String,
    /// Which colours the reader asked for.
    pub theme: Theme,
    /// Where the colour switch posts `theme=system|light|dark` to; no switch without it.
    pub theme_action: Option<String>,
    /// Token that every POST form sends back in the field `csrf`; left out when `None`.
    pub csrf: Option<String>,
    /// Where the sign-out button posts to.
    pub sign_out_action: String,
    /// Whether search engines shall stay away from this page.
    pub noindex: bool,
}

/// The person who is signed in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct User {
    /// Handle without the host, for example `ada`.
    pub handle: String,
    /// Roles in words: member, auditor, lead, steward, admin.
    pub roles: Vec<String>,
    /// Shows the links to doctor and incidents.
    pub admin: bool,
}

/// A line at the top of every page, for example "Trial: no domain is set".
#[derive(Debug, Clone, Default, Serialize)]
pub struct Banner {
    /// Stable name of the banner, kebab-case, for example `trial` or `federation-insecure`.
    pub code: String,
    /// How pressing it is.
    pub tone: Tone,
    /// What is so and what follows from it, one sentence.
    pub text: String,
    /// Where it can be mended or is explained.
    pub link: Option<Link>,
}

/// Another form of the same page.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Alternate {
    /// Where it is.
    pub href: String,
    /// Media type, for example `application/json`.
    pub media_type: String,
    /// What it is called.
    pub title: String,
}

/// A picture for previews (OpenGraph), 1200 by 630 pixels, PNG.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Preview {
    /// Where it is, beginning with a slash.
    pub href: String,
    /// What it shows, in words.
    pub alt: String,
}

/// Colours of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// As the reader's system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}
