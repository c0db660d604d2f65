//! Turns a typed page context into HTML.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, context};
use serde::Serialize;

use crate::{Shell, asset_url, filters, pages};

/// A page: what its template needs, and what it looks like filled in.
pub trait Page: Serialize + Sized {
    /// Name of its template, unique among pages: `home.html`.
    const TEMPLATE: &'static str;

    /// The page filled in as it may occur: empty, usual, full, with long words and with hostile ones.
    fn sample() -> Vec<Self>;
}

/// A page could not be rendered; always a mistake in a template.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template of this crate cannot be read.
    #[error("the template {name} cannot be read: {source:#}")]
    Template {
        /// Its name.
        name: String,
        /// Where and why.
        source: minijinja::Error,
    },
    /// A template asks for something that its context does not hold.
    #[error("the page {name} cannot be rendered: {source:#}")]
    Render {
        /// Its name.
        name: &'static str,
        /// Where and why.
        source: minijinja::Error,
    },
}

impl RenderError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Template { .. } => "template-unreadable",
            Self::Render { .. } => "page-not-rendered",
        }
    }
}

/// All templates, ready to render. Build it once and share it.
#[derive(Debug)]
pub struct Frontend {
    templates: Environment<'static>,
}

const LAYOUT: &[(&str, &str)] = &[
    ("layout.html", include_str!("../templates/layout.html")),
    ("icons.html", include_str!("../templates/icons.html")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("forms.html", include_str!("../templates/forms.html")),
    ("fediverse.html", include_str!("../templates/fediverse.html")),
    ("import_state.html", include_str!("../templates/import_state.html")),
    ("submission.html", include_str!("../templates/submission.html")),
    ("preview.html", include_str!("../templates/preview.html")),
];

impl Frontend {
    /// Reads all embedded templates. Fails only if one of them is malformed.
    pub fn new() -> Result<Self, RenderError> {
        let unreadable = |name: &str, source| RenderError::Template { name: name.into(), source };
        let mut templates = Environment::new();
        // Everything is HTML here, whatever a template is called.
        templates.set_auto_escape_callback(|_| AutoEscape::Html);
        // A misspelt name is an error in a test instead of a gap in a page.
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_syntax(syntax().map_err(|e| unreadable("syntax", e))?);
        templates.set_formatter(filters::escape);
        filters::register(&mut templates);
        templates.add_function("asset", |name: &str| asset_url(name).unwrap_or_default());
        for (name, source) in LAYOUT.iter().chain(pages::TEMPLATES) {
            templates.add_template(name, source).map_err(|source| unreadable(name, source))?;
        }
        Ok(Self { templates })
    }

    /// Renders one page inside the layout. Templates see the context as `page` and the surroundings as `shell`.
    pub fn render<P: Page>(&self, shell: &Shell, page: &P) -> Result<String, RenderError> {
        let fail = |source| RenderError::Render { name: P::TEMPLATE, source };
        self.templates
            .get_template(P::TEMPLATE)
            .map_err(fail)?
            .render(context! { shell => Serde(shell), page => Serde(page) })
            .map_err(fail)
    }
}

/// Lines that hold a block tag alone leave nothing behind, so that templates may be indented without making pages longer.
fn syntax() -> Result<SyntaxConfig, Error> {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()
}
