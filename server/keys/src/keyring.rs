//! The keyring: makes, finds, uses and retires keys.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;
use vetmoot_domain::Timestamp;
use vetmoot_domain::log::{self, LogError, Vkey};
use vetmoot_domain::proof::Multikey;

use crate::error::KeysError;
use crate::file::{self, KeyFile, Lock, Stamp, StoredKey, check_path, key_path, write_atomically};
use crate::limits::{KEYS_PER_OWNER_MAX, OWNERS_CACHED_MAX, PROOF_INPUT_BYTES};
use crate::master::MasterSecret;
use crate::owner::{KeyOwner, PublicKey, PublicKeyInfo, Purpose};
use crate::pair::Pair;
use crate::seal::Sealed;
use crate::vault::Vault;

/// What the check file seals; that it opens tells at the start whether the master secret is the right one.
const CHECK: &[u8] = b"this master secret opens these keys";

/// Every key of this instance.
pub struct Keyring {
    dir: PathBuf,
    master: MasterSecret,
    opened: RwLock<HashMap<KeyOwner, Arc<Opened>>>,
}

/// The keys of one owner as last read.
struct Opened {
    stamp: Stamp,
    /// Oldest first.
    infos: Vec<PublicKeyInfo>,
    /// Those in use.
    pairs: Vec<(Purpose, Pair)>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Keyring {
    /// Opens the keys under `DIR/keys`, making the folder on first use.
    ///
    /// # Errors
    /// [`KeysError::WrongMaster`] when they were sealed under another secret.
    pub fn open(dir: &Path, master: MasterSecret) -> Result<Self, KeysError> {
        let _lock = Lock::take(dir)?;
        let path = check_path(dir);
        if file::stamp(&path)?.is_some() {
            let text = std::fs::read(&path).map_err(crate::error::at(&path))?;
            let sealed: Sealed = serde_json::from_slice(&text)
                .map_err(|error| KeysError::Damaged { path: path.clone(), cause: error.to_string() })?;
            if sealed.open(&master, b"check").is_none_or(|opened| *opened != CHECK) {
                return Err(KeysError::WrongMaster { path });
            }
        } else {
            let sealed = Sealed::seal(&master, b"check", CHECK)?;
            write_atomically(&path, &to_json(&sealed))?;
        }
        Ok(Self { dir: dir.to_owned(), master, opened: RwLock::default() })
    }

    /// The secrets of others that lie beside the keys, sealed under the same master secret.
    pub fn vault(&self) -> Vault<'_> {
        Vault::new(&self.dir, &self.master)
    }

    /// The owner's key for `purpose`, made at `now` if there is none.
    pub fn ensure(&self, owner: &KeyOwner, purpose: Purpose, now: Timestamp) -> Result<PublicKeyInfo, KeysError> {
        if let Some(info) = self.current(owner, purpose)? {
            return Ok(info);
        }
        let _lock = Lock::take(&self.dir)?;
        // Another process may have made it meanwhile.
        match self.current(owner, purpose)? {
            Some(info) => Ok(info),
            None => self.add(owner, purpose, now),
        }
    }

    /// Retires the owner's key for `purpose` at `now`, erasing its private half, and makes the next one.
    ///
    /// # Errors
    /// [`KeysError::NoKey`] when there is none to retire.
    pub fn rotate(&self, owner: &KeyOwner, purpose: Purpose, now: Timestamp) -> Result<PublicKeyInfo, KeysError> {
        let _lock = Lock::take(&self.dir)?;
        if self.current(owner, purpose)?.is_none() {
            return Err(no_key(owner));
        }
        self.add(owner, purpose, now)
    }

    /// Every key of the owner, oldest first, retired ones included; none is an empty list.
    pub fn public_keys(&self, owner: &KeyOwner) -> Result<Vec<PublicKeyInfo>, KeysError> {
        Ok(self.opened(owner)?.map(|opened| opened.infos.clone()).unwrap_or_default())
    }

    /// The owner's key for statements in use.
    ///
    /// # Errors
    /// [`KeysError::NoKey`] before [`Self::ensure`].
    pub fn public_multikey(&self, owner: &KeyOwner) -> Result<Multikey, KeysError> {
        match self.current(owner, Purpose::Statement)?.map(|info| info.public) {
            Some(PublicKey::Ed25519(key)) => Ok(key),
            _ => Err(no_key(owner)),
        }
    }

    /// Adds an `eddsa-jcs-2022` proof to a statement with the owner's key in use.
    ///
    /// `created` is a time in RFC 3339. `verification_method` is the address of that key; with the multikey as its
    /// fragment (`...#z6Mk...`) a reader can check consistency without fetching anything.
    pub fn sign_statement(
        &self,
        owner: &KeyOwner,
        unsigned: &Value,
        verification_method: &str,
        created: &str,
    ) -> Result<Value, KeysError> {
        let opened = self.opened(owner)?.ok_or_else(|| no_key(owner))?;
        let pair = opened.pair(Purpose::Statement).ok_or_else(|| no_key(owner))?;
        pair.prove(unsigned, verification_method, created)?.ok_or_else(|| no_key(owner))
    }

    /// Signs a text with the owner's key for statements in use (Ed25519, RFC 8032); answers the key with the signature.
    ///
    /// The text must say what it is at its beginning. Only one longer than [`PROOF_INPUT_BYTES`] is signed, so that none
    /// can be taken for the input of a statement's proof.
    pub fn sign_text(&self, owner: &KeyOwner, text: &str) -> Result<(Multikey, [u8; 64]), KeysError> {
        let opened = self.opened(owner)?.ok_or_else(|| no_key(owner))?;
        let pair = opened.pair(Purpose::Statement).ok_or_else(|| no_key(owner))?;
        let PublicKey::Ed25519(key) = &pair.public else { return Err(no_key(owner)) };
        if text.len() <= PROOF_INPUT_BYTES {
            return Err(KeysError::ShortText);
        }
        let signature = pair.sign_ed25519(text.as_bytes())?.ok_or_else(|| no_key(owner))?;
        // A signature that a fault of the machine spoiled could give the key away, and nobody would accept it.
        if pair.verifies_ed25519(text.as_bytes(), &signature)? { Ok((*key, signature)) } else { Err(no_key(owner)) }
    }

    /// Signs bytes for an HTTP message with the owner's RSA key in use (RSASSA-PKCS1-v1_5 with SHA-256).
    pub fn sign_rsa_sha256(&self, owner: &KeyOwner, message: &[u8]) -> Result<Vec<u8>, KeysError> {
        let opened = self.opened(owner)?.ok_or_else(|| no_key(owner))?;
        let pair = opened.pair(Purpose::HttpMessage).ok_or_else(|| no_key(owner))?;
        pair.sign_rsa_sha256(message)?.ok_or_else(|| no_key(owner))
    }

    /// The owner's key for checkpoints in use, as a verifier key of this name (C2SP signed-note).
    ///
    /// # Errors
    /// [`KeysError::NoKey`] before [`Self::ensure`]; [`KeysError::Note`] when the name cannot be one.
    pub fn note_key(&self, owner: &KeyOwner, name: &str) -> Result<Vkey, KeysError> {
        match self.current(owner, Purpose::Checkpoint)?.map(|info| info.public) {
            Some(PublicKey::Ed25519(key)) => Ok(Vkey::new(name, key)?),
            _ => Err(no_key(owner)),
        }
    }

    /// Signs the text of a note with the owner's key for checkpoints under this name; answers the whole note, one
    /// signature under the text.
    ///
    /// # Errors
    /// As [`Self::note_key`].
    pub fn sign_note(&self, owner: &KeyOwner, name: &str, text: &str) -> Result<String, KeysError> {
        let opened = self.opened(owner)?.ok_or_else(|| no_key(owner))?;
        let pair = opened.pair(Purpose::Checkpoint).ok_or_else(|| no_key(owner))?;
        let PublicKey::Ed25519(public) = &pair.public else { return Err(no_key(owner)) };
        let key = Vkey::new(name, *public)?;
        let signature = pair.sign_ed25519(text.as_bytes())?.ok_or_else(|| no_key(owner))?;
        let note = log::note(text, &[log::signature_line(&key, &signature)]);
        // What a fault of the machine spoiled is not handed out, and neither is what could be read as another text.
        let read = log::open(note.as_bytes(), &key)?;
        if read == text { Ok(note) } else { Err(LogError::BadCheckpoint.into()) }
    }

    fn current(&self, owner: &KeyOwner, purpose: Purpose) -> Result<Option<PublicKeyInfo>, KeysError> {
        let matching = |info: &&PublicKeyInfo| info.purpose == purpose && info.is_current();
        Ok(self.opened(owner)?.and_then(|opened| opened.infos.iter().find(matching).cloned()))
    }

    /// Makes a key and retires the one it replaces; the caller holds the lock.
    fn add(&self, owner: &KeyOwner, purpose: Purpose, now: Timestamp) -> Result<PublicKeyInfo, KeysError> {
        let path = key_path(&self.dir, owner);
        let mut stored = match file::stamp(&path)? {
            Some(_) => file::read(&path, owner)?,
            None => KeyFile { version: file::VERSION, owner: owner.to_string(), keys: Vec::new() },
        };
        if stored.keys.len() >= KEYS_PER_OWNER_MAX {
            return Err(KeysError::TooManyKeys { owner: owner.to_string() });
        }
        for key in stored.keys.iter_mut().filter(|key| key.purpose == purpose && key.until.is_none()) {
            // Never before it came into use, should the clock have been set back.
            key.until = Some(now.max(key.from));
            key.secret = None;
        }
        let pair = Pair::generate(purpose)?;
        // What it signs says when in whole seconds, and must not seem older than the key.
        let from = now.whole_second();
        let serial = stored.keys.iter().map(|key| key.serial).max().unwrap_or(0).saturating_add(1);
        let public = pair.public.to_string();
        let mut key = StoredKey { serial, purpose, public, from, until: None, secret: None };
        key.secret = Some(Sealed::seal(&self.master, &key.about(owner), &pair.to_pkcs8()?)?);
        stored.keys.push(key);
        write_atomically(&path, &to_json(&stored))?;
        // The next look reads it back, so what is handed out is what is on disk.
        self.opened.write().unwrap_or_else(PoisonError::into_inner).remove(owner);
        self.current(owner, purpose)?.ok_or_else(|| no_key(owner))
    }

    /// The owner's keys as they are on disk now.
    fn opened(&self, owner: &KeyOwner) -> Result<Option<Arc<Opened>>, KeysError> {
        let path = key_path(&self.dir, owner);
        let Some(stamp) = file::stamp(&path)? else { return Ok(None) };
        let known = self.opened.read().unwrap_or_else(PoisonError::into_inner).get(owner).cloned();
        if let Some(known) = known.filter(|known| known.stamp == stamp) {
            return Ok(Some(known));
        }
        let opened = Arc::new(self.read(&path, owner, stamp)?);
        let mut all = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= OWNERS_CACHED_MAX {
            all.clear();
        }
        all.insert(owner.clone(), Arc::clone(&opened));
        Ok(Some(opened))
    }

    fn read(&self, path: &Path, owner: &KeyOwner, stamp: Stamp) -> Result<Opened, KeysError> {
        let damaged = |cause: &str| KeysError::Damaged { path: path.to_owned(), cause: cause.to_owned() };
        let stored = file::read(path, owner)?;
        let (mut infos, mut pairs) = (Vec::new(), Vec::new());
        for key in stored.keys {
            let public = match key.purpose {
                Purpose::Statement | Purpose::Checkpoint => Multikey::parse(&key.public).map(PublicKey::Ed25519),
                Purpose::HttpMessage => Ok(PublicKey::Rsa(key.public.clone())),
            };
            let public = public.map_err(|_| damaged("a public key cannot be read"))?;
            if let Some(sealed) = &key.secret {
                let secret = sealed.open(&self.master, &key.about(owner));
                let secret = secret.ok_or_else(|| damaged("a key in it does not open"))?;
                let pair = Pair::from_pkcs8(&secret).filter(|pair| pair.public == public);
                pairs.push((key.purpose, pair.ok_or_else(|| damaged("a key in it is not usable"))?));
            }
            let StoredKey { serial, purpose, from, until, .. } = key;
            infos.push(PublicKeyInfo { serial, purpose, public, from, until });
        }
        Ok(Opened { stamp, infos, pairs })
    }
}

impl Opened {
    fn pair(&self, purpose: Purpose) -> Option<&Pair> {
        self.pairs.iter().find(|(found, _)| *found == purpose).map(|(_, pair)| pair)
    }
}

fn no_key(owner: &KeyOwner) -> KeysError {
    KeysError::NoKey { owner: owner.to_string() }
}

fn to_json<T: serde::Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("these types hold only text and numbers")
}
