//! What people do in a community of a world, in the words of the tests.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;
use vetmoot_domain::{Adoption, Artifact, AuditForm, Role, State};
use vetmoot_storage::audits::AuditRow;
use vetmoot_tests::http::Ask;
use vetmoot_tests::process;
use vetmoot_workflows::audit::{record, withdraw};
use vetmoot_workflows::member::create;
use vetmoot_workflows::moderation::{self, Verdict};
use vetmoot_workflows::policy::adopt::{self, Adopt};
use vetmoot_workflows::registry::decisions;
use vetmoot_workflows::{Origin, follow};

use super::Place;

/// Somebody who audits in a community.
pub struct Auditor<'p> {
    place: &'p Place,
    /// Who it is for workflows.
    pub origin: Origin,
}

impl Place {
    /// A member with this name and these roles, made when first named.
    pub async fn member(&self, name: &str, roles: &[Role]) -> Origin {
        let name = name.parse().unwrap();
        let known = vetmoot_storage::users::by_name(&self.ctx.store.read(), &name).await.unwrap();
        let row = match known {
            Some(row) => row,
            None => create::create(&self.ctx, &Origin::Operator, &name, roles, None).await.unwrap().done().unwrap(),
        };
        Origin::Member { id: row.id, name: row.name, roles: row.roles }
    }

    /// An auditor with this name.
    pub async fn auditor(&self, name: &str) -> Auditor<'_> {
        Auditor { place: self, origin: self.member(name, &[Role::Auditor]).await }
    }

    /// Adopts a policy of the shelf under its own name, with these lines behind it.
    pub async fn adopts_with(&self, shelf: &str, lines: &str) {
        self.adopts_text(shelf, &format!("{}{lines}", adopt::from_shelf(shelf).unwrap())).await;
    }

    /// Adopts a policy of the test's own.
    pub async fn adopts_text(&self, slug: &str, text: &str) {
        let adopt = Adopt { slug: slug.parse().unwrap(), bytes: text.as_bytes().to_vec(), mode: Adoption::Enforce };
        adopt::adopt(&self.ctx, &Origin::Operator, adopt).await.unwrap();
    }

    /// Adopts a policy of the shelf as it is.
    pub async fn adopts(&self, shelf: &str) {
        self.adopts_with(shelf, "").await;
    }

    /// Adopts a policy of the shelf that trusts what another community says, at level 2.
    pub async fn adopts_trusting(&self, shelf: &str, other: &Place) {
        let lines = format!("\n[[import]]\nname = \"{0}\"\norganisation = \"{0}\"\nlevel = 2\n", other.host());
        self.adopts_with(shelf, &lines).await;
    }

    /// The state of a release under a policy.
    pub async fn state(&self, policy: &str, purl: &str) -> State {
        let artifact: Artifact = purl.parse().unwrap();
        decisions::decide(&self.ctx, &policy.parse().unwrap(), &artifact, None).await.unwrap().decision.state
    }
}

/// A full reading of a release.
pub fn full(release: &str, criterion: &str) -> AuditForm {
    AuditForm {
        kind: "full".to_owned(),
        release: release.to_owned(),
        criteria: vec![criterion.to_owned()],
        depth: Some("read".to_owned()),
        ..AuditForm::default()
    }
}

impl Auditor<'_> {
    /// Records a full reading.
    pub async fn records(&self, release: &str, criterion: &str) -> AuditRow {
        self.says(&full(release, criterion)).await
    }

    /// Records what a form says.
    pub async fn says(&self, form: &AuditForm) -> AuditRow {
        record::record(&self.place.ctx, &self.origin, form).await.unwrap()
    }

    /// Takes an audit back.
    pub async fn withdraws(&self, audit: &AuditRow, reason: &str) {
        withdraw::withdraw(&self.place.ctx, &self.origin, &audit.id, reason).await.unwrap();
    }
}

impl Place {
    /// Asks to follow another community, as a steward does by its handle.
    pub async fn follows(&self, other: &Place) {
        let handle = format!("@community@{}", other.host());
        follow::request(&self.ctx, &Origin::Operator, &handle)
            .await
            .unwrap_or_else(|problem| panic!("{} cannot follow {handle}: {problem} ({:?})", self.name, problem.cause));
    }

    /// Follows another community no longer.
    pub async fn unfollows(&self, other: &Place) {
        follow::end(&self.ctx, &Origin::Operator, other.host()).await.unwrap();
    }

    /// Blocks another community's host.
    pub async fn blocks(&self, other: &Place) {
        moderation::decide(&self.ctx, &Origin::Operator, other.host(), Verdict::Block, "for a test").await.unwrap();
    }

    /// How following another community stands.
    pub async fn following(&self, other: &Place) -> follow::Shown {
        follow::one(&self.ctx, other.host()).await.unwrap()
    }

    /// How many statements this community made, by its own log.
    pub async fn leaves(&self) -> u64 {
        self.checkpoint().await.lines().nth(1).and_then(|line| line.parse().ok()).unwrap_or(0)
    }

    /// The newest checkpoint, as anybody may read it.
    pub async fn checkpoint(&self) -> String {
        let address = self.at("/log/checkpoint");
        let answer = tokio::task::spawn_blocking(move || Ask::get(&address).answer()).await.unwrap();
        assert_eq!(answer.status, 200, "{}: no checkpoint: {}", self.name, answer.text());
        answer.text()
    }

    /// An object of this community as other servers are answered.
    pub async fn object(&self, path: &str) -> Value {
        let address = self.at(path);
        let host = self.host().to_owned();
        let ask = Ask::get(&address).header("accept", "application/activity+json").header("host", &host);
        let answer = tokio::task::spawn_blocking(move || ask.answer()).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// What became of each activity that was taken in, by its id; SQLite alone.
    pub fn outcomes(&self) -> BTreeMap<String, String> {
        let rows = self.rows("select activity_uri, coalesce(outcome, state) from inbox");
        rows.into_iter().filter_map(|row| Some((row.first()?.clone(), row.get(1)?.clone()))).collect()
    }

    /// Rows of a question to the database as another program reads it; SQLite alone.
    pub fn rows(&self, question: &str) -> Vec<Vec<String>> {
        let script = "import json, sqlite3, sys\nrows = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True).execute(sys.argv[2])\nprint(json.dumps([[str(cell) for cell in row] for row in rows]))";
        let mut command = Command::new("python3");
        command.args(["-c", script]).arg(self.folder().join("vetmoot.db")).arg(question);
        let ended = tokio::task::block_in_place(|| process::run(&mut command));
        assert!(ended.is_good(), "{question}: {}", ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap()
    }
}
