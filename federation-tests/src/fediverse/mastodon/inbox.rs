//! What comes in: checks in Mastodon's order, then one rule for each kind of activity (activity/*.rb).

use serde_json::Value;

use super::account::{authority, kinds, names_streams};
use super::post::Post;
use super::{Inner, open};
use crate::upstream::server::{Reply, Request};

/// The largest body, in bytes.
const BODY: usize = 1024 * 1024;

/// Posts older than this when they arrive are kept and not shown, in milliseconds: six hours.
const REAL_TIME_MS: i64 = 6 * 3_600_000;

impl Inner {
    pub(super) fn receive(&self, request: &Request) -> Reply {
        if request.body.len() > BODY {
            return Reply::status(413, "too large\n");
        }
        let Ok(activity) = serde_json::from_slice::<Value>(&request.body) else { return Reply::status(400, "no JSON\n") };
        let kind = activity.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let actor = activity.get("actor").and_then(Value::as_str).unwrap_or_default().to_owned();
        let about_itself = activity.get("object").and_then(Value::as_str) == Some(&actor);
        if matches!(kind.as_str(), "Delete" | "Update") && about_itself && !open(&self.state).accounts.contains_key(&actor) {
            return Reply::status(202, "");
        }
        let signer = match self.signer(request) {
            Ok(signer) => signer,
            Err(reason) => {
                self.refuse(format!("{kind}: {reason}"));
                return Reply::status(401, &reason);
            }
        };
        let done = if signer == actor {
            self.process(&kind, &actor, &activity)
        } else {
            Err(format!("signer: {signer} is not {actor}"))
        };
        match done {
            Ok(()) => open(&self.state).taken.push(kind),
            Err(reason) => self.refuse(format!("{kind}: {reason}")),
        }
        Reply::status(202, "")
    }

    fn refuse(&self, reason: String) {
        open(&self.state).refused.push(reason);
    }

    fn process(&self, kind: &str, actor: &str, activity: &Value) -> Result<(), String> {
        if !names_streams(activity) {
            return Err("context: the streams are not in it".to_owned());
        }
        let object = activity.get("object").unwrap_or(&Value::Null);
        match kind {
            "Create" => self.create(actor, object),
            "Announce" => self.announce(actor, object),
            "Update" => self.update(actor, object),
            "Delete" => self.delete(actor, object),
            "Accept" => self.accepted(actor, object, true),
            "Reject" => self.accepted(actor, object, false),
            "Undo" | "Follow" | "Like" | "Block" | "Flag" | "Add" | "Remove" | "Move" => Ok(()),
            other => Err(format!("activity-type: {other}")),
        }
    }

    /// The object is the Follow that was sent, or its id.
    fn accepted(&self, actor: &str, object: &Value, yes: bool) -> Result<(), String> {
        let id = object.as_str().or_else(|| object.get("id").and_then(Value::as_str)).unwrap_or_default();
        let mut state = open(&self.state);
        if state.requested.get(id).map(String::as_str) != Some(actor) {
            return Err(format!("accept: {id} is no follow of {actor}"));
        }
        state.following.retain(|known| known != actor);
        if yes {
            state.following.push(actor.to_owned());
        }
        Ok(())
    }

    fn create(&self, actor: &str, object: &Value) -> Result<(), String> {
        let post = Post::read(object, actor)?;
        let author = self.account(actor)?;
        let mut state = open(&self.state);
        if state.posts.contains_key(&post.id) {
            return Ok(());
        }
        let follows_author = state.following.contains(&author.id);
        let replies_to_known = post.in_reply_to.as_ref().is_some_and(|parent| state.posts.contains_key(parent));
        let mentions = post.mentions.contains(&self.person());
        if !(follows_author || replies_to_known || mentions) {
            return Err(format!("relevance: nobody here follows {}", author.handle));
        }
        let is_fresh = post.published_ms >= (self.clock)().millis() - REAL_TIME_MS;
        // Replies to others are kept for the thread and stand in nobody's home timeline.
        if follows_author && is_fresh && post.is_visible && post.in_reply_to.is_none() {
            state.home.push((post.id.clone(), None));
        }
        state.posts.insert(post.id.clone(), post);
        Ok(())
    }

    /// The announced object is fetched by its id; a Create that can be fetched leads to its object.
    fn announce(&self, actor: &str, object: &Value) -> Result<(), String> {
        if !open(&self.state).following.iter().any(|known| known == actor) {
            return Err(format!("relevance: nobody here follows {actor}"));
        }
        let id = object.as_str().or_else(|| object.get("id").and_then(Value::as_str)).ok_or("announce: no id")?;
        let known = open(&self.state).posts.contains_key(id);
        let id = if known { id.to_owned() } else { self.fetch_post(id)? };
        let mut state = open(&self.state);
        let by = Some(actor.to_owned());
        let is_shown = state.home.iter().any(|(shown, _)| *shown == id);
        if !is_shown {
            state.home.push((id, by));
        }
        Ok(())
    }

    fn fetch_post(&self, url: &str) -> Result<String, String> {
        let mut document = self.document(url)?;
        if kinds(&document).iter().any(|kind| kind == "Create" || kind == "Announce") {
            let inner = document.get("object").cloned().unwrap_or_default();
            document = match inner {
                Value::String(id) => self.document(&id)?,
                embedded => embedded,
            };
        }
        let author = document.get("attributedTo").and_then(Value::as_str).unwrap_or_default().to_owned();
        let post = Post::read(&document, &author)?;
        if !post.is_visible {
            return Err("announce: the post is not public".to_owned());
        }
        self.account(&author)?;
        let id = post.id.clone();
        open(&self.state).posts.entry(id.clone()).or_insert(post);
        Ok(id)
    }

    fn update(&self, actor: &str, object: &Value) -> Result<(), String> {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
        if id == actor {
            self.forget(actor);
            return self.account(actor).map(|_| ());
        }
        if authority(id) != authority(actor) {
            return Err(format!("update-host: {id} is not on the host of {actor}"));
        }
        let newer = Post::read(object, actor)?;
        let mut state = open(&self.state);
        let Some(known) = state.posts.get_mut(id) else { return Ok(()) };
        if known.author != actor {
            return Err(format!("update-author: {id} is by {}", known.author));
        }
        if newer.updated_ms.is_none_or(|updated| updated <= known.updated_ms.unwrap_or(known.published_ms)) {
            return Err("update-time: `updated` is not newer, so this is no edit".to_owned());
        }
        *known = newer;
        Ok(())
    }

    fn delete(&self, actor: &str, object: &Value) -> Result<(), String> {
        let id = object.as_str().or_else(|| object.get("id").and_then(Value::as_str)).unwrap_or_default();
        if authority(id) != authority(actor) {
            return Err(format!("delete-host: {id} is not on the host of {actor}"));
        }
        let mut state = open(&self.state);
        state.posts.remove(id);
        state.home.retain(|(shown, _)| shown != id);
        Ok(())
    }
}
