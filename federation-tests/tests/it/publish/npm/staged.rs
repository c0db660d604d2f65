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
    assert_snapshot!(project.run(&["stage", "list"]).good().golden(), @"");
    let published = project.run(&["stage", "publish", "--tag", "beta"]).good();
    let id = only_candidate(&town.instance, "pkg:npm/copper-kettle");
    assert_snapshot!(said(&published.golden(), &id), @"");
    assert_snapshot!(said(&project.run(&["stage", "list", "copper-kettle"]).good().golden(), &id), @"");
    assert_eq!(
        project.run(&["stage", "list"]).good().golden(),
        project.run(&["stage", "view", &id]).good().golden(),
        "the list has this one candidate"
    );
    project.run(&["stage", "download", &id]).good();
    project.run(&["pack"]).good();
    assert_eq!(project.digest(&format!("copper-kettle-0.1.0-{id}.tgz")), project.digest("copper-kettle-0.1.0.tgz"));
    let unknown = "00000000-0000-4000-8000-000000000000";
    assert_snapshot!(project.run(&["stage", "view", unknown]).bad().golden(), @"");
    town.nothing_is_official();
}

#[test]
fn a_lead_who_is_not_the_uploader_approves_and_nobody_before_the_policy_is_met() {
    let town = Town::easy();
    let Some((project, id)) = staged(&town, "copper-kettle", "0.1.0") else { return };
    stands(&town.instance, &id, "approved");
    assert_snapshot!(said(&project.run(&["stage", "approve", &id]).bad().golden(), &id), @"");
    let Some(lead) = town.project(&town.grace.token) else { return };
    assert_snapshot!(said(&lead.run(&["stage", "approve", &id]).good().golden(), &id), @"");
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
    assert_snapshot!(said(&lead.run(&["stage", "approve", &id]).bad().golden(), &id), @"");
    town.nothing_is_official();
}

#[test]
fn a_rejected_candidate_frees_its_version() {
    let town = Town::start();
    let Some((project, id)) = staged(&town, "copper-kettle", "0.1.0") else { return };
    assert_snapshot!(said(&project.run(&["stage", "reject", &id]).good().golden(), &id), @"");
    assert_eq!(town.instance.get("/publish/npm/copper-kettle").status, 404);
    assert_eq!(town.instance.get(&format!("/publish/npm/-/stage/{id}/tarball")).status, 404);
    project.write("index.js", "module.exports = 'better';\n");
    project.run(&["stage", "publish"]).good();
    assert_eq!(candidates(&town.instance, "pkg:npm/copper-kettle").len(), 2);
    town.nothing_is_official();
}
