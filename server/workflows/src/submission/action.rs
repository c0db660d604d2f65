//! Yank, unyank and deprecate: asked for by one person, decided by another, done by the release worker.
