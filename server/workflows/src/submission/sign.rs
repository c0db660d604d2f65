//! Detached signatures over artifacts and index answers of the community's own packages.
