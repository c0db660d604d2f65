//! Organisations as actors: the bodies members count for, each under the handle its name gives, first come first served.

use vetmoot_domain::{Organisation, UserName};
use vetmoot_storage::federation::service_actors::{self, ServiceKind};
use vetmoot_storage::users::{self, UserRow};

use super::find::{is_handle, remember};
use crate::ctx::Ctx;
use crate::problem::Problem;

/// The handle an organisation's name gives: small letters and digits, everything between them one hyphen.
///
/// None for a name with other letters, one that begins with no letter, and one that is reserved. Two names may give one
/// handle; then it is that of the organisation that was recorded first.
pub fn handle_of(organisation: &Organisation) -> Option<UserName> {
    let name = organisation.as_str();
    if !name.is_ascii() {
        return None;
    }
    let words: Vec<String> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    words.join("-").parse().ok().filter(|handle: &UserName| is_handle(handle.as_str()))
}

/// The organisation of this handle; the first time, the handle is remembered as its own for ever.
pub(super) async fn named(ctx: &Ctx, handle: &UserName) -> Result<Option<Organisation>, Problem> {
    let reader = ctx.store.read();
    if let Some(row) = service_actors::by_handle(&reader, handle.as_str()).await? {
        let target = (row.kind == ServiceKind::Organisation).then(|| row.target.parse().ok()).flatten();
        return Ok(target);
    }
    // A member or a policy of this name goes first.
    if users::by_name(&reader, handle).await?.is_some()
        || handle.as_str().parse().is_ok_and(|slug| ctx.book.newest(&slug).is_some())
    {
        return Ok(None);
    }
    let recorded = users::organisations(&reader).await?;
    let Some(first) = recorded.into_iter().find(|name| handle_of(name).as_ref() == Some(handle)) else { return Ok(None) };
    // Only one of two that ask at once is remembered, and both read the same rows.
    remember(ctx, handle.as_str(), ServiceKind::Organisation, first.as_str()).await?;
    Ok(Some(first))
}

/// The members that count for an organisation, by name.
pub async fn members_of(ctx: &Ctx, organisation: &Organisation) -> Result<Vec<UserRow>, Problem> {
    let mut members = users::all(&ctx.store.read()).await?;
    members.retain(|member| member.organisation.as_ref() == Some(organisation));
    Ok(members)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(name: &str, handle: Option<&str>) {
        let made = handle_of(&name.parse().unwrap());
        assert_eq!(made.as_ref().map(UserName::as_str), handle, "{name}");
    }

    #[test]
    fn an_organisation_has_the_handle_its_name_gives() {
        check("acme", Some("acme"));
        check("Example Foundation, e.V.", Some("example-foundation-e-v"));
        check("The `R&D` group!", Some("the-r-d-group"));
        check("F\u{f6}rderverein", None);
        check("42 things", None);
        check("Community", None);
        check("...", None);
    }
}
