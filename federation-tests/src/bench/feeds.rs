//! A lock file and three audit feeds: real ones where they lie beside the repository, made-up ones of their size everywhere.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result};
use vetmoot_ecosystems::feeds::cargo_vet::{self, Feed};
use vetmoot_ecosystems::lock::{self, LockFile};

use super::chance::Chance;
use super::stage::real_data;

/// Releases in the lock file.
const LOCKED: usize = 262;

/// Crates, audits per hundred crates, and how many of a hundred audits are full, as the real feeds have them.
const SIZES: [(&str, usize, usize, u64); 3] = [("mozilla", 585, 259, 23), ("google", 948, 229, 66), ("embark", 98, 133, 60)];

/// What is judged, and by what.
pub struct Material {
    /// The lock file's text.
    pub lock_text: Vec<u8>,
    /// The lock file, read.
    pub lock: LockFile,
    /// Name and content of each feed.
    pub feeds: Vec<(&'static str, Feed)>,
}

impl Material {
    fn read(lock_text: Vec<u8>, texts: Vec<(&'static str, Vec<u8>)>) -> Result<Self> {
        let lock = lock::read("Cargo.lock", &lock_text)?;
        let read = |(name, text): (&'static str, Vec<u8>)| Ok((name, cargo_vet::read(&text, name)?));
        Ok(Self { lock, lock_text, feeds: texts.into_iter().map(read).collect::<Result<_>>()? })
    }

    /// The real ones; nothing where they do not lie.
    pub fn real() -> Result<Option<Self>> {
        let Some(folder) = real_data() else { return Ok(None) };
        let file = |path: &str| fs::read(folder.join(path)).with_context(|| format!("{path} cannot be read"));
        let texts = SIZES.iter().map(|(name, ..)| Ok((*name, file(&format!("feeds/{name}/audits.toml"))?)));
        Ok(Some(Self::read(file("lockfiles/cargo-vet.Cargo.lock")?, texts.collect::<Result<_>>()?)?))
    }

    /// Made-up ones of the same size, the same in every run. Every feed knows part of the lock file's crates.
    pub fn made_up() -> Result<Self> {
        let mut chance = Chance::new(262);
        let mut lock = "version = 4\n".to_owned();
        for number in 0..LOCKED {
            let digest = hex::encode(chance.bytes(32));
            // Writing into a string cannot fail.
            let _ = write!(
                lock,
                "\n[[package]]\nname = \"madeup-{number}\"\nversion = \"1.{}.0\"\nsource = \"registry+{}\"\nchecksum = \"{digest}\"\n",
                number % 9,
                tame_index::CRATES_IO_INDEX
            );
        }
        let texts =
            SIZES.iter().map(|(name, crates, audits, full)| (*name, feed(*crates, *audits, *full, &mut chance).into_bytes()));
        let texts = texts.collect();
        Self::read(lock.into_bytes(), texts)
    }

    /// Audits in all feeds together.
    pub fn audits(&self) -> usize {
        self.feeds.iter().map(|(_, feed)| feed.entries.len()).sum()
    }
}

fn feed(crates: usize, audits_per_hundred: usize, full: u64, chance: &mut Chance) -> String {
    let mut text = "[criteria.does-not-implement-crypto]\ndescription = \"made up\"\n\n".to_owned();
    for place in 0..crates {
        // A third of each feed is about crates of the lock file, as far as there are that many.
        let number = if place % 3 == 0 { place / 3 % LOCKED } else { 1_000 + place };
        let count = audits_per_hundred / 100 + usize::from(chance.below(100) < (audits_per_hundred % 100) as u64);
        for audit in 0..count {
            let minor = chance.below(9);
            let says = if chance.below(100) < full || minor == 0 {
                format!("version = \"1.{minor}.0\"")
            } else {
                format!("delta = \"1.{}.0 -> 1.{minor}.0\"", minor - 1)
            };
            let _ = write!(
                text,
                "[[audits.madeup-{number}]]\nwho = \"Ada {audit} <ada{audit}@example.org>\"\ncriteria = \"safe-to-deploy\"\n{says}\nnotes = \"Read it all; nothing stands out.\"\n\n"
            );
        }
    }
    text
}
