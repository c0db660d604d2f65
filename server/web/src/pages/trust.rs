//! `/peers/{host}/trust`: make the audits of a followed community count under a policy, after looking at the effect.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use vetmoot_domain::{Role, Slug};
use vetmoot_frontend::pages::trust::{Trust as Page, TrustEffect, TrustPreview};
use vetmoot_frontend::parts::{Choice, Link, Notice, Tone};
use vetmoot_judge::ImportRule;
use vetmoot_workflows::Problem;
use vetmoot_workflows::follow::{self, FollowState, ImportRuleDraft, Preview, Shown};
use vetmoot_workflows::policy::adopt::{self, Adopt, AdoptError};
use vetmoot_workflows::policy::book::Adopted;
use vetmoot_workflows::proposal::Outcome;

use super::fields::{Fields, Wrong};
use super::visit::{Visit, notice, see_other};
use super::{links, proposals};
use crate::limits::IMPORT_LINES_MAX;

const LEVELS: [(&str, &str, &str); 5] = [
    ("2", "2, an auditor's", ""),
    ("0", "0, nothing", ""),
    ("1", "1, a newcomer's", ""),
    ("3", "3, a senior's", ""),
    ("4", "4, a steward's", ""),
];
const DEPTHS: [(&str, &str, &str); 4] =
    [("", "as each audit says", ""), ("skim", "skimmed", ""), ("read", "read", ""), ("deep", "read in depth", "")];

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/peers/{host}/trust").route(super::reads().to(form)).route(web::post().to(send)));
}

async fn form(visit: Visit, host: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let page = begin(&visit, &host, &Fields::of_query(request.query_string())).await;
    visit.answer(page)
}

async fn send(visit: Visit, host: web::Path<String>, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let page = take(&visit, &host, &Fields::new(form.into_inner())).await;
    visit.answer(page)
}

/// Policies are the stewards' alone.
fn steward(visit: &Visit) -> Result<&vetmoot_workflows::Origin, Problem> {
    visit.required_role(&[Role::Steward], "stewards")
}

async fn begin(visit: &Visit, host: &str, asked: &Fields) -> Result<HttpResponse, Problem> {
    steward(visit)?;
    let shown = super::peer::one(visit, host).await?;
    let chosen = visit.ctx.book.all().into_iter().find(|adopted| adopted.slug.as_str() == asked.text("policy"));
    let rule = chosen.as_ref().and_then(|adopted| rule_of(adopted, host).cloned());
    // What the form leaves as it is must not change what the policy says.
    let usual =
        chosen.as_ref().map_or((true, true), |adopted| (adopted.policy.counts_undated(), adopted.policy.counts_unbound()));
    let fields = rule.map_or_else(|| first_words(asked, &shown, usual), |rule| words_of(asked, &rule, usual));
    page(visit, &shown, &fields, &Wrong::default(), None)
}

fn rule_of<'a>(adopted: &'a Adopted, host: &str) -> Option<&'a ImportRule> {
    adopted.policy.imports().iter().find(|rule| rule.name == host)
}

/// What the form suggests for a community that no policy names yet.
fn first_words(asked: &Fields, shown: &Shown, (undated, unbound): (bool, bool)) -> Fields {
    let mut pairs = vec![("policy", asked.text("policy")), ("organisation", &shown.row.source), ("level", "2")];
    pairs.extend(undated.then_some(("undated", "on")));
    pairs.extend(unbound.then_some(("unbound", "on")));
    Fields::new(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// What a policy says of it now.
fn words_of(asked: &Fields, rule: &ImportRule, (undated, unbound): (bool, bool)) -> Fields {
    let line = |(theirs, ours): (&vetmoot_domain::CriterionName, &Vec<vetmoot_domain::CriterionName>)| {
        let ours: Vec<&str> = ours.iter().map(|name| name.as_str()).collect();
        format!("{theirs} = {}", ours.join(", "))
    };
    let mut pairs = vec![
        ("policy", asked.text("policy").to_owned()),
        ("organisation", rule.organisation.to_string()),
        ("level", u64::from(rule.level).to_string()),
        ("depth", rule.depth.map(|depth| depth.to_string()).unwrap_or_default()),
        ("map", rule.criteria_map.iter().map(|(theirs, ours)| line((theirs, ours))).collect::<Vec<_>>().join("\n")),
    ];
    pairs.push(("exclude", rule.exclude.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")));
    let ticks = [
        ("undated", rule.undated.unwrap_or(undated)),
        ("unbound", rule.unbound.unwrap_or(unbound)),
        ("apart", rule.authors_apart),
    ];
    for (name, counts) in ticks {
        pairs.extend(counts.then(|| (name, "on".to_owned())));
    }
    Fields::new(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

async fn take(visit: &Visit, host: &str, fields: &Fields) -> Result<HttpResponse, Problem> {
    let member = steward(visit)?;
    let shown = super::peer::one(visit, host).await?;
    let mut wrong = Wrong::default();
    let Some((slug, draft)) = read(&shown, fields, &mut wrong) else {
        return page(visit, &shown, fields, &wrong, None);
    };
    let preview = match follow::effect(&visit.ctx, &slug, &draft).await {
        Ok(preview) => preview,
        Err(problem) => {
            wrong.take(problem, field_of)?;
            return page(visit, &shown, fields, &wrong, None);
        }
    };
    if fields.text("step") == "save" {
        let mode = visit.ctx.book.newest(&slug).map_or(vetmoot_domain::Adoption::Enforce, |adopted| adopted.mode);
        let wanted = Adopt { slug, bytes: preview.text.into_bytes(), mode };
        let saved = adopt::adopt(&visit.ctx, member, wanted).await.map_err(AdoptError::into_problem)?;
        return Ok(see_other(&match saved {
            Outcome::Now(_) => format!("{}?trusted=1", links::peer(&shown.row.source)),
            Outcome::Waits(row) => format!("{}?done=made", proposals::href(row.id)),
        }));
    }
    page(visit, &shown, fields, &wrong, Some((slug, preview)))
}

/// The form's name of a field of the document.
fn field_of(field: &str) -> String {
    match field {
        "text" | "import" => String::new(),
        "criteria-map" => "map".to_owned(),
        other => other.to_owned(),
    }
}

fn read(shown: &Shown, fields: &Fields, wrong: &mut Wrong) -> Option<(Slug, ImportRuleDraft)> {
    let slug = fields.text("policy").parse::<Slug>().map_err(|_| wrong.add("policy", "choose a policy")).ok();
    let level = fields.text("level").parse::<u8>().ok().filter(|level| *level <= 4);
    if level.is_none() {
        wrong.add("level", "choose a level from 0 to 4");
    }
    let map = criteria(fields.raw("map"), wrong);
    let exclude: Vec<String> = lines(fields.raw("exclude")).map(str::to_owned).collect();
    for purl in &exclude {
        if let Err(error) = purl.parse::<vetmoot_domain::Package>() {
            wrong.add("exclude", &format!("`{purl}` is no package: {error}"));
        }
    }
    let draft = ImportRuleDraft {
        name: shown.row.source.clone(),
        organisation: fields.text("organisation").to_owned(),
        level: level?,
        criteria_map: map?,
        depth: Some(fields.text("depth").to_owned()).filter(|depth| !depth.is_empty()),
        undated: Some(fields.ticked("undated")),
        unbound: Some(fields.ticked("unbound")),
        authors_apart: fields.ticked("apart"),
        exclude,
    };
    Some((slug?, draft)).filter(|_| wrong.is_empty())
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).take(IMPORT_LINES_MAX)
}

/// `theirs = ours, ours` a line.
fn criteria(text: &str, wrong: &mut Wrong) -> Option<BTreeMap<String, Vec<String>>> {
    let mut map = BTreeMap::new();
    for (at, line) in lines(text).enumerate() {
        let Some((theirs, ours)) = line.split_once('=') else {
            wrong.add("map", &format!("line {} has no equals sign; write theirs = ours", at + 1));
            return None;
        };
        let ours = ours.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        map.insert(theirs.trim().to_owned(), ours);
    }
    Some(map)
}

fn page(
    visit: &Visit,
    shown: &Shown,
    fields: &Fields,
    wrong: &Wrong,
    preview: Option<(Slug, Preview)>,
) -> Result<HttpResponse, Problem> {
    let host = &shown.row.source;
    let page = Page {
        host: host.clone(),
        name: shown.row.name.clone(),
        action: format!("{}/trust", links::peer(host)),
        notices: notices(shown),
        problems: wrong.summary(),
        policies: policies(visit, host, fields.text("policy")),
        organisation: fields.field("organisation", wrong),
        levels: fields.choices("level", &LEVELS),
        map: fields.field("map", wrong),
        depths: fields.choices("depth", &DEPTHS),
        exclude: fields.field("exclude", wrong),
        apart: fields.ticked("apart"),
        undated: fields.ticked("undated"),
        unbound: fields.ticked("unbound"),
        preview: preview.map(|(slug, preview)| shown_preview(visit, host, &slug, preview)),
    };
    let crumbs = vec![Link::new("Peers", "/peers"), Link::new(host, links::peer(host)), Link::plain("Count its audits")];
    let mut shell = visit.shell("Make its audits count", crumbs);
    shell.noindex = true;
    visit.page_with(if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &shell, &page)
}

fn notices(shown: &Shown) -> Vec<Notice> {
    let mut notices = Vec::new();
    if shown.row.state != FollowState::Accepted {
        notices.push(notice(Tone::Warn, "It is not followed just now, so nothing of it counts whatever a policy says."));
    } else if shown.progress().is_some_and(|(done, total)| done < total) {
        notices.push(notice(Tone::Info, "Its log is still being read; the effect grows with it."));
    }
    notices
}

fn policies(visit: &Visit, host: &str, chosen: &str) -> Vec<Choice> {
    let all = visit.ctx.book.all();
    let known = all.iter().any(|adopted| adopted.slug.as_str() == chosen);
    let choice = |(at, adopted): (usize, &std::sync::Arc<Adopted>)| Choice {
        value: adopted.slug.to_string(),
        label: links::name_of(adopted),
        hint: match rule_of(adopted, host) {
            Some(rule) => format!("names it already, as {} of level {}; saving replaces that", rule.organisation, rule.level),
            None => "does not name it yet".to_owned(),
        },
        checked: if known { adopted.slug.as_str() == chosen } else { at == 0 },
    };
    all.iter().enumerate().map(choice).collect()
}

fn shown_preview(visit: &Visit, host: &str, slug: &Slug, preview: Preview) -> TrustPreview {
    let adopted = visit.ctx.book.newest(slug);
    let name = adopted.as_ref().map_or_else(|| slug.to_string(), |adopted| links::name_of(adopted));
    let next = adopted.as_ref().map_or(1, |adopted| adopted.revision + 1);
    let known = preview.changes.iter().filter(|change| change.listed + change.held + change.refused > 0);
    let cut = if preview.cut { " More packages are known than were looked at." } else { "" };
    TrustPreview {
        policy: Link::new(&name, links::policy(slug.as_str())),
        sentence: format!("{}{cut}", preview.sentence()),
        effects: known
            .map(|change| TrustEffect {
                ecosystem: change.ecosystem.to_string(),
                newly_listed: change.newly_listed,
                newly_withheld: change.newly_withheld,
            })
            .collect(),
        toml: table_of(&preview.text, host),
        takes_effect: if visit.lone_steward() {
            format!("Saving adopts it at once, as revision {next} of {name}.")
        } else {
            format!("Saving proposes it as revision {next} of {name}; it takes effect when a second steward accepts it.")
        },
    }
}

/// The `[[import]]` of this name, as it will stand in the document.
fn table_of(document: &str, host: &str) -> String {
    let name = format!("name = \"{host}\"");
    let tables = document.split("[[import]]").skip(1);
    let ends = |table: &str| table.find("\n[").map_or(table.len(), |at| at);
    let found = tables.map(|table| table.split_at(ends(table)).0).find(|table| table.lines().any(|line| line.trim() == name));
    found.map(|table| format!("[[import]]{}\n", table.trim_end())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{Wrong, criteria, table_of};

    #[test]
    fn criteria_are_read_a_line_each() {
        let mut wrong = Wrong::default();
        let map = criteria(" theirs = ours, safe-to-run\n\nnothing =\n", &mut wrong).unwrap();
        assert_eq!(map.get("theirs").unwrap(), &["ours", "safe-to-run"]);
        assert!(map.get("nothing").unwrap().is_empty() && wrong.is_empty());
        assert!(criteria("a = b\nno sign", &mut wrong).is_none());
        assert_eq!(wrong.of("map").unwrap(), "Line 2 has no equals sign; write theirs = ours.");
    }

    #[test]
    fn the_lines_that_are_added_are_shown_alone() {
        let document = "x = 1\n\n[[import]]\nname = \"other\"\nlevel = 1\n\n[[import]]\nname = \"pier.example\"\nlevel = 2\n\n[[rule]]\nid = \"r\"\n";
        assert_eq!(table_of(document, "pier.example"), "[[import]]\nname = \"pier.example\"\nlevel = 2\n");
        assert_eq!(table_of(document, "nobody.example"), "");
    }
}
