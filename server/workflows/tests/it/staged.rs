//! What tests of handing in share: people with tokens, and archives that are what they say.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use vetmoot_domain::{Adoption, CandidateId, CandidateState, Digests, Package, ProjectRole, Role, Version};
use vetmoot_storage::events;
use vetmoot_storage::submission::candidates::{self, NewMove};
use vetmoot_storage::submission::publishers::{self, NewPublisher};
use vetmoot_storage::tokens::{self, NewToken};
use vetmoot_tests::packages::Release;
use vetmoot_tests::upstream::archive;
use vetmoot_workflows::member::secret;
use vetmoot_workflows::member::token::{self, Scope};
use vetmoot_workflows::submission::hand_in::{self, Handed, Receipt, Refusal, Uploader};
use vetmoot_workflows::submission::{CandidateRow, FileKind, candidate, project};
use vetmoot_workflows::{Ctx, Origin, Problem};

use crate::world::{Setup, World};

/// A policy that wants nothing at all.
pub const NOTHING: &str = "vetmoot-policy = 1\n[policy]\ntitle = \"Open\"\nsummary = \"Open.\"\n";
/// The project most tests are about; its home is the community, so that no index and no credential are needed.
pub const DEMO: &str = "pkg:cargo/demo-lamp";
/// A Python project of the same kind.
pub const SNAKE: &str = "pkg:pypi/demo-snake";

/// A community with a project of each kind: ada hands in, cleo and dora lead.
pub struct Stage {
    pub world: World,
    pub ctx: Ctx,
    pub ada: Origin,
    pub cleo: Origin,
    pub dora: Origin,
}

impl Stage {
    /// Under a policy that wants nothing.
    pub async fn new(world: World) -> Self {
        Self::under(world, NOTHING).await
    }

    /// Under this policy.
    pub async fn under(world: World, policy: &str) -> Self {
        let ctx = world.another(&Setup { reserved: vec!["cargo:demo-*", "pypi:demo-*"], ..Setup::default() }).await;
        let stage = Self::with(world, ctx).await;
        stage.adopt(policy).await;
        for purl in [DEMO, SNAKE] {
            stage.open(purl).await;
        }
        stage
    }

    /// Its people alone, in a community that is set up already.
    pub async fn with(world: World, ctx: Ctx) -> Self {
        Self {
            ada: world.member("ada", &[Role::Member]).await,
            cleo: world.member("cleo", &[Role::Member]).await,
            dora: world.member("dora", &[Role::Member]).await,
            world,
            ctx,
        }
    }

    /// A token of a program that hands in for the project of [`DEMO`], in cleo's name; answers its publisher.
    pub async fn program_of_demo(&self, secret: &str) -> i64 {
        let (ctx, now) = (&self.ctx, self.ctx.clock.now());
        let project = project::show(ctx, &package(DEMO)).await.unwrap().row;
        let tx = ctx.store.begin().await.unwrap();
        let claims = BTreeMap::from([("repository".to_owned(), "acme/lamp".to_owned())]);
        let added_by = self.cleo.id().unwrap();
        let new = NewPublisher { project_id: project.id, issuer: "https://ci.example".to_owned(), claims, added_by };
        let publisher = publishers::add(&tx, &new, now).await.unwrap();
        let token = NewToken {
            user_id: added_by,
            hash: secret::hash(secret),
            scopes: vec!["publish".to_owned()],
            project: Some(DEMO.to_owned()),
            expires_at: now.plus("15m".parse().unwrap()),
        };
        let token = tokens::create(&tx, &token, now).await.unwrap();
        publishers::token_made(&tx, token, &[publisher], "acme/lamp:release.yml").await.unwrap();
        tx.commit().await.unwrap();
        publisher
    }

    /// Adopts the policy that vets everything here.
    pub async fn adopt(&self, toml: &str) {
        use vetmoot_workflows::policy::adopt::{Adopt, AdoptError, adopt};
        let wanted = Adopt { slug: "cooldown".parse().unwrap(), bytes: toml.as_bytes().to_vec(), mode: Adoption::Enforce };
        adopt(&self.ctx, &Origin::Operator, wanted).await.map_err(AdoptError::into_problem).unwrap();
    }

    /// Opens a project with ada as its maintainer and two leads.
    pub async fn open(&self, purl: &str) {
        let package = purl.parse().unwrap();
        project::open(&self.ctx, &Origin::Operator, &package).await.unwrap();
        for (name, role) in [("ada", ProjectRole::Maintainer), ("cleo", ProjectRole::Lead), ("dora", ProjectRole::Lead)] {
            project::appoint(&self.ctx, &Origin::Operator, &package, &name.parse().unwrap(), role).await.unwrap();
        }
    }

    /// Somebody with a token for publishing.
    pub async fn uploader(&self, who: &Origin) -> Uploader {
        let Origin::Member { name, .. } = who else { panic!("only members have tokens") };
        let token = token::create(&self.ctx, who, name, &[Scope::Publish], None, None).await.unwrap();
        hand_in::uploader(&self.ctx, &token).await.unwrap()
    }

    /// Hands a file in as every door does.
    pub async fn hand_in(&self, who: &Origin, purl: &str, handed: Handed) -> Result<Receipt, Problem> {
        let uploader = self.uploader(who).await;
        let permit = hand_in::permit(&self.ctx, &uploader, &purl.parse().unwrap()).await?;
        hand_in::hand_in(&self.ctx, &uploader, &permit, handed).await.map_err(problem)
    }

    /// A release of the demo, handed in by ada and staged.
    pub async fn staged(&self, version: &str) -> CandidateId {
        let handed = self.crate_file("demo-lamp", version, "one").await;
        self.hand_in(&self.ada, DEMO, handed).await.unwrap().candidate
    }

    /// A release of the demo in this state, whatever the way there is.
    pub async fn standing(&self, version: &str, state: CandidateState) -> CandidateId {
        use CandidateState::{Approved, ChangesAsked, Draft, Failed, InReview, Released, Releasing, Staged, Withdrawn};
        let mut handed = self.crate_file("demo-lamp", version, "one").await;
        handed.whole = false;
        let id = self.hand_in(&self.ada, DEMO, handed).await.unwrap().candidate;
        let way: &[CandidateState] = match state {
            Draft => &[Draft],
            Staged => &[Draft, Staged],
            InReview => &[Draft, Staged, InReview],
            ChangesAsked => &[Draft, Staged, ChangesAsked],
            Approved => &[Draft, Staged, Approved],
            Releasing => &[Draft, Staged, Approved, Releasing],
            Released => &[Draft, Staged, Approved, Releasing, Released],
            Failed => &[Draft, Staged, Approved, Releasing, Failed],
            Withdrawn => &[Draft, Withdrawn],
        };
        let at = self.ctx.clock.now();
        for step in way.windows(2) {
            let new = NewMove { from: step[0], to: step[1], user_id: None, moved_by: "test", reason: None, at };
            let tx = self.ctx.store.begin().await.unwrap();
            assert!(candidates::advance(&tx, &id, &new).await.unwrap());
            tx.commit().await.unwrap();
        }
        id
    }

    pub async fn row(&self, id: &CandidateId) -> CandidateRow {
        candidate::show(&self.ctx, id).await.unwrap().row
    }

    pub async fn state(&self, id: &CandidateId) -> CandidateState {
        self.row(id).await.state
    }

    /// The states a candidate went through, with who moved it.
    pub async fn moves(&self, id: &CandidateId) -> Vec<String> {
        let moves = candidate::show(&self.ctx, id).await.unwrap().moves;
        moves.into_iter().map(|step| format!("{} {}", step.state, step.moved_by)).collect()
    }

    /// The events about publishing so far: topic, subject, actor.
    pub async fn told(&self) -> Vec<String> {
        let rows = events::after(&self.ctx.store.read(), 0, 1_000).await.unwrap();
        let about = |topic: &str| ["candidate.", "project.", "publishing."].iter().any(|start| topic.starts_with(start));
        let wanted = rows.into_iter().filter(|row| about(row.topic.as_str()));
        wanted.map(|row| format!("{} {} by {}", row.topic, row.subject.join(" "), row.actor.unwrap_or_default())).collect()
    }

    /// How many candidates there are.
    pub async fn count(&self) -> usize {
        candidate::list(&self.ctx, &candidate::Wanted::default(), 0, 100).await.unwrap().len()
    }

    async fn stored(&self, bytes: Vec<u8>) -> vetmoot_storage::Stored {
        let mut writer = self.ctx.blobs.writer().await.unwrap();
        writer.write(Bytes::from(bytes)).await.unwrap();
        writer.commit(&Digests::default(), None).await.unwrap()
    }

    /// A crate with one line of code.
    pub async fn crate_file(&self, name: &str, version: &str, line: &str) -> Handed {
        let root = format!("{name}-{version}");
        let manifest = format!(
            "[package]\nname = {name:?}\nversion = {version:?}\nedition = \"2021\"\ndescription = \"made up\"\nlicense = \"MIT\"\n"
        );
        let code = format!("//! Made up: {line}\n");
        let (manifest_path, code_path) = (format!("{root}/Cargo.toml"), format!("{root}/src/lib.rs"));
        let bytes = archive::tar_gz(&[(&manifest_path, &manifest), (&code_path, &code)]);
        let publish = json!({
            "name": name, "vers": version, "deps": [], "features": {}, "authors": [], "description": "made up",
            "documentation": null, "homepage": null, "readme": null, "readme_file": null, "keywords": [], "categories": [],
            "license": "MIT", "license_file": null, "repository": null, "badges": {}, "links": null,
        });
        Handed {
            version: version.parse().unwrap(),
            file_name: format!("{root}.crate"),
            kind: FileKind::Crate,
            stored: self.stored(bytes).await,
            metadata: json!({ "line": { "name": name, "vers": version, "deps": [], "features": {} }, "publish": publish }),
            attestations: None,
            whole: true,
        }
    }

    /// A wheel.
    pub async fn wheel_file(&self, name: &str, version: &str, line: &str) -> Handed {
        let (file_name, bytes) = archive::wheel(&Release::new(name, version, 0).with_line(line));
        self.python_file(name, version, file_name, FileKind::Wheel, bytes).await
    }

    /// A source distribution.
    pub async fn sdist_file(&self, name: &str, version: &str, line: &str) -> Handed {
        let (file_name, bytes) = archive::sdist(&Release::new(name, version, 0).with_line(line));
        self.python_file(name, version, file_name, FileKind::Sdist, bytes).await
    }

    async fn python_file(&self, name: &str, version: &str, file_name: String, kind: FileKind, bytes: Vec<u8>) -> Handed {
        let filetype = if kind == FileKind::Wheel { "bdist_wheel" } else { "sdist" };
        let pyversion = if kind == FileKind::Wheel { "py3" } else { "source" };
        let fields: Value = json!({
            "metadata_version": ["2.1"], "name": [name], "version": [version], "summary": ["made up"],
            "filetype": [filetype], "pyversion": [pyversion],
        });
        Handed {
            version: version.parse().unwrap(),
            file_name,
            kind,
            stored: self.stored(bytes).await,
            metadata: json!({ "fields": fields }),
            attestations: None,
            whole: false,
        }
    }
}

/// A refusal as the one problem it is; findings by the code of the first.
pub fn problem(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Problem(problem) => problem,
        Refusal::Findings(findings) => {
            let all: Vec<String> = findings.iter().map(|finding| format!("{}: {}", finding.code, finding.text)).collect();
            Problem::invalid("findings", "file", all.join("; "))
        }
    }
}

/// Both at the same moment, each on its own thread.
pub fn at_once<A, B>(a: A, b: B) -> impl Future<Output = (A::Output, B::Output)>
where
    A: Future<Output: Send + 'static> + Send + 'static,
    B: Future<Output: Send + 'static> + Send + 'static,
{
    // Each holds all that handing in holds.
    let (a, b) = (Box::pin(a), Box::pin(b));
    async move {
        let start = Arc::new(tokio::sync::Barrier::new(2));
        let (first, second) = (start.clone(), start);
        let a = tokio::spawn(async move {
            first.wait().await;
            a.await
        });
        let b = tokio::spawn(async move {
            second.wait().await;
            b.await
        });
        (a.await.unwrap(), b.await.unwrap())
    }
}

/// Lets a future go on so many times, and then drops it where it stands, as when a client hangs up or a process dies.
pub async fn cut_off<F: Future>(future: F, after: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = after;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

pub fn package(purl: &str) -> Package {
    purl.parse().unwrap()
}

pub fn version(text: &str) -> Version {
    text.parse().unwrap()
}
