//! Projects: who opens them, who may do what for them, and that nothing depends on one person.

use vetmoot_domain::{CandidateState, Home, Package, ProjectRole, Role};
use vetmoot_storage::submission::publishers;
use vetmoot_storage::users;
use vetmoot_workflows::instance::{doctor, duty};
use vetmoot_workflows::member::token::{self, Scope};
use vetmoot_workflows::submission::action::{self, ActionKind};
use vetmoot_workflows::submission::{hand_in, moves, project};
use vetmoot_workflows::{Kind, Origin};

use crate::staged::{DEMO, NOTHING, SNAKE, Stage, package, problem};
use crate::world::{COOLDOWN, Setup, World, on_both_databases};

on_both_databases! {
    auditors_leads_and_stewards_open_projects,
    a_name_is_one_project_however_it_is_written,
    the_home_of_a_project_is_where_its_name_is_reserved,
    leads_appoint_leads_and_maintainers_do_not,
    the_last_lead_stays,
    a_project_is_vetted_under_a_policy_that_is_there,
    a_stopped_project_says_who_stopped_it,
    stewards_and_admins_stop_everything,
    the_operators_token_opens_the_project,
    a_members_own_token_gives_nothing_new,
    a_programs_token_hands_in_and_nothing_else,
    everything_goes_on_without_the_operator,
    the_doctor_names_who_holds_a_duty_alone,
}

async fn auditors_leads_and_stewards_open_projects(world: World) {
    for (name, role, opens) in [
        ("mia", Role::Member, false),
        ("adi", Role::Auditor, true),
        ("lea", Role::Lead, true),
        ("ste", Role::Steward, true),
        ("adm", Role::Admin, false),
    ] {
        let who = world.member(name, &[role]).await;
        let purl: Package = format!("pkg:cargo/{name}-tool").parse().unwrap();
        match project::open(&world.ctx, &who, &purl).await {
            Ok(row) => {
                assert!(opens, "{role}");
                let found = project::show(&world.ctx, &purl).await.unwrap();
                assert_eq!((found.row.id, found.people.len()), (row.id, 1));
                assert_eq!((found.people[0].name.as_str(), found.people[0].role), (name, ProjectRole::Lead));
                assert!(project::may_release(&found, &who));
            }
            Err(problem) => {
                assert!(!opens, "{role}");
                assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "not-a-project"));
            }
        }
    }
    let operators = project::open(&world.ctx, &Origin::Operator, &package(DEMO)).await.unwrap();
    assert_eq!(operators.opened_by, None);
    let found = project::show(&world.ctx, &package(DEMO)).await.unwrap();
    assert!(found.people.is_empty());
    assert!(!project::may_release(&found, &Origin::Operator), "a release has a person's name under it");
    assert_eq!(project::list(&world.ctx, 0, 10).await.unwrap().len(), 4);
}

async fn a_name_is_one_project_however_it_is_written(world: World) {
    let ada = world.member("ada", &[Role::Auditor]).await;
    for purl in ["pkg:cargo/mossy_lantern", "pkg:pypi/Mossy_Lantern", "pkg:npm/mossy-lantern"] {
        project::open(&world.ctx, &ada, &package(purl)).await.unwrap();
    }
    for (purl, code) in [
        ("pkg:cargo/mossy_lantern", "project-exists"),
        ("pkg:cargo/Mossy_Lantern", "project-exists"),
        ("pkg:cargo/mossy-lantern", "name-taken"),
        ("pkg:pypi/mossy.lantern", "project-exists"),
        ("pkg:pypi/MOSSY--lantern", "project-exists"),
        ("pkg:npm/Mossy-Lantern", "name-taken"),
    ] {
        let problem = project::open(&world.ctx, &ada, &package(purl)).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::Conflict, code), "{purl}");
    }
    // A letter of another alphabet that looks the same is no name at all.
    for strange in ["mоssy", "mossy\u{200b}", "ｍossy", "ﬁne"] {
        for ecosystem in vetmoot_domain::Ecosystem::ALL {
            assert!(Package::new(*ecosystem, strange).is_err(), "{strange}");
        }
    }
    assert_eq!(project::list(&world.ctx, 0, 10).await.unwrap().len(), 3);
    let opened = world.topics().await.into_iter().filter(|topic| *topic == "project.opened.v1").count();
    assert_eq!(opened, 3);
}

async fn the_home_of_a_project_is_where_its_name_is_reserved(world: World) {
    let ctx = world.another(&Setup { reserved: vec!["npm:@acme/*"], ..Setup::default() }).await;
    for (purl, home) in [("pkg:npm/%40acme/tool", Home::Community), ("pkg:npm/tool", Home::Official)] {
        assert_eq!(project::open(&ctx, &Origin::Operator, &package(purl)).await.unwrap().home, home);
    }
}

async fn leads_appoint_leads_and_maintainers_do_not(world: World) {
    let stage = Stage::new(world).await;
    let (ctx, demo) = (&stage.ctx, package(DEMO));
    let eve = stage.world.member("eve", &[Role::Auditor, Role::Admin]).await;
    let ste = stage.world.member("ste", &[Role::Steward]).await;
    let name = "eve".parse().unwrap();
    for stranger in [&stage.ada, &eve, &Origin::Timer] {
        let problem = project::appoint(ctx, stranger, &demo, &name, ProjectRole::Lead).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "leads-only"));
        let problem = project::dismiss(ctx, stranger, &demo, &"cleo".parse().unwrap()).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "leads-only"));
    }
    project::appoint(ctx, &stage.cleo, &demo, &name, ProjectRole::Lead).await.unwrap();
    project::appoint(ctx, &eve, &demo, &"ada".parse().unwrap(), ProjectRole::Lead).await.unwrap();
    project::dismiss(ctx, &eve, &demo, &"cleo".parse().unwrap()).await.unwrap();
    project::dismiss(ctx, &ste, &demo, &"dora".parse().unwrap()).await.unwrap();
    project::dismiss(ctx, &stage.ada, &demo, &"ada".parse().unwrap()).await.unwrap();
    let people = project::show(ctx, &demo).await.unwrap().people;
    let people: Vec<_> =
        people.iter().map(|person| (person.name.as_str(), person.role, person.appointed_by.as_str())).collect();
    assert_eq!(people, [("eve", ProjectRole::Lead, "cleo")]);
    let unknown = project::appoint(ctx, &eve, &demo, &"nobody".parse().unwrap(), ProjectRole::Lead).await.unwrap_err();
    assert_eq!((unknown.kind, unknown.code), (Kind::NotFound, "unknown-user"));
    let gone = project::dismiss(ctx, &eve, &demo, &"cleo".parse().unwrap()).await.unwrap_err();
    assert_eq!((gone.kind, gone.code), (Kind::NotFound, "no-part"));
    let told = stage.told().await;
    assert_eq!(
        told[told.len() - 5..],
        [
            "project.changed.v1 pkg:cargo/demo-lamp lead eve by cleo",
            "project.changed.v1 pkg:cargo/demo-lamp lead ada by eve",
            "project.changed.v1 pkg:cargo/demo-lamp dismissed cleo by eve",
            "project.changed.v1 pkg:cargo/demo-lamp dismissed dora by ste",
            "project.changed.v1 pkg:cargo/demo-lamp dismissed ada by ada",
        ]
    );
    // The same again is no news.
    project::appoint(ctx, &eve, &demo, &name, ProjectRole::Lead).await.unwrap();
    assert_eq!(stage.told().await.len(), told.len());
}

async fn the_last_lead_stays(world: World) {
    let stage = Stage::new(world).await;
    let (ctx, demo) = (&stage.ctx, package(DEMO));
    let ste = stage.world.member("ste", &[Role::Steward]).await;
    let dora = "dora".parse().unwrap();
    project::dismiss(ctx, &stage.cleo, &demo, &"cleo".parse().unwrap()).await.unwrap();
    for who in [&stage.dora, &ste, &Origin::Operator] {
        let problem = project::dismiss(ctx, who, &demo, &dora).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::Conflict, "last-lead"));
        let problem = project::appoint(ctx, who, &demo, &dora, ProjectRole::Maintainer).await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (Kind::Conflict, "last-lead"));
    }
    project::appoint(ctx, &stage.dora, &demo, &"ada".parse().unwrap(), ProjectRole::Lead).await.unwrap();
    project::appoint(ctx, &stage.dora, &demo, &dora, ProjectRole::Maintainer).await.unwrap();
    project::dismiss(ctx, &stage.ada, &demo, &dora).await.unwrap();
    assert_eq!(project::show(ctx, &demo).await.unwrap().people.len(), 1);
}

async fn a_project_is_vetted_under_a_policy_that_is_there(world: World) {
    let stage = Stage::new(world).await;
    let (ctx, demo) = (&stage.ctx, package(DEMO));
    let strict = "strict".parse().unwrap();
    let unknown = project::vet_under(ctx, &stage.cleo, &demo, Some(&strict)).await.unwrap_err();
    assert_eq!((unknown.code, unknown.field.as_deref()), ("unknown-policy", Some("policy")));
    let known = COOLDOWN.parse().unwrap();
    let refused = project::vet_under(ctx, &stage.ada, &demo, Some(&known)).await.unwrap_err();
    assert_eq!(refused.code, "leads-only");
    project::vet_under(ctx, &stage.cleo, &demo, Some(&known)).await.unwrap();
    assert_eq!(project::show(ctx, &demo).await.unwrap().row.policy, Some(known));
    project::vet_under(ctx, &stage.cleo, &demo, None).await.unwrap();
    assert_eq!(project::show(ctx, &demo).await.unwrap().row.policy, None);
    assert!(stage.told().await.ends_with(&[
        "project.changed.v1 pkg:cargo/demo-lamp policy by cleo".to_owned(),
        "project.changed.v1 pkg:cargo/demo-lamp policy by cleo".to_owned(),
    ]));
}

async fn a_stopped_project_says_who_stopped_it(world: World) {
    let stage = Stage::new(world).await;
    let (ctx, demo) = (&stage.ctx, package(DEMO));
    assert_eq!(project::switch(ctx, &stage.ada, &demo, true).await.unwrap_err().code, "leads-only");
    project::switch(ctx, &stage.cleo, &demo, true).await.unwrap();
    project::switch(ctx, &stage.dora, &demo, true).await.unwrap();
    let stopped = project::show(ctx, &demo).await.unwrap().row;
    assert_eq!((stopped.stopped_by.as_deref(), stopped.stopped_at), (Some("cleo"), Some(ctx.clock.now())));
    let uploader = stage.uploader(&stage.ada).await;
    let refused = hand_in::permit(ctx, &uploader, &demo).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "publishing-stopped"));
    assert!(refused.text.contains("cleo"), "{}", refused.text);
    project::switch(ctx, &stage.dora, &demo, false).await.unwrap();
    hand_in::permit(ctx, &uploader, &demo).await.unwrap();
    let told = stage.told().await;
    assert!(told.ends_with(&[
        "project.changed.v1 pkg:cargo/demo-lamp stopped by cleo".to_owned(),
        "project.changed.v1 pkg:cargo/demo-lamp resumed by dora".to_owned(),
    ]));
}

async fn stewards_and_admins_stop_everything(world: World) {
    let stage = Stage::new(world).await;
    let ctx = &stage.ctx;
    assert_eq!(project::all_stopped(ctx).await.unwrap(), None);
    for (name, role) in [("lea", Role::Lead), ("adi", Role::Auditor)] {
        let who = stage.world.member(name, &[role]).await;
        assert_eq!(project::switch_all(ctx, &who, true).await.unwrap_err().code, "stewards-only");
    }
    let ste = stage.world.member("ste", &[Role::Steward]).await;
    let adm = stage.world.member("adm", &[Role::Admin]).await;
    project::switch_all(ctx, &ste, true).await.unwrap();
    assert_eq!(project::all_stopped(ctx).await.unwrap().as_deref(), Some("ste"));
    // Nobody slips through by opening something new.
    let adi = stage.uploader(&ste).await;
    for purl in [DEMO, "pkg:cargo/demo-other"] {
        assert_eq!(hand_in::permit(ctx, &adi, &package(purl)).await.unwrap_err().code, "publishing-stopped");
    }
    assert_eq!(project::show(ctx, &package("pkg:cargo/demo-other")).await.unwrap_err().code, "unknown-project");
    project::switch_all(ctx, &adm, false).await.unwrap();
    assert_eq!(project::all_stopped(ctx).await.unwrap(), None);
    let told = stage.told().await;
    assert!(
        told.ends_with(&[
            "publishing.switched.v1 stopped by ste".to_owned(),
            "publishing.switched.v1 resumed by adm".to_owned(),
        ])
    );
}

async fn the_operators_token_opens_the_project(world: World) {
    world.member("ada", &[Role::Member]).await;
    world.adopt(COOLDOWN, NOTHING, vetmoot_domain::Adoption::Enforce).await.unwrap();
    let (ada, demo) = ("ada".parse().unwrap(), package("pkg:npm/%40acme/tool"));
    let make = async |origin: &Origin, scopes: &[Scope]| {
        token::create(&world.ctx, origin, &ada, scopes, Some(&demo), None).await.unwrap()
    };
    make(&Origin::Operator, &[Scope::Audit]).await;
    assert_eq!(project::show(&world.ctx, &demo).await.unwrap_err().code, "unknown-project");
    let token = make(&Origin::Operator, &[Scope::Publish]).await;
    let people = project::show(&world.ctx, &demo).await.unwrap().people;
    assert_eq!(
        people.iter().map(|person| (person.name.as_str(), person.role)).collect::<Vec<_>>(),
        [("ada", ProjectRole::Maintainer)]
    );
    let uploader = hand_in::uploader(&world.ctx, &token).await.unwrap();
    assert_eq!((uploader.project.as_ref(), uploader.program.as_deref()), (Some(&demo), None));
    hand_in::permit(&world.ctx, &uploader, &demo).await.unwrap();
    let other = hand_in::permit(&world.ctx, &uploader, &package("pkg:npm/tool")).await.unwrap_err();
    assert_eq!((other.kind, other.code), (Kind::Forbidden, "other-project"));
    // A second token leaves a lead a lead.
    project::appoint(&world.ctx, &Origin::Operator, &demo, &ada, ProjectRole::Lead).await.unwrap();
    make(&Origin::Operator, &[Scope::Publish]).await;
    assert_eq!(project::show(&world.ctx, &demo).await.unwrap().people[0].role, ProjectRole::Lead);
}

async fn a_members_own_token_gives_nothing_new(world: World) {
    let stage = Stage::new(world).await;
    let mia = stage.world.member("mia", &[Role::Member]).await;
    let name = "mia".parse().unwrap();
    for purl in [DEMO, "pkg:cargo/demo-other"] {
        let package = package(purl);
        let token = token::create(&stage.ctx, &mia, &name, &[Scope::Publish], Some(&package), None).await.unwrap();
        let uploader = hand_in::uploader(&stage.ctx, &token).await.unwrap();
        let problem = hand_in::permit(&stage.ctx, &uploader, &package).await.unwrap_err();
        assert_eq!(problem.kind, Kind::Forbidden, "{purl} {}", problem.code);
    }
    assert_eq!(project::show(&stage.ctx, &package("pkg:cargo/demo-other")).await.unwrap_err().code, "unknown-project");
    assert!(project::show(&stage.ctx, &package(DEMO)).await.unwrap().people.iter().all(|person| person.name != name));
    // What names one project hands its files in: it neither speaks for its lead nor for another project.
    let (cleo, demo) = ("cleo".parse().unwrap(), package(DEMO));
    let own = token::create(&stage.ctx, &stage.cleo, &cleo, &[Scope::Publish], Some(&demo), None).await.unwrap();
    let bound = token::member_for(&stage.ctx, &own, &package(DEMO)).await.unwrap_err();
    assert_eq!((bound.kind, bound.code), (Kind::Forbidden, "project-token"));
    assert!(bound.text.contains("/projects/pkg:cargo/demo-lamp") && bound.text.contains("without a project"), "{bound}");
    let uploader = hand_in::uploader(&stage.ctx, &own).await.unwrap();
    hand_in::permit(&stage.ctx, &uploader, &package(DEMO)).await.unwrap();
    let asked = action::ask(&stage.ctx, &uploader, &demo, ActionKind::Yank, vec!["1.0.0".parse().unwrap()], None).await;
    assert_eq!(asked.unwrap_err().code, "project-token");
    let free = token::create(&stage.ctx, &stage.cleo, &cleo, &[Scope::Publish], None, None).await.unwrap();
    assert_eq!(token::member_for(&stage.ctx, &free, &package(DEMO)).await.unwrap(), stage.cleo);
    let other = token::member_for(&stage.ctx, &own, &package(SNAKE)).await.unwrap_err();
    assert_eq!((other.kind, other.code), (Kind::Forbidden, "other-project"));
    assert_eq!(token::member(&stage.ctx, &own, Scope::Publish).await.unwrap_err().code, "other-project");
}

async fn a_programs_token_hands_in_and_nothing_else(world: World) {
    let stage = Stage::new(world).await;
    let (ctx, now) = (&stage.ctx, stage.ctx.clock.now());
    let project = project::show(ctx, &package(DEMO)).await.unwrap().row;
    let secret = "vm_of-a-program";
    let publisher = stage.program_of_demo(secret).await;
    let uploader = hand_in::uploader(ctx, secret).await.unwrap();
    assert_eq!((uploader.name.as_str(), uploader.program.as_deref()), ("cleo", Some("acme/lamp:release.yml")));
    hand_in::permit(ctx, &uploader, &package(DEMO)).await.unwrap();
    assert_eq!(hand_in::permit(ctx, &uploader, &package(SNAKE)).await.unwrap_err().code, "other-project");
    let lead = token::member_for(ctx, secret, &package(DEMO)).await.unwrap_err();
    assert_eq!((lead.kind, lead.code), (Kind::Forbidden, "program-token"));
    assert_eq!(token::member(ctx, secret, Scope::Publish).await.unwrap_err().code, "other-project");
    // What it handed in, cleo answers for: another lead releases it.
    let permit = hand_in::permit(ctx, &uploader, &package(DEMO)).await.unwrap();
    let handed = stage.crate_file("demo-lamp", "1.0.0", "one").await;
    let id = hand_in::hand_in(ctx, &uploader, &permit, handed).await.map_err(problem).unwrap().candidate;
    assert_eq!(moves::release(ctx, &stage.cleo, &id).await.unwrap_err().code, "own-upload");
    let tx = ctx.store.begin().await.unwrap();
    publishers::remove(&tx, project.id, publisher, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(hand_in::uploader(ctx, secret).await.unwrap_err().code, "bad-token");
    moves::release(ctx, &stage.dora, &id).await.unwrap();
}

async fn everything_goes_on_without_the_operator(world: World) {
    let stage = Stage::new(world).await;
    let ctx = &stage.ctx;
    let root = stage.world.member("root", &[Role::Admin, Role::Steward]).await;
    let adi = stage.world.member("adi", &[Role::Auditor]).await;
    // The operator is gone: nobody has the account's roles any more, and nobody is at the command line.
    let tx = ctx.store.begin().await.unwrap();
    users::set_roles(&tx, root.id().unwrap(), &[]).await.unwrap();
    tx.commit().await.unwrap();
    project::appoint(ctx, &stage.cleo, &package(DEMO), &"adi".parse().unwrap(), ProjectRole::Lead).await.unwrap();
    let first = stage.staged("1.0.0").await;
    moves::release(ctx, &adi, &first).await.unwrap();
    let new = package("pkg:cargo/demo-new");
    project::open(ctx, &adi, &new).await.unwrap();
    project::appoint(ctx, &adi, &new, &"dora".parse().unwrap(), ProjectRole::Lead).await.unwrap();
    let handed = stage.crate_file("demo-new", "0.1.0", "one").await;
    let second = stage.hand_in(&adi, "pkg:cargo/demo-new", handed).await.unwrap().candidate;
    assert_eq!(moves::release(ctx, &stage.dora, &second).await.unwrap().state, CandidateState::Releasing);
}

async fn the_doctor_names_who_holds_a_duty_alone(world: World) {
    let stage = Stage::new(world).await;
    let ctx = &stage.ctx;
    let codes = async || {
        let duties = duty::held_alone(ctx).await.unwrap();
        duties.into_iter().map(|duty| format!("{}: {}", duty.code, duty.text)).collect::<Vec<_>>()
    };
    assert!(codes().await.is_empty(), "two leads each, and nobody who could be alone");
    stage.world.member("root", &[Role::Admin]).await;
    project::dismiss(ctx, &stage.cleo, &package(DEMO), &"cleo".parse().unwrap()).await.unwrap();
    let found = codes().await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("single-admin: ") && found[1].starts_with("single-lead: single lead of pkg:cargo/demo-lamp"));
    let findings = doctor::examine(ctx, false).await;
    for what in ["single-admin", "single-lead"] {
        let finding = findings.iter().find(|finding| finding.what == what).unwrap();
        assert_eq!(finding.health, doctor::Health::Warn);
        assert!(finding.fix.is_some());
    }
}
