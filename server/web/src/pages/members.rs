//! Members as lists show them, with how many audits each recorded.

use std::collections::HashMap;

use vetmoot_domain::{Organisation, Role};
use vetmoot_frontend::parts::{Link, MemberRow};
use vetmoot_workflows::member::account::UserRow;
use vetmoot_workflows::{Ctx, actor};

use super::fediverse::handle;

/// A member's page.
pub fn href(name: &str) -> String {
    format!("/users/{name}")
}

/// A member by name, linked to their page.
pub fn link(name: &str) -> Link {
    Link::new(name, href(name))
}

/// An organisation, linked to its page where it has a handle of its own.
pub fn organisation(organisation: &Organisation) -> Link {
    match actor::organisation_handle(organisation) {
        Some(handle) => Link::new(organisation.as_str(), format!("/orgs/{handle}")),
        None => Link::plain(organisation.as_str()),
    }
}

/// Roles in words; that somebody is a member goes without saying.
pub fn roles(row: &UserRow) -> Vec<String> {
    row.roles.iter().filter(|role| **role != Role::Member).map(ToString::to_string).collect()
}

/// A member in a list.
pub fn row(ctx: &Ctx, row: &UserRow, audits: &HashMap<i64, u64>) -> MemberRow {
    MemberRow {
        name: link(row.name.as_str()),
        handle: handle(ctx, row.name.as_str()),
        organisation: row.organisation.as_ref().map(organisation),
        roles: roles(row),
        audits: audits.get(&row.id).copied().unwrap_or_default(),
    }
}
