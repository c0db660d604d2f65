//! npm's own staged publishing: `npm stage publish`, `list`, `view`, `download`, `approve`, `reject`.

use super::*;

fn staged(town: &Town, name: &str, version: &str) -> Option<(Project, String)> {
    let project = town.package(name, version)?;
    let published = project.run(&["stage", "publish"]).good();
    let id = only_candidate(&town.instance, &format!("pkg:npm/{name}"));
    assert!(published.text().contains(&format!("+ {name}@{version} (staged with id {id})")), "{}", published.golden());
    Some((project, id))
}

#[test]
fn what_npm_stages_is_a_candidate_that_it_lists_shows_and_downloads() {
    let town = Town::start();
    let Some(project) = town.package("copper-kettle", "0.1.0") else { return };
    assert_snapshot!(project.run(&["stage", "list"]).good().golden(), @r#"
    exit 0
    -- stdout
    No staged packages found.
    "#);
    let published = project.run(&["stage", "publish", "--tag", "beta"]).good();
    let id = only_candidate(&town.instance, "pkg:npm/copper-kettle");
    assert_snapshot!(said(&published.golden(), &id), @r#"
    exit 0
    -- stdout
    + copper-kettle@0.1.0 (staged with id <id>)
    -- stderr
    npm notice 📦 copper-kettle@0.1.0
    npm notice Tarball Contents
    npm notice 10B README.md
    npm notice 223B index.js
    npm notice 213B package.json
    npm notice Tarball Details
    npm notice name: copper-kettle
    npm notice version: 0.1.0
    npm notice filename: copper-kettle-0.1.0.tgz
    npm notice total files: 3
    npm notice Staging to http://instance/publish/npm/ with tag beta and default access
    npm notice copper-kettle 0.1.0 has what the policy `cooldown` wants; a lead releases it: http://instance/candidates/<id>
    npm notice stage package copper-kettle@0.1.0 has been staged with tag beta
    "#);
    assert_snapshot!(said(&project.run(&["stage", "list", "copper-kettle"]).good().golden(), &id), @r#"
    exit 0
    -- stdout
    id: <id>
    package name: copper-kettle
    version: 0.1.0
    tag: beta
    date staged: <time>
    staged by: ada (user)
    state: approved
    page: http://instance/candidates/<id>
    "#);
    assert_eq!(
        project.run(&["stage", "list"]).good().golden(),
        project.run(&["stage", "view", &id]).good().golden(),
        "the list has this one candidate"
    );
    project.run(&["pack"]).good();
    project.run(&["stage", "download", &id]).good();
    assert_eq!(project.digest(&format!("copper-kettle-0.1.0-{id}.tgz")), project.digest("copper-kettle-0.1.0.tgz"));
    let unknown = "00000000-0000-4000-8000-000000000000";
    assert_snapshot!(project.run(&["stage", "view", unknown]).bad().golden(), @r#"
    exit 1
    -- stderr
    npm error code E404
    npm error 404 unknown-candidate - GET http://instance/publish/npm/-/stage/*** - there is no candidate with this id
    npm error 404
    npm error 404 The requested resource '***' could not be found or you do not have permission to access it.
    npm error 404
    npm error 404 Note that you can also install from a
    npm error 404 tarball, folder, http url, or git url.
    "#);
    town.nothing_is_official();
}

#[test]
fn a_lead_who_is_not_the_uploader_approves_and_nobody_before_the_policy_is_met() {
    let town = Town::easy();
    let Some((project, id)) = staged(&town, "copper-kettle", "0.1.0") else { return };
    stands(&town.instance, &id, "approved");
    assert_snapshot!(said(&project.run(&["stage", "approve", &id]).bad().golden(), &id), @r#"
    exit 1
    -- stderr
    npm notice Approving staged package <id>
    npm error code E403
    npm error 403 403 own-upload - POST http://instance/publish/npm/-/stage/***/approve - you handed this in; another lead has to release it
    npm error 403 In most cases, you or one of your dependencies are requesting a package version that is forbidden by your security policy, or on a server you do not have access to.
    "#);
    let Some(lead) = town.project(&town.grace.token) else { return };
    assert_snapshot!(said(&lead.run(&["stage", "approve", &id]).good().golden(), &id), @r#"
    exit 0
    -- stdout
    Staged package <id> approved and published successfully.
    -- stderr
    npm notice Approving staged package <id>
    npm notice the release is on its way; whether it arrived stands at http://instance/candidates/<id>
    "#);
    let again = lead.run(&["stage", "approve", &id]).bad();
    assert!(again.text().contains("409"), "{}", again.golden());
}

#[test]
fn what_the_policy_does_not_have_enough_of_is_not_approved_by_npm() {
    let town = Town::start();
    let text =
        "vetmoot-policy = 1\n\n[policy]\ntitle = \"Waits\"\nsummary = \"Waits for a day.\"\n\n[release]\nwait = \"1d\"\n";
    let file = town.instance.write("waits.toml", text);
    let adopted = town.instance.admin(&["policy", "adopt", &file.display().to_string(), "--slug", "cooldown"]);
    assert!(adopted.is_good(), "{}{}", adopted.stdout, adopted.stderr);
    let Some((_, id)) = staged(&town, "copper-kettle", "0.1.0") else { return };
    let Some(lead) = town.project(&town.grace.token) else { return };
    assert_snapshot!(said(&lead.run(&["stage", "approve", &id]).bad().golden(), &id), @r#"
    exit 1
    -- stderr
    npm notice Approving staged package <id>
    npm notice see http://instance/candidates/<id>
    npm error code E409
    npm error 409 illegal-move - POST http://instance/publish/npm/-/stage/***/approve - a candidate that is staged cannot become releasing; what the policy still wants stands at http://instance/candidates/***
    "#);
    town.nothing_is_official();
}

#[test]
fn a_rejected_candidate_frees_its_version() {
    let town = Town::start();
    let Some((project, id)) = staged(&town, "copper-kettle", "0.1.0") else { return };
    assert_snapshot!(said(&project.run(&["stage", "reject", &id]).good().golden(), &id), @r#"
    exit 0
    -- stdout
    Staged package <id> has been rejected.
    -- stderr
    npm notice Rejecting staged package <id>
    npm warn Rejecting will permanently delete this staged publish record and tarball from the registry.
    npm notice its page stays, and its version is free again: http://instance/candidates/<id>
    "#);
    assert_eq!(town.instance.get("/publish/npm/copper-kettle").status, 404);
    assert_eq!(town.instance.get(&format!("/publish/npm/-/stage/{id}/tarball")).status, 404);
    project.write("index.js", "module.exports = 'better';\n");
    project.run(&["stage", "publish"]).good();
    assert_eq!(candidates(&town.instance, "pkg:npm/copper-kettle").len(), 2);
    town.nothing_is_official();
}
