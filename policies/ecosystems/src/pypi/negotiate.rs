//! Which form of a simple page a client wants (PEP 691).

use crate::accept::named;
use crate::shown::Form;

const JSON: [&str; 2] = ["application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json"];
const HTML: [&str; 3] = ["application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html", "text/html"];

/// The form for an `Accept` header. JSON must be asked for by name: whoever accepts anything gets HTML, as before PEP 691.
pub fn choose(accept: &str) -> Form {
    let json = named(accept, &JSON).unwrap_or(0);
    let html = named(accept, &HTML).unwrap_or(0);
    if json > 0 && json >= html { Form::PypiJson } else { Form::PypiHtml }
}
