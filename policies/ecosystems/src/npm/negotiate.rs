//! Which form of a packument a client wants.

use crate::accept::named;
use crate::shown::Form;

/// The form for an `Accept` header: abbreviated for installers that ask for it by name and prefer it, else full.
pub fn choose(accept: &str) -> Form {
    let short = named(accept, &["application/vnd.npm.install-v1+json"]).unwrap_or(0);
    let full = named(accept, &["application/json"]).unwrap_or(0);
    if short > 0 && short >= full { Form::NpmAbbreviated } else { Form::NpmFull }
}
