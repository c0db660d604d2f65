//! The document every actor of ours has (federation.md 2.1 and 3); the folders beside add what is each noun's own.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::public_key::PublicKey;
use activitypub_federation::traits::{Actor, Object};
use serde::{Deserialize, Serialize};
use url::Url;
use vetmoot_workflows::actor::{self, About, ActorKeys, LocalActor, Value as Fact};
use vetmoot_workflows::{Ctx, Kind, Problem};

use super::{application, community, organization, package, person, policy};
use crate::limits::{FIELDS_MAX, LISTED_KEYS_MAX};

/// What kind an actor is, for all servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActorKind {
    /// The community.
    Group,
    /// A member.
    Person,
    /// A body members count for.
    Organization,
    /// The instance.
    Application,
    /// A package or a policy.
    Service,
}

impl ActorKind {
    /// The kind of one of our actors.
    pub fn of(actor: &LocalActor) -> Self {
        match actor {
            LocalActor::Community => Self::Group,
            LocalActor::Instance => Self::Application,
            LocalActor::Person(_) => Self::Person,
            LocalActor::Organisation(_) => Self::Organization,
            LocalActor::Package(_) | LocalActor::Policy(_) => Self::Service,
        }
    }
    /// The kind as documents say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Group => "Group",
            Self::Person => "Person",
            Self::Organization => "Organization",
            Self::Application => "Application",
            Self::Service => "Service",
        }
    }
}

/// An actor of ours as others read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActorDocument {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ActorKind,
    /// Its address.
    pub id: Url,
    /// The part of its handle before `@`.
    pub preferred_username: String,
    /// Its whole handle, without `@` in front (FEP-2c59).
    pub webfinger: String,
    /// What it is called; plain text.
    pub name: String,
    /// What it is; HTML.
    pub summary: String,
    /// The page about it.
    pub url: Url,
    /// Where it receives.
    pub inbox: Url,
    /// What it said.
    pub outbox: Url,
    /// Who follows it.
    pub followers: Url,
    /// Whom it follows.
    pub following: Url,
    /// Where this server receives for everybody.
    pub endpoints: Endpoints,
    /// What it wants seen first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featured: Option<Url>,
    /// The key of its HTTP messages.
    pub public_key: PublicKey,
    /// The keys of its statements, retired ones included (FEP-521a).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assertion_method: Vec<Multikey>,
    /// Whether directories may list it.
    pub discoverable: bool,
    /// Whether its posts may be searched (FEP-5feb).
    pub indexable: bool,
    /// Whether it looks at who wants to follow it; none of ours does.
    pub manually_approves_followers: bool,
    /// Whether only moderators post to it: nobody posts to a community of ours from elsewhere (Lemmy).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posting_restricted_to_mods: Option<bool>,
    /// Since when it is there.
    pub published: String,
    /// Its mark.
    pub icon: Image,
    /// Facts with their labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachment: Vec<PropertyValue>,
    /// The software, with what it implements (FEP-844e).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<Generator>,
    /// What it implements, where it is the software itself (FEP-844e).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implements: Vec<Implemented>,
    /// The community's transparency log.
    #[serde(rename = "vet:log", skip_serializing_if = "Option::is_none")]
    pub log: Option<Log>,
}

/// Addresses of the whole server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    /// The inbox for everybody.
    pub shared_inbox: Url,
}

/// A key for statements (FEP-521a).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Multikey {
    /// The actor's address and the key itself.
    pub id: String,
    /// Always `Multikey`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whose it is.
    pub controller: Url,
    /// The key.
    pub public_key_multibase: String,
    /// Since when it signs.
    pub created: String,
    /// Until when it signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<String>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Always `Image`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its format.
    pub media_type: String,
    /// Its address.
    pub url: Url,
}

/// A labelled fact; the value is HTML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyValue {
    /// Always `PropertyValue`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The label.
    pub name: String,
    /// The fact.
    pub value: String,
}

/// The software behind an actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generator {
    /// Always `Application`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The instance.
    pub id: Url,
    /// What it implements.
    pub implements: Vec<Implemented>,
}

/// A specification that is implemented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Implemented {
    /// Where it is written.
    pub href: String,
    /// What it is called.
    pub name: String,
}

/// A transparency log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// Where its newest checkpoint is.
    pub checkpoint: Url,
    /// The key that signs its checkpoints.
    pub vkey: String,
}

/// One of our actors with everything its document says.
#[derive(Debug, Clone)]
pub struct LocalObject {
    id: Url,
    about: About,
    keys: ActorKeys,
    log: Option<Log>,
    base: Url,
    host: String,
}

impl LocalObject {
    /// Reads an actor that exists already; none when it does not.
    pub async fn read(ctx: &Ctx, actor: &LocalActor) -> Result<Option<Self>, Problem> {
        let Some(about) = actor::about(ctx, actor).await? else { return Ok(None) };
        let keys = actor::keys_of(ctx, actor).await?;
        let log = if *actor == LocalActor::Community { community::log(ctx).await? } else { None };
        let base = Url::parse(ctx.base_url.as_str()).map_err(|error| {
            Problem::new(Kind::Internal, "bad-base", "the address of this instance is no address").because(error)
        })?;
        let host = super::authority(ctx);
        let id = join(&base, &actor.to_string());
        Ok(Some(Self { id, about, keys, log, base, host }))
    }

    /// The document.
    pub fn document(self) -> ActorDocument {
        let actor = &self.about.actor;
        let address = |path: &str| join(&self.base, path);
        let own = |part: &str| address(&format!("{actor}/{part}"));
        let field = |(name, fact): &(&'static str, Fact)| PropertyValue {
            kind: "PropertyValue".to_owned(),
            name: (*name).to_owned(),
            value: self.html(fact),
        };
        let common = ActorDocument {
            kind: ActorKind::of(actor),
            id: self.id.clone(),
            preferred_username: self.about.handle.clone(),
            webfinger: format!("{}@{}", self.about.handle, self.host),
            name: self.about.name.clone(),
            summary: self.about.summary.iter().map(|text| ["<p>", &escape(text), "</p>"].concat()).collect(),
            url: address(&self.about.page),
            inbox: own("inbox"),
            outbox: own("outbox"),
            followers: own("followers"),
            following: own("following"),
            endpoints: Endpoints { shared_inbox: address("/inbox") },
            featured: Some(own("featured")),
            public_key: self.public_key(),
            assertion_method: self.multikeys(),
            discoverable: true,
            indexable: true,
            manually_approves_followers: false,
            posting_restricted_to_mods: None,
            published: self.about.since.to_string(),
            icon: Image {
                kind: "Image".to_owned(),
                media_type: "image/png".to_owned(),
                url: address(&super::icon::path(actor)),
            },
            attachment: self.about.fields.iter().take(FIELDS_MAX).map(field).collect(),
            generator: Some(Generator {
                kind: "Application".to_owned(),
                id: address(&LocalActor::Instance.to_string()),
                implements: application::implemented(),
            }),
            implements: Vec::new(),
            log: None,
        };
        match actor {
            LocalActor::Community => community::dress(common, self.log),
            LocalActor::Instance => application::dress(common),
            LocalActor::Person(_) => person::dress(common),
            LocalActor::Organisation(_) => organization::dress(common),
            LocalActor::Package(_) => package::dress(common),
            LocalActor::Policy(_) => policy::dress(common),
        }
    }

    fn html(&self, fact: &Fact) -> String {
        match fact {
            Fact::Text(text) => escape(text),
            Fact::Page(path, says) => {
                let href = join(&self.base, path);
                format!("<a href=\"{}\" rel=\"nofollow noopener\">{}</a>", escape(href.as_str()), escape(says))
            }
        }
    }

    fn multikeys(&self) -> Vec<Multikey> {
        // The newest are kept, should there ever be more than a reader looks at.
        let skipped = self.keys.statements.len().saturating_sub(LISTED_KEYS_MAX);
        let listed = self.keys.statements.iter().skip(skipped).map(|key| Multikey {
            id: format!("{}#{}", self.id, key.key),
            kind: "Multikey".to_owned(),
            controller: self.id.clone(),
            public_key_multibase: key.key.to_string(),
            created: key.from.to_string(),
            revoked: key.until.map(|until| until.to_string()),
        });
        listed.collect()
    }
}

/// The document of an actor that exists already; none when it does not.
pub async fn document(ctx: &Ctx, actor: &LocalActor) -> Result<Option<ActorDocument>, Problem> {
    Ok(LocalObject::read(ctx, actor).await?.map(LocalObject::document))
}

#[async_trait::async_trait]
impl Object for LocalObject {
    type DataType = Ctx;
    type Kind = ActorDocument;
    type Error = Problem;

    fn id(&self) -> &Url {
        &self.id
    }
    async fn read_from_id(id: Url, data: &Data<Ctx>) -> Result<Option<Self>, Problem> {
        let ctx: &Ctx = data;
        match id.as_str().strip_prefix(ctx.base_url.as_str()).and_then(|path| path.parse().ok()) {
            Some(actor) => Self::read(ctx, &actor).await,
            None => Ok(None),
        }
    }
    async fn into_json(self, _: &Data<Ctx>) -> Result<ActorDocument, Problem> {
        Ok(self.document())
    }
    async fn verify(_: &ActorDocument, _: &Url, _: &Data<Ctx>) -> Result<(), Problem> {
        Err(ours())
    }
    async fn from_json(_: ActorDocument, _: &Data<Ctx>) -> Result<Self, Problem> {
        Err(ours())
    }
}

/// Nothing from elsewhere ever becomes an actor of ours.
fn ours() -> Problem {
    Problem::new(Kind::Forbidden, "not-ours", "an actor of this instance is never read from another server")
}

impl Actor for LocalObject {
    fn public_key_pem(&self) -> &str {
        &self.keys.http.pem
    }
    fn private_key_pem(&self) -> Option<String> {
        // Private keys never leave the keyring; our own sender asks it for signatures.
        None
    }
    fn inbox(&self) -> Url {
        join(&self.base, &format!("{}/inbox", self.about.actor))
    }
    fn public_key(&self) -> PublicKey {
        PublicKey { id: self.keys.http.id.clone(), owner: self.id.clone(), public_key_pem: self.keys.http.pem.clone() }
    }
    fn shared_inbox(&self) -> Option<Url> {
        Some(join(&self.base, "/inbox"))
    }
}

/// The address of a path of ours; paths are made here and hold nothing that needs escaping.
fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(path);
    url
}

/// A plain text as HTML.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}
