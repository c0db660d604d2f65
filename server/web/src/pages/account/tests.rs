//! A token never may more than the member who makes it.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn member(roles: &[Role]) -> Origin {
    Origin::Member { id: 1, name: "ada".parse().unwrap(), roles: roles.to_vec() }
}

fn check(query: &str, roles: &[Role], expected: &str) {
    let mut wrong = Wrong::default();
    let said = match read(&Fields::of_query(query), &member(roles), &mut wrong) {
        Some((scopes, project, days)) => {
            let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
            format!("{} {} {days:?}", scopes.join("+"), project.map(|project| project.to_string()).unwrap_or_default())
        }
        None => wrong.summary().iter().map(|problem| problem.text.clone()).collect::<Vec<_>>().join(" "),
    };
    assert_eq!(said, expected, "{query}");
}

#[test]
fn a_token_has_the_scopes_its_member_may_give() {
    check("scope=audit&days=30", &[Role::Auditor], "audit  Some(30)");
    check("scope=audit&scope=policy&project=pkg:cargo/serde", &[Role::Steward], "audit+policy pkg:cargo/serde None");
    check("scope=policy", &[Role::Auditor], "Your roles do not allow `policy`.");
    check("", &[Role::Auditor], "A token without a scope can do nothing; choose at least one.");
    check("scope=audit&days=soon", &[Role::Auditor], "Write a whole number of days.");
}
