//! The community's credentials at official indexes: added, watched, retired; only the release worker opens them.
